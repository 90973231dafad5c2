"""Lines of grids: parts of printed lines put together, and where they cross."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress

import cv2
import numpy as np

from digitclf.reading._components import Components

MOST_LINES = 200
"""Maximum number of parts of lines of a direction. The longest ones are used."""

SAME_LINE = 0.3
"""Distance between parts of a line relative to the height of digits, at most."""

GAP = 2.0
"""Gap in a line relative to the height of digits, at most."""


class Line:
    """A line that is almost straight, with gaps: its offset at each position along it.

    The positions of a level line are columns, and its offsets are rows. For an upright
    line, it is the other way round.

    Parameters
    ----------
    positions : ndarray of int
        Positions at which the line is drawn, in ascending order.
    offsets : ndarray of float
    """

    def __init__(self, positions: np.ndarray, offsets: np.ndarray) -> None:
        self.positions = positions
        self.offsets = offsets
        self.start, self.stop = int(positions[0]), int(positions[-1]) + 1
        self._slope = np.polyfit(positions, offsets, 1)[0]

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Return the offsets at some positions. Beyond its ends, a line is straight."""
        inside = np.clip(positions, self.start, self.stop - 1)
        beyond = self._slope * (positions - inside)
        return np.interp(inside, self.positions, self.offsets) + beyond

    def inside(self, mask: np.ndarray) -> float:
        """Return the fraction of a level line that is inside a mask."""
        rows = np.clip(np.rint(self.offsets).astype(int), 0, len(mask) - 1)
        columns = np.minimum(self.positions, mask.shape[1] - 1)
        return float(np.mean(mask[rows, columns] > 0))

    def drawn(self, start: float, stop: float) -> float:
        """Return the fraction of a range of positions at which the line is drawn."""
        first, last = np.searchsorted(self.positions, [start, stop])
        return float(last - first) / max(stop - start, 1.0)


def lines_in(mask: np.ndarray, height: float, thickest: int) -> list[Line]:
    """Return the level lines of a mask.

    Parameters
    ----------
    mask : ndarray of shape (height, width), dtype uint8
        Pixels of level lines.
    height : float
        Height of the digits of the page.
    thickest : int
        Maximum thickness of lines. Where the mask is thicker, lines are connected.
    """
    thick = cv2.dilate(np.ascontiguousarray(mask), np.ones((3, 3), np.uint8))
    column = np.ones((thickest + 3, 1), np.uint8)
    thick &= ~cv2.morphologyEx(thick, cv2.MORPH_OPEN, column)
    pieces = Components(thick)
    widths = pieces.stats[:, cv2.CC_STAT_WIDTH].copy()
    widths[0] = 0
    longest = np.argsort(-widths, kind="stable")[:MOST_LINES]
    parts = [
        _line(pieces.labels, number, pieces.stats[number])
        for number in longest
        if widths[number] >= max(SAME_LINE * height, 3)
    ]
    return joined(parts, height, GAP * height)


def _line(labels: np.ndarray, number: int, box: np.ndarray) -> Line:
    left, top, width, height = (int(side) for side in box[:4])
    part = labels[top : top + height, left : left + width] == number
    count = part.sum(axis=0)
    offsets = np.arange(height) @ part / np.maximum(count, 1)
    positions = np.flatnonzero(count)
    return Line(positions + left, offsets[positions] + top)


def joined(parts: Sequence[Line], height: float, gap: float) -> list[Line]:
    """Return lines, each of the parts that continue each other or lie side by side.

    Parameters
    ----------
    parts : sequence of Line
    height : float
        Height of the digits of the page.
    gap : float
        Maximum distance between the ends of parts of a line.
    """
    starts = np.array([part.start for part in parts])
    stops = np.array([part.stop for part in parts])
    pairs = []
    for number, part in enumerate(parts):
        low, high = np.maximum(part.start, starts), np.minimum(part.stop, stops)
        end = np.where(starts > part.start, starts, stops)
        place = np.where(low > high, end, (low + high) / 2)
        others = [other.at(at) for other, at in zip(parts, place, strict=True)]
        near = np.abs(part.at(place) - others) < SAME_LINE * height
        # A short part does not tell well in which direction it goes on.
        near &= (low - high <= gap) & (stops - starts <= part.stop - part.start)
        pairs += [(number, other) for other in np.flatnonzero(near).tolist()]
    groups = groups_of(pairs, len(parts))
    return [
        _through(list(compress(parts, groups == group))) for group in np.unique(groups)
    ]


def _through(parts: Sequence[Line]) -> Line:
    if len(parts) == 1:
        return parts[0]
    offsets = np.concatenate([part.offsets for part in parts])
    positions, place = np.unique(
        np.concatenate([part.positions for part in parts]), return_inverse=True
    )
    return Line(positions, np.bincount(place, offsets) / np.bincount(place))


def groups_of(pairs: Iterable[tuple[int, int]], count: int) -> np.ndarray:
    """Return the number of the group that each item is in.

    Items of a pair are in the same group.
    """
    groups = np.arange(count)
    for first, second in pairs:
        if groups[first] != groups[second]:
            groups[groups == groups[second]] = groups[first]
    return groups


def crossings(
    level: Sequence[Line], upright: Sequence[Line]
) -> tuple[np.ndarray, np.ndarray]:
    """Return where lines cross: x and y, of shape (level lines, upright lines)."""
    start, stop = extent(upright)
    y = np.full((len(level), len(upright)), (start + stop) / 2)
    for _ in range(3):
        x = np.stack([line.at(y[:, n]) for n, line in enumerate(upright)], axis=1)
        y = np.stack([line.at(x[n]) for n, line in enumerate(level)])
    return x, y


def extent(lines: Sequence[Line]) -> tuple[int, int]:
    """Return where the first of some lines begins, and where the last one ends."""
    return min(line.start for line in lines), max(line.stop for line in lines)
