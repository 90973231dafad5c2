"""Statistics of pixels, of an array or of blocks that are seen one after the other."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Protocol

import numpy as np

ROWS_AT_A_TIME = 4096

IMAGES_COMPARED = 100
"""Maximum number of images, spread over all, in a sample."""

BITS_DROPPED = 16
"""Last bits of a float32 that do not matter for its size to within 1 %."""


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
        """Some of the images, spread over all."""

    def mean(self) -> float:
        """Return the mean of all values."""

    def root_mean_square(self) -> float:
        """Return the root mean square of all values."""

    def count_larger(self, size: float) -> int:
        """Return how many values are larger in size."""


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
        """Some of the images, spread over all."""
        return self._X[:: _step(len(self._X))]

    def mean(self) -> float:
        """Return the mean of all values."""
        return float(self._X.mean(dtype=np.float64))

    def root_mean_square(self) -> float:
        """Return the root mean square, without a copy of the array in float64."""
        total = 0.0
        for start in range(0, len(self._X), ROWS_AT_A_TIME):
            total += _squares(self._X[start : start + ROWS_AT_A_TIME])
        return math.sqrt(total / self.size)

    def count_larger(self, size: float) -> int:
        """Return how many values are larger in size, without a copy of the array."""
        return sum(
            int(
                np.count_nonzero(np.abs(self._X[start : start + ROWS_AT_A_TIME]) > size)
            )
            for start in range(0, len(self._X), ROWS_AT_A_TIME)
        )


class RunningStatistics:
    """Statistics of blocks of images that are seen one after the other.

    They do not depend on how the images are divided into blocks, and are those of
    `ArrayStatistics`, except that `count_larger` is exact to 1 % of its limit.

    Parameters
    ----------
    n_images : int
        Number of all images.
    dtype : numpy.dtype
        uint8 or float32.
    learns : bool
        Whether values are also summed and counted by their size.
    """

    def __init__(self, n_images: int, dtype: np.dtype, *, learns: bool = False) -> None:
        self.dtype = dtype
        self.size = 0
        self.smallest = math.inf
        self.largest = -math.inf
        self._step = _step(n_images)
        self._n_seen = 0
        self._sample: list[np.ndarray] = []
        # uint8 has no negative values and no outliers.
        self._sums_up = learns and dtype != np.uint8
        self._sum = self._sum_of_squares = 0.0
        self._rest: list[np.ndarray] = []
        self._by_size = np.zeros(2 ** (31 - BITS_DROPPED), np.int64)

    def add(self, rows: np.ndarray) -> None:
        """See the next block.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
        """
        if not rows.size:
            return
        self._sample.append(rows[-self._n_seen % self._step :: self._step].copy())
        self._n_seen += len(rows)
        self.size += rows.size
        self.smallest = min(self.smallest, float(rows.min()))
        self.largest = max(self.largest, float(rows.max()))
        if self._sums_up:
            self._sum += float(rows.sum(dtype=np.float64))
            self._by_size += np.bincount(
                _size_class(rows).ravel(), minlength=len(self._by_size)
            )
            self._add_squares(rows)

    @property
    def sample(self) -> np.ndarray:
        """Some of the images, spread over all."""
        return np.concatenate(self._sample)

    def mean(self) -> float:
        """Return the mean of all values."""
        return self._sum / self.size

    def root_mean_square(self) -> float:
        """Return the root mean square of all values."""
        total = self._sum_of_squares
        if self._rest:
            total += _squares(np.concatenate(self._rest))
        return math.sqrt(total / self.size)

    def count_larger(self, size: float) -> int:
        """Return how many values are larger in size."""
        limit = int(_size_class(np.array([size], np.float32))[0])
        return int(self._by_size[limit + 1 :].sum())

    def _add_squares(self, rows: np.ndarray) -> None:
        """Add squares in steps of so many rows as `ArrayStatistics` does."""
        waiting = np.concatenate([*self._rest, rows])
        n_complete = len(waiting) - len(waiting) % ROWS_AT_A_TIME
        for start in range(0, n_complete, ROWS_AT_A_TIME):
            self._sum_of_squares += _squares(waiting[start : start + ROWS_AT_A_TIME])
        self._rest = [waiting[n_complete:].copy()] if n_complete < len(waiting) else []


def _step(n_images: int) -> int:
    return max(1, math.ceil(n_images / IMAGES_COMPARED))


def _squares(rows: np.ndarray) -> float:
    values = rows.astype(np.float64)
    return float(np.vdot(values, values))


def _size_class(values: np.ndarray) -> np.ndarray:
    """Return exponent and first bits of float32 values: integers that order by size."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return (bits & np.uint32(0x7FFFFFFF)) >> np.uint32(BITS_DROPPED)
