"""Hostile and damaged model files."""

from __future__ import annotations

import itertools
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
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
from digitclf import load_model, save_model

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from support.hostile_files import (
    byte_flips,
    hostile_files,
    mended_flips,
    truncations,
)

MEGABYTES, SECONDS = 300.0, 2.0

EVENTS = (
    "ctypes.",
    "exec",
    "marshal.",
    "os.",
    "pickle.",
    "shutil.",
    "socket.",
    "subprocess.",
    "tempfile.",
    "urllib.",
)
"""Beginnings of the audit events that no file may cause."""


def load_hostile_files(count: int, seed: int) -> Result:
    """Load files in a child process; note what they do, and their cost."""
    result = Result("hostile or damaged file loaded")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        valid = folder / "valid.keras"
        X, y = few_digits()
        save_model(
            small_classifier(0, epochs=1, hidden_layer_sizes=(16, 8)).fit(X, y), valid
        )
        contents = itertools.islice(_contents(valid, folder, count, seed), count)
        process, connection = start(_load, valid, folder / "hostile.keras")
        receive(connection)
        for content in contents:
            (folder / "hostile.keras").write_bytes(content)
            connection.send("load")
            answer = receive(connection)
            if answer is None:
                result.note("the process hangs or has died")
                break
            outcome, seconds, megabytes = answer
            result.note(outcome, seconds=seconds, megabytes=megabytes)
        process.kill()
    return result


def _contents(valid: Path, folder: Path, count: int, seed: int) -> Iterator[bytes]:
    for _, content in hostile_files(valid, folder):
        yield content
    yield from truncations(valid, 200, seed)
    yield from mended_flips(valid, 300, seed)
    yield from byte_flips(valid, count, seed)


def _load(connection: Any, valid: Path, path: Path) -> None:
    happened: list[str] = []
    watching = False

    def note(event: str, args: tuple) -> None:
        if watching and (
            event.startswith(EVENTS)
            or (event == "open" and isinstance(args[0], str) and args[0] != str(path))
        ):
            happened.append(event)

    load_model(valid)
    sys.addaudithook(note)
    before = _peak_megabytes()
    connection.send("ready")
    while connection.recv():
        happened.clear()
        watching = True
        began = time.perf_counter()
        try:
            load_model(path)
            outcome = HELD  # a damaged byte may be of no importance
        except ValueError as error:
            outcome = HELD if "hostile.keras" in str(error) else "unnamed file"
        except BaseException as error:
            outcome = type(error).__name__
        seconds = time.perf_counter() - began
        watching = False
        megabytes = _peak_megabytes() - before
        if happened:
            outcome = f"caused {sorted(set(happened))}"
        elif seconds > SECONDS:
            outcome = f"more than {SECONDS:g} s"
        elif megabytes > MEGABYTES:
            outcome = f"more than {MEGABYTES:g} MB"
        connection.send((outcome, seconds, megabytes))


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
