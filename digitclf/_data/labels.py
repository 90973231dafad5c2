"""Labels of any dtype, and the codes 0 to n_classes - 1 that the network learns."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from digitclf._data.lazy import read_whole
from digitclf._messages import naming

TEXT = "OUST"
"""Kinds of dtypes whose labels are text: other objects have become numbers."""


def check_labels(y: Any, name: str = "y") -> np.ndarray:
    """Return `y` as a 1-d array of class labels.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, 1)
    name : str
        Name of `y` in errors.

    Returns
    -------
    ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If `y` has several columns, holds continuous values, or has missing values, or
        if it mixes text and numbers.
    """
    y = read_whole(y, name)
    with naming(name):
        if isinstance(y, (list, tuple)):
            y = _list_as_array(y)
        shape = tuple(y.shape if hasattr(y, "shape") else np.asarray(y).shape)
    if len(shape) == 2 and shape[1] > 1:
        raise ValueError(
            f"{name} should be a 1d array of labels, got an array of shape {shape} "
            f"instead. {_advice_on_columns(y, shape, name)}"
        )
    with naming(name):
        labels = column_or_1d(y, warn=True)
        if _has_missing(labels):
            raise ValueError(f"Input {name} contains NaN, NaT or None: missing labels.")
        if labels.dtype == object:
            labels = _objects_as_numbers(labels, name)
        check_classification_targets(labels)
    return labels


def _list_as_array(y: list | tuple) -> np.ndarray:
    """Return a list as an array, in which numbers beside text stay numbers."""
    labels = np.asarray(y)
    if labels.dtype.kind in "US":
        objects = np.array(y, dtype=object)
        if len(set(map(_kind_of, objects.ravel()))) > 1:
            return objects
    return labels


def _advice_on_columns(y: Any, shape: tuple[int, ...], name: str) -> str:
    """Return what makes one column of labels of several."""
    if shape[0] == 1:
        return f"It looks transposed: pass `np.ravel({name})`."
    is_frame = hasattr(y, "iloc")
    if _is_one_hot(np.asarray(y)):
        code = f"{name}.idxmax(axis=1)" if is_frame else f"np.argmax({name}, axis=1)"
        return f"For one-hot targets pass `{code}`."
    code = f"{name}.iloc[:, 0]" if is_frame else f"np.asarray({name})[:, 0]"
    return f"Select the column with the labels, for example `{code}`."


def _is_one_hot(targets: np.ndarray) -> bool:
    is_one, is_zero = targets == 1, targets == 0
    return bool(np.all(is_one | is_zero) and np.all(is_one.sum(axis=1) == 1))


def _has_missing(labels: np.ndarray) -> bool:
    if labels.dtype.kind == "f":
        return bool(np.isnan(labels).any())
    if labels.dtype.kind in "mM":
        return bool(np.isnat(labels).any())
    return labels.dtype == object and any(map(_is_missing, labels))


def _is_missing(label: Any) -> bool:
    try:
        return label is None or bool(label != label)  # NaN, NaT
    except TypeError:  # pandas.NA is not even unequal to itself
        return True
    except ValueError:  # an array
        return False


def _objects_as_numbers(labels: np.ndarray, name: str) -> np.ndarray:
    """Return numbers stored as objects in a numeric dtype, and text as it is."""
    kinds = set(map(_kind_of, labels))
    if kinds in ({str}, {bytes}):
        return labels
    if len(kinds) > 1:
        types = sorted({type(label).__name__ for label in labels})
        raise ValueError(
            f"{name} mixes text and numbers: it has labels of types "
            f"{', '.join(types)}. Convert them to one type, for example with "
            f"`np.asarray({name}).astype(str)`."
        )
    numbers = np.array(labels.tolist())
    return numbers if numbers.ndim == 1 else labels


def _kind_of(label: Any) -> type:
    """Return str, bytes, or float for anything else."""
    return (
        str if isinstance(label, str) else bytes if isinstance(label, bytes) else float
    )


def check_same_kind(labels: np.ndarray, classes: np.ndarray, name: str = "y") -> None:
    """Raise a ValueError if labels and classes are not both text, or both numbers."""
    if _kind_of_dtype(labels.dtype) != _kind_of_dtype(classes.dtype):
        raise ValueError(
            f"{name} has labels such as {_shown(labels[:1])[0]!r}, which cannot be "
            f"compared with the classes {_shown(classes)}."
        )


def _kind_of_dtype(dtype: np.dtype) -> str:
    """Return a letter for text, dates, durations or numbers."""
    if dtype.kind in TEXT:
        return "U"
    return dtype.kind if dtype.kind in "mM" else "f"


def encode_labels(
    labels: np.ndarray, classes: np.ndarray, name: str = "y"
) -> np.ndarray:
    """Return the position of each label in the sorted `classes`.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
    classes : ndarray of shape (n_classes,), sorted
    name : str
        Name of `labels` in errors.

    Returns
    -------
    ndarray of shape (n_samples,), int32

    Raises
    ------
    ValueError
        If a label is not among `classes`.
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
    """Return labels as Python values, and dates as text, to print."""
    array = np.asarray(labels)
    return (array.astype(str) if array.dtype.kind in "mM" else array).tolist()
