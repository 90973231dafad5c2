"""Fits and saves that are killed at random moments."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.reliability.trials import (
    HELD,
    Result,
    digest,
    few_digits,
    leftovers,
    moments,
    receive,
    small_classifier,
    start,
    wait,
)
from digitclf import load_model, save_model


def kill_fits(count: int, seed: int) -> Result:
    """Kill fits with a checkpoint, resume each, and compare with a fit in one go."""
    result = Result("fit killed, then resumed")
    expected: dict[int, tuple[str, float]] = {}
    for number, share in enumerate(moments(count, 1.0, seed)):
        kind = number % 8
        if kind not in expected:
            expected[kind] = _uninterrupted(kind)
        with tempfile.TemporaryDirectory() as folder:
            outcome = _kill_fit(kind, Path(folder), share, expected[kind])
        result.note(outcome)
    return result


def _uninterrupted(kind: int) -> tuple[str, float]:
    """Return the digest and the seconds of a fit that is not killed."""
    with tempfile.TemporaryDirectory() as folder:
        process, connection = start(_fit, kind, folder)
        receive(connection)
        began = time.perf_counter()
        fitted = receive(connection)
        process.join()
    return fitted, time.perf_counter() - began


def _kill_fit(
    kind: int, folder: Path, share: float, expected: tuple[str, float]
) -> str:
    whole, seconds = expected
    process, connection = start(_fit, kind, folder)
    receive(connection)
    wait(share * seconds)
    process.kill()
    process.join()
    for path in folder.glob("*.keras"):
        try:
            load_model(path)
        except ValueError:
            return "torn checkpoint"
    process, connection = start(_fit, kind, folder)
    receive(connection)
    resumed = receive(connection)
    process.kill()
    if resumed is None:
        return "not resumed"
    if resumed != whole:
        return "resumed with another result"
    return f"left {leftovers(folder)}" if leftovers(folder) else HELD


def _fit(connection: Any, kind: int, folder: str) -> None:
    X, y = few_digits()
    clf = small_classifier(kind, checkpoint=folder, resume=True)
    connection.send("ready")
    connection.send(digest(clf.fit(X, y)))


def kill_saves(count: int, seed: int) -> Result:
    """Kill processes that save again and again to one file."""
    result = Result("save_model killed")
    X, y = few_digits()
    clf = small_classifier(0, epochs=1).fit(X, y)
    whole = digest(clf)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "digits.keras"
        save_model(clf, path)
        for seconds in moments(count, 0.5, seed):
            process, connection = start(_save, path)
            receive(connection)
            wait(seconds)
            process.kill()
            process.join()
            try:
                outcome = HELD if digest(load_model(path)) == whole else "other file"
            except ValueError:
                outcome = "torn file"
            save_model(clf, path)
            if leftovers(path.parent):
                outcome = f"left {leftovers(path.parent)}"
            result.note(outcome)
    return result


def _save(connection: Any, path: Path) -> None:
    clf = load_model(path)
    connection.send("ready")
    while True:
        save_model(clf, path)
