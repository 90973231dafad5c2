"""Labels of any dtype, and the codes 0 to n_classes - 1 that the network learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from digitclf._messages import naming


def check_labels(y: Any, name: str = "y") -> np.ndarray:
    """Return `y` as a 1-d array of class labels.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, 1)
    name : str
        What errors call `y`.

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If `y` has several columns, or holds continuous values or missing ones.
    """
    with naming(name):
        shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"{name} should be a 1d array of labels, got an array of shape {shape} "
            f"instead. For one-hot targets pass `{name}.argmax(axis=1)`."
        )
    with naming(name):
        labels = column_or_1d(y, warn=True)
        if labels.dtype.kind in "fOmM" and pd.isna(labels).any():
            raise ValueError(f"Input {name} contains NaN, NaT or None: missing labels.")
        check_classification_targets(labels)
    return labels


def encode_labels(
    labels: np.ndarray, classes: np.ndarray, name: str = "y"
) -> np.ndarray:
    """Return the position of each label in the sorted `classes`.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
    classes : ndarray of shape (n_classes,), sorted
    name : str
        What errors call `labels`.

    Returns
    -------
    ndarray of shape (n_samples,), int32

    Raises
    ------
    ValueError
        If there is a label that is none of `classes`.
    """
    found, positions = np.unique(labels, return_inverse=True)
    known = set(classes)
    unseen = [label for label in found if label not in known]
    if unseen:
        raise ValueError(
            f"{name} contains labels that are not among the classes: "
            f"{_shown(unseen)}. The classes are {_shown(classes)}."
        )
    return np.searchsorted(classes, found)[positions].astype(np.int32)


def _shown(labels: Any) -> list[Any]:
    """Return labels as a person would write them."""
    array = np.asarray(labels)
    return (array.astype(str) if array.dtype.kind in "mM" else array).tolist()
