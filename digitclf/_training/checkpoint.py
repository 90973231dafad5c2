"""Checkpoints: files of the best epochs so far and how they are named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from digitclf._model_file.archive import SUFFIX, check_writable

FILE_NAME = "{epoch:02d}-{val_loss:.4f}.keras"
FILE_NAME_WITHOUT_VALIDATION = "{epoch:02d}-{loss:.4f}.keras"
OTHER_SUFFIXES = (".h5", ".hdf5")
"""Suffixes of older Keras formats."""


class Checkpoint:
    """The files to which one run writes its best epochs.

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
        self._template = template
        self._written: dict[Path, Path] = {}
        self.path: Path | None = None
        first = self._filled({"epoch": 1} | dict.fromkeys(measured, 0.0))
        other = self._filled({"epoch": 2} | dict.fromkeys(measured, 1.0))
        check_writable(_common_folder(first, other) / first.name, "checkpoint")

    def save(
        self, values: dict[str, float], write: Callable[[Path, bool], Path]
    ) -> None:
        """Write the file of an epoch.

        Parameters
        ----------
        values : dict
            The epoch and its logs.
        write : callable
            Takes a path and whether to overwrite it, returns the path of the new file.
            Only files of this run are overwritten.
        """
        wanted = self._filled(values)
        wanted.parent.mkdir(parents=True, exist_ok=True)
        own = self._written.get(wanted)
        self.path = write(own or wanted, own is not None)
        self._written[wanted] = self.path

    def _filled(self, values: dict[str, float]) -> Path:
        try:
            return Path(os.path.abspath(self._template.format(**values)))
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                f"checkpoint={self._template!r} has an unknown or invalid field "
                f"({error}). The fields of this fit are {sorted(values)}."
            ) from error


def without_fields(path: str | os.PathLike[str]) -> str:
    """Return the template of a path that may contain braces."""
    return os.fspath(path).replace("{", "{{").replace("}", "}}")


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
