"""Ruled lines, grids and tables, which are removed from the ink of a page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from digitclf.reading._digit_height import typical_height

THIN = 0.45
"""Thickness of a piece of a line relative to its length, at most."""

PIECE = 3
"""Size of a piece of a line relative to the thickness of lines, at most."""

ACROSS = 0.5
"""Length of lines that can be nothing else, relative to the side of the page."""

THICKEST_LINE = 0.02
"""Their thickness relative to the shorter side, at most."""

LEAST_LENGTH = 0.08
"""Length of printed lines relative to the shorter side of the page, at least."""

LINE_TO_DIGIT = 1.6
"""Length of printed lines relative to the height of digits, at least."""

SHORTEST_LINE = 25
"""Length of printed lines in pixels, at least."""

LINE_THICKNESS = 0.35
"""Thickness of printed lines relative to the height of digits, at most."""

BRIDGE = 5
"""Side in pixels of the kernel that mends strokes."""

SLOPES = (-6, -4, -2, 0, 2, 4, 6)
"""Slopes of lines in degrees for which lines are sought."""


def without_lines(mask: np.ndarray) -> np.ndarray:
    """Return strokes without ruled lines and grids, mended where these crossed them.

    How long a line has to be depends on the height of the digits. That of digits that
    touch a grid is only known without the lines across most of the page.
    """
    shortest = min(mask.shape)
    thickest = max(3, round(THICKEST_LINE * shortest))
    across = [ACROSS * side for side in mask.shape[::-1]]
    without = _without_lines(mask, across, thickest)
    height = typical_height(without)
    if height == 0:
        return without
    length = max(LEAST_LENGTH * shortest, LINE_TO_DIGIT * height, SHORTEST_LINE)
    thickest = max(3, round(LINE_THICKNESS * height))
    return _without_lines(mask, [length, length], thickest)


def _without_lines(mask: np.ndarray, lengths: list[float], thickest: int) -> np.ndarray:
    """Remove level lines and upright ones of at least the two lengths."""
    level, upright = printed_lines(mask, lengths, thickest)
    if not level.any() and not upright.any():
        return mask
    removed = _away_from_strokes(level, mask, upright) | _turned(
        _away_from_strokes(_turned(upright), _turned(mask), _turned(level))
    )
    beside = cv2.dilate(level, np.ones((11, 2 * round(lengths[0]) + 1), np.uint8))
    beside |= cv2.dilate(upright, np.ones((2 * round(lengths[1]) + 1, 11), np.uint8))
    rest = mask & ~removed
    bridge = np.ones((BRIDGE, BRIDGE), np.uint8)
    mended = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, bridge)
    size = PIECE * max(_thickness_of(lines) for lines in (level, upright))
    return _without_pieces(rest | (mended & mask), beside, size)


def printed_lines(
    mask: np.ndarray, lengths: Sequence[float], thickest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of level lines and those of upright ones.

    Parameters
    ----------
    mask : ndarray of shape (height, width), dtype uint8
    lengths : sequence of two float
        Minimum length of level lines and of upright ones.
    thickest : int
        Maximum thickness of lines.
    """
    level, upright = (
        _level_lines(page, round(length), thickest)
        for page, length in zip((mask, _turned(mask)), lengths, strict=True)
    )
    return level, _turned(upright)


def _turned(mask: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(mask.T)


def _away_from_strokes(
    lines: np.ndarray, mask: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return level lines with their edges, but not where strokes cross them.

    A stroke is where the ink is higher than the line is thick. Lines of the other
    direction are none.
    """
    if not lines.any():
        return lines
    column = np.ones((_thickness_of(lines) + 3, 1), np.uint8)
    crossing = cv2.morphologyEx(mask, cv2.MORPH_OPEN, column)
    crossing &= ~cv2.dilate(others, np.ones((3, 3), np.uint8))
    return cv2.dilate(lines, np.ones((3, 3), np.uint8)) & ~crossing


def _thickness_of(lines: np.ndarray) -> int:
    """Return the typical thickness of lines in pixels."""
    distance = cv2.distanceTransform(lines, cv2.DIST_L2, 3)
    inside = distance[distance > 0]
    if not inside.size:
        return 1
    return max(2, round(float(np.quantile(inside, 0.9)) * 2))


def _without_pieces(mask: np.ndarray, beside: np.ndarray, size: float) -> np.ndarray:
    """Remove thin or small components that continue lines, or lie along them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    inside = np.bincount(labels.ravel(), (beside > 0).ravel(), minlength=count)
    width, height, area = stats[:, 2:].T
    thin = np.minimum(width, height) < THIN * np.maximum(width, height)
    small = np.maximum(width, height) < size
    piece = (thin | small) & (inside > 0.8 * area)
    piece[0] = False
    return np.where(piece[labels], 0, mask).astype(np.uint8)


def _level_lines(mask: np.ndarray, length: int, thickest: int) -> np.ndarray:
    """Return the pixels of lines that are level but for a small slope."""
    lines = np.zeros_like(mask)
    height, width = mask.shape
    if width < length:
        return lines
    for slope in np.tan(np.radians(SLOPES)):
        shear = np.array([[1, 0, 0], [slope, 1, -slope * width / 2]], np.float32)
        sheared = cv2.warpAffine(mask, shear, (width, height), flags=cv2.INTER_NEAREST)
        # A line that is not quite straight changes its row now and then.
        thick = cv2.dilate(sheared, np.ones((3, 1), np.uint8))
        found = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
        found &= sheared
        column = np.ones((thickest + 1, 1), np.uint8)
        found &= ~cv2.morphologyEx(found, cv2.MORPH_OPEN, column)
        back = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float32)
        lines |= cv2.warpAffine(found, back, (width, height), flags=cv2.INTER_NEAREST)
    return lines
