"""Frames: circles and boxes that are drawn around digits."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.reading._components import Components
from digitclf.reading._digit_height import (
    SMALLEST_DIGIT,
    height_of_most,
    like_digits,
)

LEAST_INSIDE = 0.3
"""Height of a digit relative to that of its frame, at least. Less is a speck in a zero,
and frames that are much larger than digits are not taken for one."""

WIDEST_INSIDE = 1.5
"""Width of a digit relative to its height, at most."""

CONVEX = 0.9
"""Area of the outlines of a frame relative to their convex hulls, at least, if nothing
touches it."""

RECTANGULAR = 0.92
"""Area inside of a box relative to the smallest rectangle around it, at least. It is
0.79 for an ellipse."""

LEAST_HOLE = 0.02
"""Area of a hole relative to the largest one, at least, if it is no defect of the
frame."""


def without_frames(strokes: Components) -> Components:
    """Return strokes without those that surround a digit."""
    outlined = _Outlined.of(strokes)
    return outlined.without(outlined.around_digits())


def height_without_frames(strokes: Components) -> float:
    """Return the height of most digits of strokes as `without_frames` returns them."""
    outlined = _Outlined.of(strokes)
    stats = strokes.stats
    chosen = like_digits(stats)
    chosen[outlined.around_digits()] = False
    return height_of_most(stats[chosen, cv2.CC_STAT_HEIGHT])


def without_closed_frames(strokes: Components) -> Components:
    """Return strokes without boxes and circles around digits that nothing touches."""
    outlined = _Outlined.of(strokes)
    is_around = np.zeros(len(strokes), dtype=bool)
    is_around[outlined.around_digits()] = True
    frames = [
        number
        for number, ring in outlined.rings()
        if ring.is_frame(holds_digit=bool(is_around[number]))
    ]
    return outlined.without(frames)


class _Ring(NamedTuple):
    """Outlines of a component that has holes."""

    outside: np.ndarray
    holes: list[np.ndarray]

    def is_frame(self, *, holds_digit: bool) -> bool:
        """Return whether this is a circle around a digit, or a box."""
        areas = [cv2.contourArea(hole) for hole in self.holes]
        largest = max(areas)
        if largest == 0 or sum(area > LEAST_HOLE * largest for area in areas) > 1:
            return False
        hole = self.holes[areas.index(largest)]
        _, sides, _ = cv2.minAreaRect(hole)
        if min(sides) < SMALLEST_DIGIT:
            return False
        is_box = largest >= RECTANGULAR * sides[0] * sides[1]
        return (is_box or holds_digit) and _is_convex(hole) and _is_convex(self.outside)


def _is_convex(outline: np.ndarray) -> bool:
    hull = cv2.contourArea(cv2.convexHull(outline))
    return bool(cv2.contourArea(outline) >= CONVEX * hull)


class _Outlined(NamedTuple):
    """Connected components, and their outlines."""

    components: Components
    outlines: list[np.ndarray]
    parents: np.ndarray
    """Outline around each outline, or -1."""
    depths: np.ndarray
    """Number of outlines around each of them: it is odd for holes."""

    @classmethod
    def of(cls, strokes: Components) -> _Outlined:
        outlines, parents = strokes.outlines
        return cls(strokes, outlines, parents, _depths(parents))

    def of_outlines(self, numbers: np.ndarray) -> np.ndarray:
        """Return the components that outlines belong to."""
        points = [self.outlines[number][0, 0] for number in numbers]
        columns, rows = np.reshape(points, (-1, 2)).astype(int).T
        return self.components.labels[rows, columns]

    def around_digits(self) -> np.ndarray:
        """Return the components that have a digit in a hole."""
        inner = np.flatnonzero((self.depths % 2 == 0) & (self.parents >= 0))
        # A hole has an outline too, between that of a digit and that of its frame.
        outer = self.parents[self.parents[inner]]
        inside, around = self.of_outlines(inner), self.of_outlines(outer)
        widths = self.components.stats[:, cv2.CC_STAT_WIDTH]
        heights = self.components.stats[:, cv2.CC_STAT_HEIGHT]
        is_digit = (heights >= SMALLEST_DIGIT) & (widths < WIDEST_INSIDE * heights)
        is_digit = is_digit[inside]
        is_digit &= heights[inside] >= LEAST_INSIDE * heights[around]
        return np.unique(around[is_digit])

    def rings(self) -> list[tuple[int, _Ring]]:
        """Return the components that have holes, with their outlines."""
        holes = np.flatnonzero(self.depths % 2)
        outsides = np.unique(self.parents[holes])
        within: dict[int, list[np.ndarray]] = {place: [] for place in outsides}
        for hole in holes:
            within[self.parents[hole]].append(self.outlines[hole])
        return [
            (int(number), _Ring(self.outlines[place], within[place]))
            for number, place in zip(self.of_outlines(outsides), outsides, strict=True)
        ]

    def without(self, numbers: np.ndarray | list[int]) -> Components:
        """Return the components without some of them."""
        kept = np.ones(len(self.components), dtype=bool)
        kept[numbers] = False
        return self.components.only(kept)


def _depths(parents: np.ndarray) -> np.ndarray:
    """Return how many outlines each of them is inside of."""
    depths = np.zeros(len(parents), dtype=int)
    ancestors = parents
    while (ancestors >= 0).any():
        depths += ancestors >= 0
        ancestors = np.where(ancestors >= 0, parents[ancestors], -1)
    return depths
