"""Strategies of Hypothesis: arrays, frames and values as odd as they can be."""

import datetime
import decimal
import fractions

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy import sparse

NUMBERS = [
    "bool",
    *(f"{kind}{bits}" for kind in ("i", "u") for bits in (1, 2, 4, 8)),
    "f2",
    "f4",
    "f8",
    "longdouble",
]
OTHERS = ["c8", "c16", "U", "S", "O", "M8[s]", "m8[ms]"]

EXTREMES = [
    0.0,
    -0.0,
    1.0,
    0.5,
    255.0,
    -3.0,
    1e-310,
    1e-45,
    1e-38,
    1e30,
    3e38,
    1e39,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
]

ODD_VALUES = [
    *(None, True, False, 0, 1, -1, 2, 3.5, 2**31, 2**64, 10**400, -(2**63)),
    *EXTREMES,
    *("", "a", "1", "relu", "adam", "x\0y", "\ud800", "é" * 300, b"", b"a"),
    *((), [], {}, set(), (0,), [1, 2], {"a": 1}, {1: 2.0}, object, object(), len),
    *(1j, np.nan, np.float32(1.5), np.int8(3), np.True_, np.str_("a"), np.array(1.0)),
    *(np.array([1, 2]), np.array([]), np.datetime64("2020-01-01"), pd.NA, pd.NaT),
    *(decimal.Decimal("1.5"), fractions.Fraction(1, 3), datetime.date(2020, 1, 1)),
    *(range(3), slice(1), ..., NotImplemented, float, int, str),
]
"""Values for any parameter or label."""


def odd_values():
    return st.one_of(
        st.sampled_from(ODD_VALUES),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
    )


def arrays_like(digits, shapes):
    """Return a strategy of arrays that hold digits of 8 x 8 pixels, more or less."""
    return st.builds(
        _make_array,
        st.just(digits),
        shape=st.sampled_from(shapes),
        dtype=st.sampled_from([*NUMBERS * 2, *OTHERS]),
        swapped=st.booleans(),
        extremes=st.lists(st.sampled_from(EXTREMES), max_size=2),
        layout=st.sampled_from(sorted(LAYOUTS)),
        container=st.sampled_from(["array"] * 9 + sorted(CONTAINERS)),
    )


def _make_array(digits, shape, dtype, swapped, extremes, layout, container):
    size = int(np.prod(shape))
    values = np.resize(digits, size).astype(np.float64)
    for place, value in enumerate(extremes[:size]):
        values[place] = value
    dtype = np.dtype(dtype)
    with np.errstate(all="ignore"):
        if dtype.kind in "mM":
            array = np.nan_to_num(values).astype(np.int64).astype(dtype)
        else:
            array = values.astype(dtype)
    if swapped and dtype.kind in "iufcMm":
        array = array.astype(array.dtype.newbyteorder())
    return CONTAINERS.get(container, lambda array: array)(
        LAYOUTS[layout](array.reshape(shape))
    )


def _every_second(array):
    wide = np.repeat(array, 2, axis=-1) if array.ndim else array
    return wide[..., ::2] if array.ndim else array


def _read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def _unaligned(array):
    if array.dtype.hasobject or not array.size:
        return array
    buffer = np.empty(array.nbytes + 1, np.uint8)
    shifted = buffer[1:].view(array.dtype).reshape(array.shape)
    shifted[...] = array
    return shifted


LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "reversed": lambda array: array[::-1].copy()[::-1] if array.ndim else array,
    "every second": _every_second,
    "read-only": _read_only,
    "unaligned": _unaligned,
}

CONTAINERS = {
    "lists": lambda array: array.tolist(),
    "tuple of rows": lambda array: tuple(array) if array.ndim else array,
    "frame": lambda array: pd.DataFrame(array) if array.ndim == 2 else array,
    "masked": lambda array: np.ma.masked_array(array, np.zeros(array.shape, bool)),
    "sparse": lambda array: as_sparse(array),
    "matrix": lambda array: np.asmatrix(array) if array.ndim == 2 else array,
    "rows as objects": lambda array: as_objects(array),
    "memoryview": lambda array: as_memoryview(array),
    "iterator": lambda array: iter(array) if array.ndim else array,
}


def is_hashable(value):
    try:
        return hash(value) is not None
    except TypeError:
        return False


def as_memoryview(array):
    try:
        return memoryview(array) if array.ndim else array
    except ValueError:  # not for this dtype
        return array


def as_sparse(array):
    try:
        return sparse.csr_array(array) if array.ndim == 2 else array
    except ValueError:  # not for this dtype
        return array


def as_objects(array):
    """Return an array of objects, each a row."""
    if not array.ndim:
        return array
    rows = np.empty(len(array), dtype=object)
    for place, row in enumerate(array):
        rows[place] = row
    return rows
