"""Tesseract as a command, restricted to digits; each page starts a process."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

COMMAND = "tesseract"


def version() -> str:
    first = _run(["--version"]).splitlines()[0]
    return first.removeprefix("tesseract ")


def open_reader(threads: int) -> Callable:
    version()

    def read(page: str) -> tuple[str, None]:
        options = ["--psm", "6", "-c", "tessedit_char_whitelist=0123456789"]
        return re.sub("[^0-9]", "", _run([page, "stdout", *options])), None

    return read


def _run(arguments: list[str]) -> str:
    return subprocess.run(
        [COMMAND, *arguments], check=True, capture_output=True, text=True
    ).stdout
