"""Ctrl-C at random moments of a fit."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

from benchmarks.reliability.trials import (
    HELD,
    Result,
    few_digits,
    moments,
    receive,
    small_classifier,
    start,
    wait,
)

FITS_PER_PROCESS = 25
LATE = "late"
"""The fit was over before the signal arrived: not counted."""


def interrupt_fits(count: int, seed: int) -> Result:
    """Interrupt fits, and look for lost interrupts, threads and changed estimators."""
    result = Result("Ctrl-C in fit")
    process = connection = None
    seconds = 1.0
    for number, share in enumerate(moments(10 * count, 1.0, seed)):
        if result.tried == count:
            break
        if number % FITS_PER_PROCESS == 0 or process is None:
            if process is not None:
                process.kill()
            process, connection = start(_interrupted_fits, number // FITS_PER_PROCESS)
            seconds = receive(connection)
        receive(connection)
        wait(share * seconds)
        os.kill(process.pid, signal.SIGINT)
        outcome = receive(connection)
        if outcome is None:
            outcome, process = "hanging", None
        if outcome != LATE:
            result.note(outcome)
    if process is not None:
        process.kill()
    return result


def _interrupted_fits(connection: Any, kind: int) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    X, y = few_digits()
    clf = small_classifier(kind, epochs=20, patience=None)
    clf.fit(X, y)
    began = time.perf_counter()
    clf.fit(X, y)
    connection.send(time.perf_counter() - began)
    while True:
        before, threads = dict(vars(clf)), threading.active_count()
        fitted = False
        try:
            connection.send("ready")
            clf.fit(X, y)
            fitted = True
            time.sleep(5)  # the signal is on its way, or was lost
            outcome = "swallowed"
        except KeyboardInterrupt:
            outcome = LATE if fitted else HELD
        except BaseException as error:
            outcome = f"surfaced as {type(error).__name__}"
        if outcome == HELD and vars(clf) != before:
            outcome = "estimator changed"
        if outcome == HELD and threading.active_count() > threads:
            outcome = "thread left"
        connection.send(outcome)
