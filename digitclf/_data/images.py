"""Images: the layouts and data types that they may come in."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

DATASETS = "tensorflow.python.data", "torch.utils.data"
"""Modules of classes that yield images instead of holding them in an array."""


def flatten_images(X: Any, name: str = "X") -> tuple[Any, tuple[int, int] | None]:
    """Bring images of any layout into (n_samples, height * width), without a copy.

    Parameters
    ----------
    X : array-like
        Images of shape (n_samples, height, width) or (n_samples, height, width, 1).
        Anything else that is not plainly wrong is returned as it is, for scikit-learn
        to accept or refuse.
    name : str
        Name of `X` in errors.

    Returns
    -------
    X : array-like
    image_shape : tuple of (height, width), or None if `X` has rows of pixels

    Raises
    ------
    ValueError
        If `X` is a dataset or text, if the images are separate objects, are in colour,
        have their channel first, or have more than four dimensions.
    """
    code = name
    if isinstance(X, (list, tuple)):
        X = _nested_lists_as_array(X)
        code = f"np.asarray({name})"
    image_shape = check_layout(X, name, code)
    if image_shape is None:
        return X, None
    X = np.asanyarray(X)
    return X.reshape(len(X), math.prod(image_shape)), image_shape


def check_layout(X: Any, name: str = "X", code: str = "") -> tuple[int, int] | None:
    """Return the shape of an image, None if `X` has rows of pixels or is no array.

    Parameters
    ----------
    X : array-like
    name : str
        Name of `X` in errors.
    code : str
        Code for `X` as an array, by default its name.

    Raises
    ------
    ValueError
        As for `flatten_images`.
    """
    _refuse_datasets(X, name)
    _refuse_separate_images(X, name)
    if X is None or _holds_text(X):
        raise ValueError(
            f"{name} should be images as an array of numbers of shape (n_samples, "
            "height * width), (n_samples, height, width) or (n_samples, height, width, "
            f"1), got {'None' if X is None else 'text'}."
        )
    shape = tuple(getattr(X, "shape", ()))
    if len(shape) < 3:
        return None
    if len(shape) > 4 or (len(shape) == 4 and shape[3] != 1):
        advice = _advice_on_channels(shape, code or name)
        raise ValueError(
            f"{name} has shape {shape}{advice} Expected "
            "greyscale images of shape (n_samples, height, width), (n_samples, height, "
            "width, 1) or (n_samples, height * width)."
        )
    return shape[1], shape[2]


def _refuse_datasets(X: Any, name: str) -> None:
    if any(base.__module__.startswith(DATASETS) for base in type(X).__mro__):
        raise ValueError(
            f"{name} is a dataset ({type(X).__name__}). Expected an array of images. "
            "Collect them first: `X, y = map(np.concatenate, zip(*dataset))`, or with "
            "np.stack if the dataset does not yield batches."
        )


def _refuse_separate_images(X: Any, name: str) -> None:
    """Refuse an array, Series or frame with one column, whose values are images."""
    if _is_numeric(X):
        return
    code, column = name, X
    shape = tuple(getattr(X, "shape", ()))
    if len(shape) == 2 and shape[1] == 1:
        if hasattr(X, "columns"):
            label = X.columns[0]
            code, column = f"{name}[{label!r}]", X[label]
        else:
            code, column = f"{name}[:, 0]", X[:, 0]
        shape = shape[:1]
    if len(shape) != 1 or shape[0] == 0 or not _is_array_like(next(iter(column))):
        return
    raise ValueError(
        f"{name} has {shape[0]} images, each an object of its own "
        f"({type(X).__name__} of dtype {column.dtype}). Expected a single array of "
        f"numbers: pass `np.stack({code})`."
    )


def _is_array_like(value: Any) -> bool:
    if isinstance(value, (str, bytes)):
        return False
    try:
        return np.ndim(value) > 0
    except ValueError:  # ragged
        return True


def _is_numeric(X: Any) -> bool:
    """Return whether the dtype, or the dtype of every column, is numeric."""
    is_frame = hasattr(X, "columns")
    dtypes = X.dtypes if is_frame else [getattr(X, "dtype", np.dtype(float))]
    return all(getattr(dtype, "kind", "O") in "biufc" for dtype in dtypes)


def _holds_text(X: Any) -> bool:
    """Return whether a value is text, which scikit-learn would read as a number."""
    if _is_numeric(X):
        return False
    values = np.asarray(X)
    return values.dtype.kind in "OUST" and any(
        isinstance(value, (str, bytes)) for value in values.ravel()
    )


def _nested_lists_as_array(X: list | tuple) -> Any:
    try:
        array = np.asarray(X)
    except ValueError:  # ragged: scikit-learn's own message is the clearest
        return X
    return array if array.ndim >= 3 else X


def _advice_on_channels(shape: tuple[int, ...], code: str) -> str:
    """Return what follows the shape of images that have channels, or else a stop."""
    if len(shape) != 4:
        return "."
    if shape[1] == 1:
        return f": the channel comes first. Pass `{code}[:, 0]`."
    to_grey = "[0.299, 0.587, 0.114]"
    if shape[3] in (3, 4):
        conversion = f"{code}[..., :3] @ {to_grey}"
    elif shape[1] in (3, 4):
        conversion = f"np.tensordot({code}[:, :3], {to_grey}, (1, 0))"
    else:
        return "."
    return (
        ": these look like colour images. Convert them to greyscale first, for example "
        f"with `{conversion}`."
    )


def as_pixels(X: np.ndarray, name: str = "X") -> np.ndarray:
    """Return `X` in a dtype that the network reads: uint8 as it is, else float32.

    Raises
    ------
    ValueError
        If `X` does not hold numbers, or holds one too large for float32, or if all are
        too small for it.
    """
    pixels = to_pixels(X, name)
    if pixels.dtype != X.dtype and not pixels.any() and X.any():
        raise too_small(float(X.min()), float(X.max()), name)
    return pixels


def to_pixels(X: np.ndarray, name: str = "X") -> np.ndarray:
    """Return `X` in a dtype that the network reads, even if it becomes 0.

    Raises
    ------
    ValueError
        If `X` does not hold numbers, or holds one too large for float32.
    """
    if X.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} should hold numbers, got an array of dtype {X.dtype.name}."
        )
    if X.dtype in (np.uint8, np.float32):
        return X
    if X.dtype == bool:
        return X.astype(np.uint8)
    with np.errstate(over="ignore"):
        pixels = X.astype(np.float32)
    if not np.isfinite(pixels).all():
        raise ValueError(
            f"Input {name} contains infinity or a value too large for "
            f"{np.dtype(np.float32)!r}."
        )
    return pixels


def too_small(smallest: float, largest: float, name: str = "X") -> ValueError:
    """Return the error for values that are 0 in float32."""
    return ValueError(
        f"The values of {name}, from {smallest:g} to {largest:g}, are too small for "
        "float32, in which they are 0. Scale them to the range 0 to 1."
    )


def pixel_dtype(dtype: Any) -> np.dtype:
    """Return the dtype in which pixels of a dtype are kept: uint8 or float32."""
    return np.dtype(np.uint8 if dtype in (np.uint8, bool) else np.float32)


def square_side(n_features: int) -> int | None:
    """Return the side of a square image with `n_features` pixels, or None."""
    side = math.isqrt(n_features)
    return side if side * side == n_features else None
