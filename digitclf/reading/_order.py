"""Reading order: boxes of digits as lines, from top to bottom and left to right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SAME_LINE = 0.6
"""Distance of the centres of two digits of a line, relative to the higher one."""


LAST_DIGITS = 6
"""Number of digits at the end of a line that show where it leads."""

LEVEL = 2.0
"""How level lines of few digits are: the weight of no slope, in heights of digits."""

FARTHEST = 6.0
"""Distance to which a slope is followed, in heights of digits."""

SUPERSCRIPT = 0.75
"""Height of superscripts relative to the digit before, or to most before, at most."""

BESIDE = (-0.3, 1.2)
"""Gap to the digit before, relative to its height."""

ABOVE = -0.1
"""Overlap with the digit before in height, relative to its height, at least."""

RAISED = 0.45
"""What counts as the distance of a superscript from its line. Another line may be
closer."""

QUARTILES = (0.25, 0.5, 0.75)
"""Those slopes from a digit to the next that all lines of a page may have."""

STEEPEST = 0.6
"""Slope of lines, at most."""

LINE = 0.125
"""What a line costs, besides the squared distances of its digits from their mean
height, in heights of digits."""

CHEAPER = (0.7, -0.1)
"""Factor and summand: what lines may cost, relative to level ones, if they slope."""


class Box(NamedTuple):
    """Box of a digit in pixels of the page."""

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Centre as (x, y)."""
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def bottom(self) -> float:
        """First row below the box."""
        return self.top + self.height


def reading_order(boxes: Sequence[Box]) -> list[list[int]]:
    """Return the positions of the boxes, a list per line.

    A digit continues the line that leads to its height. Lines may therefore slant and
    curve. A superscript belongs to the line of the digit before it. If there are
    clearly fewer lines when all of them slope alike, they do.
    """
    level = _lines(boxes)
    chosen, factor, summand = level, *CHEAPER
    most = factor * _cost(level, boxes) + summand
    # No line costs less than LINE.
    for slope in _slopes(boxes) if most > LINE else ():
        sheared = [box._replace(top=box.top - slope * box.centre[0]) for box in boxes]
        lines = _lines(sheared)
        if len(lines) < len(level) and (cost := _cost(lines, sheared)) < most:
            chosen, most = lines, cost
    return chosen


def _lines(boxes: Sequence[Box]) -> list[list[int]]:
    """Return the positions of the boxes of each line from top to bottom."""
    lines: list[_Line] = []
    for place in sorted(range(len(boxes)), key=lambda place: boxes[place].centre[0]):
        box = boxes[place]
        distances = [(line.distance(box), number) for number, line in enumerate(lines)]
        distance, number = min(distances, default=(np.inf, -1))
        if distance < SAME_LINE:
            lines[number].add(place, box)
        else:
            lines.append(_Line(place, box))
    lines.sort(key=lambda line: np.mean([boxes[i].centre[1] for i in line.places]))
    return [line.places for line in lines]


def _slopes(boxes: Sequence[Box]) -> np.ndarray:
    """Return slopes from most digits to the nearest ones to the right of them."""
    if len(boxes) < 2:
        return np.empty(0)
    centres = np.array([box.centre for box in boxes])
    across, down = np.moveaxis(centres[None] - centres[:, None], -1, 0)
    distances = np.where(across > np.abs(down), np.hypot(across, down), np.inf)
    rows, nearest = np.arange(len(boxes)), distances.argmin(axis=1)
    rows = rows[np.isfinite(distances[rows, nearest])]
    if not len(rows):
        return np.empty(0)
    slopes = down[rows, nearest[rows]] / across[rows, nearest[rows]]
    common = np.quantile(slopes, QUARTILES)
    return common[np.abs(common) <= STEEPEST]


def _cost(lines: list[list[int]], boxes: Sequence[Box]) -> float:
    """Return how badly boxes fit into lines, relative to their heights."""
    height = np.median([box.height for box in boxes] or [1.0])
    middles = np.array([box.centre[1] for box in boxes]) / height
    spread = sum(len(line) * np.var(middles[line]) for line in lines)
    return LINE * len(lines) + float(spread)


class _Line:
    """A line of digits, from left to right."""

    def __init__(self, place: int, box: Box) -> None:
        self.places = [place]
        self._set_ends([box])

    def add(self, place: int, box: Box) -> None:
        self.places.append(place)
        if not self._is_raised(box):
            self._set_ends([*self.ends, box][-LAST_DIGITS:])

    def _set_ends(self, ends: list[Box]) -> None:
        """Set the last digits that are on the line, not above it.

        The slope is that of these digits, and less if they are few.
        """
        self.ends = ends
        # Arrays of so few numbers take several times as long.
        xs, ys = zip(*(end.centre for end in ends), strict=True)
        x, y = sum(xs) / len(ends), sum(ys) / len(ends)
        self._middle = x, y
        self._height = sum(end.height for end in ends) / len(ends)
        across = sum((one - x) ** 2 for one in xs)
        down = sum((one - x) * (other - y) for one, other in zip(xs, ys, strict=True))
        self._slope = down / (across + (LEVEL * self._height) ** 2)

    def distance(self, box: Box) -> float:
        """Return how far a box is from the line, relative to the height of digits."""
        higher = max(box.height, self.ends[-1].height)
        x, y = box.centre
        distance = abs(self._height_at(x) - y) / higher
        return min(distance, RAISED) if self._is_raised(box) else distance

    def _height_at(self, x: float) -> float:
        """Return the height at which the line continues."""
        reach = min(x - self._middle[0], FARTHEST * self._height)
        return self._middle[1] + self._slope * reach

    def _is_raised(self, box: Box) -> bool:
        """Return whether a box is that of a superscript."""
        last = self.ends[-1]
        gap = (box.left - last.left - last.width) / last.height
        overlap = (box.top + box.height - last.top) / last.height
        return (
            box.height < SUPERSCRIPT * max(last.height, self._height)
            and box.centre[1] < last.centre[1]
            and BESIDE[0] < gap < BESIDE[1]
            and overlap > ABOVE
        )
