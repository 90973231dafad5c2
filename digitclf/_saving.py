"""``save_model`` and ``load_model``: fitted classifiers as files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from digitclf._base import BaseDigitClassifier
from digitclf._cnn import CNNDigitClassifier
from digitclf._compiled.optimizer_json import check_plain, optimizer_from_json
from digitclf._compiled.tensorflow_state import check_not_forked
from digitclf._data.weights import weigh
from digitclf._layers import weights_of
from digitclf._messages import warn_caller
from digitclf._mlp import MLPDigitClassifier
from digitclf._model_file.archive import (
    MAX_ARRAYS,
    open_model_file,
    write_model_file,
)
from digitclf._model_file.description import read_description
from digitclf._network import check_same_network
from digitclf._parameters import check_storable, make_loss, make_optimizer
from digitclf._scikeras import is_routed

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
        If `path` does not end in ``.keras``, or if a parameter was changed after the
        fit, so that the parameters describe another network.
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
    if not isinstance(clf, BaseDigitClassifier):
        raise TypeError(
            f"clf should be one of {sorted(CLASSES)}, got {type(clf).__name__}. Save "
            "the fitted classifier of a Pipeline or a search, or use joblib.dump."
        )
    check_is_fitted(clf)
    settings = clf._settings()
    clf._check_storable(settings)
    check_same_network(clf.model_, clf._build_network(settings, seed=0))
    network, description = clf._file_content(clf.model_, {})
    write_model_file(path, network, description)
    if description["left_out"]:
        warn_caller(
            f"The parameters {description['left_out']} cannot be saved in a model "
            "file. The loaded classifier will have their default values."
        )


def load_model(
    path: str | os.PathLike[str],
    *,
    custom_classes: Iterable[type[BaseDigitClassifier]] = (),
) -> BaseDigitClassifier:
    """Load a classifier from a file of `save_model` or from a checkpoint.

    Files from unknown sources are safe to load: nothing in them is executed. The
    network is built from the parameters, as `fit` builds it, and receives the arrays of
    weights from the file, after their shapes and values have been checked.

    The parameters `callbacks`, `checkpoint`, `resume` and `verbose` have their default
    values.

    Parameters
    ----------
    path : str or path-like
        Path of the file.
    custom_classes : iterable of type, default=()
        Classes of your own that the file may name, derived from
        `MLPDigitClassifier` or `CNNDigitClassifier`.

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
    classes = CLASSES | _by_name(custom_classes)
    check_not_forked()
    with open_model_file(path) as file:
        description = read_description(file.description, optimizer_from_json)
        name = description.class_name
        if name not in classes:
            raise ValueError(
                f"its class {name[:100]!r} is not one of {sorted(classes)}. A class of "
                "your own has to be passed in custom_classes"
            )
        clf = _with_params(classes[name], description.params)
        clf.__dict__.update(description.fitted)
        settings = _checked_settings(clf)
        weights = list(weights_of(clf._layers(settings), clf._input_shape()))
        arrays = file.read_weights(weights, description.checksum)
        network = clf._build_network(settings, seed=0)
        for weight, array in zip(weights, arrays, strict=True):
            getattr(network.get_layer(weight.layer.name), weight.name).assign(array)
        for layer in network.layers:
            layer.trainable = layer.name not in description.frozen
    clf.model_ = network
    clf.checkpoint_path_ = None
    return clf


def _by_name(
    classes: Iterable[type[BaseDigitClassifier]],
) -> dict[str, type[BaseDigitClassifier]]:
    for item in classes:
        if not (isinstance(item, type) and issubclass(item, BaseDigitClassifier)):
            raise TypeError(
                f"custom_classes should be classes derived from one of "
                f"{sorted(CLASSES)}, got {item!r}."
            )
    return {item.__name__: item for item in classes}


def _with_params(
    estimator_class: type[BaseDigitClassifier], params: dict[str, Any]
) -> BaseDigitClassifier:
    """Return an estimator with parameters from a file."""
    own = set(estimator_class._get_param_names())
    for name, value in params.items():
        if name not in own and not is_routed(name):
            raise ValueError(f"its parameter {name[:100]!r} is unknown")
        if name.startswith(("optimizer__", "loss__")):
            check_plain(name.split("__")[-1], value)
        if isinstance(value, (list, tuple)) and len(value) > MAX_ARRAYS:
            raise ValueError(f"its parameter {name} is too long")
    return estimator_class(**params)


def _checked_settings(clf: BaseDigitClassifier) -> SimpleNamespace:
    """Check the parameters of a classifier as `fit` does."""
    settings = clf._settings()
    check_storable(settings)
    params = clf.get_params()
    make_optimizer(settings, params)
    make_loss(params)
    codes = np.arange(len(clf.classes_), dtype=np.int32)
    weigh(None, codes, clf.classes_, settings.class_weight)
    return settings
