"""Statistics of pixels: of an array, or gathered from one block after another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

import numpy as np

ROWS_AT_A_TIME = 4096
"""Number of rows whose squares are summed in one step."""

SAMPLE_SIZE = 100
"""Maximum number of images in a sample."""

BITS_DROPPED = 16
"""Number of last bits of a float32 that change its absolute value by less than 1 %."""


class Statistics(Protocol):
    """Statistics of the pixels of some images."""

    dtype: np.dtype
    size: int
    """Number of values."""

    @property
    def smallest(self) -> float:
        """Smallest value."""

    @property
    def largest(self) -> float:
        """Largest value."""

    @property
    def sample(self) -> np.ndarray:
        """Images at regular intervals."""

    def mean(self) -> float:
        """Return the mean of all values."""

    def root_mean_square(self) -> float:
        """Return the root mean square of all values."""

    def count_larger(self, limit: float) -> int:
        """Return the number of values whose absolute value is above a limit."""


class ArrayStatistics:
    """Statistics of an array, computed when they are needed.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    """

    def __init__(self, X: np.ndarray) -> None:
        self._X = X
        self.dtype = X.dtype
        self.size = X.size

    @cached_property
    def smallest(self) -> float:
        """Smallest value."""
        return float(self._X.min())

    @cached_property
    def largest(self) -> float:
        """Largest value."""
        return float(self._X.max())

    @property
    def sample(self) -> np.ndarray:
        """Images at regular intervals."""
        return self._X[:: _sampling_step(len(self._X))]

    def mean(self) -> float:
        """Return the mean of all values."""
        return float(self._X.mean(dtype=np.float64))

    def root_mean_square(self) -> float:
        """Return the root mean square of all values."""
        total = 0.0
        for rows in self._steps():
            total += _sum_of_squares(rows)
        return math.sqrt(total / self.size)

    def count_larger(self, limit: float) -> int:
        """Return the number of values whose absolute value is above a limit."""
        counts = (np.count_nonzero(np.abs(rows) > limit) for rows in self._steps())
        return sum(map(int, counts))

    def _steps(self) -> Iterator[np.ndarray]:
        """Yield some rows at a time, so that no copy of the whole array is made."""
        for start in range(0, len(self._X), ROWS_AT_A_TIME):
            yield self._X[start : start + ROWS_AT_A_TIME]


class RunningStatistics:
    """Statistics of images that are added block by block.

    They do not depend on how the images are divided into blocks, and equal those of
    `ArrayStatistics`, except that `count_larger` may take values within 1 % of its
    limit for smaller ones.

    Parameters
    ----------
    n_images : int
        Number of all images.
    dtype : numpy.dtype
        uint8 or float32.
    for_range : bool
        Whether a pixel range is to be learnt, which needs `mean`, `root_mean_square`
        and `count_larger`.
    """

    def __init__(
        self, n_images: int, dtype: np.dtype, *, for_range: bool = False
    ) -> None:
        self.dtype = dtype
        self.size = 0
        self.smallest = math.inf
        self.largest = -math.inf
        self._sampling_step = _sampling_step(n_images)
        self._n_seen = 0
        self._sample: list[np.ndarray] = []
        # uint8 has no negative values and no outliers.
        self._has_sums = for_range and dtype != np.uint8
        self._sum = self._sum_of_squares = 0.0
        self._rows_left: list[np.ndarray] = []
        """Rows whose squares are not summed yet, fewer than `ROWS_AT_A_TIME`."""
        self._by_magnitude = np.zeros(2 ** (31 - BITS_DROPPED), np.int64)
        """Number of values in each class of `_magnitude_class`."""

    def add(self, rows: np.ndarray) -> None:
        """Add the next block.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
        """
        if not rows.size:
            return
        first = -self._n_seen % self._sampling_step
        self._sample.append(rows[first :: self._sampling_step].copy())
        self._n_seen += len(rows)
        self.size += rows.size
        self.smallest = min(self.smallest, float(rows.min()))
        self.largest = max(self.largest, float(rows.max()))
        if self._has_sums:
            self._sum += float(rows.sum(dtype=np.float64))
            self._by_magnitude += np.bincount(
                _magnitude_class(rows).ravel(), minlength=len(self._by_magnitude)
            )
            self._add_squares(rows)

    @property
    def sample(self) -> np.ndarray:
        """Images at regular intervals."""
        return np.concatenate(self._sample)

    def mean(self) -> float:
        """Return the mean of all values."""
        return self._sum / self.size

    def root_mean_square(self) -> float:
        """Return the root mean square of all values."""
        total = self._sum_of_squares
        if self._rows_left:
            total += _sum_of_squares(np.concatenate(self._rows_left))
        return math.sqrt(total / self.size)

    def count_larger(self, limit: float) -> int:
        """Return the number of values whose absolute value is above a limit."""
        largest_below = int(_magnitude_class(np.array([limit], np.float32))[0])
        return int(self._by_magnitude[largest_below + 1 :].sum())

    def _add_squares(self, rows: np.ndarray) -> None:
        """Add squares in the steps of `ArrayStatistics`, so that the sums are the same.

        Sums of floating-point numbers depend on the order of the additions.
        """
        waiting = np.concatenate([*self._rows_left, rows])
        n_complete = len(waiting) - len(waiting) % ROWS_AT_A_TIME
        for start in range(0, n_complete, ROWS_AT_A_TIME):
            step = waiting[start : start + ROWS_AT_A_TIME]
            self._sum_of_squares += _sum_of_squares(step)
        left = waiting[n_complete:]
        self._rows_left = [left.copy()] if len(left) else []


def _sampling_step(n_images: int) -> int:
    return max(1, math.ceil(n_images / SAMPLE_SIZE))


def _sum_of_squares(rows: np.ndarray) -> float:
    values = rows.astype(np.float64)
    return float(np.vdot(values, values))


def _magnitude_class(values: np.ndarray) -> np.ndarray:
    """Return integers in the order of the absolute values: exponents and first bits."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return (bits & np.uint32(0x7FFFFFFF)) >> np.uint32(BITS_DROPPED)
