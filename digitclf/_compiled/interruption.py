"""Ctrl-C while TensorFlow is at work: noted at once, raised between two computations.

Python raises KeyboardInterrupt wherever the main thread is. In a destructor, of which
TensorFlow's tensors have many, the interrupt is printed and lost. In a function that
TensorFlow calls, it turns into another error.
"""

from __future__ import annotations

import contextlib
import functools
import signal
import threading
from collections.abc import Callable, Iterator
from enum import Enum
from types import FrameType
from typing import Any, ParamSpec, TypeVar

Params = ParamSpec("Params")
Result = TypeVar("Result")


class _Mode(Enum):
    AT_ONCE = "at once"
    """Outside of a computation."""
    DEFERRED = "deferred"
    """In a computation."""
    IN_CALLBACK = "in callback"
    """In code of the user that a fit calls."""


_mode = _Mode.AT_ONCE
_noted: BaseException | None = None
"""The interrupt that came during the present computation."""


@contextlib.contextmanager
def deferring_interrupts() -> Iterator[None]:
    """Note Ctrl-C in the body, and raise it in `raise_if_interrupted` or at the end.

    A second Ctrl-C is raised at once. A handler of SIGINT that the user has installed
    stays in place. Only the main thread is interrupted, as always in Python. Contexts
    can be nested.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C was noted, even if the body has failed with another error.
    """
    if not _in_main_thread() or _mode is _Mode.DEFERRED:
        yield
    elif _mode is _Mode.IN_CALLBACK:
        with _in_mode(_Mode.DEFERRED):
            yield
    else:
        with _handling_sigint(), _in_mode(_Mode.DEFERRED):
            yield


def interruptible(method: Callable[Params, Result]) -> Callable[Params, Result]:
    """Decorate a method that computes: `deferring_interrupts` in all of its body."""

    @functools.wraps(method)
    def deferring(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        with deferring_interrupts():
            return method(*args, **kwargs)

    return deferring


@contextlib.contextmanager
def in_callback() -> Iterator[None]:
    """Raise Ctrl-C at once in the body, which is code of the user.

    An interrupt that is lost there, in a destructor for example, is raised at the end.
    """
    if not _in_main_thread() or _mode is not _Mode.DEFERRED:
        yield
        return
    with _in_mode(_Mode.IN_CALLBACK):
        yield


def raise_if_interrupted() -> None:
    """Raise the interrupt that was noted, if there is one.

    Raises
    ------
    KeyboardInterrupt
    """
    if _noted is not None and _mode is not _Mode.AT_ONCE and _in_main_thread():
        raise _noted


def interrupt(error: BaseException) -> None:
    """Raise an error, at once or where the present computation can be interrupted.

    For handlers of signals.
    """
    global _noted
    is_first = _noted is None
    if _mode is not _Mode.AT_ONCE and is_first:
        _noted = error
    if _mode is not _Mode.DEFERRED or not is_first:
        raise error


@contextlib.contextmanager
def _in_mode(mode: _Mode) -> Iterator[None]:
    """Change the mode in the body; raise what was noted there."""
    global _mode, _noted
    before, _mode = _mode, mode
    try:
        yield
    except BaseException as error:
        _mode = before
        if _noted is None or _noted is error:
            raise
        raise _noted from error
    _mode = before
    if _noted is not None:
        raise _noted


@contextlib.contextmanager
def _handling_sigint() -> Iterator[None]:
    global _noted
    before: Any = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note_sigint)
    try:
        yield
    finally:
        _noted = None
        # Unless a callback has installed another handler.
        if signal.getsignal(signal.SIGINT) is _note_sigint:
            signal.signal(signal.SIGINT, before)


def _note_sigint(number: int, frame: FrameType | None) -> None:
    interrupt(KeyboardInterrupt())


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
