"""Models that a command opens, and images as these models take them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from digitclf._model_file.export_formats import ONNX_SUFFIX
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    from digitclf._inference import StoredClassifier

NORMALIZED = (28, 28)
"""Shape of the images that `DigitNormalizer` returns."""


def check_is_model(path: Path) -> None:
    """Raise an error if a file is not a model file.

    An ONNX file is only checked when it is read.
    """
    from digitclf._model_file.archive import open_model_file

    _check_is_file(path)
    if path.suffix == ONNX_SUFFIX:
        return
    with open_model_file(path):
        pass


def open_model(path: Path | None) -> StoredClassifier:
    """Return the classifier in a file, by default the pretrained one.

    It is an error if the classifier was not fitted on grey levels.
    """
    from digitclf._inference import read_classifier
    from digitclf.pretrained._file import pretrained_file

    if path is None:
        with pretrained_file() as file:
            clf = read_classifier(file)
    else:
        _check_is_file(path)
        clf = read_classifier(path)
    low, high = clf.pixel_range
    if low != 0:
        raise ValueError(
            f"This model was fitted on values from {low:g} to {high:g} (pixel_range_), "
            "and the grey levels of an image file cannot be converted to them. "
            "Expected a model fitted on pixels from 0 up."
        )
    return clf


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(f"{shown(path)} is a folder, expected a model file.")
    if not path.exists():
        raise FileNotFoundError(f"There is no model file {shown(path)}")


def check_takes_normalized(
    clf: StoredClassifier, remedy: str = "Use --raw with pictures of {size} pixels."
) -> None:
    """Raise an error if a model expects images of another size than MNIST's."""
    if clf.image_shape != NORMALIZED:
        size = size_of(clf.image_shape)
        raise ValueError(
            f"The model expects {size} pixels (width x height), but normalised "
            f"pictures have {size_of(NORMALIZED)}. {remedy.format(size=size)}"
        )


def size_of(shape: tuple[int, ...]) -> str:
    """Return the size of an image: width x height."""
    height, width = shape
    return f"{width} x {height}"
