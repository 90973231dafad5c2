"""Files written completely or not at all.

A file is written under a temporary name and renamed when it is complete. The temporary
file is locked meanwhile, so that a later write can tell the leftovers of a killed
process from the files of a running one.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

if sys.platform != "win32":
    import fcntl

Written = TypeVar("Written")

ON_WINDOWS = os.name == "nt"

PREFIX, SUFFIX = ".digitclf-", ".tmp"
"""Beginning and end of the names of temporary files."""

HOST = re.sub(r"[^A-Za-z0-9.]", "_", socket.gethostname())[:32]

LEAST_AGE_WITHOUT_LOCK = 24 * 3600.0
"""Seconds before a leftover of another host, whose locks may be invisible in a shared
folder, or a temporary folder is removed."""

LEAST_AGE_ON_WINDOWS = 60.0
"""Seconds before a leftover is removed on Windows. There is no lock: an open file
cannot be removed there, but files are closed for a moment before they are renamed."""

WRITES_TO_A_FOLDER = 3
"""How often a file is written whose folder somebody removes at the same time."""

SECONDS_OF_RETRIES = 1.0
"""Windows cannot replace a file while another program, such as a virus scanner, has it
open."""


def write_whole(path: Path, write: Callable[[Path], None], overwrite: bool) -> Path:
    """Write to a temporary file first, so that `path` is never incomplete.

    Temporary files that killed processes left in the folder are removed.

    Parameters
    ----------
    path : Path
        The file to be written.
    write : callable
        Takes the path of the temporary file, which exists and is empty, and fills it.
    overwrite : bool
        Whether to replace an existing file. If not, the new file gets a number.

    Returns
    -------
    Path
        Path of the new file.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    remove_leftovers(path.parent)
    unfinished, descriptor = _create_locked(path.parent)
    try:
        with _closing(descriptor):
            write(unfinished)
            os.fsync(descriptor)
            if not ON_WINDOWS:  # renamed while it is locked
                return _move(unfinished, path, overwrite)
        return _move(unfinished, path, overwrite)
    except OSError as error:
        if error.errno and error.filename in (None, str(unfinished)):
            error.filename = str(path)
        raise
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def write_to_folder(folder: Path, write: Callable[[], Written]) -> Written:
    """Call a function that writes to a folder, which is created if it does not exist.

    If the folder is removed meanwhile, it is created again and the function called
    again.

    Raises
    ------
    OSError
        If the folder cannot be created, or the file not be written.
    """
    for _ in range(WRITES_TO_A_FOLDER - 1):
        with contextlib.suppress(FileNotFoundError):
            folder.mkdir(parents=True, exist_ok=True)
            return write()
    folder.mkdir(parents=True, exist_ok=True)
    return write()


def unfinished_name(path: Path) -> Path:
    """Return a new name for a temporary file beside `path`."""
    name = f"{PREFIX}{HOST}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
    return path.with_name(name)


def create_file(path: Path) -> int:
    """Create a file and return its descriptor; it is an error if the file exists."""
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files and folders of processes that no longer exist.

    Those that cannot be removed are left alone.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX):
                with contextlib.suppress(OSError):
                    _remove_leftover(Path(entry.path))


def _remove_leftover(path: Path) -> None:
    if time.time() - path.stat().st_mtime < _least_age(path):
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    if ON_WINDOWS:
        path.unlink()  # fails if the file is open
        return
    with _closing(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails if it is in use
        if _is(path, file):
            path.unlink()


def _least_age(path: Path) -> float:
    """Return the age in seconds that a temporary file must have to be removed."""
    host = path.name.removeprefix(PREFIX).rsplit("-", 2)[0]
    if host != HOST or path.is_dir():
        return LEAST_AGE_WITHOUT_LOCK
    return LEAST_AGE_ON_WINDOWS if ON_WINDOWS else -math.inf


def _create_locked(folder: Path) -> tuple[Path, int]:
    """Create a temporary file and lock it."""
    while True:
        path = unfinished_name(folder / "name")
        with contextlib.suppress(FileExistsError):
            descriptor = create_file(path)
            if _lock_new(path, descriptor):
                return path, descriptor
            os.close(descriptor)


def _lock_new(path: Path, descriptor: int) -> bool:
    """Lock a new file; return False if it was taken for a leftover before that."""
    if ON_WINDOWS:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, where no leftover is removed either
        return True
    return _is(path, descriptor)


def _is(path: Path, descriptor: int) -> bool:
    """Return whether a path still names an open file."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _move(unfinished: Path, path: Path, overwrite: bool) -> Path:
    if overwrite:
        _retry_if_open(lambda: os.replace(unfinished, path))
        return path
    return _move_to_free_name(unfinished, path)


def _retry_if_open(rename: Callable[[], None]) -> None:
    """Rename a file, on Windows again until no other program has the target open."""
    deadline = time.monotonic() + SECONDS_OF_RETRIES
    while True:
        try:
            return rename()
        except PermissionError:
            if not ON_WINDOWS or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _move_to_free_name(unfinished: Path, path: Path) -> Path:
    number, candidate = 1, path
    while True:
        try:
            _move_to_new_name(unfinished, candidate)
            return candidate
        except FileExistsError:
            number += 1
            candidate = numbered(path, number)


def numbered(path: Path, number: int) -> Path:
    """Return a path with a number, if it is not 1: ``best-2.keras``."""
    if number == 1:
        return path
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def _move_to_new_name(unfinished: Path, path: Path) -> None:
    try:
        os.link(unfinished, path)  # unlike a rename, this fails if the file exists
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(unfinished, path)
