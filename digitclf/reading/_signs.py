"""Slashes, brackets and small signs among digits, told by what stands beside them.

Alone, slashes and brackets look like ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

import cv2
import numpy as np

from digitclf.reading._order import Box, reading_order
from digitclf.reading._strokes import STRAIGHT, Candidate

NEIGHBOURS = 2
"""Number of digits on each side with which signs are compared."""

SMALL = 0.55
"""Height of small signs relative to that of the digits beside them, at most."""

IN_MIDDLE = 0.2
"""Distance of small signs from the middle of the line, relative to that height, at
most."""

BEYOND_SLASH = 0.09
"""Height of a slash above and below the digits beside it, relative to theirs, at
least."""

BEYOND_BRACKET = 0.05
"""The same for a single bracket."""

BEYOND_PAIR = -0.05
"""The same for an opening and a closing bracket on one line."""

SLANT = 0.15
"""Slant of a slash beyond that of most digits, at least: columns per row."""

USUAL_SLANT = 0.1
"""Slant of most digits, at least. With few digits it is not well known."""

FEWEST_ROWS = 6
"""Height in pixels from which a stroke has a shape."""

BOW = 0.075, 0.35
"""Bow of a bracket relative to its height, at least and at most."""


class _Stroke(NamedTuple):
    """The shape of a single stroke from top to bottom."""

    slant: float
    """Columns to the right per row upwards."""
    bow: float
    """How far the middle is to the left of the ends, relative to the height."""

    @property
    def is_bowed(self) -> bool:
        """Whether it may be a bracket."""
        least, most = BOW
        return least <= abs(self.bow) <= most


def are_signs(digits: Sequence[Candidate]) -> np.ndarray:
    """Return which of the digits of a page are signs after all, bool of shape (n,)."""
    boxes = [digit.box for digit in digits]
    usual_slant = median([_slant(digit) for digit in digits] or [0.0])
    least_slant = max(usual_slant, USUAL_SLANT) + SLANT
    signs: set[int] = set()
    for line in reading_order(boxes):
        signs.update(_small_signs(line, boxes))
        others = [place for place in line if place not in signs]
        signs.update(_slashes_and_brackets(others, digits, least_slant))
    return np.isin(np.arange(len(digits)), list(signs))


def _small_signs(line: Sequence[int], boxes: Sequence[Box]) -> Iterator[int]:
    """Yield what is at the middle of a line and half as high as the digits beside it.

    Superscripts are above the middle.
    """
    for place, near in _with_neighbours(line):
        box, others = boxes[place], [boxes[other] for other in near]
        lowest = min(other.height for other in others)
        if box.height < SMALL * lowest:
            middle = median(other.centre[1] for other in others)
            if abs(middle - box.centre[1]) < IN_MIDDLE * lowest:
                yield place


def _slashes_and_brackets(
    line: Sequence[int], digits: Sequence[Candidate], least_slant: float
) -> Iterator[int]:
    """Yield the slashes of a line, and its brackets, single and in pairs."""
    bowed: list[tuple[int, float]] = []
    for number, (place, near) in enumerate(_with_neighbours(line)):
        beyond = _height_beyond(
            digits[place].box, [digits[other].box for other in near]
        )
        stroke = _stroke(digits[place]) if beyond >= BEYOND_PAIR else None
        if stroke is None:
            continue
        is_between = 0 < number < len(line) - 1
        if is_between and stroke.slant >= least_slant and beyond >= BEYOND_SLASH:
            yield place
        if stroke.is_bowed:
            bowed.append((number, stroke.bow))
            if beyond >= BEYOND_BRACKET:
                yield place
    for number in _in_pairs(bowed):
        yield line[number]


def _with_neighbours(line: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the digits of a line of several, each with those beside it."""
    for number, place in enumerate(line if len(line) > 1 else ()):
        before = line[max(0, number - NEIGHBOURS) : number]
        yield place, [*before, *line[number + 1 : number + 1 + NEIGHBOURS]]


def _height_beyond(box: Box, near: Sequence[Box]) -> float:
    """Return how far something begins above digits and ends below them."""
    above = median(other.top for other in near) - box.top
    below = box.bottom - median(other.bottom for other in near)
    return min(above, below) / median(other.height for other in near)


def _in_pairs(bowed: Sequence[tuple[int, float]]) -> Iterator[int]:
    """Yield the places of pairs of brackets that have something between them.

    Parameters
    ----------
    bowed : sequence of tuple (int, float)
        Place in the line and bow of each stroke that may be a bracket.
    """
    opening: int | None = None
    for place, bow in bowed:
        if bow > 0:
            opening = place
        elif opening is not None:
            if place > opening + 1:
                yield from (opening, place)
            opening = None


def _slant(candidate: Candidate) -> float:
    """Return how many columns ink leans to the right per row upwards."""
    moments = cv2.moments(candidate.pixels, binaryImage=True)
    return float(-moments["mu11"] / max(moments["mu02"], 1.0))


def _stroke(candidate: Candidate) -> _Stroke | None:
    """Return the shape of a candidate, None if it is not a single stroke.

    A parabola is fitted to it, from which the ink of a stroke is not far away.
    """
    if candidate.height < max(FEWEST_ROWS, candidate.width):
        return None
    inside = candidate.pixels > 0
    count = inside.sum(axis=1)
    inside, count = inside[count > 0], count[count > 0]
    down = np.flatnonzero(candidate.pixels.any(axis=1)) / candidate.height
    column = np.arange(candidate.width) / candidate.height
    across = inside @ column / count
    within = inside @ column**2 / count - across**2
    most = STRAIGHT**2 * _variance(down, count)
    # Most digits are not worth a fit.
    if np.average(within, weights=count) >= most:
        return None
    parabola = np.polyfit(down, across, 2, w=np.sqrt(count))
    distance = within + (across - np.polyval(parabola, down)) ** 2
    if np.average(distance, weights=count) >= most:
        return None
    bow, slope, _ = parabola
    return _Stroke(-(bow + slope), bow / 4)


def _variance(values: np.ndarray, weights: np.ndarray) -> float:
    mean = np.average(values, weights=weights)
    return float(np.average((values - mean) ** 2, weights=weights))
