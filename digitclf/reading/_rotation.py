"""Rotation of a page, found from its printed lines and its lines of digits."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from digitclf.preprocessing._canvas import reduced
from digitclf.reading._components import Components
from digitclf.reading._digit_height import like_digits

FEW_PIXELS = 700
"""Longer side of the page on which the rotation is measured."""

COARSE_PIXELS, FINE_PIXELS = 150, 350
"""The same for printed lines: for a first look and for the exact rotation."""

COARSE_STEP, FINE_STEP = 2.0, 0.25
"""Steps in degrees between the rotations that are tried."""

CLEAR_LINES = 6.0
"""How much sharper printed lines are if they are level, relative to other rotations, at
least. Lines of digits alone are 2 to 4 times as sharp."""

SLIGHT = 4.0
"""Rotation in degrees that is left as it is: lines of digits may slant."""

SLANTING = 15.0
"""Angle in degrees between printed lines and lines of digits on them, at most."""

FEW_DIGITS = 6
"""Number of digits from which lines of them have a direction."""

NEIGHBOURS = 2
"""Number of neighbours of a digit of which one is in the same line."""

SPREAD = 5.0
"""Standard deviation in degrees of the directions from one digit to the next."""

CLEAR = 0.45
"""Share of the directions that are along the lines, at least."""


def possible_skews(strokes: Components) -> list[float]:
    """Return by how many degrees a page may be turned clockwise, from -45 to 45.

    There are several if printed lines and lines of digits disagree: folds are lines,
    and the digits of a table stand in columns. Small rotations are 0.
    """
    small = reduced(strokes.mask, FEW_PIXELS)
    of_lines = direction_of_lines(small)
    if small is not strokes.mask:
        strokes = Components(cv2.compare(small, 100, cv2.CMP_GT))
    of_digits = _direction_of_digits(strokes)
    if of_lines is None:
        angles = [0.0 if of_digits is None else of_digits]
    elif of_digits is None or abs(_folded(of_lines - of_digits)) < SLANTING:
        angles = [of_lines]
    else:
        angles = [of_lines, of_digits]
    return [angle if abs(angle) >= SLIGHT else 0.0 for angle in angles]


def rotated(plane: np.ndarray, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a plane rotated counterclockwise, and the matrix (3, 3) that maps it back.

    Parameters
    ----------
    plane : ndarray of shape (height, width)
    degrees : float
    """
    height, width = plane.shape
    angle = np.radians(abs(degrees))
    size = (
        int(np.ceil(width * np.cos(angle) + height * np.sin(angle))),
        int(np.ceil(height * np.cos(angle) + width * np.sin(angle))),
    )
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    result = cv2.warpAffine(plane, matrix, size)
    return result, np.vstack([cv2.invertAffineTransform(matrix), [0, 0, 1]])


def direction_of_lines(contrast: np.ndarray) -> float | None:
    """Return the direction of most printed lines in degrees, None if there are few.

    The sums of the contrast in rows and in columns change most from one to the next if
    lines are along them.

    Parameters
    ----------
    contrast : ndarray of shape (height, width), uint8
        Of a page with a longer side of `FEW_PIXELS`. It may be a mask of ink.
    """
    tried = np.arange(-45, 45, COARSE_STEP)
    sharpness = _sharpness(reduced(contrast, COARSE_PIXELS), tried)
    if sharpness.max() <= CLEAR_LINES * np.median(sharpness):
        return None
    near = np.arange(-COARSE_STEP, COARSE_STEP + FINE_STEP, FINE_STEP)
    tried = tried[sharpness.argmax()] + near
    return float(tried[_sharpness(reduced(contrast, FINE_PIXELS), tried).argmax()])


def _sharpness(mask: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return how much rows and columns differ from the next after each rotation."""
    levels = mask.astype(np.float32)
    sharpness = []
    for angle in angles:
        turned, _ = rotated(levels, angle)
        profiles = [cv2.reduce(turned, axis, cv2.REDUCE_SUM).ravel() for axis in (0, 1)]
        steps = [np.diff(profile) for profile in profiles]
        sharpness.append(sum(float(step @ step) for step in steps))
    return np.array(sharpness)


def _direction_of_digits(strokes: Components) -> float | None:
    """Return the direction of lines of digits in degrees, None if it is not clear."""
    chosen = like_digits(strokes.stats)
    if np.count_nonzero(chosen) < FEW_DIGITS:
        return None
    centres = strokes.centres[chosen]
    heights = strokes.stats[chosen, cv2.CC_STAT_HEIGHT]
    steps = centres[None] - centres[:, None]
    distances = np.hypot(*np.moveaxis(steps, -1, 0))
    np.fill_diagonal(distances, np.inf)
    near = np.argsort(distances, axis=1)[:, :NEIGHBOURS]
    rows = np.arange(len(centres))[:, None]
    across, down = np.moveaxis(steps[rows, near], -1, 0)
    close = distances[rows, near] < 4 * np.median(heights)
    angles = _folded(np.degrees(np.arctan2(down, across)))[close]
    return _peak(
        angles, np.ones(len(angles)), spread=SPREAD, least=FEW_DIGITS, share=CLEAR
    )


def _folded(angles: Any) -> Any:
    """Return angles in degrees from -45 to 45, without quarter turns."""
    return (angles + 45) % 90 - 45


def _peak(
    angles: np.ndarray,
    weights: np.ndarray,
    *,
    spread: float,
    least: float,
    share: float,
) -> float | None:
    """Return the angle around which most are, None if they are too few.

    Parameters
    ----------
    angles, weights : ndarray of shape (n,)
    spread : float
        Standard deviation of the angles in degrees.
    least : float
        Total weight of the angles near the peak, at least.
    share : float
        Their share of all, at least.
    """
    tried = np.arange(-45, 45, 0.5)
    apart = np.abs(_folded(angles[None] - tried[:, None]))
    score = np.exp(-0.5 * (apart / spread) ** 2) @ weights
    best = tried[int(score.argmax())]
    offsets = _folded(angles - best)
    near = np.abs(offsets) <= 2 * spread
    total = weights[near].sum()
    if total < max(least, share * weights.sum()):
        return None
    return float(best + np.average(offsets[near], weights=weights[near]))
