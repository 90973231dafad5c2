"""Parameters and labels as JSON, with their types."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

KIND = "kind"


def to_json(value: Any) -> Any:
    """Return a value as JSON, with tagged objects for types that JSON lacks.

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
    if isinstance(value, os.PathLike):
        return {KIND: "path", "text": os.fspath(value)}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, tuple):
        return {KIND: "tuple", "items": [to_json(item) for item in value]}
    if isinstance(value, dict):
        pairs = [[to_json(key), to_json(item)] for key, item in value.items()]
        return {KIND: "dict", "items": pairs}
    if isinstance(value, np.ndarray):
        dtype = "object" if value.dtype == object else value.dtype.str
        # As counts from 1970, or from 0 for durations.
        items = value.astype(np.int64) if value.dtype.kind in "Mm" else value
        return {KIND: "array", "dtype": dtype, "items": to_json(items.tolist())}
    if isinstance(value, keras.optimizers.Optimizer):
        return {KIND: "optimizer", "config": keras.optimizers.serialize(value)}
    raise TypeError(f"{type(value).__name__} has no JSON representation")


def from_json(value: Any) -> Any:
    """Return the value of a JSON representation from `to_json`.

    Raises
    ------
    ValueError
        If a tag is unknown.
    """
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value.get(KIND):
        case "float":
            return float(value["text"])
        case "path":
            return Path(value["text"])
        case "tuple":
            return tuple(from_json(value["items"]))
        case "dict":
            return {from_json(key): from_json(item) for key, item in value["items"]}
        case "scalar":
            return np.array(value["item"], dtype=value["dtype"])[()]
        case "array":
            return np.array(from_json(value["items"]), dtype=value["dtype"])
        case "optimizer":
            return _optimizer(value["config"])
        case other:
            raise ValueError(f"unknown kind {other!r}")


def _optimizer(config: dict[str, Any]) -> keras.optimizers.Optimizer:
    optimizer = keras.saving.deserialize_keras_object(config, safe_mode=True)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise ValueError(f"{optimizer!r} is not an optimizer")
    return optimizer
