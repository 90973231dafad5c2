"""How much each image counts: weights of samples times weights of their classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import _check_sample_weight

from digitclf._arguments import naming


def weigh_classes(
    class_weight: Any,
    classes: np.ndarray,
    labels: np.ndarray,
) -> np.ndarray:
    """Return the weight of each class.

    Parameters
    ----------
    class_weight : dict of label to weight, "balanced" or None
        A class that a dict leaves out has weight 1. ``"balanced"`` weighs a class by
        ``n_samples / (n_classes * its samples)``.
    classes : ndarray of shape (n_classes,)
    labels : ndarray of shape (n_samples,)

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
    if class_weight == "balanced":
        present = np.unique(labels)
        weights = np.ones(len(classes))
        weights[np.searchsorted(classes, present)] = compute_class_weight(
            "balanced", classes=present, y=labels
        )
        return weights
    if class_weight is None:
        return np.ones(len(classes))
    unknown = sorted(set(class_weight) - set(classes.tolist()), key=str)
    unnamed = [label for label in classes.tolist() if label not in class_weight]
    if unknown and unnamed:
        raise ValueError(
            f"class_weight names {unknown}, which are no classes, and has no weight "
            f"for the classes {unnamed}."
        )
    by_label = {label: class_weight.get(label, 1.0) for label in classes.tolist()}
    for label, weight in by_label.items():
        if not _is_weight(weight):
            raise ValueError(
                f"class_weight of class {label!r} should be a finite number of at "
                f"least 0, got {weight!r}."
            )
    return np.array(list(by_label.values()), dtype=np.float64)


def weigh_samples(
    sample_weight: Any, by_class: np.ndarray, codes: np.ndarray, name: str
) -> np.ndarray:
    """Return the weight of each sample, that of its class included.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
    by_class : ndarray of shape (n_classes,)
    codes : ndarray of shape (n_samples,)
        The class of each sample.
    name : str
        What errors call `sample_weight`.

    Returns
    -------
    ndarray of shape (n_samples,), float32

    Raises
    ------
    ValueError
        If a weight is negative, no finite number or too large for float32, or all of
        them are 0.
    """
    weights = by_class[codes]
    if sample_weight is not None:
        with naming(name):
            weights = weights * _check_sample_weight(
                sample_weight, codes, dtype=np.float64, ensure_non_negative=True
            )
    with np.errstate(over="ignore"):
        weights = weights.astype(np.float32)
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
    except TypeError:
        return False
