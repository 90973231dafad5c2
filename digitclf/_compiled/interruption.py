"""Ctrl-C while the graph runs: Python hears of it only between two calls."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

SECONDS_UNTIL_HEARD = 0.1
"""Windows does not interrupt a thread that waits: it has to look up now and then. Calls
that are shorter need no other thread."""


class InterruptibleCalls:
    """Makes long calls so that Ctrl-C is heard in the meantime.

    The main thread, the one that Python interrupts, waits for another thread, which
    makes the calls until `close`. After a short call the next one is made at once: it
    is the next epoch of the same training.

    Parameters
    ----------
    stop : callable
        Makes a call return soon.
    """

    def __init__(self, stop: Callable[[], Any]) -> None:
        self._stop = stop
        self._thread: ThreadPoolExecutor | None = None
        self._last_seconds = math.inf

    def __call__(self, call: Callable[[], Any]) -> Any:
        """Return what a call returns."""
        start = time.perf_counter()
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and self._last_seconds > SECONDS_UNTIL_HEARD:
            result = self._in_other_thread(call)
        else:
            result = call()
        self._last_seconds = time.perf_counter() - start
        return result

    def _in_other_thread(self, call: Callable[[], Any]) -> Any:
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
        self._last_seconds = math.inf
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
