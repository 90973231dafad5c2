"""How much each image counts: weights of samples times weights of their classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import _check_sample_weight

from digitclf._messages import naming


def weigh_classes(
    class_weight: Any, classes: np.ndarray, codes: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the weight of each class.

    Parameters
    ----------
    class_weight : dict of label to weight, "balanced" or None
        A class that a dict leaves out has weight 1. ``"balanced"`` weighs a class by
        ``n_samples / (n_classes * its samples)``, samples counted by their weights.
    classes : ndarray of shape (n_classes,)
    codes : ndarray of shape (n_samples,)
        The class of each sample.
    weights : ndarray of shape (n_samples,)
        The weight of each sample.

    Returns
    -------
    ndarray of shape (n_classes,), float64

    Raises
    ------
    ValueError
        If a weight is negative or no finite number, or if the dict names labels that
        are no classes while there are classes that it does not name. A fold of a
        cross-validation, which may lack a class, can have a weight for it.
    """
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, str):  # "balanced"
        return _balance(codes, weights, len(classes))
    # As NumPy's scalars, which equal the numbers and strings of Python. `tolist` would
    # make other keys of dates.
    labels = list(classes)
    unknown = sorted(map(str, set(class_weight) - set(labels)))
    unnamed = [str(label) for label in labels if label not in class_weight]
    if unknown and unnamed:
        raise ValueError(
            f"class_weight names {unknown}, which are no classes, and has no weight "
            f"for the classes {unnamed}."
        )
    by_class = [class_weight.get(label, 1.0) for label in labels]
    for label, weight in zip(labels, by_class, strict=True):
        if not _is_weight(weight):
            raise ValueError(
                f"class_weight of class {label!s} should be a finite number of at "
                f"least 0, got {weight!r}."
            )
    return np.array(by_class, dtype=np.float64)


def _balance(codes: np.ndarray, weights: np.ndarray, n_classes: int) -> np.ndarray:
    counting = weights > 0
    present = np.unique(codes[counting])
    by_class = np.ones(n_classes)
    by_class[present] = compute_class_weight(
        "balanced",
        classes=present,
        y=codes[counting],
        sample_weight=weights[counting],
    )
    return by_class


def check_sample_weight(
    sample_weight: Any, codes: np.ndarray, name: str = "sample_weight"
) -> np.ndarray:
    """Return the weight of each sample, 1 where none is given.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
    codes : ndarray of shape (n_samples,)
        The class of each sample.
    name : str
        What errors call `sample_weight`.

    Returns
    -------
    ndarray of shape (n_samples,), float64

    Raises
    ------
    ValueError
        If a weight is negative or no finite number.
    """
    with naming(name):
        weights: np.ndarray = _check_sample_weight(
            sample_weight, codes, dtype=np.float64, ensure_non_negative=True
        )
    return weights


def weigh_samples(
    weights: np.ndarray, by_class: np.ndarray, codes: np.ndarray, name: str
) -> np.ndarray:
    """Return the weight of each sample, that of its class included.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,)
    by_class : ndarray of shape (n_classes,)
    codes : ndarray of shape (n_samples,)
        The class of each sample.
    name : str
        What errors call `weights`.

    Returns
    -------
    ndarray of shape (n_samples,), float32

    Raises
    ------
    ValueError
        If a weight is too large for float32, or all of them are 0.
    """
    with np.errstate(over="ignore"):
        weights = (weights * by_class[codes]).astype(np.float32)
    if not np.isfinite(weights).all():
        raise ValueError(
            f"{name} times class_weight is too large for float32 for some images."
        )
    if not weights.any():
        raise ValueError(
            f"{name} times class_weight is 0 for every image, in float32: at least one "
            "must be greater than 0."
        )
    return weights


def _is_weight(value: Any) -> bool:
    try:
        return bool(np.isfinite(value) and value >= 0)
    except (TypeError, ValueError):
        return False
