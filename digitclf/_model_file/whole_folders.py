"""Folders written completely or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from digitclf._model_file.whole_files import remove_leftovers, unfinished_name


def write_whole_folder(
    path: Path, write: Callable[[Path], None], files: Collection[str]
) -> None:
    """Write to a temporary folder first, so that `path` is never incomplete.

    An existing folder is renamed, replaced and then removed. It is restored if it
    cannot be replaced.

    Parameters
    ----------
    path : Path
    write : callable
        Takes the path of the temporary folder, which exists and is empty, and fills it.
    files : collection of str
        Paths within the folder that may be replaced. A folder with other files is left
        alone.

    Raises
    ------
    OSError
        If the folder cannot be written, or if there is a file, or a folder with other
        files.
    """
    check_replaceable(path, files)
    remove_leftovers(path.parent)
    unfinished = unfinished_name(path)
    try:
        unfinished.mkdir()
        write(unfinished)
        for written in unfinished.rglob("*"):
            if written.is_file():
                _flush(written)
        _move(unfinished, path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def check_replaceable(path: Path, files: Collection[str]) -> None:
    """Raise an error if there is a file, or a folder that contains other files."""
    if not path.exists():
        return
    if not path.is_dir():
        raise FileExistsError(errno.EEXIST, "There is a file of this name", str(path))
    for found in path.rglob("*"):
        name = found.relative_to(path).as_posix()
        if name not in files and (found.is_symlink() or not found.is_dir()):
            raise FileExistsError(
                errno.EEXIST,
                f"The folder exists and contains other files ({name}); choose another "
                "name, or an empty folder",
                str(path),
            )


def _flush(path: Path) -> None:
    with open(path, "r+b") as file:  # Windows flushes only files that can be written
        os.fsync(file.fileno())


def _move(unfinished: Path, path: Path) -> None:
    if not path.exists():
        os.rename(unfinished, path)
        return
    # Not a temporary name: a kill between the two renames must not lose the folder.
    replaced = path.with_name(f"{path.name}-replaced-{secrets.token_hex(4)}")
    os.rename(path, replaced)
    try:
        os.rename(unfinished, path)
    except BaseException:
        os.rename(replaced, path)
        raise
    shutil.rmtree(replaced, ignore_errors=True)
