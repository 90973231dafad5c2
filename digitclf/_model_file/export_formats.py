"""Formats of exported classifiers, and the names of their files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

Format = Literal["onnx", "tf_saved_model"]

ONNX: Final = "onnx"
SAVED_MODEL: Final = "tf_saved_model"

ONNX_SUFFIX = ".onnx"

METADATA = "digitclf.json"

CLASSIFIER = "classifier"
"""Property of an ONNX file with the description of the classifier, as in model files.
"""

SAVED_MODEL_FILES = (
    "saved_model.pb",
    "fingerprint.pb",
    "variables/variables.index",
    "variables/variables.data-00000-of-00001",
    f"assets.extra/{METADATA}",
)
"""Files in the folder of a SavedModel."""


def format_of(path: Path, chosen: Format | None = None) -> Format:
    """Return the format of a file or folder to be written.

    Parameters
    ----------
    path : Path
    chosen : {"onnx", "tf_saved_model"}, optional
        The format, if it does not depend on the suffix.

    Raises
    ------
    ValueError
        If the name does not match the format.
    """
    is_onnx = path.suffix == ONNX_SUFFIX
    if chosen == ONNX and not is_onnx:
        raise ValueError(
            f"The name of an ONNX file must end in {ONNX_SUFFIX!r}, got {str(path)!r}."
        )
    if chosen == SAVED_MODEL and is_onnx:
        raise ValueError(
            f"{str(path)!r} is the name of an ONNX file, and a SavedModel is a folder. "
            "Choose another name or format."
        )
    if chosen is None and path.suffix not in (ONNX_SUFFIX, ""):
        raise ValueError(
            f"{str(path)!r} should end in {ONNX_SUFFIX!r} for an ONNX file, or have no "
            "suffix for the folder of a TensorFlow SavedModel. For a folder of this "
            f"name choose the format {SAVED_MODEL!r}."
        )
    return chosen or (ONNX if is_onnx else SAVED_MODEL)
