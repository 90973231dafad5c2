"""Reading order: boxes of digits as lines, from top to bottom and left to right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

SAME_LINE = 0.6
"""Distance of the centres of two digits of a line, relative to the higher one."""


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


def reading_order(boxes: Sequence[Box]) -> list[list[int]]:
    """Return the positions of the boxes, a list per line.

    A digit continues the line whose last digit is at about its height. Lines may
    therefore slant and curve.
    """
    lines: list[list[int]] = []
    for place in sorted(range(len(boxes)), key=lambda place: boxes[place].centre[0]):
        box = boxes[place]
        distances = [
            (abs(_height_at_end(boxes, line) - box.centre[1]), number)
            for number, line in enumerate(lines)
        ]
        distance, number = min(distances, default=(np.inf, -1))
        last = boxes[lines[number][-1]] if lines else box
        if distance < SAME_LINE * max(box.height, last.height):
            lines[number].append(place)
        else:
            lines.append([place])
    return sorted(lines, key=lambda line: np.mean([boxes[i].centre[1] for i in line]))


def _height_at_end(boxes: Sequence[Box], line: Sequence[int]) -> float:
    """Return the mean height of the last digits of a line."""
    return float(np.mean([boxes[place].centre[1] for place in line[-3:]]))
