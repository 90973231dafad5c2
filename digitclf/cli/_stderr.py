"""What the program says on stderr: errors and warnings, one line each."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer


@contextlib.contextmanager
def without_startup_messages() -> Iterator[None]:
    """Import TensorFlow without what it tells about drivers and instruction sets.

    Part of that is written before any setting is read, straight to the file descriptor.
    An import that fails says what it has to say after all.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.stderr is None:
        yield
        return
    with tempfile.TemporaryFile() as unheard:
        stderr = os.dup(2)
        os.dup2(unheard.fileno(), 2)
        try:
            yield
        except Exception:
            unheard.seek(0)
            os.write(stderr, unheard.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    for name in ("absl", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextlib.contextmanager
def warnings_about(subject: str) -> Iterator[None]:
    """Print each warning once, as one line that names what it is about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for message in dict.fromkeys(str(each.message) for each in caught):
        complain(f"Warning: {subject}: {message}")


def complain(message: str) -> None:
    """Print a message on stderr, as one line."""
    typer.echo(" ".join(message.split()), err=True)


def tell_what_is_replaced(*paths: Path) -> None:
    """Print which of the files that will be written are there already."""
    for path in paths:
        if path.exists():
            complain(f"{shown(path)} is there already and will be replaced.")


def hint(error: Any) -> str:
    """Return where the help is on the command that refused what it was given."""
    return f" (see {error.ctx.command_path} --help)" if error.ctx else ""


def in_words(error: Exception) -> str:
    """Return what an error says, without the number that Python puts before it."""
    if ran_out_of_memory(error):
        return (
            "There is not enough memory for this network. Use smaller images, fewer of "
            "them, or --model mlp."
        )
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    if error.filename is None:
        return error.strerror
    return f"{shown(error.filename)}: {error.strerror}"


def ran_out_of_memory(error: Exception) -> bool:
    """Return whether Python or TensorFlow could not get the memory that it wanted."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
    )


def shown(path: str | Path) -> str:
    """Return a path as a terminal can print it, whatever bytes it is made of."""
    return "".join(
        each if each.isprintable() else f"\\x{ord(each):02x}"
        for each in typer.format_filename(path)
    )
