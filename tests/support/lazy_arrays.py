"""Arrays that are read when they are indexed, as files and in chunks."""

import numpy as np
from sklearn import config_context

SMALL = 4
"""MiB of working memory with which 3,000 of MNIST's images make several windows."""


def small_windows():
    return config_context(working_memory=SMALL)


def as_memmap(array, folder):
    path = folder / "array.npy"
    np.save(path, array)
    return np.load(path, mmap_mode="r")


def as_hdf5(array, folder):
    import h5py

    file = h5py.File(folder / "array.h5", "w")
    chunks = (min(64, len(array)), *array.shape[1:])
    return file.create_dataset("X", data=array, chunks=chunks, compression="gzip")


def as_contiguous_hdf5(array, folder):
    import h5py

    return h5py.File(folder / "plain.h5", "w").create_dataset("X", data=array)


def as_zarr(array, folder):
    import zarr

    chunks = (50, *array.shape[1:])
    stored = zarr.create_array(
        folder / "array.zarr", shape=array.shape, dtype=array.dtype, chunks=chunks
    )
    stored[:] = array
    return stored


def as_dask(array, folder=None):
    import dask.array as da

    lengths = [100, 1, 250] * len(array)
    ends = np.minimum(np.cumsum(lengths), len(array))
    chunks = np.diff(ends[: np.searchsorted(ends, len(array)) + 1], prepend=0)
    return da.from_array(array, chunks=(tuple(chunks.tolist()), *array.shape[1:]))


class Slices:
    """An array of a library that nobody knows."""

    def __init__(self, array, chunks=None):
        self._array = array
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim
        self.chunks = chunks
        self.read = []

    def __getitem__(self, index):
        self.read.append(index)
        return self._array[index]


def as_unknown(array, folder=None):
    return Slices(array, chunks=(30, *array.shape[1:]))


KINDS = {
    "memory map": as_memmap,
    "HDF5": as_hdf5,
    "contiguous HDF5": as_contiguous_hdf5,
    "Zarr": as_zarr,
    "Dask": as_dask,
    "unknown": as_unknown,
}
