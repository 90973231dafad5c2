"""Fingerprints: what determines the result of a run, in a form to compare."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np

from digitclf._compiled.optimizer import optimizer_config

MAX_SHOWN = 40
"""Length in characters up to which an error shows the value of a parameter."""

NOT_COMPARED = {"checkpoint", "resume", "callbacks", "verbose", "warm_start"}
"""Parameters that do not change the result, or whose effect is compared itself."""

DATA_NAMES = {
    "X": "the images (X)",
    "y": "the labels (y)",
    "sample_weight": "sample_weight",
    "X_val": "the validation images (X_val)",
    "y_val": "the validation labels (y_val)",
    "sample_weight_val": "sample_weight_val",
    "model_": "the earlier fit that warm_start continues",
}


@dataclass(frozen=True)
class Fingerprint:
    """What determines the result of a run."""

    estimator: str
    """Name of the class."""
    parameters: dict[str, str]
    """Values as text."""
    data: dict[str, str]
    """Digests, by the names of the arguments that were passed."""

    @classmethod
    def of(
        cls,
        estimator: str,
        parameters: Mapping[str, Any],
        seed: int,
        data: Mapping[str, Iterable[Any]],
    ) -> Self:
        """Return the fingerprint of a run.

        Parameters
        ----------
        estimator : str
            Name of the class.
        parameters : mapping
            Parameters of the estimator and those routed to the optimizer and the loss.
        seed : int
            Seed of the fit; compared if `random_state` is not None.
        data : mapping
            Arrays by the names of the arguments that were passed.
        """
        compared = {
            name: repr(_plain(value))
            for name, value in parameters.items()
            if name not in NOT_COMPARED
        }
        if parameters["random_state"] is not None:
            compared["random_state"] = str(seed)
        if parameters["schedule"] == "constant":
            compared.pop("epochs")  # a longer run begins like a shorter one
        digests = {name: _digest(arrays) for name, arrays in data.items()}
        return cls(estimator, compared, digests)

    def differences(self, other: Fingerprint) -> list[str]:
        """Return what differs in another run, in words and with its values."""
        differing = []
        if other.estimator != self.estimator:
            differing.append(f"the class ({self.estimator}, now {other.estimator})")
        for name in sorted(self.parameters.keys() | other.parameters.keys()):
            then, now = self.parameters.get(name), other.parameters.get(name)
            if then != now:
                differing.append(f"{name}{_shown(name, then, now)}")
        for name, words in DATA_NAMES.items():
            # The weights of images contain those of their classes.
            by_class = name.startswith("sample_weight") and (
                self.parameters.get("class_weight")
                != other.parameters.get("class_weight")
            )
            if self.data.get(name) != other.data.get(name) and not by_class:
                differing.append(words)
        return differing


def _shown(name: str, then: str | None, now: str | None) -> str:
    """Return the two values of a parameter, unless they are long or meaningless."""
    if name == "random_state" or max(len(then or ""), len(now or "")) > MAX_SHOWN:
        return ""
    if then is None or now is None:
        return ""
    return f" ({ascii(then)[1:-1]}, now {now})"


def _digest(arrays: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for given in arrays:
        if isinstance(given, str):
            given = np.frombuffer(given.encode(), np.uint8)
        array = np.ascontiguousarray(given)
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return a value whose repr is the same for equal parameters."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return sorted(
            ([_plain(key), _plain(item)] for key, item in value.items()), key=repr
        )
    if isinstance(value, (type, types.FunctionType)):
        return f"{value.__module__}.{value.__qualname__}"
    config = None
    if isinstance(value, keras.optimizers.Optimizer):
        config = _plain(optimizer_config(value))
    elif hasattr(value, "get_config"):
        config = _plain(value.get_config())
    return [_plain(type(value)), config]
