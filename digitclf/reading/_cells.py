"""Tables on a page: printed or drawn grids, and the cells that digits are in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, groupby, pairwise
from typing import NamedTuple

import cv2
import numpy as np

from digitclf.reading._grid_lines import (
    Line,
    crossings,
    extent,
    groups_of,
    joined,
    lines_in,
)
from digitclf.reading._ink_strokes import texture_of
from digitclf.reading._order import Box, reading_order
from digitclf.reading._page_ink import PageInk
from digitclf.reading._printed_lines import level_lines, upright_lines

ENOUGH = 24
"""Height of digits in pixels at which lines are sought."""

REACH = 0.5
"""Distance between a line and another one that it meets, relative to the height of
digits, at most."""

LONG, SHORTEST_LINE = 1.6, 25
"""Length of lines relative to the height of digits, and in pixels, at least."""

STROKE = 0.6
"""Fraction of a line inside of digits above which it is one of their strokes."""

THICKEST = 0.5
"""Thickness of lines of grids relative to the height of digits, at most."""

OPEN = 0.6
"""Length of lines beyond the last one that they cross, relative to the height of
digits, above which there are cells without an outer border."""

LOWEST, NARROWEST = 0.9, 0.6
"""Height and width of most cells relative to the height of digits, at least. Squared
paper has smaller ones."""

BORDER = 0.4
"""Length of an outer border relative to that of the table, at least."""

DRAWN = 0.15
"""Fraction of the border between two cells that is drawn, at least. Cells with less
between them are merged."""

MOST_CLEAR = 0.9
"""Share of the digits that are in the first line of a cell, at least, if all borders
were seen."""

MOST_OF_PAGE = 0.9
"""Share of the digits of a page that are in its table if it is nothing else."""


class Cell(NamedTuple):
    """Position of a digit in the tables of a page. All numbers are from 0."""

    table: int
    row: int
    column: int
    line: int
    """Line of digits within the cell."""


class Cells(NamedTuple):
    """Tables of a page, and the cells that its digits are in."""

    shapes: list[tuple[int, int]]
    """Numbers of rows and columns of the tables, in reading order."""
    of_digits: list[Cell | None]
    """Cell of each digit. None is outside of all tables."""

    def n_clear(self) -> int:
        """Return the number of digits that are in the first line of a cell."""
        return sum(cell is not None and cell.line == 0 for cell in self.of_digits)

    def are_clear(self) -> bool:
        """Return whether these are most digits.

        Otherwise, the borders between some cells may not have been seen.
        """
        return self.n_clear() >= MOST_CLEAR * len(self.of_digits)


def find_cells(
    ink: PageInk, boxes: Sequence[Box], marks: np.ndarray | None = None
) -> Cells:
    """Return the cells of a page that digits are in.

    Grids without a digit, and those with cells smaller than the digits, are no tables.

    Parameters
    ----------
    ink : PageInk
    boxes : sequence of Box
        Boxes of the digits in pixels of `ink`.
    marks : ndarray of shape (height, width), uint8, optional
        255 where there may be lines of another colour than the ink.
    """
    cells: list[Cell | None] = [None] * len(boxes)
    shapes: list[tuple[int, int]] = []
    if not boxes:
        return Cells(shapes, cells)
    # Printed lines may be fainter than what counts as ink beside the digits.
    visible = cv2.compare(ink.contrast, texture_of(ink.contrast).floor, cv2.CMP_GT)
    if marks is not None:
        visible |= marks
    factor = max(1, int(np.median([box.height for box in boxes]) / ENOUGH))
    boxes = [Box(*(side / factor for side in box)) for box in boxes]
    heights = np.array([box.height for box in boxes])
    x, y = np.array([box.centre for box in boxes]).T
    for table in _grids(_reduced(visible, factor), boxes):
        places = table.places(x, y)
        inside = [
            digit
            for digit in range(len(boxes))
            if places[digit, 0] >= 0 and cells[digit] is None
        ]
        if inside and table.has_room_for(float(np.median(heights[inside]))):
            for (row, column), digits in _by_cell(inside, places).items():
                for line, on_line in enumerate(_ordered(digits, boxes)):
                    for digit in on_line:
                        cells[digit] = Cell(len(shapes), row, column, line)
            shapes.append(table.shape)
    return Cells(shapes, cells)


def is_one_table(cells: Cells) -> bool:
    """Return whether most digits of a page are in a single table."""
    inside = [cell is not None for cell in cells.of_digits]
    return len(cells.shapes) == 1 and float(np.mean(inside)) >= MOST_OF_PAGE


def order_in_tables(boxes: Sequence[Box], cells: Cells) -> list[list[int]]:
    """Return the positions of the boxes, a list per row of a table or line outside.

    A row is read cell by cell. Lines outside of the tables come before or after a whole
    table.
    """
    if not cells.shapes:
        return reading_order(boxes)
    outside = [place for place, cell in enumerate(cells.of_digits) if cell is None]
    blocks = [
        (float(np.mean([boxes[place].centre[1] for place in line])), [line])
        for line in _ordered(outside, boxes)
    ]
    lowest = -np.inf
    for number in range(len(cells.shapes)):
        rows = _rows(number, boxes, cells.of_digits)
        centre = np.mean([boxes[place].centre[1] for row in rows for place in row])
        # Tables are in reading order, also those side by side.
        lowest = max(lowest, float(centre))
        blocks.append((lowest, rows))
    blocks.sort(key=lambda block: block[0])
    return [line for _, lines in blocks for line in lines]


def _rows(
    table: int, boxes: Sequence[Box], of_digits: Sequence[Cell | None]
) -> list[list[int]]:
    """Return the rows of a table as lines of digits."""
    placed = sorted(
        (cell, boxes[place].centre[0], place)
        for place, cell in enumerate(of_digits)
        if cell is not None and cell.table == table
    )
    return [
        [place for *_, place in row]
        for _, row in groupby(placed, key=lambda item: item[0].row)
    ]


def _by_cell(
    digits: Sequence[int], places: np.ndarray
) -> dict[tuple[int, int], list[int]]:
    """Return the digits in each cell, by row and column."""
    cells: dict[tuple[int, int], list[int]] = {}
    for digit in digits:
        row, column = map(int, places[digit])
        cells.setdefault((row, column), []).append(digit)
    return cells


def _ordered(places: Sequence[int], boxes: Sequence[Box]) -> list[list[int]]:
    """Return some of the positions of boxes as lines in reading order."""
    lines = reading_order([boxes[place] for place in places])
    return [[places[number] for number in line] for line in lines]


class Table:
    """A grid of level and upright lines.

    Parameters
    ----------
    level, upright : sequence of Line
    height : float
        Height of the digits of the page.
    """

    def __init__(
        self, level: Sequence[Line], upright: Sequence[Line], height: float
    ) -> None:
        x, y = crossings(level, upright)
        by_row, by_column = np.argsort(y.mean(axis=1)), np.argsort(x.mean(axis=0))
        self._level = [level[place] for place in by_row]
        self._upright = [upright[place] for place in by_column]
        self._x, self._y = x[by_row][:, by_column], y[by_row][:, by_column]
        self._margin = REACH * height
        limit = OPEN * height
        self._above, self._below = _go_beyond(self._upright, self._y, limit)
        self._left, self._right = _go_beyond(self._level, self._x.T, limit)

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of rows and columns."""
        n_rows = len(self._level) - 1 + self._above + self._below
        return n_rows, len(self._upright) - 1 + self._left + self._right

    @property
    def box(self) -> Box:
        """Box around the lines."""
        (left, right), (top, bottom) = extent(self._level), extent(self._upright)
        return Box(left, top, right - left, bottom - top)

    def has_room_for(self, height: float) -> bool:
        """Return whether digits of a height fit into most of the cells."""
        heights, widths = np.diff(self._y, axis=0), np.diff(self._x, axis=1)
        return not (
            (heights.size and np.median(heights) < LOWEST * height)
            or (widths.size and np.median(widths) < NARROWEST * height)
        )

    def places(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return rows and columns of the cells at some points, -1 outside.

        The result has shape (points, 2).
        """
        rows = np.sum([line.at(x) < y for line in self._level], axis=0)
        columns = np.sum([line.at(y) < x for line in self._upright], axis=0)
        places = np.stack([rows + self._above, columns + self._left], axis=1) - 1
        inside = ((places >= 0) & (places < self.shape)).all(axis=1)
        for positions, lines in ((x, self._level), (y, self._upright)):
            start, stop = extent(lines)
            inside &= positions > start - self._margin
            inside &= positions < stop + self._margin
        places[inside] = self._merged()[tuple(places[inside].T)]
        places[~inside] = -1
        return places

    def _merged(self) -> np.ndarray:
        """Return where the merged cell begins that each cell is a part of.

        The result has shape (rows, columns, 2).
        """
        # Cells and the borders between them as pixels. A border that is drawn is 0.
        n_rows, n_columns = self.shape
        plan = np.ones((2 * n_rows - 1, 2 * n_columns - 1), dtype=np.uint8)
        plan[1::2, 1::2] = 0
        inner = slice(1 - self._left, len(self._upright) - 1 + self._right)
        ends = self._above, self._below
        plan[::2, 1::2] = _missing(self._upright[inner], self._y[:, inner], ends)
        inner = slice(1 - self._above, len(self._level) - 1 + self._below)
        ends = self._left, self._right
        plan[1::2, ::2] = _missing(self._level[inner], self._x[inner].T, ends).T
        _, labels, stats, _ = cv2.connectedComponentsWithStats(plan, connectivity=4)
        first = stats[:, [cv2.CC_STAT_TOP, cv2.CC_STAT_LEFT]] // 2
        return first[labels[::2, ::2]]


def _go_beyond(
    lines: Sequence[Line], crossings: np.ndarray, limit: float
) -> tuple[bool, bool]:
    """Return whether most lines go beyond their first crossing, and beyond the last.

    Parameters
    ----------
    lines : sequence of Line
    crossings : ndarray of shape (other lines, lines)
        Positions along the lines where others cross them.
    limit : float
        Distance in pixels.
    """
    before = crossings[0] - [line.start for line in lines]
    after = [line.stop for line in lines] - crossings[-1]
    return bool(np.median(before) > limit), bool(np.median(after) > limit)


def _missing(
    lines: Sequence[Line], crossings: np.ndarray, ends: tuple[bool, bool]
) -> np.ndarray:
    """Return which parts of lines are not drawn, of shape (parts, lines).

    Parameters
    ----------
    lines : sequence of Line
    crossings : ndarray of shape (other lines, lines)
        Positions along the lines at which the parts begin and end.
    ends : tuple of bool
        Whether there are parts before the first crossing and after the last one.
    """
    start, stop = extent(lines) if lines else (0, 0)
    missing = []
    for line, edges in zip(lines, crossings.T, strict=True):
        parts = pairwise([*[start] * ends[0], *edges, *[stop] * ends[1]])
        missing.append([line.drawn(*part) < DRAWN for part in parts])
    n_parts = len(crossings) - 1 + sum(ends)
    return np.array(missing, dtype=bool).reshape(len(lines), n_parts).T


def _reduced(mask: np.ndarray, factor: int) -> np.ndarray:
    """Return a mask of lower resolution in which lines have no gaps."""
    if factor == 1:
        return mask
    wide = cv2.dilate(mask, np.ones((factor, factor), np.uint8), anchor=(0, 0))
    return np.ascontiguousarray(wide[::factor, ::factor])


def _grids(visible: np.ndarray, boxes: Sequence[Box]) -> list[Table]:
    """Return the grids of lines that meet, in reading order.

    Parameters
    ----------
    visible : ndarray of shape (height, width), dtype uint8
        Pixels of lines and digits.
    boxes : sequence of Box
        Boxes of the digits.
    """
    height = float(np.median([box.height for box in boxes]))
    digits = np.zeros_like(visible)
    for box in boxes:
        corners = box.left, box.top, box.left + box.width, box.top + box.height
        left, top, right, bottom = map(round, corners)
        digits[top:bottom, left:right] = 255
    length = max(LONG * height, SHORTEST_LINE)
    thickest = max(3, round(THICKEST * height))
    # Few pages have upright lines.
    mask = upright_lines(visible, length, thickest)
    upright = _lines_outside(digits.T, mask.T, height, thickest)
    if not upright:
        return []
    mask = level_lines(visible, length, thickest)
    level = _lines_outside(digits, mask, height, thickest)
    if not level:
        return []
    x, y = crossings(level, upright)
    meet = _reaches(level, x, REACH * height) & _reaches(upright, y.T, REACH * height).T
    pairs = zip(*np.nonzero(meet), strict=True)
    groups = groups_of(
        ((first, len(level) + second) for first, second in pairs),
        len(level) + len(upright),
    )
    grids = [
        _grid(
            list(compress(level, groups[: len(level)] == group)),
            list(compress(upright, groups[len(level) :] == group)),
            height,
        )
        for group in np.unique(groups)
    ]
    tables = [grid for grid in grids if grid is not None]
    order = reading_order([table.box for table in tables])
    return [tables[place] for row in order for place in row]


def _lines_outside(
    digits: np.ndarray, mask: np.ndarray, height: float, thickest: int
) -> list[Line]:
    """Return level lines that are no strokes of digits."""
    lines = lines_in(mask, height, thickest)
    return [line for line in lines if line.inside(digits) < STROKE]


def _grid(
    level: Sequence[Line], upright: Sequence[Line], height: float
) -> Table | None:
    """Return the grid of some lines, None if they divide nothing into cells."""
    if not level or not upright:
        return None
    level, upright = (
        [
            line
            for line in joined(lines, height, np.inf)
            if line.stop - line.start >= LONG * height
        ]
        for lines in (level, upright)
    )
    if not level or not upright:
        return None
    # A stroke under a number is no line of the grid: it begins and ends in a cell.
    x, y = crossings(level, upright)
    meet = _reaches(level, x, REACH * height) & _reaches(upright, y.T, REACH * height).T
    cross = meet & _reaches(level, x, -OPEN * height)
    by_level = (meet.sum(axis=1) >= min(2, len(upright))) | cross.any(axis=1)
    cross = meet & _reaches(upright, y.T, -OPEN * height).T
    by_upright = (meet.sum(axis=0) >= min(2, len(level))) | cross.any(axis=0)
    if not by_level.any() or not by_upright.any():
        return None
    table = Table(
        _without_stray(list(compress(level, by_level)), NARROWEST * height),
        _without_stray(list(compress(upright, by_upright)), NARROWEST * height),
        height,
    )
    return table if np.prod(table.shape) > 1 else None


def _without_stray(lines: Sequence[Line], narrowest: float) -> Sequence[Line]:
    """Return lines of one direction in ascending order, the outer ones long enough.

    An edge or a stroke beside a table is shorter than its outer border. It may cross
    the border, or be so near that there are no cells between them.
    """
    start, stop = extent(lines)
    least = BORDER * (stop - start)
    long = [line for line in lines if line.stop - line.start >= least]
    short = [line for line in lines if line.stop - line.start < least]
    apart = [line for line in short if _distance(line, long) >= narrowest]
    middle = np.array((start + stop) / 2)
    ordered = sorted(long + apart, key=lambda line: float(line.at(middle)))
    places = [ordered.index(line) for line in long]
    return ordered[min(places) : max(places) + 1] if places else ordered


def _distance(line: Line, others: Sequence[Line]) -> float:
    """Return the distance of the middle of a line from the nearest of others."""
    middle = np.array((line.start + line.stop) / 2)
    offset = line.at(middle)
    distances = [abs(float(other.at(middle) - offset)) for other in others]
    return min(distances, default=np.inf)


def _reaches(lines: Sequence[Line], positions: np.ndarray, reach: float) -> np.ndarray:
    """Return which positions lines reach.

    Parameters
    ----------
    lines : sequence of Line
    positions : ndarray of shape (lines, positions)
    reach : float
        Distance of a position from the end of a line, at most. If it is negative, the
        line has to go on beyond the position.
    """
    starts = np.array([[line.start] for line in lines])
    stops = np.array([[line.stop] for line in lines])
    return (positions > starts - reach) & (positions < stops + reach)
