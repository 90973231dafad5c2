"""Digits of pages as ``digitclf read`` prints them: lines, a CSV table, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import typer

from digitclf.cli._options import DOUBTFUL
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import pandas as pd

BOX = ("left", "top", "width", "height")

COLUMNS = ("file", "line", "position", *BOX, "digit", "probability")
"""Columns of the CSV table."""


class Digit(NamedTuple):
    """A digit on a page. Its label is None if it is doubtful."""

    line: int
    position: int
    box: tuple[int, ...]
    label: str | None
    probability: float


def digits_in(table: pd.DataFrame) -> list[Digit]:
    """Return the rows of a table of `read_digits`, in reading order."""
    labels = [
        None if is_missing else str(label)
        for label, is_missing in zip(table["digit"], table["digit"].isna(), strict=True)
    ]
    numbers = table[["line", "position", *BOX]].to_numpy(int).tolist()
    probabilities = table["probability"].round(6).tolist()
    return [
        Digit(line, position, tuple(box), label, probability)
        for (line, position, *box), label, probability in zip(
            numbers, labels, probabilities, strict=True
        )
    ]


class Output(Protocol):
    """Prints the digits of pages, one page after the other."""

    def add(self, path: str, digits: list[Digit]) -> None:
        """Print the digits of a page."""

    def close(self) -> None:
        """Print what follows the last page."""


class Lines:
    """Prints the lines of digits as text. A page without digits is an empty line.

    Parameters
    ----------
    named : bool
        Whether the path of each page is printed above its lines.
    """

    def __init__(self, named: bool) -> None:
        self._named = named
        self._is_first = True

    def add(self, path: str, digits: list[Digit]) -> None:
        """Print the lines of a page."""
        heading = [f"{shown(path)}:"] if self._named else []
        if self._named and not self._is_first:
            heading.insert(0, "")
        self._is_first = False
        typer.echo("\n".join([*heading, *_lines_of_text(digits)]))

    def close(self) -> None:
        """Print nothing more."""


def _lines_of_text(digits: list[Digit]) -> list[str]:
    labels = [DOUBTFUL if digit.label is None else digit.label for digit in digits]
    # Labels of other models may have several characters.
    separator = " " if any(len(label) > 1 for label in labels) else ""
    lines = [
        separator.join(shown(label) for _, label in line)
        for _, line in groupby(
            zip(digits, labels, strict=True), key=lambda pair: pair[0].line
        )
    ]
    return lines or [""]


class Table:
    """Prints a CSV table with a row per digit. A doubtful digit is an empty cell."""

    def __init__(self) -> None:
        self._print([COLUMNS])

    def add(self, path: str, digits: list[Digit]) -> None:
        """Print the rows of a page."""
        self._print(
            (
                shown(path),
                digit.line,
                digit.position,
                *digit.box,
                "" if digit.label is None else shown(digit.label),
                digit.probability,
            )
            for digit in digits
        )

    def close(self) -> None:
        """Print nothing more."""

    def _print(self, rows: Iterable[tuple[Any, ...]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        typer.echo(text.getvalue(), nl=False)


class Json:
    """Prints a JSON array with an object per page, after the last page."""

    def __init__(self) -> None:
        self._pages: list[str] = []

    def add(self, path: str, digits: list[Digit]) -> None:
        """Keep the object of a page."""
        page = {"file": path, "lines": list(_lines_as_json(digits))}
        self._pages.append(f"  {json.dumps(page)}")

    def close(self) -> None:
        """Print the array."""
        pages = ",\n".join(self._pages)
        typer.echo(f"[\n{pages}\n]" if pages else "[]")


def _lines_as_json(digits: list[Digit]) -> Iterator[list[dict[str, Any]]]:
    for _, line in groupby(digits, key=lambda digit: digit.line):
        yield [
            {
                "digit": digit.label,
                "probability": digit.probability,
                "box": list(digit.box),
            }
            for digit in line
        ]
