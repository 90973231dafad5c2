"""``export_model``: fitted classifiers as ONNX files and TensorFlow SavedModels."""

from __future__ import annotations

import errno
import json
import os
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from digitclf import __version__
from digitclf._base import BaseDigitClassifier
from digitclf._compiled.tensorflow_state import check_tensorflow
from digitclf._data.grey_levels import is_grey_level
from digitclf._layers import KerasLayers, Layer, weights_of
from digitclf._messages import naming
from digitclf._model_file.export_formats import (
    CLASSIFIER,
    ONNX,
    SAVED_MODEL,
    SAVED_MODEL_FILES,
    format_of,
)
from digitclf._model_file.whole_files import write_whole
from digitclf._model_file.whole_folders import write_whole_folder
from digitclf._network import check_same_network
from digitclf._onnx import onnx_model
from digitclf._saved_model import write_saved_model


def export_model(
    clf: BaseDigitClassifier,
    path: str | os.PathLike[str],
    *,
    format: Literal["onnx", "tf_saved_model"] | None = None,
) -> None:
    """Export a fitted classifier to ONNX or to a TensorFlow SavedModel.

    The exported network takes the pixels of images as `fit` took them, unscaled, and
    returns the probabilities of `predict_proba`. Neither digitclf nor Keras is needed
    to run it.

    - Input ``images`` of shape (n_images, height, width), or (n_images, n_features) if
      `fit` saw rows of pixels that form no square. Its dtype is uint8 if the classifier
      was fitted on grey levels (a `pixel_range_` from 0 or more to a maximum between
      128 and 255), and float32 otherwise.
    - Output ``probabilities`` of shape (n_images, n_classes) and dtype float32, in the
      order of `classes_`.

    Parameters
    ----------
    clf : MLPDigitClassifier or CNNDigitClassifier
        A fitted classifier.
    path : str or path-like
        Path of an ``.onnx`` file, or of a folder for a SavedModel. An existing file is
        replaced, and so is a folder that is empty or contains nothing but a SavedModel.
    format : {"onnx", "tf_saved_model"} or None, default=None
        None selects ONNX for a name that ends in ``.onnx``, and SavedModel for a name
        without a suffix.

    Raises
    ------
    NotFittedError
        If `clf` is not fitted.
    TypeError
        If `clf` is not a digit classifier. Also if its layers are built by functions,
        which only SavedModels support.
    ValueError
        If `path` does not match `format`, if the network or its activation cannot be
        expressed in ONNX, or if the parameters were changed after the fit.
    OSError
        If the file or the folder cannot be written, or if the folder contains other
        files.

    See Also
    --------
    save_model : Save a classifier to a file that digitclf loads.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import onnxruntime
    >>> from digitclf import MLPDigitClassifier, export_model
    >>> from digitclf.datasets import load_mnist
    >>> mnist = load_mnist(subset="test")
    >>> X, y = mnist.images[:500], mnist.target[:500]
    >>> clf = MLPDigitClassifier(epochs=2, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export_model(clf, Path(folder) / "digits.onnx")
    ...     session = onnxruntime.InferenceSession(Path(folder) / "digits.onnx")
    >>> (probabilities,) = session.run(["probabilities"], {"images": X})
    >>> np.allclose(probabilities, clf.predict_proba(X), atol=1e-5)
    True
    """
    if not isinstance(clf, BaseDigitClassifier):
        raise TypeError(
            f"clf should be a digit classifier, got {type(clf).__name__}. Export the "
            "fitted classifier of a Pipeline or a search; it takes the images as the "
            "steps before it return them."
        )
    check_is_fitted(clf)
    check_tensorflow()
    path = Path(path)
    if path.is_symlink():
        path = path.resolve()
    if format not in (ONNX, SAVED_MODEL, None):
        raise ValueError(
            f"format should be {ONNX!r}, {SAVED_MODEL!r} or None, got {format!r}."
        )
    with naming("path"):
        chosen = format_of(path, format)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            errno.ENOENT, "The folder does not exist", str(path.parent)
        )
    fitted = clf._snapshot()
    if chosen == ONNX:
        content = _as_onnx(fitted)
        write_whole(path, partial(_write, content), overwrite=True)
        return
    write_whole_folder(
        path,
        lambda unfinished: write_saved_model(
            unfinished,
            fitted.model_,
            n_classes=len(fitted.classes_),
            image_shape=image_shape_of(fitted),
            image_dtype=image_dtype_of(fitted),
            metadata=json.dumps(_metadata(fitted), indent=1),
        ),
        SAVED_MODEL_FILES,
    )


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _as_onnx(clf: BaseDigitClassifier) -> bytes:
    layers = _checked_layers(clf)
    weights = [
        np.asarray(getattr(clf.model_.get_layer(layer.name), name))
        for layer, name, _ in weights_of(layers, clf._input_shape())
    ]
    metadata = {name: json.dumps(value) for name, value in _metadata(clf).items()}
    metadata[CLASSIFIER] = json.dumps(clf._describe_for_prediction())
    model = onnx_model(
        layers,
        clf._input_shape(),
        weights,
        n_classes=len(clf.classes_),
        image_shape=image_shape_of(clf),
        image_dtype=image_dtype_of(clf),
        metadata=metadata,
    )
    return model.SerializeToString(deterministic=True)


def _checked_layers(clf: BaseDigitClassifier) -> list[Layer]:
    """Return the layers of a classifier, after comparing them with its network."""
    settings = clf._settings()
    layers = clf._layers(settings)
    for layer in layers:
        if isinstance(layer, KerasLayers):
            raise TypeError(
                f"clf: the layers {layer.name!r} of {type(clf).__name__} are built by "
                "a function, which cannot be exported to ONNX. Export a TensorFlow "
                "SavedModel instead: use a path without a suffix."
            )
    try:
        check_same_network(clf.model_, clf._build_network(settings, seed=0))
    except ValueError as error:
        raise ValueError(
            "clf: model_ is not the network that the parameters describe: parameters "
            "were changed after the fit, or model_ was replaced. Restore them, or "
            "export a TensorFlow SavedModel, which contains model_ as it is: use a "
            "path without a suffix."
        ) from error
    return layers


def image_shape_of(clf: BaseDigitClassifier) -> tuple[int, ...]:
    """Return the shape of one image, or of a row of pixels without a known shape."""
    height, width = clf.image_shape_
    if height == 1 or height * width != clf.n_features_in_:
        return (clf.n_features_in_,)
    return height, width


def image_dtype_of(clf: BaseDigitClassifier) -> type:
    """Return uint8 for a classifier of grey levels, which image files contain."""
    low, high = clf.pixel_range_
    return np.uint8 if low >= 0 and is_grey_level(high) else np.float32


def _metadata(clf: BaseDigitClassifier) -> dict[str, Any]:
    """Return what a program needs to know about the input and the output, as JSON."""
    classes = clf.classes_
    if classes.dtype.kind in "mM":
        classes = classes.astype(str)
    return {
        "classes": [_as_json(label) for label in classes.tolist()],
        "image_shape": list(image_shape_of(clf)),
        "pixel_range": [float(limit) for limit in clf.pixel_range_],
        "digitclf_version": __version__,
    }


def _as_json(label: Any) -> Any:
    """Return a label as a number or a text of JSON."""
    return label if isinstance(label, (bool, int, float, str)) else str(label)
