"""The results of a search as a file, which has a row more after each fit."""

from __future__ import annotations

import csv
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from digitclf.cli._stderr import complain, shown, tell_what_is_replaced


@dataclass(frozen=True)
class Fit:
    """What came of one fit of a search."""

    dropout: float
    fold: int
    accuracy: float
    val_loss: float | None
    best_epoch: int
    epochs: int
    seconds: float


class ResultsFile:
    """A CSV file that is whole after each row.

    A file that is there keeps its content until the first row is there to replace it.

    Parameters
    ----------
    path : Path
        Where to write it. Folders that miss are made.

    Raises
    ------
    OSError
        If it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fits: list[Fit] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._is_new = not path.exists()
            with open(path, "a"):
                pass
        except OSError as error:
            raise OSError(
                f"--output: {shown(path)} cannot be written ({error.strerror})."
            ) from error
        if not self._is_new:
            tell_what_is_replaced(path)

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        if kind is None:
            return
        if self._fits:
            complain(f"The results so far are kept in {shown(self._path)}")
        elif self._is_new:
            self._path.unlink()

    def add(self, fit: Fit) -> None:
        """Write the row of a fit."""
        self._fits.append(fit)
        # Beside the file and then in its place: it is of one search at any time.
        unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with open(unfinished, "w", newline="") as file:
            names = [each.name for each in fields(Fit)]
            rows = csv.DictWriter(file, names, lineterminator="\n")
            rows.writeheader()
            rows.writerows(map(asdict, self._fits))
        os.replace(unfinished, self._path)
