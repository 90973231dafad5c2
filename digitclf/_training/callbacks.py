"""Callbacks: Keras objects made from parameters, and copies that can be pickled."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import keras
from scikeras._utils import unflatten_params

from digitclf._scikeras import routed_to


def make_callbacks(
    callbacks: Any, params: dict[str, Any]
) -> list[keras.callbacks.Callback]:
    """Return the Keras callbacks, with classes instantiated with routed arguments.

    Unlike in scikeras, arguments that match no callback are an error.

    Raises
    ------
    TypeError
        If an item is not a callback, or does not accept a routed argument.
    ValueError
        If an argument is routed to a callback that does not exist.
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
        raise TypeError(
            f"callbacks={callbacks!r} cannot be instantiated: {error}"
        ) from error
    for callback in made:
        if not isinstance(callback, keras.callbacks.Callback):
            raise TypeError(
                "callbacks should be a Keras callback, a callback class, or a list or "
                f"dict of these, got {callbacks!r}."
            )
    return made


def without_runtime_state(callbacks: Any) -> Any:
    """Return callbacks whose instances can be copied and pickled after a fit.

    The copies have no reference to the trained network, and Keras's own callbacks no
    open files: they open them again when training begins.

    Raises
    ------
    TypeError
        If a callback of another class has an attribute that cannot be copied.
    """
    if isinstance(callbacks, Mapping):
        return {name: without_runtime_state(item) for name, item in callbacks.items()}
    if isinstance(callbacks, (list, tuple)):
        return type(callbacks)(map(without_runtime_state, callbacks))
    if not isinstance(callbacks, keras.callbacks.Callback):
        return callbacks
    if callbacks._model is None and _uncopyable(callbacks) is None:
        return callbacks
    bare = copy.copy(callbacks)
    bare._model = None
    while (name := _uncopyable(bare)) is not None:
        if not type(bare).__module__.startswith("keras."):
            raise TypeError(
                f"callbacks: the attribute {name!r} of {type(bare).__name__} "
                f"({type(vars(bare)[name]).__name__}) cannot be copied or pickled. "
                "Close it in on_train_end and set it to None, or pass the class "
                f"{type(bare).__name__} instead of an instance."
            )
        vars(bare)[name] = None
    return bare


def _uncopyable(callback: keras.callbacks.Callback) -> str | None:
    """Return the name of an attribute that cannot be copied."""
    for name, value in vars(callback).items():
        try:
            copy.deepcopy(value)
        except Exception:
            return name
    return None


def _flat(callbacks: Any) -> Iterator[Any]:
    if isinstance(callbacks, Mapping):
        callbacks = list(callbacks.values())
    if not isinstance(callbacks, (list, tuple)):
        yield from () if callbacks is None else (callbacks,)
        return
    for callback in callbacks:
        yield from _flat(callback)


def _check_destination(name: str, callbacks: Any) -> None:
    head, _, rest = name.partition("__")
    known: list[str] = []
    if isinstance(callbacks, Mapping):
        known = [str(key) for key in callbacks]
    elif isinstance(callbacks, (list, tuple)):
        known = [str(index) for index in range(len(callbacks))]
    if callbacks is None or (known and rest and head not in known):
        raise ValueError(
            f"callbacks__{name} matches no callback: callbacks={callbacks!r}."
        )
