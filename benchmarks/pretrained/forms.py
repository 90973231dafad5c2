"""Forms of digits that are rare in MNIST and usual elsewhere.

Crossed sevens, ones with an upstroke or a foot, and slashed zeros: strokes that are
added to MNIST's images, as wide as the strokes of the image. Zeros may be open, too.
"""

from __future__ import annotations

import cv2
import numpy as np

Image = np.ndarray
Generator = np.random.Generator

DIGITS = (0, 1, 7)
"""Digits that have another form."""

FRACTION_BITS = 4
"""Precision of the ends of lines."""


def other_form(image: Image, digit: int, rng: Generator) -> Image:
    """Return an image of a 0, 1 or 7 in another form, (28, 28) uint8.

    Parameters
    ----------
    image : ndarray of shape (28, 28), uint8
    digit : {0, 1, 7}
    rng : numpy.random.Generator
    """
    ink = image > 127
    rows, columns = np.nonzero(ink)
    top, bottom = rows.min(), rows.max()
    height = bottom - top + 1
    width = 2 * np.quantile(cv2.distanceTransform(ink.astype(np.uint8), 2, 3)[ink], 0.9)

    def column_at(row: float) -> float:
        nearest = rows[np.argmin(np.abs(rows - row))]
        return float(columns[rows == nearest].mean())

    if digit == 7:
        row = top + rng.uniform(0.42, 0.65) * height
        # The stem, and not the end of the upper stroke, is the rightmost ink.
        away = np.abs(rows - row)
        column = float(columns[away <= max(1, away.min())].mean())
        reach = rng.uniform(0.14, 0.32, 2) * height
        rise = rng.uniform(-0.08, 0.15) * height
        lines = [((column - reach[0], row + rise / 2), (column + reach[1], row - rise))]
    elif digit == 1:
        start = column_at(top), top
        back = rng.uniform(0.1, 0.45) * height
        down = rng.uniform(0.5, 1.2) * back
        lines = [(start, (start[0] - back, top + down))]
        if rng.random() < 0.4:
            foot = rng.uniform(0.1, 0.3, 2) * height
            column = column_at(bottom)
            lines += [((column - foot[0], bottom), (column + foot[1], bottom))]
    else:
        left, right = columns.min(), columns.max()
        over = rng.uniform(-0.15, 0.1, 4) * height
        lines = [
            (
                (left - over[0], bottom + over[1]),
                (right + over[2], top - over[3]),
            )
        ]
    return _with_lines(image, lines, width * rng.uniform(0.7, 1.1))


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


def _with_lines(image: Image, lines: list, width: float) -> Image:
    """Draw lines; the image grows if they need more room."""
    margin, zoom = 14, 4
    large = np.zeros([(side + 2 * margin) * zoom for side in image.shape], np.uint8)
    for line in lines:
        ends = (
            tuple(
                round((position + margin + 0.5) * zoom * 2**FRACTION_BITS)
                for position in end
            )
            for end in line
        )
        thickness = max(1, round(width * zoom))
        cv2.line(large, *ends, 255, thickness, cv2.LINE_AA, FRACTION_BITS)
    drawn = cv2.resize(large, None, fx=1 / zoom, fy=1 / zoom, interpolation=3)
    return np.maximum(drawn, np.pad(image, margin))
