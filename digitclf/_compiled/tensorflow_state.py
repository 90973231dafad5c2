"""States of TensorFlow in which nothing can be computed, and errors that say so."""

from __future__ import annotations

import os

import tensorflow as tf
from tensorflow.python.eager import context

_was_forked = False


def check_tensorflow() -> None:
    """Raise an error if TensorFlow cannot be used here and now.

    Raises
    ------
    RuntimeError
        If this process was forked from one in which TensorFlow was running: its threads
        do not exist here, and a computation would wait for them for ever. Also if
        TensorFlow does not execute eagerly, or in the scope of a distribution strategy.
    """
    check_not_forked()
    if not tf.executing_eagerly():
        raise RuntimeError(
            "TensorFlow is not executing eagerly here. Call digitclf outside of "
            "tf.function and tf.Graph().as_default(), and without "
            "tf.compat.v1.disable_eager_execution()."
        )
    if tf.distribute.has_strategy():
        raise RuntimeError(
            "digitclf does not support tf.distribute strategies: call it outside of "
            "strategy.scope()."
        )


def check_not_forked() -> None:
    """Raise an error if this process was forked after TensorFlow had started.

    Large variables are filled by TensorFlow's threads, so that even loading and saving
    a network can wait for ever.

    Raises
    ------
    RuntimeError
    """
    if _was_forked:
        raise RuntimeError(
            "This process was forked from one that had already used TensorFlow, which "
            "cannot work here. Load the model in each worker process instead (with "
            "gunicorn, without --preload), or start processes with "
            'multiprocessing.get_context("spawn").'
        )


def _note_fork() -> None:
    global _was_forked
    _was_forked = _was_forked or _is_running()


def _is_running() -> bool:
    # There is no public way to ask without starting it.
    current = context.context_safe()
    return current is not None and current._context_handle is not None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_note_fork)
