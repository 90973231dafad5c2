"""Parameters and labels as JSON, with their types."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

KIND = "kind"

DTYPE = re.compile(
    r"object|\|[biu]1|[<>]([iu][248]|f(2|4|8|12|16)|U\d{1,4}|[mM]8(\[\d{0,9}\w{1,2}\])?)"
)
"""Data types of arrays, as in ``dtype.str``."""

ITEM_TYPES = {
    "b": (bool,),
    "i": (int,),
    "u": (int,),
    "f": (float, int),
    "U": (str,),
    "O": (str,),
    "m": (int,),
    "M": (int,),
}
"""Python types of the items of an array, by the kind of its data type."""

MAX_ARRAY_BYTES = 16 * 2**20


def to_json(value: Any, other: Callable[[Any], Any] | None = None) -> Any:
    """Return a value as JSON, with tagged objects for types that JSON lacks.

    Parameters
    ----------
    value : object
    other : callable, optional
        Converts a value of any other type to JSON, or raises a TypeError.

    Raises
    ------
    TypeError
        If the type is not supported.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {KIND: "float", "text": repr(float(value))}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (np.datetime64, np.timedelta64)):
        count = value.astype(np.int64).item()
        return {KIND: "scalar", "dtype": value.dtype.str, "item": count}
    if isinstance(value, np.longdouble):
        return to_json(float(value))
    if isinstance(value, np.generic):
        return to_json(value.item())
    if isinstance(value, list):
        return [to_json(item, other) for item in value]
    if isinstance(value, tuple):
        return {KIND: "tuple", "items": [to_json(item, other) for item in value]}
    if isinstance(value, dict):
        pairs = [[to_json(key), to_json(item, other)] for key, item in value.items()]
        return {KIND: "dict", "items": pairs}
    if isinstance(value, np.ndarray):
        dtype = "object" if value.dtype == object else value.dtype.str
        # As counts from 1970, or from 0 for durations.
        items = value.astype(np.int64) if value.dtype.kind in "Mm" else value
        return {KIND: "array", "dtype": dtype, "items": to_json(items.tolist())}
    if other is None:
        raise TypeError(f"{type(value).__name__} has no JSON representation")
    return other(value)


def from_json(value: Any, other: Callable[[dict], Any] | None = None) -> Any:
    """Return the value of a JSON representation from `to_json`.

    Parameters
    ----------
    value : object
        A value from `members.read_json`, whose depth and size are bounded.
    other : callable, optional
        Returns the value of a tagged object of another kind, or raises a ValueError.

    Raises
    ------
    ValueError
        If it is not such a representation.
    """
    if isinstance(value, list):
        return [from_json(item, other) for item in value]
    if not isinstance(value, dict):
        return value
    found: Any
    match value:
        case {"kind": "float", "text": "nan" | "inf" | "-inf" as text, **rest}:
            found = float(text)
        case {"kind": "tuple", "items": list(items), **rest}:
            found = tuple(from_json(items, other))
        case {"kind": "dict", "items": list(items), **rest}:
            found = _dict(items, other)
        case {"kind": "scalar", "dtype": str(dtype), "item": item, **rest}:
            found = _array([item], dtype)[0]
        case {"kind": "array", "dtype": str(dtype), "items": list(items), **rest}:
            found = _array(from_json(items), dtype)
        case _ if other is not None:
            return other(value)
        case _:
            raise ValueError(f"{str(value)[:100]} is not a value")
    if rest:
        raise ValueError(f"a {value[KIND]} with {sorted(rest)}")
    return found


def _dict(pairs: list[Any], other: Callable[[dict], Any] | None) -> dict[Any, Any]:
    found = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError("a dict whose items are not pairs")
        key = from_json(pair[0])
        try:
            found[key] = from_json(pair[1], other)
        except TypeError as error:  # a list is no key
            raise ValueError(f"a dict with an invalid key ({error})") from error
    return found


def _array(items: list[Any], dtype_name: str) -> np.ndarray:
    """Return an array of one dimension; refuse items that need a conversion."""
    if not DTYPE.fullmatch(dtype_name):
        raise ValueError(f"an array of dtype {dtype_name[:20]!r}")
    try:
        dtype = np.dtype(dtype_name)
        if dtype.itemsize * len(items) > MAX_ARRAY_BYTES:
            raise ValueError("an array that is too large")
        if not all(type(item) in ITEM_TYPES[dtype.kind] for item in items):
            raise ValueError(f"an array of dtype {dtype_name} with other items")
        return np.array(items, dtype=dtype)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"an invalid array of dtype {dtype_name} ({error})") from error
