"""Images in arrays that are read block by block: memory maps, HDF5, Zarr and Dask."""

from __future__ import annotations

import math
import mmap
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.utils import assert_all_finite

from digitclf._data.images import check_layout, pixel_dtype, to_pixels, too_small
from digitclf._data.statistics import RunningStatistics

READ_WHOLE = 1 / 2
"""Share of scikit-learn's `working_memory` up to which an array is read as a whole.
Reading a larger one needs as much: for the images of `KEPT` and for two windows."""

KEPT = 1 / 4
"""Share of `working_memory` up to which the images of a run stay in memory."""

WINDOW = 1 / 8
"""Share of `working_memory` for one window: the images that are shuffled together. The
next window is read while one is trained on."""

BLOCK = WINDOW / 64
"""Share of `working_memory` for one block: consecutive images that are read together. A
block can be larger if a chunk of the array is. A window of many blocks is a good sample
of all images, and a block is large enough to be read at the full speed of a disk."""

ATTRIBUTES = ("shape", "dtype", "ndim", "chunks", "__getitem__")
"""Attributes that arrays of all supported libraries have if they are read lazily."""

REMEDY = "Files and stores have to stay open and unchanged until the call ends."

FAULT_AROUND = 2**21
"""Maximum number of bytes on either side of a page that the system maps with it."""


def is_lazy(X: Any) -> bool:
    """Return whether an array is read when it is indexed, and not before."""
    if isinstance(X, np.ndarray):
        return getattr(X, "_mmap", None) is not None
    # Of the class: on a closed HDF5 dataset, attributes raise errors that hasattr does
    # not expect.
    return all(
        hasattr(type(X), name) or name in getattr(X, "__dict__", ())
        for name in ATTRIBUTES
    )


def read_whole(array: Any, name: str) -> Any:
    """Return a lazily read array as an ndarray, and anything else as it is."""
    if isinstance(array, np.ndarray) or not is_lazy(array):
        return array
    return _fetch(array, slice(None), name)


def open_images(X: Any, name: str) -> Any:
    """Return `X` as `LazyImages` if it is read lazily and too large to read as a whole.

    A smaller lazy array is read, and anything else is returned as it is.

    Raises
    ------
    ValueError
        If `X` cannot be read, or is a Dask array of unknown shape.
    """
    if not is_lazy(X):
        return X
    shape = _known_shape(X, name)
    n_bytes = math.prod(shape) * pixel_dtype(X.dtype).itemsize
    if n_bytes <= _working_memory() * READ_WHOLE:
        return read_whole(X, name)
    return LazyImages(X, check_layout(X, name), name)


def _known_shape(X: Any, name: str) -> tuple[int, ...]:
    try:
        shape = tuple(X.shape)
        np.dtype(X.dtype)
    except Exception as error:
        raise _unreadable(name, error) from error
    if any(math.isnan(length) for length in shape):
        raise ValueError(
            f"{name} is an array of unknown chunk sizes, of shape {shape}. Call "
            f"`{name}.compute_chunk_sizes()` first."
        )
    return shape


def _working_memory() -> int:
    """Return scikit-learn's `working_memory` in bytes."""
    return int(get_config()["working_memory"] * 2**20)


class LazyImages:
    """Images of an array that is read block by block.

    Parameters
    ----------
    array : array-like of shape (n_samples, height * width), \
            (n_samples, height, width) or (n_samples, height, width, 1)
        An array of numbers that is read when it is indexed.
    image_shape : tuple of (height, width), or None for rows of pixels
    name : str
        Name of the array in errors.

    Attributes
    ----------
    shape : tuple of (n_samples, n_features)
    dtype : numpy.dtype
        Data type of the pixels that are read: uint8 or float32.
    image_shape : tuple of (height, width) or None
    """

    def __init__(
        self, array: Any, image_shape: tuple[int, int] | None, name: str
    ) -> None:
        self._array = array
        # Read here, because the threads that read have configurations of their own.
        self._memory = _working_memory()
        self.name = name
        self.shape = int(array.shape[0]), math.prod(map(int, array.shape[1:]))
        self.dtype = pixel_dtype(array.dtype)
        self.image_shape = image_shape

    def __len__(self) -> int:
        return self.shape[0]

    def images_in(self, share: float) -> int:
        """Return how many images fit into a share of `working_memory`."""
        return int(self._memory * share) // (self.shape[1] * self.dtype.itemsize)

    def read_raw(self, start: int, stop: int) -> np.ndarray:
        """Return consecutive images as rows of pixels, in their own dtype.

        Raises
        ------
        OSError
            If a file cannot be read.
        ValueError
            If reading fails for another reason, or if the images have another shape
            or dtype than the array declares.
        """
        place = f" at images {start} to {stop - 1}"
        rows = _fetch(self._array, slice(start, stop), self.name, place)
        declared = np.dtype(self._array.dtype)
        if rows.dtype != declared:
            raise ValueError(
                f"{self.name} has blocks of differing dtypes: it declares "
                f"{declared.name}, but images {start} to {stop - 1} are "
                f"{rows.dtype.name}. Convert all blocks to one dtype."
            )
        expected = (stop - start, *self._array.shape[1:])
        if rows.shape != expected:
            raise ValueError(
                f"{self.name} has blocks of the wrong size: images {start} to "
                f"{stop - 1} have shape {rows.shape} instead of {expected}."
            )
        return rows.reshape(len(rows), self.shape[1])

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return consecutive images as checked rows of pixels: uint8 or float32.

        Raises
        ------
        OSError, ValueError
            As for `read_raw`, or if a pixel is not finite.
        """
        rows = self.read_raw(start, stop)
        if rows.dtype.kind == "f":
            assert_all_finite(rows, input_name=self.name)
        pixels = to_pixels(rows, self.name)
        if isinstance(self._array, np.memmap):
            # Pages of the file count as memory of the process until it releases them.
            pixels = np.array(pixels, subok=False)
            _release_pages(self._array, rows)
        return pixels

    def read_blocks(self, share: float = BLOCK) -> Iterator[np.ndarray]:
        """Yield all images as `read` does, block by block."""
        for start, stop in self.blocks(share):
            yield self.read(start, stop)

    def blocks(self, share: float = BLOCK) -> list[tuple[int, int]]:
        """Return (start, stop) of consecutive blocks of images.

        Blocks consist of whole chunks of the array. A chunk that is larger than a
        window is divided.

        Parameters
        ----------
        share : float
            Share of `working_memory` up to which chunks are joined.
        """
        wanted = max(1, self.images_in(share))
        largest = max(wanted, self.images_in(WINDOW))
        n_samples = len(self)
        chunks = getattr(self._array, "chunks", None)
        lengths = chunks[0] if chunks else 1
        if isinstance(lengths, tuple):
            return _join(lengths, wanted, largest)
        length = int(lengths)
        size = length * max(1, wanted // length) if length <= largest else wanted
        return [
            (start, min(start + size, n_samples)) for start in range(0, n_samples, size)
        ]


def survey(
    images: LazyImages,
    weights: np.ndarray | None = None,
    *,
    after_block: Callable[[], None] = lambda: None,
) -> RunningStatistics:
    """Read and check all images, and return statistics of their pixels.

    Parameters
    ----------
    images : LazyImages
    weights : ndarray of shape (n_samples,), optional
        Weights of training images whose pixel range is to be learnt. Images of weight 0
        are checked, but do not count.
    after_block : callable
        Called after every block. It may raise an error to end the survey.

    Raises
    ------
    OSError, ValueError
        As for `LazyImages.read`, or if all values are too small for float32.
    """
    found = RunningStatistics(len(images), images.dtype, for_range=weights is not None)
    smallest = largest = 0.0
    for start, stop in images.blocks():
        pixels = images.read(start, stop)
        if weights is not None:
            counts = weights[start:stop] != 0
            pixels = pixels if counts.all() else pixels[counts]
        found.add(pixels)
        if images.dtype == np.float32 and not pixels.any():
            # In their own dtype, values may be too small for float32.
            rows = images.read_raw(start, stop)
            smallest = min(smallest, float(rows.min()))
            largest = max(largest, float(rows.max()))
        after_block()
    if found.smallest == found.largest == 0 and smallest < largest:
        raise too_small(smallest, largest, images.name)
    return found


def _fetch(array: Any, where: slice, name: str, place: str = "") -> np.ndarray:
    try:
        return np.asarray(array[where])
    except Exception as error:
        raise _unreadable(name, error, place) from error


def _unreadable(name: str, error: Exception, place: str = "") -> Exception:
    if isinstance(error, MemoryError):
        return error
    kind = OSError if isinstance(error, OSError) else ValueError
    return kind(f"{name} could not be read{place}: {error}. {REMEDY}")


def _join(lengths: tuple[int, ...], wanted: int, largest: int) -> list[tuple[int, int]]:
    """Join chunks of these lengths to blocks, and divide those that are too large."""
    blocks: list[tuple[int, int]] = []
    start = stop = 0
    for length in lengths:
        if start < stop and stop + length - start > wanted:
            blocks.append((start, stop))
            start = stop
        stop += int(length)
        while stop - start > largest:
            blocks.append((start, start + wanted))
            start += wanted
    return [*blocks, (start, stop)] if start < stop else blocks


def _release_pages(array: np.memmap, rows: np.ndarray) -> None:
    """Release the pages of a memory map that some rows are in.

    The pages stay in the file cache. Those of a copy-on-write map are kept, because
    they may have changes that are not in the file.
    """
    if array.mode == "c" or not (
        hasattr(mmap, "MADV_DONTNEED") and rows.flags.c_contiguous and rows.size
    ):
        return
    mapping = array._mmap  # type: ignore[attr-defined]  # not in NumPy's stubs
    begin = np.frombuffer(mapping, np.uint8).ctypes.data
    first, last = rows.ctypes.data, rows.ctypes.data + rows.nbytes
    end = begin + len(mapping)
    if not begin <= first < last <= end:
        return
    first -= first % mmap.PAGESIZE
    first, last = max(first - FAULT_AROUND, begin), min(last + FAULT_AROUND, end)
    mapping.madvise(mmap.MADV_DONTNEED, first - begin, last - first)
