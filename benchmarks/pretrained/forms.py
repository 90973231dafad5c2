"""Forms of digits that are rare in MNIST and usual elsewhere.

Crossed sevens, ones with an upstroke or a foot, slashed zeros and nines with a hook are
strokes that are added to MNIST's images, as wide as the strokes of the image. Fours
that begin like a six are drawn anew. Zeros may be open, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

Image = np.ndarray
Generator = np.random.Generator

Line = Sequence[tuple[float, float]]
"""Points (x, y) of a polyline."""

FRACTION_BITS = 4
"""Precision of the ends of lines."""


class _Ink(NamedTuple):
    """Positions of the strokes of an image, and how wide they are."""

    rows: np.ndarray
    columns: np.ndarray
    width: float

    @property
    def top(self) -> int:
        """First row with ink."""
        return int(self.rows.min())

    @property
    def bottom(self) -> int:
        """Last row with ink."""
        return int(self.rows.max())

    @property
    def height(self) -> int:
        """Number of rows from the first with ink to the last."""
        return self.bottom - self.top + 1

    def column_at(self, row: float) -> float:
        """Return the mean column of the ink in the row with ink that is closest."""
        nearest = self.rows[np.argmin(np.abs(self.rows - row))]
        return float(self.columns[self.rows == nearest].mean())


def other_form(image: Image, digit: int, rng: Generator) -> Image:
    """Return an image of a digit in another form, uint8, larger than `image`.

    Parameters
    ----------
    image : ndarray of shape (28, 28), uint8
    digit : {0, 1, 4, 7, 9}
    rng : numpy.random.Generator
    """
    mask = image > 127
    widths = 2 * cv2.distanceTransform(mask.astype(np.uint8), 2, 3)[mask]
    ink = _Ink(*np.nonzero(mask), float(np.quantile(widths, 0.9)))
    lines = LINES[digit](ink, rng)
    if digit == 4:
        return _with_lines(np.zeros_like(image), lines, ink.width)
    return _with_lines(image, lines, ink.width * rng.uniform(0.7, 1.1))


def _slash(ink: _Ink, rng: Generator) -> list[Line]:
    """Return a line across a zero, from the bottom left to the top right."""
    over = rng.uniform(-0.15, 0.1, 4) * ink.height
    first = ink.columns.min() - over[0], ink.bottom + over[1]
    return [(first, (ink.columns.max() + over[2], ink.top - over[3]))]


def _upstroke(ink: _Ink, rng: Generator) -> list[Line]:
    """Return the upstroke of a one, and its foot if it has one."""
    start = ink.column_at(ink.top), ink.top
    back = rng.uniform(0.1, 0.45) * ink.height
    down = rng.uniform(0.5, 1.2) * back
    upstroke = start, (start[0] - back, ink.top + down)
    if rng.random() >= 0.4:
        return [upstroke]
    foot = rng.uniform(0.1, 0.3, 2) * ink.height
    column = ink.column_at(ink.bottom)
    return [upstroke, ((column - foot[0], ink.bottom), (column + foot[1], ink.bottom))]


def _four(ink: _Ink, rng: Generator) -> list[Line]:
    """Return a stroke down and to the right, and one that crosses its end."""
    width, height = rng.uniform(0.5, 0.85) * ink.height, ink.height
    left, top = float(ink.columns.mean()) - width / 2, ink.top
    turn = left + rng.uniform(0, 0.15) * width, top + rng.uniform(0.5, 0.75) * height
    first = left + rng.uniform(0.4, 0.8) * width, top
    bowed = left + rng.uniform(-0.15, 0.3) * width, top + rng.uniform(0.2, 0.5) * height
    end = (
        left + rng.uniform(0.85, 1.1) * width,
        turn[1] - rng.uniform(-0.03, 0.15) * height,
    )
    x = left + rng.uniform(0.6, 0.85) * width
    upper = x, turn[1] - rng.uniform(0.05, 0.3) * height
    lower = (
        x - rng.uniform(-0.05, 0.2) * width,
        turn[1] + rng.uniform(0.15, 0.45) * height,
    )
    return [[*_curve(first, bowed, turn), end], [upper, lower]]


def _bar(ink: _Ink, rng: Generator) -> list[Line]:
    """Return a line across the stem of a seven."""
    row = ink.top + rng.uniform(0.42, 0.65) * ink.height
    # The stem, and not the end of the upper stroke, is the rightmost ink.
    away = np.abs(ink.rows - row)
    column = float(ink.columns[away <= max(1, away.min())].mean())
    reach = rng.uniform(0.14, 0.32, 2) * ink.height
    rise = rng.uniform(-0.08, 0.15) * ink.height
    return [((column - reach[0], row + rise / 2), (column + reach[1], row - rise))]


def _hook(ink: _Ink, rng: Generator) -> list[Line]:
    """Return a curve to the left at the end of a nine."""
    column = ink.column_at(ink.bottom)
    end = column, ink.bottom - rng.uniform(0, 0.1) * ink.height
    reach = rng.uniform(0.2, 0.65) * ink.height
    lowest = ink.bottom + rng.uniform(0.02, 0.12) * ink.height
    rise = rng.uniform(-0.05, 0.15) * ink.height
    corner = column - 0.25 * reach, lowest
    return [_curve(end, corner, (column - reach, lowest - rise))]


LINES = {0: _slash, 1: _upstroke, 4: _four, 7: _bar, 9: _hook}
"""Functions that return the lines of another form, by digit."""

DIGITS = tuple(LINES)
"""Digits that have another form."""


def _curve(
    first: tuple[float, float], control: tuple[float, float], last: tuple[float, float]
) -> Line:
    """Return points of a quadratic Bézier curve."""
    share = np.linspace(0, 1, 9)[:, None]
    points = (1 - share) ** 2 * first + 2 * share * (1 - share) * control
    points = points + share**2 * last
    return [(float(x), float(y)) for x, y in points]


def open_zero(image: Image, rng: Generator) -> Image:
    """Return a zero with a gap at the top or on the right, (28, 28) uint8."""
    rows, columns = np.nonzero(image > 127)
    y, x = np.indices(image.shape, dtype=np.float32)
    radii = np.ptp(rows) / 2 + 1, np.ptp(columns) / 2 + 1
    y = (y - (rows.min() + rows.max()) / 2) / radii[0]
    x = (x - (columns.min() + columns.max()) / 2) / radii[1]
    middle = np.radians(rng.uniform(-110, 10))  # 0 is right, -90 is above
    half = np.radians(rng.uniform(6, 24))
    away = np.abs((np.arctan2(y, x) - middle + np.pi) % (2 * np.pi) - np.pi) - half
    # The end of a stroke has a soft edge of a pixel.
    kept = np.clip(0.5 + away * np.hypot(x, y) * min(radii), 0, 1)
    return (image * kept).astype(np.uint8)


def _with_lines(image: Image, lines: Sequence[Line], width: float) -> Image:
    """Draw lines; the image grows if they need more room."""
    margin, zoom = 14, 4
    large = np.zeros([(side + 2 * margin) * zoom for side in image.shape], np.uint8)
    for line in lines:
        points = (np.array(line) + margin + 0.5) * zoom * 2**FRACTION_BITS
        thickness = max(1, round(width * zoom))
        cv2.polylines(
            large,
            [np.rint(points).astype(np.int32)],
            False,
            255,
            thickness,
            cv2.LINE_AA,
            FRACTION_BITS,
        )
    drawn = cv2.resize(large, None, fx=1 / zoom, fy=1 / zoom, interpolation=3)
    return np.maximum(drawn, np.pad(image, margin))
