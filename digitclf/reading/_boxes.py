"""Boxes and combs for single characters, as forms have them.

Their sides are not longer than the strokes of digits. They are told from these by what
they repeat: the same sides, side by side, with level lines at their ends.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from digitclf.reading._components import Components
from digitclf.reading._digit_height import typical_height
from digitclf.reading._grid_lines import groups_of
from digitclf.reading._printed_lines import (
    level_lines,
    upright_lines,
    without_pixels,
)

SHORTEST_WALL, LONGEST_WALL = 0.5, 3.0
"""Length of the upright sides relative to the height of digits."""

SHORTEST_SIDE = 0.4
"""Length of the level sides relative to that height, at least."""

THICKNESS = 0.2
"""Thickness of the sides relative to that height, at most."""

MOST_WALLS = 2000
"""Maximum number of upright strokes. A page with more is a texture."""

SAME_LENGTH = 0.08
"""Difference of the lengths of neighbours relative to the height of digits, at most."""

SAME_ENDS, SLOPE = 0.05, 0.07
"""Difference of their ends relative to that height, at most, and by how much more it
may be at a distance of 1, if the boxes are not quite level."""

NEAREST, FARTHEST = 0.25, 5.0
"""Distance of neighbours relative to the height of digits."""

AT_END = 0.08
"""Distance of a side from the end of another one relative to that height, at most."""

IN_LINE = 0.03
"""Distance of the ends of walls from a straight line relative to the height of digits,
at most."""

EVEN = 0.08
"""Deviation of the distances between teeth from a multiple of one distance, relative to
it, at most."""

MOSTLY = 0.7
"""Share of the teeth of a comb that have what all of them should have, at least."""

PARTLY = 0.4
"""Share of the length of a wall that there is if a digit touches it, or if it is faint,
at least."""

BEYOND = 3
"""Number of walls beyond both ends of a row that are looked for."""

FEWEST_WALLS, FEWEST_TEETH = 3, 4
"""Number of the walls of boxes, and of the teeth of a comb, at least."""

JOINED = 0.9
"""Share of the distance between walls on which there is a line that joins them, at
least."""

LINKED = 0.4
"""Share of the neighbours that such lines join, at least, if there are gaps between
boxes."""

GRID = 0.5
"""Share of walls that go on beyond both ends if they are pieces of a grid, at least."""

BENT = 2
"""Distance in pixels of what a wall goes on with, at most. A grid need not be even."""

MARGIN = 0.15
"""Share of a box along each side in which ink may be part of the box."""

LEAST_INSIDE = 0.4
"""Height of the ink in a box relative to that of the rest of the box, at least."""

FILLED = 0.25
"""Share of the boxes that have ink, at least."""


def without_boxes(strokes: Components) -> Components:
    """Return strokes without rows of boxes, mended where these crossed them."""
    height = typical_height(strokes)
    if height == 0:
        return strokes
    mask = strokes.mask
    thickest = max(3, round(THICKNESS * height))
    upright = upright_lines(mask, SHORTEST_WALL * height, thickest)
    uprights = _Strokes.of(upright)
    if not 0 < len(uprights.sides) <= MOST_WALLS:
        return strokes
    near = max(3.0, AT_END * height)
    rows = [
        _in_line(uprights.sides, row, height) for row in _rows(uprights.sides, height)
    ]
    rows = [row for row in rows if _are_walls(uprights.sides[row], mask, near)]
    if not rows:
        return strokes
    level = level_lines(mask, SHORTEST_SIDE * height, thickest)
    straight = cv2.dilate(level | upright, np.ones((3, 3), np.uint8))
    rows = _filled(uprights.sides, rows, mask, mask & ~straight, near)
    if not rows:
        return strokes
    walls = uprights.chosen(np.concatenate(rows))
    for row in rows:
        _add_missing(walls, uprights.sides[row], mask)
    levels = _Strokes.of(level)
    between = _end_at_walls(levels.sides, uprights.sides[np.concatenate(rows)], near)
    lengths = [SHORTEST_SIDE * height, SHORTEST_WALL * height]
    return without_pixels(strokes, levels.chosen(between), walls, lengths)


class _Strokes(NamedTuple):
    """Straight strokes: connected components."""

    components: Components
    sides: np.ndarray
    """Left, right, top and bottom of each stroke, int (n, 4)."""

    @classmethod
    def of(cls, mask: np.ndarray) -> _Strokes:
        components = Components(mask)
        left, top, width, height, _ = components.stats[1:].T
        sides = np.stack([left, left + width, top, top + height], axis=1)
        return cls(components, sides)

    def chosen(self, numbers: np.ndarray) -> np.ndarray:
        """Return a mask of some strokes."""
        chosen = np.zeros(len(self.components), dtype=bool)
        chosen[numbers + 1] = True
        return self.components.masked(chosen)


def _filled(
    sides: np.ndarray,
    rows: list[np.ndarray],
    mask: np.ndarray,
    ink: np.ndarray,
    near: float,
) -> list[np.ndarray]:
    """Return the rows that are filled in, and others with walls of the same length."""
    lengths = np.array([np.median(sides[row, 3] - sides[row, 2]) for row in rows])
    are_filled = [_hold_ink(sides[row], mask, ink, near) for row in rows]
    return [
        row
        for row, length in zip(rows, lengths, strict=True)
        if (np.abs(lengths[are_filled] - length) <= near).any()
    ]


def _add_missing(walls: np.ndarray, row: np.ndarray, mask: np.ndarray) -> None:
    """Add the walls that a row should have and that digits touch, or that have gaps."""
    # The boxes are side by side, or there are gaps between them.
    for parts in ([row], [row[::2], row[1::2]]):
        if all(len(part) > 2 and _are_even(part) for part in parts):
            for part in parts:
                _add_between(walls, part, mask)
            return


def _add_between(walls: np.ndarray, row: np.ndarray, mask: np.ndarray) -> None:
    """Add what there is of walls at multiples of the distance between walls."""
    middle = row[:, :2].mean(axis=1)
    period = float(np.median(np.diff(middle)))
    reach = (row[:, 1] - row[:, 0]).mean() / 2 + 1
    for at in np.arange(middle[0] - BEYOND * period, mask.shape[1], period):
        nearest = int(np.abs(middle - at).argmin())
        at += (middle[nearest] - at + period / 2) % period - period / 2
        if at < 0 or at > middle[-1] + BEYOND * period:
            continue
        columns = slice(max(0, round(at - reach)), round(at + reach) + 1)
        top, bottom = row[nearest, 2:]
        strip = mask[top:bottom, columns]
        if _covered(strip, axis=1) >= PARTLY:
            walls[top:bottom, columns] |= strip


def _are_even(walls: np.ndarray) -> bool:
    """Return whether the distances between walls are multiples of one distance."""
    steps = np.diff(walls[:, :2].mean(axis=1))
    steps = steps / np.median(steps)
    return bool((np.abs(steps - np.rint(steps)) <= EVEN).mean() >= MOSTLY)


def _links(walls: np.ndarray, mask: np.ndarray, near: float) -> np.ndarray:
    """Return whether lines join the upper and the lower ends of neighbours.

    The shape is (n - 1, 2).
    """
    reach = round(near)
    links = np.zeros((len(walls) - 1, 2), dtype=bool)
    for number, (first, second) in enumerate(pairwise(walls)):
        for place in (0, 1):
            low, high = sorted((first[2 + place], second[2 + place]))
            rows = slice(max(0, low - reach), high + reach)
            strip = mask[rows, first[1] : second[0]]
            links[number, place] = _covered(strip, axis=0) >= JOINED
    return links


def _rows(walls: np.ndarray, height: float) -> list[np.ndarray]:
    """Return the positions of strokes of one length, side by side, in order."""
    order = np.argsort(walls[:, 0] + walls[:, 1], kind="stable")
    length = (walls[order, 3] - walls[order, 2]) / height
    order = order[(length >= SHORTEST_WALL) & (length <= LONGEST_WALL)]
    left, right, top, bottom = walls[order].T.astype(float)
    middle = (left + right) / 2
    pairs = []
    for place in range(len(order)):
        distance = middle - middle[place]
        allowed = SAME_ENDS * height + SLOPE * np.abs(distance)
        fits = (distance >= NEAREST * height) & (distance <= FARTHEST * height)
        fits &= np.abs(top - top[place]) <= allowed
        lengths = bottom - top
        fits &= np.abs(lengths - lengths[place]) <= SAME_LENGTH * height
        if fits.any():
            pairs.append((place, int(np.flatnonzero(fits)[0])))
    group = groups_of(pairs, len(order))
    numbers, counts = np.unique(group, return_counts=True)
    return [order[group == number] for number in numbers[counts >= FEWEST_WALLS]]


def _in_line(walls: np.ndarray, row: np.ndarray, height: float) -> np.ndarray:
    """Return the walls of a row whose upper and lower ends are on straight lines."""
    middle = walls[row, :2].mean(axis=1)
    first, second = np.triu_indices(len(row), 1)
    apart = middle[second] - middle[first]
    is_in_line = np.ones(len(row), dtype=bool)
    for ends in (walls[row, 2], walls[row, 3]):
        slope = np.median((ends[second] - ends[first]) / np.maximum(apart, 1))
        offset = ends - slope * middle
        is_in_line &= np.abs(offset - np.median(offset)) <= max(1.5, IN_LINE * height)
    return row[is_in_line]


def _are_walls(walls: np.ndarray, mask: np.ndarray, near: float) -> bool:
    """Return whether upright strokes in a row are the walls of boxes or of a comb."""
    if len(walls) < FEWEST_WALLS or _go_on(walls, mask) >= GRID:
        return False
    links = _links(walls, mask, near)
    if links.all(axis=1).mean() >= LINKED:
        return True
    has_line = links.mean(axis=0).max() >= MOSTLY
    return len(walls) >= FEWEST_TEETH and bool(has_line) and _are_even(walls)


def _go_on(walls: np.ndarray, mask: np.ndarray) -> float:
    """Return the share of walls that go on beyond both ends, like lines of a grid."""
    go_on = np.zeros(len(walls), dtype=bool)
    for number, (left, right, top, bottom) in enumerate(walls):
        columns = slice(max(0, left - BENT), right + BENT)
        further = (bottom - top) // 2
        above = mask[max(0, top - further) : top, columns]
        below = mask[bottom : bottom + further, columns]
        go_on[number] = min(_covered(part, axis=1) for part in (above, below)) >= JOINED
    return float(go_on.mean())


def _hold_ink(
    walls: np.ndarray, mask: np.ndarray, ink: np.ndarray, near: float
) -> bool:
    """Return whether there is ink between walls that are joined.

    The sides of a printed zero are joined, too, and so are strokes of a display.
    """
    links = _links(walls, mask, near)
    filled = []
    for first, second, at_ends in zip(walls, walls[1:], links, strict=False):
        if not at_ends.any():
            continue
        rows = _inner(max(first[2], second[2]), min(first[3], second[3]))
        inside = ink[rows, _inner(first[1], second[0])]
        filled.append(_covered(inside, axis=1) >= LEAST_INSIDE)
    return bool(filled) and float(np.mean(filled)) >= FILLED


def _covered(strip: np.ndarray, axis: int) -> float:
    """Return the share of columns (axis 0) or rows (axis 1) with ink, 0 if none."""
    covered = strip.any(axis=axis)
    return float(covered.mean()) if covered.size else 0.0


def _inner(start: int, stop: int) -> slice:
    """Return a range without its ends, which may be parts of the walls."""
    margin = round(MARGIN * (stop - start))
    return slice(start + margin, max(stop - margin, start + margin + 1))


def _end_at_walls(sides: np.ndarray, walls: np.ndarray, near: float) -> np.ndarray:
    """Return which level strokes are at the ends of two walls."""
    left, right, top, bottom = sides.T[:, :, None]
    middle = (walls[:, 0] + walls[:, 1]) / 2
    inside = (left - near <= middle) & (middle <= right + near)
    at_end = np.zeros(inside.shape, dtype=bool)
    for end in (walls[:, 2], walls[:, 3]):
        at_end |= (top - near <= end) & (end <= bottom + near)
    return np.flatnonzero((inside & at_end).sum(axis=1) >= 2)
