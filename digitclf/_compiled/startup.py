"""The start of TensorFlow: quiet, and with this process's share of the cores.

Modules that may be the first to need Keras or TensorFlow import them from here.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
EVERYTHING, ERRORS = "0", "2"

STARTUP_MESSAGES = re.compile(
    rb"""
    WARNING:\ All\ log\ messages\ before\ absl
    | To\ enable\ the\ following\ instructions
    | [IWE]\d{4}\ \d\d:\d\d:\d\d                          # absl
    | [IWE]0000\ 00:00:
    | \d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d\.\d+:\ [IWE]\       # TensorFlow
    | \s*$
    """,
    re.VERBOSE,
)
"""Lines about missing drivers, instruction sets and plugins registered twice."""


@contextlib.contextmanager
def without_startup_messages() -> Iterator[None]:
    """Hold back what TensorFlow writes to stderr when it starts.

    Some of it goes directly to the file descriptor, before any setting is read. It is
    shown if there is an error, but not after Ctrl-C, or if ``TF_CPP_MIN_LOG_LEVEL`` is
    0, and other messages are shown in any case.
    """
    if "tensorflow" in sys.modules or os.environ.get(LOG_LEVEL) == EVERYTHING:
        yield
        return
    os.environ.setdefault(LOG_LEVEL, ERRORS)
    try:
        stderr = os.dup(2)
    except OSError:  # closed
        yield
        return
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        has_failed = False
        try:
            yield
        except Exception:
            has_failed = True
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            _replay(held_back, everything=has_failed)


def _replay(held_back: IO[bytes], everything: bool) -> None:
    held_back.seek(0)
    for line in held_back:
        if everything or not STARTUP_MESSAGES.match(line):
            os.write(2, line)


with without_startup_messages():
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        raise ModuleNotFoundError(
            "Estimators need TensorFlow, which is not installed. Install it with pip "
            "install digitclf. digitclf.load_predictor predicts without it.",
            name="tensorflow",
        ) from error

    # Otherwise done, with messages about missing drivers, in the middle of a fit.
    tf.config.list_physical_devices()

import keras

from digitclf._compiled.threads import limit_threads_in_worker

limit_threads_in_worker()

__all__ = ["keras", "tf"]
