"""Messages on stderr, one line each, and text from files as a terminal can show it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

PROGRAM = "digitclf"


@contextlib.contextmanager
def warnings_about(subject: str) -> Iterator[None]:
    """Print each warning once, as one line that names its subject."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        complain(f"Warning: {subject}: {message}")


def complain(message: str) -> None:
    """Print a message on stderr, as one line of printable characters."""
    typer.echo(shown(" ".join(message.split())), err=True)


def announce_replacing(*paths: Path) -> None:
    """Print which of the files to be written already exist."""
    for path in paths:
        if path.exists():
            complain(f"{shown(path)} exists and will be replaced.")


def usage_message(error: Any) -> str:
    """Return the message of a usage error, with the help command that applies."""
    reasons = getattr(error.__cause__, "errors", None)
    if reasons is not None:
        error.message = _reason(reasons()[0])
    if error.ctx is None:
        return error.format_message()
    _, *command = error.ctx.command_path.split()
    help_command = " ".join([program_as_called(), *command, "--help"])
    return f"{error.format_message()} (see {help_command})"


def _reason(details: dict[str, Any]) -> str:
    """Return why Pydantic, which checks values for Typer, refused one."""
    value, context = details["input"], details.get("ctx", {})
    match details["type"]:
        case "int_parsing" | "int_from_float":
            return f"{value!r} is not a whole number."
        case "float_parsing":
            return f"{value!r} is not a number."
        case "greater_than_equal":
            return f"{value} is too small, the minimum is {context['ge']}."
        case "less_than_equal":
            return f"{value} is too large, the maximum is {context['le']}."
        case "value_error":
            return str(context["error"])
    return f"{value!r}: {details['msg']}"


def program_as_called() -> str:
    """Return how the program was called, as a shell takes it."""
    script = Path(sys.argv[0])
    if script.stem != PROGRAM:
        words = [sys.orig_argv[0], "-m", PROGRAM]
    else:
        found = shutil.which(PROGRAM)
        on_path = found is not None and Path(found).resolve() == script.resolve()
        words = [PROGRAM if on_path else sys.argv[0]]
    return in_shell(*words)


def in_shell(*words: str | Path) -> str:
    """Return words as one command, quoted where the shell needs it."""
    quote = subprocess.list2cmdline if os.name == "nt" else shlex.join
    return quote([shown(word) for word in words])


def in_words(error: Exception) -> str:
    """Return the message of an error, without the number of an OSError."""
    if ran_out_of_memory(error):
        return (
            "There is not enough memory for this network. Use smaller images, fewer of "
            "them, or train with --model mlp."
        )
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    if error.filename is None:
        return error.strerror
    return f"{shown(error.filename)}: {error.strerror}"


def ran_out_of_memory(error: Exception) -> bool:
    """Return whether Python or TensorFlow failed to allocate memory."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
    )


def can_print(text: str) -> bool:
    """Return whether the encoding of stdout has the characters of a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def shown(text: object) -> str:
    """Return a path, a label or other text from a file as printable characters.

    Otherwise it could move the cursor, change colours or imitate other output.
    """
    return "".join(
        character if character.isprintable() else _escaped(character)
        for character in typer.format_filename(str(text))
    )


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
