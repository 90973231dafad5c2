"""The start of TensorFlow: quiet, and with this process's share of the cores."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"

STARTUP_MESSAGES = re.compile(
    rb"""
    WARNING:\ All\ log\ messages\ before\ absl
    | To\ enable\ the\ following\ instructions
    | [IWE]\d{4}\ \d\d:\d\d:\d\d                   # absl
    | \d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d\.\d+:\ [IWE]\   # TensorFlow
    | \s*$
    """,
    re.VERBOSE,
)
"""Lines about missing drivers, instruction sets and plugins registered twice."""


def start_tensorflow() -> None:
    """Import TensorFlow and find its devices without messages on stderr.

    Messages are shown if the import fails, or if the environment variable
    ``TF_CPP_MIN_LOG_LEVEL`` is set.
    """
    if "tensorflow" not in sys.modules and LOG_LEVEL not in os.environ:
        os.environ[LOG_LEVEL] = "2"
        with _without_startup_messages():
            _import_and_find_devices()
    from digitclf._compiled.threads import limit_threads_in_worker

    limit_threads_in_worker()


def _import_and_find_devices() -> None:
    import tensorflow as tf

    # Otherwise done, with messages about missing drivers, in the middle of a fit.
    tf.config.list_physical_devices()


@contextlib.contextmanager
def _without_startup_messages() -> Iterator[None]:
    """Hold back stderr, including what libraries write directly to its descriptor."""
    try:
        stderr = os.dup(2)
    except OSError:  # closed
        yield
        return
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            yield
        except BaseException:
            _replay(held_back, stderr, everything=True)
            raise
        else:
            _replay(held_back, stderr, everything=False)
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _replay(held_back: IO[bytes], stderr: int, everything: bool) -> None:
    held_back.seek(0)
    for line in held_back:
        if everything or not STARTUP_MESSAGES.match(line):
            os.write(stderr, line)
