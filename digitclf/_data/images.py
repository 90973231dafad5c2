"""What an image is: the layouts that one may come in and the range of its pixels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from digitclf._messages import warn_caller

ROWS_AT_A_TIME = 4096
PLAINLY_DIFFERENT = 8.0
"""Two pixel ranges that differ by more than this factor are no longer the same."""

FLOAT32 = np.finfo(np.float32)

MANY_VALUES = 64
"""So many centred values are never all positive by chance."""


def flatten_images(X: Any, name: str = "X") -> tuple[Any, tuple[int, int] | None]:
    """Bring images of any layout into (n_samples, height * width), without a copy.

    Parameters
    ----------
    X : array-like
        Images of shape (n_samples, height, width) or (n_samples, height, width, 1).
        Anything else is returned as it is, for scikit-learn to accept or refuse.
    name : str
        What errors call `X`.

    Returns
    -------
    X : array-like
    image_shape : tuple of (height, width), or None if the layout tells none

    Raises
    ------
    ValueError
        If the images are in colour, have more than four dimensions, or are text.
    """
    if isinstance(X, (list, tuple)):
        X = _nested_lists_as_array(X)
    if X is None or _holds_text(X):
        raise ValueError(
            f"{name} should be images as an array of numbers of shape (n_samples, "
            "height * width), (n_samples, height, width) or (n_samples, height, width, "
            f"1), got {'None' if X is None else 'text'}."
        )
    shape = tuple(getattr(X, "shape", ()))
    if len(shape) < 3:
        return X, None
    if len(shape) == 4 and shape[3] in (3, 4):
        raise ValueError(
            f"{name} has shape {shape}: these look like colour images. Expected "
            "greyscale images of shape (n_samples, height, width), (n_samples, height, "
            "width, 1) or (n_samples, height * width). Convert them first, for example "
            f"with `{name}[..., :3] @ [0.299, 0.587, 0.114]`."
        )
    if len(shape) > 4 or (len(shape) == 4 and shape[3] != 1):
        raise ValueError(
            f"{name} has shape {shape}. Expected greyscale images of shape (n_samples, "
            "height, width), (n_samples, height, width, 1) or (n_samples, height * "
            "width)."
        )
    n_samples, height, width = shape[:3]
    return np.asanyarray(X).reshape(n_samples, height * width), (height, width)


def _holds_text(X: Any) -> bool:
    """Return whether a value is text, which scikit-learn would read as a number."""
    dtypes = X.dtypes if isinstance(X, pd.DataFrame) else [getattr(X, "dtype", float)]
    if all(pd.api.types.is_numeric_dtype(dtype) for dtype in dtypes):
        return False
    values = np.asarray(X, dtype=object)
    return any(isinstance(value, (str, bytes)) for value in values.ravel())


def _nested_lists_as_array(X: list | tuple) -> Any:
    try:
        array = np.asarray(X)
    except ValueError:  # ragged: scikit-learn's own message says so best
        return X
    return array if array.ndim >= 3 else X


def as_pixels(X: np.ndarray, name: str = "X") -> np.ndarray:
    """Return `X` in a dtype that the network reads: uint8 as it is, else float32.

    Raises
    ------
    ValueError
        If `X` does not hold numbers, or one that is too large for float32.
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


def square_side(n_features: int) -> int | None:
    """Return the side of the square image that `n_features` pixels make, if any."""
    side = math.isqrt(n_features)
    return side if side * side == n_features else None


def learn_pixel_range(
    X: np.ndarray, weights: np.ndarray | None = None
) -> tuple[float, float]:
    """Return the range that the pixels of training images span.

    Values that are never negative, but for what resampling an image may leave, are
    taken for grey levels: the range is (0, largest), or (smallest, largest) where the
    smallest is nearer to the largest than to zero. Values that are never positive are
    their mirror image. Other values of both signs are taken for centred features (a
    ``StandardScaler`` before the classifier, say): the range is (-s, s) with s their
    root mean square, which a few outliers cannot squeeze.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    weights : ndarray of shape (n_samples,), optional
        Images of weight 0 do not count.

    Returns
    -------
    tuple of (low, high), floats with low < high

    Raises
    ------
    ValueError
        If the values are too small or too large for float32 to scale.
    """
    if weights is not None and not weights.all():
        X = X[weights != 0]
    smallest, largest = float(X.min()), float(X.max())
    if smallest < 0 < largest and _is_centred(X, smallest, largest):
        size = root_mean_square(X)
        pixel_range = -size, size
    elif -smallest > largest:
        low, high = _range_of_grey(-largest, -smallest)
        pixel_range = -high, -low + 0.0  # no negative zero
    else:
        pixel_range = _range_of_grey(smallest, largest)
    scale, _ = scaling_of(pixel_range)
    if not float(FLOAT32.tiny) <= abs(scale) <= float(FLOAT32.max):
        raise ValueError(
            f"The values of X, from {smallest:g} to {largest:g}, are too small or too "
            "large for float32 to scale: bring them to 0 to 1."
        )
    return pixel_range


def _is_centred(X: np.ndarray, smallest: float, largest: float) -> bool:
    """Return whether values of both signs are more than grey levels, resampled."""
    return min(-smallest, largest) > max(-smallest, largest) / 4 or _has_mean_zero(X)


def _has_mean_zero(X: np.ndarray) -> bool:
    return abs(float(X.mean(dtype=np.float64))) < 0.2 * root_mean_square(X)


def _range_of_grey(smallest: float, largest: float) -> tuple[float, float]:
    if largest == 0:
        return 0.0, 1.0
    if smallest > largest / 2 and smallest < largest:
        return smallest, largest
    return 0.0, largest


def scaling_of(pixel_range: tuple[float, float]) -> tuple[float, float]:
    """Return (scale, offset) that bring a pixel range to [0, 1], or [-1, 1] if signed.

    A range that is never positive is brought to [0, 1] from its end. The scaled value
    is ``pixel * scale + offset``.
    """
    low, high = pixel_range
    if high <= 0:
        low, high = high, low
    zero = (low + high) / 2 if low < 0 < high else low
    scale = 1.0 / (high - zero)
    return scale, -zero * scale


def warn_of_other_range(
    X: np.ndarray, pixel_range: tuple[float, float], name: str = "X"
) -> None:
    """Warn when `X` is plainly not in the pixel range that a classifier has learnt.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    pixel_range : tuple of (low, high)
    name : str
        What the warning calls `X`.
    """
    smallest, largest = float(X.min()), float(X.max())
    low, high = pixel_range
    if low < 0 < high:
        differs = _differs_from_centred(X, smallest, largest, high)
    else:
        differs = _differs_from_grey(X, smallest, largest, pixel_range)
    if differs:
        warn_caller(
            f"{name} has values from {smallest:g} to {largest:g}, but this classifier "
            f"was fitted on values of the range {low:g} to {high:g} (pixel_range_): "
            "what it says of them is most likely nonsense. Scale them as the training "
            "images were scaled."
        )


def _differs_from_grey(
    X: np.ndarray, smallest: float, largest: float, pixel_range: tuple[float, float]
) -> bool:
    """Return whether values are far off [0, 1] once they are scaled."""
    scale, offset = scaling_of(pixel_range)
    darkest, lightest = sorted((smallest * scale + offset, largest * scale + offset))
    if darkest < 0 and _has_mean_zero(X):
        return True  # centred features: what resampling leaves below zero is little
    too_small = 0 < max(-darkest, lightest) < 1 / PLAINLY_DIFFERENT
    too_large = lightest > PLAINLY_DIFFERENT
    return too_small or too_large or darkest < -1 / 2 or darkest > 2


def _differs_from_centred(
    X: np.ndarray, smallest: float, largest: float, usual: float
) -> bool:
    if smallest >= 0 and largest > 0 and X.size >= MANY_VALUES:
        return True  # not one value below the mean
    size = root_mean_square(X)
    return size > PLAINLY_DIFFERENT * usual or 0 < size * 50 < usual


def root_mean_square(X: np.ndarray) -> float:
    """Return the root mean square of all values, without a copy of `X` in float64."""
    total = 0.0
    for start in range(0, len(X), ROWS_AT_A_TIME):
        rows = X[start : start + ROWS_AT_A_TIME].astype(np.float64)
        total += float(np.vdot(rows, rows))
    return math.sqrt(total / X.size)
