"""Keras's optimizers as JSON, read without giving the JSON to Keras."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras

OPTIMIZERS = (
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "RMSprop",
    "SGD",
    "ScheduleFreeAdamW",
)
"""Names of the optimizers that a file may contain."""

OPTIMIZER_NAMES = tuple(name.lower() for name in OPTIMIZERS)
"""These names as the estimators take them, in any case."""

SCHEDULES = (
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
)
"""Names of the learning-rate schedules that a file may contain."""

MAX_LENGTH = 100
"""Maximum length of a text or a list among the settings."""


def optimizer_to_json(value: Any) -> dict[str, Any]:
    """Return the class and the settings of an optimizer as JSON.

    Raises
    ------
    TypeError
        If it is not one of `OPTIMIZERS`.
    """
    name = type(value).__name__
    if name not in OPTIMIZERS or type(value) is not getattr(keras.optimizers, name):
        raise TypeError(f"{name} has no JSON representation")
    return {"kind": "optimizer", "config": keras.optimizers.serialize(value)}


def optimizer_from_json(value: dict[str, Any]) -> keras.optimizers.Optimizer:
    """Return the optimizer of a JSON value, which may come from anyone.

    Raises
    ------
    ValueError
        If it is not a value from `optimizer_to_json`.
    """
    match value:
        case {
            "kind": "optimizer",
            "config": {"class_name": str(name), "config": dict(settings)},
        } if name in OPTIMIZERS:
            pass
        case _:
            raise ValueError(f"{str(value)[:MAX_LENGTH]} is not a value")
    match settings.get("learning_rate"):
        case {"class_name": str(kind), "config": dict(schedule)} if kind in SCHEDULES:
            rate = _make(getattr(keras.optimizers.schedules, kind), schedule)
        case rate:
            check_plain("learning_rate", rate)
    others = {key: settings[key] for key in settings if key != "learning_rate"}
    return _make(getattr(keras.optimizers, name), others, learning_rate=rate)


def check_plain(name: str, value: Any) -> None:
    """Raise a ValueError unless a setting is a number or None.

    A list of numbers is accepted for a schedule, and a short text as a name.
    """
    if isinstance(value, list):
        is_plain = name in ("boundaries", "values") and (
            len(value) <= MAX_LENGTH and all(map(_is_number, value))
        )
    elif isinstance(value, str):
        is_plain = name == "name" and len(value) <= MAX_LENGTH
    else:
        is_plain = value is None or _is_number(value)
    if not is_plain:
        raise ValueError(f"{name}={str(value)[:MAX_LENGTH]} is not a plain setting")


def _make(kind: type, settings: Mapping[str, Any], **checked: Any) -> Any:
    for name, value in settings.items():
        check_plain(name, value)
    try:
        return kind(**settings, **checked)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{kind.__name__} has invalid settings ({error})") from error


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float)) and math.isfinite(value)
