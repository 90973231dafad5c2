"""Callbacks: made of what a user passes and of what is routed to each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
from scikeras._utils import unflatten_params

from digitclf._parameters import routed_to


def make_callbacks(
    callbacks: Any, params: dict[str, Any]
) -> list[keras.callbacks.Callback]:
    """Return the Keras callbacks, classes made with what is routed to them.

    scikeras's own way to them ignores what is routed to none.

    Raises
    ------
    TypeError
        If one is no callback, or cannot take what is routed to it.
    ValueError
        If something is routed to a callback that does not exist.
    """
    routed = routed_to("callbacks", params) | {
        name.removeprefix("callbacks__"): value
        for name, value in routed_to("fit", params).items()
        if name.startswith("callbacks__")
    }
    for name in routed:
        _check_destination(name, callbacks)
    try:
        made = list(_flat(unflatten_params(callbacks, routed)))
    except TypeError as error:
        raise TypeError(f"callbacks={callbacks!r} cannot be made: {error}") from error
    for each in made:
        if not isinstance(each, keras.callbacks.Callback):
            raise TypeError(
                "callbacks should be a Keras callback, a class of one, or a list or "
                f"dict of them, got {callbacks!r}."
            )
    return made


def _flat(callbacks: Any) -> Iterator[Any]:
    if isinstance(callbacks, Mapping):
        callbacks = list(callbacks.values())
    if not isinstance(callbacks, (list, tuple)):
        yield from () if callbacks is None else (callbacks,)
        return
    for each in callbacks:
        yield from _flat(each)


def _check_destination(name: str, callbacks: Any) -> None:
    head, _, rest = name.partition("__")
    known: list[str] = []
    if isinstance(callbacks, Mapping):
        known = [str(key) for key in callbacks]
    elif isinstance(callbacks, (list, tuple)):
        known = [str(index) for index in range(len(callbacks))]
    if callbacks is None or (known and rest and head not in known):
        raise ValueError(
            f"callbacks__{name} goes to no callback: callbacks={callbacks!r}."
        )
