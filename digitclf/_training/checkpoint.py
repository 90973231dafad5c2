"""Checkpoints: files of the best epochs so far and how they are named."""

from __future__ import annotations

import os
import re
import string
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from digitclf._messages import warn_caller
from digitclf._model_file.archive import SUFFIX, check_writable
from digitclf._model_file.whole_files import ON_WINDOWS, numbered, write_to_folder

FILE_NAME = "{epoch:02d}-{val_loss:.4f}.keras"
FILE_NAME_WITHOUT_VALIDATION = "{epoch:02d}-{loss:.4f}.keras"
RESUME_NAME, RESUME_SUFFIX = "fit", ".resume"
"""Name of the resume file in a folder of checkpoints, and the suffix of all of them."""
OTHER_SUFFIXES = (".h5", ".hdf5")
"""Suffixes of older Keras formats."""

RESERVED_ON_WINDOWS = set('<>:"|?*')
"""Windows would write what follows a colon into another stream of the file."""


class Checkpoint:
    """The files to which one run writes its best epochs.

    A file that cannot be written does not end the run: there is one warning, and every
    later epoch tries again.

    Parameters
    ----------
    target : str or path-like
        A folder, or the path of a ``.keras`` file with fields for ``str.format``: the
        epoch and its logs, for example ``models/{epoch:02d}-{val_loss:.4f}.keras``.
        Paths without this suffix are folders, whose names have no fields.
    measured : iterable of str
        Names in the logs of every epoch.

    Attributes
    ----------
    path : Path or None
        The most recently written file.
    written : list of (epoch, number)
        The epochs that were written, counted from 1, and the numbers of their files:
        2 if a file of another run had the name already, and so on.

    Raises
    ------
    ValueError
        If the path has an unknown field or the suffix of another file format.
    OSError
        If the folder cannot be created or written to.
    """

    def __init__(self, target: str | os.PathLike[str], measured: Iterable[str]) -> None:
        measured = set(measured)
        template = os.fspath(target)
        if not template.endswith(SUFFIX):
            _check_folder_name(template)
            validated = "val_loss" in measured
            name = FILE_NAME if validated else FILE_NAME_WITHOUT_VALIDATION
            template = os.path.join(without_fields(template), name)
        # Joined now, in case the working folder changes later.
        template = os.path.join(without_fields(os.getcwd()), template)
        self._target = os.fspath(target)
        self._template = template
        self._own: dict[Path, Path] = {}
        self._interrupted_epoch: int | None = None
        self._has_failed = False
        self.path: Path | None = None
        self.written: list[tuple[int, int]] = []
        first = self._filled({"epoch": 1} | dict.fromkeys(measured, 0.0))
        other = self._filled({"epoch": 2} | dict.fromkeys(measured, 1.0))
        check_writable(_common_folder(first, other) / first.name, "checkpoint")

    def resume(
        self,
        written: Iterable[tuple[int, int]],
        epochs: Sequence[dict[str, float]],
        first_epoch: int,
    ) -> None:
        """Go on with the files of a run that was killed.

        Parameters
        ----------
        written : iterable of (epoch, number)
            The attribute of the killed run.
        epochs : sequence of dict
            The logs of the epochs of the run.
        first_epoch : int
            Number of epochs that the network was trained for before the run.
        """
        for epoch, number in written:
            logs = epochs[epoch - first_epoch - 1]
            self._note(self._filled({"epoch": epoch} | logs), epoch, number)
        self._interrupted_epoch = first_epoch + len(epochs) + 1

    def save(
        self,
        values: dict[str, float],
        write: Callable[[Path, bool], Path],
        is_same: Callable[[Path], bool] = lambda path: False,
    ) -> None:
        """Write the file of an epoch.

        Parameters
        ----------
        values : dict
            The epoch and its logs.
        write : callable
            Takes a path and whether to overwrite it, returns the path of the new file.
            Only files of this run are overwritten.
        is_same : callable, optional
            Returns whether an existing file contains this epoch of this run, which
            then wrote it before it was killed.
        """
        wanted, epoch = self._filled(values), int(values["epoch"])
        own = self._own.get(wanted)
        if own is None and epoch == self._interrupted_epoch:
            own = _last_existing(wanted, is_same)
        try:
            path = write_to_folder(
                wanted.parent, lambda: write(own or wanted, own is not None)
            )
        except OSError as error:
            self.warn(wanted, error)
            return
        self._note(wanted, epoch, _number_of(path, wanted))

    def warn(self, path: Path, error: OSError) -> None:
        """Issue the warning, once per run, that a file cannot be written."""
        if not self._has_failed:
            self._has_failed = True
            warn_caller(
                f"checkpoint={self._target!r}: {str(path)!r} cannot be written "
                f"({error.strerror or error}). Training continues in memory, and fit "
                "returns the best epoch."
            )

    def _note(self, wanted: Path, epoch: int, number: int) -> None:
        self.path = self._own[wanted] = numbered(wanted, number)
        self.written.append((epoch, number))

    def _filled(self, values: dict[str, float]) -> Path:
        try:
            path = Path(os.path.abspath(self._template.format(**values)))
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                f"checkpoint={self._template!r} has an unknown or invalid field "
                f"({error}). The fields of this fit are {sorted(values)}."
            ) from error
        if ON_WINDOWS and not RESERVED_ON_WINDOWS.isdisjoint(path.name):
            raise ValueError(
                f"checkpoint={self._template!r} would name a file {path.name!r}, but "
                f"Windows allows none of {' '.join(sorted(RESERVED_ON_WINDOWS))} in a "
                "name."
            )
        return path


def without_fields(path: str | os.PathLike[str]) -> str:
    """Return the template of a path that may contain braces."""
    return os.fspath(path).replace("{", "{{").replace("}", "}}")


def resume_path(target: str | os.PathLike[str]) -> Path:
    """Return the path of the resume file that belongs to some checkpoints.

    It is in their folder: ``fit.resume``, or ``best.resume`` beside ``best.keras``. A
    field is replaced by its name.

    Raises
    ------
    ValueError
        If `target` is invalid.
    """
    template = os.fspath(target)
    if not template.endswith(SUFFIX):
        _check_folder_name(template)
        return Path(os.path.abspath(template)) / f"{RESUME_NAME}{RESUME_SUFFIX}"
    path, fixed = "", None
    try:
        for text, field, _, _ in string.Formatter().parse(template):
            path += text
            if field is not None:
                fixed = len(path) if fixed is None else fixed
                path += re.sub(r"\W+", "_", field)
    except ValueError as error:
        raise ValueError(
            f"checkpoint={template!r} has an invalid field ({error})."
        ) from error
    folder = os.path.dirname(path[:fixed])
    name = re.sub(r"[/\\]+", "-", path[len(folder) :].strip("/\\"))
    return Path(os.path.abspath(folder)) / f"{name[: -len(SUFFIX)]}{RESUME_SUFFIX}"


def _last_existing(path: Path, is_wanted: Callable[[Path], bool]) -> Path | None:
    """Return the wanted file with the largest number, if there is one."""
    found, number = None, 1
    while (candidate := numbered(path, number)).exists():
        if is_wanted(candidate):
            found = candidate
        number += 1
    return found


def _number_of(path: Path, wanted: Path) -> int:
    return 1 if path == wanted else int(path.stem.removeprefix(f"{wanted.stem}-"))


def _common_folder(first: Path, other: Path) -> Path:
    """Return the deepest folder that contains both files."""
    return Path(os.path.commonpath([first.parent, other.parent]))


def _check_folder_name(target: str) -> None:
    name = os.path.basename(target)
    if not target or "{" in name or os.path.splitext(name)[1] in OTHER_SUFFIXES:
        raise ValueError(
            f"checkpoint={target!r} should be a folder, or the path of a {SUFFIX} file "
            f"such as 'models/{FILE_NAME}'."
        )
