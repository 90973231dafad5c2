"""Processes forked after TensorFlow was used."""

from __future__ import annotations

import os
import pickle
import select
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.reliability.trials import (
    HELD,
    Result,
    few_digits,
    receive,
    small_classifier,
    start,
)

SECONDS = 20.0


def fork_processes(count: int, seed: int) -> Result:
    """Fork after a fit, a prediction or loading; call digitclf in the child."""
    result = Result("digitclf called in a forked process")
    process, connection = start(_fork, count)
    while result.tried < count:
        outcome = receive(connection)
        result.note(outcome or "the parent hangs")
        if outcome is None:
            break
    process.kill()
    return result


def _fork(connection: Any, count: int) -> None:
    from digitclf import load_model, save_model

    X, y = few_digits()
    clf = small_classifier(0, epochs=1).fit(X, y)
    content = pickle.dumps(clf)
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "digits.keras"
    save_model(clf, path)
    before: list[Callable[[], Any]] = [
        lambda: clf.fit(X, y),
        lambda: clf.predict(X[:10]),
        lambda: load_model(path),
    ]
    inside: list[Callable[[], Any]] = [
        lambda: clf.fit(X, y),
        lambda: clf.predict(X[:10]),
        lambda: clf.partial_fit(X, y),
        lambda: load_model(path),
        lambda: save_model(clf, path),
        lambda: pickle.loads(content),
    ]
    for number in range(count):
        before[number % len(before)]()
        connection.send(_outcome_in_child(inside[number % len(inside)]))


def _outcome_in_child(call: Callable[[], Any]) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            call()
            outcome = HELD  # it works, which is as good
        except RuntimeError as error:
            outcome = HELD if "fork" in str(error) else "another error"
        except BaseException as error:
            outcome = type(error).__name__
        os.write(writing, outcome.encode())
        os._exit(0)
    os.close(writing)
    try:
        if not select.select([reading], [], [], SECONDS)[0]:
            os.kill(child, signal.SIGKILL)
            return "hanging"
        return os.read(reading, 100).decode()
    finally:
        os.waitpid(child, 0)
        os.close(reading)
