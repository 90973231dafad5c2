"""Checkpoints: the names under which the best epochs so far are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from digitclf._model_file.archive import SUFFIX, check_writable

FILE_NAME = "{epoch:02d}-{val_loss:.4f}.keras"
FILE_NAME_WITHOUT_VALIDATION = "{epoch:02d}-{loss:.4f}.keras"
OTHER_SUFFIXES = (".h5", ".hdf5")
"""Of the files that Keras wrote before it had archives."""


class Checkpoint:
    """The files into which one run of epochs writes its best epochs.

    Parameters
    ----------
    target : str or path-like
        A folder, or a path with the fields of ``str.format``: ``epoch`` and what the
        logs of an epoch name, ``models/{epoch:02d}-{val_loss:.4f}.keras`` for example.
        A path that ends in ``.keras`` is a file, any other a folder, which has no
        fields.
    measured : iterable of str
        The names that the logs of every epoch will have.

    Attributes
    ----------
    path : Path or None
        The file that was written last.

    Raises
    ------
    ValueError
        If the path has a field that no epoch fills, or is meant for another kind of
        file.
    OSError
        If the folder cannot be made or written to.
    """

    def __init__(self, target: str | os.PathLike[str], measured: Iterable[str]) -> None:
        measured = set(measured)
        template = os.fspath(target)
        if not template.endswith(SUFFIX):
            _check_folder_name(template)
            validated = "val_loss" in measured
            name = FILE_NAME if validated else FILE_NAME_WITHOUT_VALIDATION
            template = os.path.join(without_fields(template), name)
        # Joined now, in case somebody changes the working folder later.
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
        """Have `write` write the file of an epoch.

        Parameters
        ----------
        values : dict
            The epoch and its logs.
        write : callable
            Takes a path and whether it may overwrite, returns the path that it wrote.
            Only a file of this run's own is overwritten.
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
                f"checkpoint={self._template!r} has a field that cannot be filled in "
                f"({error}): the fields of this fit are {sorted(values)}."
            ) from error


def without_fields(path: str | os.PathLike[str]) -> str:
    """Return the template of a path whose braces are part of its name."""
    return os.fspath(path).replace("{", "{{").replace("}", "}}")


def _common_folder(first: Path, other: Path) -> Path:
    """Return the folder that both are in, however their own folders are named."""
    return Path(os.path.commonpath([first.parent, other.parent]))


def _check_folder_name(target: str) -> None:
    name = os.path.basename(target)
    if not target or "{" in name or os.path.splitext(name)[1] in OTHER_SUFFIXES:
        raise ValueError(
            f"checkpoint={target!r} should be a folder, or the path of a {SUFFIX} file "
            f"such as 'models/{FILE_NAME}'."
        )
