"""The range of pixel values: learnt, scaled to 0 to 1, and checked in other images."""

from __future__ import annotations

import numpy as np

from digitclf._data.grey_levels import WHITE
from digitclf._data.statistics import ArrayStatistics, Statistics
from digitclf._messages import warn_caller

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


def learn_pixel_range(found: Statistics) -> tuple[float, float]:
    """Return the range that the pixels of training images span.

    Values that are never negative are grey levels: the range is (0, largest), or
    (smallest, largest) if the smallest is nearer to the largest than to zero. Small
    negative values, which resampling an image may leave, are ignored. Values that are
    never positive are the mirror image. Other values of both signs are centred
    features, for example from a ``StandardScaler``: the range is (-s, s) with s their
    root mean square, which does not depend on a few outliers.

    Parameters
    ----------
    found : Statistics
        Statistics of the pixels.

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
    found: Statistics, pixel_range: tuple[float, float], name: str = "X"
) -> None:
    """Warn if pixels are plainly not in the pixel range that a classifier has learnt.

    A few values do not cause a warning: a ``MinMaxScaler`` stretches pixels at the
    border, which are nearly always 0 in training, far beyond the range.

    Parameters
    ----------
    found : Statistics
        Statistics of the pixels.
    pixel_range : tuple of (low, high)
    name : str
        Name of the images in the warning.

    Warns
    -----
    UserWarning
        If values are `PLAINLY_DIFFERENT` times too large or too small, lie above the
        range, or have another sign, or if a single value is `BEYOND_ANY_SCALING`.
    """
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
    if _shows_grey_levels(sample, pixel_range, n_outliers):
        return False
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


def _shows_grey_levels(
    sample: np.ndarray, pixel_range: tuple[float, float], n_outliers: int
) -> bool:
    """Return whether images are bytes of a range of bytes, and enough are not dark.

    It is a quick test of the usual images, as the other one takes a tenth of the time
    of a prediction.
    """
    low, high = pixel_range
    if sample.dtype != np.uint8 or low != 0 or high < WHITE:
        return False
    dark = int(high / PLAINLY_DIFFERENT)
    return bool(np.count_nonzero(sample > dark) > n_outliers)


def _has_extreme_value(found: Statistics, pixel_range: tuple[float, float]) -> bool:
    if found.dtype == np.uint8:
        return False
    scale, offset = scaling_of(pixel_range)
    ends = (end * scale + offset for end in (found.smallest, found.largest))
    return max(map(abs, ends)) > BEYOND_ANY_SCALING
