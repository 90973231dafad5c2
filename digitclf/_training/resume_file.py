"""Resume files: the state of a run is on the disk, to go on from after a kill.

The state is written in a thread while the next epoch is trained, and the file is
replaced at once.

No checkpoint of an epoch is written, and no callback hears of its end, before the state
from which it began is on the disk. After a kill, training therefore repeats at most one
epoch whose checkpoint exists, with the same result.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import types
from pathlib import Path
from typing import Self

from digitclf._compiled.variables import ProgramState
from digitclf._model_file.whole_files import numbered, write_to_folder
from digitclf._training.checkpoint import Checkpoint
from digitclf._training.fingerprint import Fingerprint
from digitclf._training.listeners import Logs
from digitclf._training.saved_run import (
    REMEDY,
    SavedRun,
    read_saved_run,
    write_saved_run,
)


class ResumeFile:
    """The file to which one run writes its state.

    As a context manager it waits for the last file to be written, and removes it at the
    end, unless there is an error.

    Parameters
    ----------
    path : Path
        The file. If another run writes to it at the same time, the name gets a number.
    fingerprint : Fingerprint
    seed : int
        Seed of the fit.
    first_epoch : int
        Number of epochs that the network was trained for before the run.
    """

    def __init__(
        self, path: Path, fingerprint: Fingerprint, seed: int, first_epoch: int
    ) -> None:
        self._path = path
        self._fingerprint = fingerprint
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None
        self._stamp = _stamp(path)
        self.seed = seed
        self.first_epoch = first_epoch
        self._checkpoint: Checkpoint | None = None

    def follow(self, checkpoint: Checkpoint) -> None:
        """Keep track of the files of a run and use the warning that it issues once."""
        self._checkpoint = checkpoint

    def read(self, epochs: int) -> SavedRun | None:
        """Return the run to go on with, None if there is none.

        Parameters
        ----------
        epochs : int
            Maximum number of epochs of the run.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If the file is damaged, or belongs to a run with other data or parameters.
        """
        refused = None
        for path in _numbered_paths(self._path):
            try:
                saved = read_saved_run(path)
                _check_same_run(path, saved, self._fingerprint, epochs)
            except ValueError as error:
                refused = refused or error
                continue
            self._path, self._stamp = path, _stamp(path)
            self.seed = saved.seed
            return saved
        if refused:
            raise refused
        return None

    def write(self, epochs: list[Logs], best_epoch: int, state: ProgramState) -> None:
        """Begin to write the state of the run.

        An error does not end the run, but is a warning of the next `wait`.
        """
        self.wait()
        saved = SavedRun(
            self._fingerprint,
            self.seed,
            self.first_epoch,
            list(epochs),
            best_epoch,
            list(self._checkpoint.written) if self._checkpoint else [],
            state,
        )
        self._thread = threading.Thread(target=self._write, args=(saved,))
        self._thread.start()

    def wait(self) -> None:
        """Wait until the state is on the disk."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            if self._checkpoint:
                self._checkpoint.warn(self._path, error)

    def _write(self, saved: SavedRun) -> None:
        try:
            if _stamp(self._path) not in (None, self._stamp):  # written by another run
                self._path = _free_path(self._path)
            write_to_folder(
                self._path.parent, lambda: write_saved_run(self._path, saved)
            )
            self._stamp = _stamp(self._path)
        except OSError as error:
            self._error = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        if self._thread is not None:
            self._thread.join()
        if error is None:
            self.remove()

    def remove(self) -> None:
        """Remove the file, which is of no use after the end of a run."""
        # If it cannot be removed, going on from it leads to the same end.
        with contextlib.suppress(OSError):
            if _stamp(self._path) == self._stamp:
                self._path.unlink(missing_ok=True)


def _check_same_run(
    path: Path, saved: SavedRun, expected: Fingerprint, epochs: int
) -> None:
    differing = saved.fingerprint.differences(expected)
    if len(saved.epochs) > epochs:
        differing.append(f"epochs ({len(saved.epochs)} are done, now {epochs})")
    if differing:
        raise ValueError(
            f"resume: {str(path)!r} is the state of a fit that differs from this "
            f"one in {', '.join(differing)}. {REMEDY}"
        )


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what identifies a version of a file, None if there is no file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _numbered_paths(path: Path) -> list[Path]:
    """Return the existing files of this name, with and without a number."""
    name = re.compile(rf"{re.escape(path.stem)}(-\d+)?{re.escape(path.suffix)}")
    if not path.parent.is_dir():
        return []
    return sorted(
        other for other in path.parent.iterdir() if name.fullmatch(other.name)
    )


def _free_path(path: Path) -> Path:
    number = 2
    while numbered(path, number).exists():
        number += 1
    return numbered(path, number)
