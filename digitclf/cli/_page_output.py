"""Digits of pages as ``digitclf read`` prints them: text, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import typer

from digitclf.cli._options import DOUBTFUL
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import pandas as pd

BOX = ("left", "top", "width", "height")

COLUMNS = ("file", "line", "position", *BOX, "digit", "probability")
"""Columns of the CSV table of digits."""

EMPTY = "."
"""An empty cell of a table in a terminal."""


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


Numbers = list[list[str | None]]
"""Numbers in the cells of a table, row by row. None is an empty cell."""


def tables_in(table: pd.DataFrame) -> list[Numbers]:
    """Return the tables in a table of `read_digits` with cells."""
    tables: list[Numbers] = [
        [[None] * n_columns for _ in range(n_rows)]
        for n_rows, n_columns in table.attrs["tables"]
    ]
    in_cells = table.dropna(subset="row")
    for place, row, column, number in zip(
        in_cells["table"],
        in_cells["row"],
        in_cells["column"],
        in_cells["number"],
        strict=True,
    ):
        tables[place][row][column] = number
    return tables


class Output(Protocol):
    """Prints the digits of pages, one page after the other."""

    def add(self, path: str, digits: pd.DataFrame) -> None:
        """Print the digits of a page, a table of `read_digits`."""

    def close(self) -> None:
        """Print what follows the last page."""


class Text:
    """Prints pages as text. A page without digits is an empty line.

    Parameters
    ----------
    as_text : callable
        Function that returns the lines of text of a page.
    named : bool
        Whether the path of each page is printed above its lines.
    """

    def __init__(
        self, as_text: Callable[[pd.DataFrame], list[str]], named: bool
    ) -> None:
        self._as_text = as_text
        self._named = named
        self._is_first = True

    def add(self, path: str, digits: pd.DataFrame) -> None:
        """Print the lines of a page."""
        heading = [f"{shown(path)}:"] if self._named else []
        if self._named and not self._is_first:
            heading.insert(0, "")
        self._is_first = False
        typer.echo("\n".join([*heading, *(self._as_text(digits) or [""])]))

    def close(self) -> None:
        """Print nothing more."""


def lines_as_text(table: pd.DataFrame) -> list[str]:
    """Return the lines of digits of a page."""
    digits = digits_in(table)
    labels = [DOUBTFUL if digit.label is None else digit.label for digit in digits]
    # Labels of other models may have several characters.
    separator = " " if any(len(label) > 1 for label in labels) else ""
    return [
        separator.join(shown(label) for _, label in line)
        for _, line in groupby(
            zip(digits, labels, strict=True), key=lambda pair: pair[0].line
        )
    ]


def tables_as_text(table: pd.DataFrame) -> list[str]:
    """Return the rows of the tables of a page, with aligned columns."""
    lines: list[str] = []
    for numbers in tables_in(table):
        cells = [[shown(number or EMPTY) for number in row] for row in numbers]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        if lines:
            lines.append("")
        lines += [
            "  ".join(
                cell.rjust(width) for cell, width in zip(row, widths, strict=True)
            )
            for row in cells
        ]
    return lines


class DigitsAsCsv:
    """Prints a CSV table with a row per digit. A doubtful digit is an empty cell."""

    def __init__(self) -> None:
        _print_csv([COLUMNS])

    def add(self, path: str, digits: pd.DataFrame) -> None:
        """Print the rows of a page."""
        _print_csv(
            (
                shown(path),
                digit.line,
                digit.position,
                *digit.box,
                "" if digit.label is None else shown(digit.label),
                digit.probability,
            )
            for digit in digits_in(digits)
        )

    def close(self) -> None:
        """Print nothing more."""


class TablesAsCsv:
    """Prints a CSV table with the rows of all tables, after the last page."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, int, int, list[str]]] = []

    def add(self, path: str, digits: pd.DataFrame) -> None:
        """Keep the rows of the tables of a page."""
        self._rows += [
            (shown(path), place, row, [shown(number or "") for number in numbers])
            for place, table in enumerate(tables_in(digits))
            for row, numbers in enumerate(table)
        ]

    def close(self) -> None:
        """Print the rows, with as many columns as the widest table has."""
        n_columns = max((len(numbers) for *_, numbers in self._rows), default=0)
        _print_csv([("file", "table", "row", *range(n_columns))])
        _print_csv(
            (*key, *numbers, *[""] * (n_columns - len(numbers)))
            for *key, numbers in self._rows
        )


def _print_csv(rows: Iterable[tuple[Any, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    typer.echo(text.getvalue(), nl=False)


class Json:
    """Prints a JSON array with an object per page, after the last page.

    Parameters
    ----------
    as_json : callable
        Function that returns the content of the object of a page.
    """

    def __init__(self, as_json: Callable[[pd.DataFrame], dict[str, Any]]) -> None:
        self._as_json = as_json
        self._pages: list[str] = []

    def add(self, path: str, digits: pd.DataFrame) -> None:
        """Keep the object of a page."""
        page = {"file": path} | self._as_json(digits)
        self._pages.append(f"  {json.dumps(page)}")

    def close(self) -> None:
        """Print the array."""
        pages = ",\n".join(self._pages)
        typer.echo(f"[\n{pages}\n]" if pages else "[]")


def lines_as_json(table: pd.DataFrame) -> dict[str, Any]:
    """Return the lines of a page, with the boxes of their digits."""
    lines = [
        [
            {
                "digit": digit.label,
                "probability": digit.probability,
                "box": list(digit.box),
            }
            for digit in line
        ]
        for _, line in groupby(digits_in(table), key=lambda digit: digit.line)
    ]
    return {"lines": lines}


def tables_as_json(table: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers in the cells of the tables of a page."""
    return {"tables": tables_in(table)}
