"""Files written completely or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], None], overwrite: bool) -> Path:
    """Write to a temporary file first, so that `path` is never incomplete."""
    unfinished = unfinished_name(path)
    try:
        os.close(create_file(unfinished))
        write(unfinished)
        with open(unfinished, "rb") as written:
            os.fsync(written.fileno())
        if overwrite:
            os.replace(unfinished, path)
            return path
        return _move_to_free_name(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def unfinished_name(path: Path) -> Path:
    return path.with_name(f".{path.stem}-{uuid.uuid4().hex}{path.suffix}")


def create_file(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)


def _move_to_free_name(unfinished: Path, path: Path) -> Path:
    number, candidate = 1, path
    while True:
        try:
            _move_to_new_name(unfinished, candidate)
            return candidate
        except FileExistsError:
            number += 1
            candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")


def _move_to_new_name(unfinished: Path, path: Path) -> None:
    try:
        os.link(unfinished, path)  # unlike a rename, this fails if the file exists
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(unfinished, path)
