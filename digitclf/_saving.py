"""``save_model`` and ``load_model``: fitted classifiers as files."""

from __future__ import annotations

import math
import os

from digitclf._compiled.startup import keras

import numpy as np
from sklearn.utils.validation import check_is_fitted

from digitclf._base import BaseDigitClassifier
from digitclf._cnn import CNNDigitClassifier
from digitclf._compiled.tensorflow_state import check_not_forked
from digitclf._data.images import scaling_of
from digitclf._messages import warn_caller
from digitclf._mlp import MLPDigitClassifier
from digitclf._model_file.archive import read_model_file, write_model_file
from digitclf._model_file.description import describe, restore

CLASSES = {
    estimator_class.__name__: estimator_class
    for estimator_class in (CNNDigitClassifier, MLPDigitClassifier)
}


def save_model(clf: BaseDigitClassifier, path: str | os.PathLike[str]) -> None:
    """Save a fitted classifier to a file that Keras can load as well.

    The file is a Keras archive of the network. It also contains the parameters,
    classes, image shape, pixel range and history as JSON. An existing file is replaced
    only when the new one is complete.

    Parameters
    ----------
    clf : MLPDigitClassifier or CNNDigitClassifier
        A fitted classifier.
    path : str or path-like
        Path of the file, which must end in ``.keras``. An existing file is replaced.

    Raises
    ------
    NotFittedError
        If `clf` is not fitted.
    TypeError
        If `clf` is not a digit classifier.
    ValueError
        If `path` does not end in ``.keras``.
    OSError
        If the file cannot be written.

    Warns
    -----
    UserWarning
        If a parameter (callbacks, a ``RandomState``) cannot be saved as JSON.

    See Also
    --------
    load_model : Load a saved classifier.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_digits
    >>> from digitclf import MLPDigitClassifier, load_model, save_model
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MLPDigitClassifier(epochs=2, random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(clf, Path(folder) / "digits.keras")
    ...     same = load_model(Path(folder) / "digits.keras")
    >>> bool((same.predict(X) == clf.predict(X)).all())
    True
    """
    check_not_forked()
    if type(clf) not in CLASSES.values():
        raise TypeError(
            f"clf should be one of {sorted(CLASSES)}, got {type(clf).__name__}. Save "
            "the fitted classifier of a Pipeline or a search, or use joblib.dump."
        )
    check_is_fitted(clf)
    description = describe(clf, vars(clf))
    write_model_file(path, clf.model_, description)
    if description["left_out"]:
        warn_caller(
            f"The parameters {description['left_out']} cannot be saved in a model "
            "file. The loaded classifier will have their default values."
        )


def load_model(path: str | os.PathLike[str]) -> BaseDigitClassifier:
    """Load a classifier from a file of `save_model` or from a checkpoint.

    The network is read in Keras's safe mode, the rest is JSON. Only load files that you
    trust.

    Parameters
    ----------
    path : str or path-like
        Path of the file.

    Returns
    -------
    MLPDigitClassifier or CNNDigitClassifier
        The fitted classifier.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If it is not a valid model file.

    See Also
    --------
    save_model : Save a fitted classifier.

    Examples
    --------
    >>> from digitclf import load_model
    >>> load_model("missing.keras")
    Traceback (most recent call last):
    FileNotFoundError: There is no model file 'missing.keras'.
    """
    check_not_forked()
    network, description = read_model_file(path)
    try:
        name = description["class"]
        if name not in CLASSES:
            raise ValueError(
                f"its class {name} is not one of {sorted(CLASSES)}; "
                "keras.saving.load_model can load its network"
            )
        clf = restore(
            CLASSES[name],
            description,
            model_=network,
            checkpoint_path_=None,
        )
        _check_that_they_belong_together(clf, network)
        return clf
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError(
            f"The description in {os.fspath(path)!r} is invalid "
            f"({type(error).__name__}: {error})."
        ) from error


def _check_that_they_belong_together(
    clf: BaseDigitClassifier, network: keras.Model
) -> None:
    low, high = clf.pixel_range_
    height, width = clf.image_shape_
    scale, offset = scaling_of((float(low), float(high)))
    scaling = network.get_layer("scaling")
    if not (
        network.name == type(clf).__name__
        and np.array_equal(clf.classes_, np.unique(clf.classes_))
        and network.output_shape[1:] == (max(2, len(clf.classes_)),)
        and getattr(network.layers[-1], "activation", None) is keras.activations.softmax
        and math.prod(network.input_shape[1:]) == clf.n_features_in_
        and min(height, width) > 0
        and height * width >= clf.n_features_in_
        and all(type(size) is int for size in (height, width, clf.n_features_in_))
        and np.allclose([scaling.scale, scaling.offset], [scale, offset])
    ):
        raise ValueError("it does not match the network in the file")
