"""A reader in a process of its own, which answers with the digits of a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

TITLES = {"digitclf": "digitclf", "rapidocr": "RapidOCR", "tesseract": "Tesseract"}

THREADS = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "TF_NUM_INTRAOP_THREADS")


class ReaderMissingError(Exception):
    """A reader that is not installed."""


class Answer(NamedTuple):
    """What a reader made of a page."""

    text: str
    """Its digits, in the order of the reader."""
    seconds: float
    boxes: list[tuple[int, int, int, int]] | None
    """Left, top, width and height of each digit, if the reader reports them."""
    error: str | None
    peak_memory: float
    """Peak memory of the process so far in MB."""


class Reader:
    """A process that reads one page after the other.

    Parameters
    ----------
    name : str
        A key of `TITLES`; the code of each reader is in `with_<name>.py`.
    threads : int
    """

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        environment = os.environ | dict.fromkeys(THREADS, str(threads))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.pages.readers", name, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        message = self._receive()
        if "missing" in message:
            raise ReaderMissingError(message["missing"])
        self.version: str = message["version"]

    def read(self, page: Path) -> Answer:
        """Return the digits on a page."""
        self._process.stdin.write(f"{page}\n")
        self._process.stdin.flush()
        return Answer(**self._receive())

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()

    def _receive(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(
                f"The process of {self.name} ended with exit code "
                f"{self._process.wait()}."
            )
        return json.loads(line)
