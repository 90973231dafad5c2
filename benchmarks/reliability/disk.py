"""Checkpoints and saves on a disk that is full or disappears."""

from __future__ import annotations

import contextlib
import resource
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from benchmarks.reliability.trials import (
    HELD,
    Result,
    digest,
    few_digits,
    receive,
    small_classifier,
    start,
)

WAYS = ("full", "folder removed", "folder replaced by a file")


def fill_disk(count: int, seed: int) -> Result:
    """Fit with a checkpoint that cannot be written after some epochs."""
    result = Result("disk full or folder gone in mid-training")
    for number in range(count):
        process, connection = start(_fit, number)
        outcome = receive(connection)
        result.note(outcome or "hanging")
        process.kill()
    return result


class _Break(keras.callbacks.Callback):
    """Makes the folder of the checkpoints unusable at the end of an epoch."""

    def __init__(self, way: str, folder: Path, epoch: int) -> None:
        super().__init__()
        self.way, self.folder, self.epoch = way, folder, epoch

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        if epoch != self.epoch:
            return
        if self.way == "full":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
            return
        shutil.rmtree(self.folder)
        if self.way == "folder replaced by a file":
            self.folder.touch()


def _fit(connection: Any, number: int) -> None:
    X, y = few_digits()
    whole = digest(small_classifier(number).fit(X, y))
    with _folder() as folder:
        clf = small_classifier(
            number,
            checkpoint=folder,
            resume=bool(number % 2),
            callbacks=[_Break(WAYS[number % len(WAYS)], folder, epoch=number % 5)],
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                clf.fit(X, y)
            except BaseException as error:
                connection.send(f"surfaced as {type(error).__name__}")
                return
        # A folder that was removed is made again, without a warning.
        expected = 0 if WAYS[number % len(WAYS)] == "folder removed" else 1
        named = [warning for warning in caught if "checkpoint" in str(warning.message)]
        if digest(clf) != whole:
            connection.send("another result")
        elif len(named) != expected:
            connection.send(f"{len(named)} warnings")
        else:
            connection.send(HELD)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp()) / "checkpoints"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder.parent, ignore_errors=True)
