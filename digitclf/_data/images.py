"""Images: the layouts they may come in, and the range of their pixels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from digitclf._data.statistics import ArrayStatistics, Statistics
from digitclf._messages import warn_caller

DATASETS = "tensorflow.python.data", "torch.utils.data"
"""Modules of classes that yield images instead of holding them in an array."""

FLOAT32 = np.finfo(np.float32)

OUTLIERS = 1 / 20
"""Share of the smallest and of the largest values that cannot cause a warning."""
PLAINLY_DIFFERENT = 10.0
"""Factor by which values must differ from the fitted range to be of another one."""

SMALLEST_RANGE = 256 * float(FLOAT32.tiny)
"""Size of a range whose grey levels are still normal numbers in float32."""

FAR_OUTLIERS = 1 / 1000
"""Share of values that a range should not be stretched for."""
FAR_OUTSIDE = 1000.0
"""Factor by which such values exceed all others."""

BEYOND_ANY_SCALING = 1e6
"""Factor by which a single value of new images must exceed the fitted range to cause a
warning."""


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


def learn_pixel_range(
    X: np.ndarray, weights: np.ndarray | None = None
) -> tuple[float, float]:
    """Return the range that the pixels of training images span.

    Values that are never negative are grey levels: the range is (0, largest), or
    (smallest, largest) if the smallest is nearer to the largest than to zero. Small
    negative values, which resampling an image may leave, are ignored. Values that are
    never positive are the mirror image. Other values of both signs are centred
    features, for example from a ``StandardScaler``: the range is (-s, s) with s their
    root mean square, which does not depend on a few outliers.

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

    Warns
    -----
    UserWarning
        If very few values are so large that next to them all others are about 0.
    """
    if weights is not None and not weights.all():
        X = X[weights != 0]
    return pixel_range_of(ArrayStatistics(X))


def pixel_range_of(found: Statistics) -> tuple[float, float]:
    """Return the range that pixels with these statistics span, as `learn_pixel_range`.

    Raises
    ------
    ValueError
        If the values are too small or too large for float32 to scale.

    Warns
    -----
    UserWarning
        If very few values are so large that next to them all others are about 0.
    """
    smallest, largest = found.smallest, found.largest
    if smallest < 0 < largest and _is_centred(found):
        size = found.root_mean_square()
        pixel_range = -size, size
    elif -smallest > largest:
        low, high = _range_of_grey(-largest, -smallest)
        pixel_range = -high, -low + 0.0  # no negative zero
    else:
        pixel_range = _range_of_grey(smallest, largest)
    if not is_scalable(pixel_range):
        raise ValueError(
            f"The values of X, from {smallest:g} to {largest:g}, are too small or too "
            "large for float32 to scale. Scale them to the range 0 to 1."
        )
    _warn_of_far_outliers(found, max(-smallest, largest))
    return pixel_range


def _warn_of_far_outliers(found: Statistics, size: float) -> None:
    if found.dtype == np.uint8 or size == 0:
        return
    far = size / FAR_OUTSIDE
    most = max(1, int(found.size * FAR_OUTLIERS))
    if ArrayStatistics(found.sample).count_larger(far) > most:
        return
    n_far = found.count_larger(far)
    if n_far > most or found.count_larger(0.0) <= 2 * n_far:
        return
    warn_caller(
        f"X has values of up to {size:g}, {FAR_OUTSIDE:g} times larger than all but "
        f"{n_far:,} of its {found.size:,} values. The others are scaled to nearly 0, "
        "and training will be poor. Check X for faulty pixels, or clip it."
    )


def _is_centred(found: Statistics) -> bool:
    """Return whether values of both signs are centred, rather than resampled grey."""
    sizes = -found.smallest, found.largest
    return min(sizes) > max(sizes) / 4 or _has_mean_zero(found)


def _has_mean_zero(found: Statistics) -> bool:
    return abs(found.mean()) < 0.2 * found.root_mean_square()


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
    zero = _zero_of(pixel_range)
    low, high = pixel_range
    scale = 1.0 / ((low if high <= 0 else high) - zero)
    return scale, -zero * scale


def is_scalable(pixel_range: tuple[float, float]) -> bool:
    """Return whether float32 can scale the values of a pixel range."""
    low, high = pixel_range
    if low == high == _zero_of(pixel_range):
        return False
    scale, offset = map(abs, scaling_of(pixel_range))
    largest = float(FLOAT32.max)
    return float(FLOAT32.tiny) <= scale <= 1 / SMALLEST_RANGE and offset <= largest


def _zero_of(pixel_range: tuple[float, float]) -> float:
    """Return the value that is scaled to 0."""
    low, high = pixel_range
    if low < 0 < high:
        return (low + high) / 2
    return high if high <= 0 else low


def warn_of_other_range(
    X: np.ndarray, pixel_range: tuple[float, float], name: str = "X"
) -> None:
    """Warn when `X` is plainly not in the pixel range that a classifier has learnt.

    A few values do not cause a warning: a ``MinMaxScaler`` stretches pixels at the
    border, which are nearly always 0 in training, far beyond the range.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    pixel_range : tuple of (low, high)
    name : str
        Name of `X` in the warning.

    Warns
    -----
    UserWarning
        If values are `PLAINLY_DIFFERENT` times too large or too small, lie above the
        range, or have another sign, or if a single value is `BEYOND_ANY_SCALING`.
    """
    warn_of_range_of(ArrayStatistics(X), pixel_range, name)


def warn_of_range_of(
    found: Statistics, pixel_range: tuple[float, float], name: str = "X"
) -> None:
    """Warn when pixels with these statistics are plainly not in a pixel range."""
    if not (
        _differs(found.sample, pixel_range) or _has_extreme_value(found, pixel_range)
    ):
        return
    low, high = pixel_range
    warn_caller(
        f"{name} has values from {found.smallest:g} to {found.largest:g}, but this "
        f"classifier was fitted on values of the range {low:g} to {high:g} "
        "(pixel_range_): predictions will be unreliable. Scale them as the training "
        "images were scaled."
    )


def _differs(sample: np.ndarray, pixel_range: tuple[float, float]) -> bool:
    n_outliers = int(sample.size * OUTLIERS)
    if n_outliers == 0:
        return False  # too few values to tell
    positions = [n_outliers, sample.size - 1 - n_outliers]
    bulk = np.partition(sample, positions, axis=None)[positions]
    zero, (scale, _) = _zero_of(pixel_range), scaling_of(pixel_range)
    start, end = sorted((float(value) - zero) * scale for value in bulk)
    reach = max(-start, end)
    if reach > PLAINLY_DIFFERENT:
        return True
    low, high = pixel_range
    if low < 0 < high:
        smallest, largest = float(sample.min()), float(sample.max())
        has_one_sign = smallest >= 0 and largest > 0
        # The range is a root mean square, which the bulk of heavy tails is far below.
        is_small = 0 < max(-smallest, largest) * scale < 1 / PLAINLY_DIFFERENT
        return has_one_sign or is_small
    has_both_signs = -start > end / PLAINLY_DIFFERENT
    return has_both_signs or start > 1 or 0 < reach < 1 / PLAINLY_DIFFERENT


def _has_extreme_value(found: Statistics, pixel_range: tuple[float, float]) -> bool:
    if found.dtype == np.uint8:
        return False
    scale, offset = scaling_of(pixel_range)
    ends = (end * scale + offset for end in (found.smallest, found.largest))
    return max(map(abs, ends)) > BEYOND_ANY_SCALING
