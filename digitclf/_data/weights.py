"""Weight of each image: sample weight times class weight, with a mean of 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import _check_sample_weight

from digitclf._data.lazy import read_whole
from digitclf._messages import naming

LARGEST = np.finfo(np.float64).max
SMALLEST = float(np.finfo(np.float32).tiny)
"""Smallest share of the largest weight that TensorFlow does not treat as 0."""


def check_weights(
    sample_weight: Any, samples: np.ndarray, name: str = "sample_weight"
) -> np.ndarray:
    """Return weights, one per sample, as float64.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or all are 0.
    """
    sample_weight = read_whole(sample_weight, name)
    with naming(name):
        weights = _check_sample_weight(
            sample_weight, samples, dtype=np.float64, ensure_non_negative=True
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError(
            f"{name} should be finite numbers of at least 0, got {sample_weight!r}."
        )
    if len(weights) and not weights.any():
        raise ValueError(f"{name} is 0 for every image: at least one must be positive.")
    return weights


def weigh(
    sample_weight: Any,
    codes: np.ndarray,
    classes: np.ndarray,
    class_weight: Any,
    *,
    by_class: np.ndarray | None = None,
    name: str = "sample_weight",
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weight of each sample, including the weight of its class.

    Weights are relative: those greater than 0 are divided by their mean, so that
    multiplying all of them by a number changes nothing. Samples of weight 0 do not
    count, as if they had been left out.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
        None stands for equal weights.
    codes : ndarray of shape (n_samples,)
        Class of each sample, as a position in `classes`.
    classes : ndarray of shape (n_classes,)
        Labels of the classes.
    class_weight : dict of label to weight, "balanced" or None
        A class missing from a dict has weight 1. ``"balanced"`` weighs a class by
        ``n_samples / (n_classes * its samples)``, samples counted by their weights.
        Ignored if `by_class` is given.
    by_class : ndarray of shape (n_classes,), optional
        Weights of the classes returned for the training images.
    name : str
        Name of `sample_weight` in errors.

    Returns
    -------
    weights : ndarray of shape (n_samples,), float32
        Weights with a mean of 1 over the samples that count. Equal weights are
        exactly 1.
    by_class : ndarray of shape (n_classes,), float64
        Weight of each class.

    Raises
    ------
    ValueError
        If a weight is negative or not finite, if all are 0, if the weight of a class
        is too small beside the largest one, or if a dict names labels that are not
        classes while it has no weight for some class. A fold of a cross-validation,
        which may lack a class, can have a weight for it.
    """
    by_sample = check_weights(sample_weight, codes, name)
    if by_class is None:
        by_class = _weigh_classes(class_weight, classes, codes, by_sample)
    # Mantissas and exponents apart: no product overflows, and scaling the weights by a
    # power of two changes no bit.
    sample_mantissas, sample_exponents = np.frexp(by_sample)
    class_mantissas, class_exponents = np.frexp(by_class[codes])
    products = sample_mantissas * class_mantissas
    exponents = sample_exponents + class_exponents
    counts = products > 0
    if not counts.any():
        raise ValueError(
            f"{name} times class_weight is 0 for every image: at least one must be "
            "greater than 0."
        )
    with np.errstate(under="ignore"):
        relative = np.ldexp(products, exponents - exponents[counts].max())
    relative[relative < SMALLEST] = 0
    weights = relative / relative[relative > 0].mean()
    return weights.astype(np.float32), by_class


def _weigh_classes(
    class_weight: Any, classes: np.ndarray, codes: np.ndarray, by_sample: np.ndarray
) -> np.ndarray:
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, str):  # "balanced"
        return _balance(codes, by_sample, len(classes))
    # As NumPy's scalars, which equal the numbers and strings of Python. `tolist` would
    # make other keys of dates.
    labels = list(classes)
    unknown = sorted(map(str, set(class_weight) - set(labels)))
    unnamed = [str(label) for label in labels if label not in class_weight]
    if unknown and unnamed:
        raise ValueError(
            f"class_weight names {unknown}, which are not among the classes, and has "
            f"no weight for the classes {unnamed}."
        )
    by_class = [class_weight.get(label, 1.0) for label in labels]
    for label, weight in zip(labels, by_class, strict=True):
        if not _is_weight(weight):
            raise ValueError(
                f"class_weight of class {label!s} should be a finite number of at "
                f"least 0, got {weight!r}."
            )
    largest = float(max(by_class))
    for label, weight in zip(labels, by_class, strict=True):
        if 0 < weight < SMALLEST * largest:
            raise ValueError(
                f"class_weight of class {label!s} is {weight!r}, which is too small "
                f"for float32 beside the largest class weight, {largest!r}. Use a "
                "weight of 0 to leave the class out."
            )
    return np.array(by_class, dtype=np.float64)


def _balance(codes: np.ndarray, by_sample: np.ndarray, n_classes: int) -> np.ndarray:
    counts = by_sample > 0
    present = np.unique(codes[counts])
    exponent = np.frexp(by_sample)[1][counts].max()
    by_class = np.ones(n_classes)
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        by_class[present] = compute_class_weight(
            "balanced",
            classes=present,
            y=codes[counts],
            sample_weight=np.ldexp(by_sample[counts], -exponent),  # sums stay finite
        )
    return np.minimum(by_class, LARGEST)


def _is_weight(value: Any) -> bool:
    try:
        return bool(np.isfinite(value) and value >= 0)
    except (TypeError, ValueError):
        return False
