"""Ctrl-C while the graph runs: Python hears of it only between two calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

SECONDS_UNTIL_HEARD = 0.5
"""Windows does not interrupt a thread that waits: it has to look up now and then."""


class InterruptibleCalls:
    """Makes long calls so that Ctrl-C is heard in the meantime.

    The main thread, the one that Python interrupts, waits for another thread, which
    makes the calls until `close`.

    Parameters
    ----------
    stop : callable
        Makes a call return soon.
    """

    def __init__(self, stop: Callable[[], Any]) -> None:
        self._stop = stop
        self._thread: ThreadPoolExecutor | None = None

    def __call__(self, call: Callable[[], Any]) -> Any:
        """Return what a call returns."""
        if threading.current_thread() is not threading.main_thread():
            return call()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1)
        result = self._thread.submit(call)
        try:
            while not result.done():
                wait([result], SECONDS_UNTIL_HEARD, FIRST_COMPLETED)
        except BaseException:
            self._stop()
            wait([result])
            raise
        return result.result()

    def close(self) -> None:
        """End the other thread."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
