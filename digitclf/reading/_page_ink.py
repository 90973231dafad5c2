"""Ink on a page: contrast against the paper, and the pixels of strokes and lines."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.preprocessing._canvas import in_grey_levels, opaque
from digitclf.preprocessing._ink import paper_contrast

LONGEST_SIDE = 2400
"""Longer side in pixels of the page on which digits are looked for."""

SHORTEST_SIDE = 400
"""Smaller pages are enlarged."""

WINDOW = 0.12
"""Width of the widest strokes, relative to the shorter side of the page, or to half of
the longer one."""

NOISE_LEVELS = 4.0
"""Contrast of ink in standard deviations of the paper's texture, at least."""

FAINTEST_LEVEL = 6.0
"""Contrast of ink in grey levels, at least."""

OF_OWN_LEVEL = 0.45
"""Strokes end where the contrast falls below this fraction of their own level."""

FAINTEST = 0.27
"""Contrast of ink relative to that of most ink, at least. Print from the back has
less."""

SMALLEST_DIGIT = 8
"""Height of digits in pixels, at least."""

THIN = 0.3
"""Thickness of a piece of a line relative to its length, at most."""

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

SLOPES = (-6, -4, -2, 0, 2, 4, 6)
"""Slopes of lines in degrees for which lines are sought."""


class PageInk(NamedTuple):
    """A page at the size on which digits are looked for."""

    contrast: np.ndarray
    """Contrast of each pixel with the paper, float32 (height, width)."""
    mask: np.ndarray
    """255 for ink that is no printed line, uint8 (height, width)."""
    scale: float
    """Pixels of the page per pixel here."""


def page_ink(page: np.ndarray) -> PageInk:
    """Return the ink on a page.

    Parameters
    ----------
    page : ndarray of shape (height, width) or (height, width, channels)
        Pixels from `read_picture`.
    """
    plane = in_grey_levels(opaque(page))
    scale = _scale_for(plane)
    if scale != 1:
        height, width = plane.shape[:2]
        size = max(1, round(width / scale)), max(1, round(height / scale))
        method = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
        plane = cv2.resize(plane, size, interpolation=method)
    height, width = plane.shape[:2]
    widest = WINDOW * max(min(height, width), max(height, width) / 2)
    contrast = paper_contrast(plane, widest)
    contrast = contrast.astype(np.float32)
    mask = _strokes(contrast)
    return PageInk(contrast, without_lines(mask), scale)


def _scale_for(page: np.ndarray) -> float:
    longer, shorter = max(page.shape[:2]), min(page.shape[:2])
    if longer > LONGEST_SIDE:
        return longer / LONGEST_SIDE
    if longer < SHORTEST_SIDE and shorter > 0:
        return longer / SHORTEST_SIDE
    return 1.0


def _strokes(contrast: np.ndarray) -> np.ndarray:
    """Return the pixels whose contrast is that of ink, for the stroke that they are in.

    Faint pencil and thick print may be on one page, so each connected component has a
    threshold of its own.
    """
    floor = _noise_floor(contrast)
    low = cv2.compare(contrast, floor, cv2.CMP_GT)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(low)
    flat, weights = labels.ravel(), contrast.ravel().astype(np.float64)
    total = np.bincount(flat, weights, minlength=count)
    squares = np.bincount(flat, weights**2, minlength=count)
    level = squares / np.maximum(total, 1e-9)
    threshold = np.maximum(floor, OF_OWN_LEVEL * level).astype(np.float32)
    threshold[level < FAINTEST * _usual_level(level, stats)] = np.inf
    threshold[0] = np.inf
    return (contrast > threshold[labels]).astype(np.uint8) * 255


def _usual_level(levels: np.ndarray, stats: np.ndarray) -> float:
    """Return the contrast of most of the ink in components like digits."""
    like_digits = _like_digits(stats)
    energy = stats[like_digits, cv2.CC_STAT_AREA] * levels[like_digits] ** 2
    if not energy.any():
        return 0.0
    return float(np.average(levels[like_digits], weights=energy))


def _like_digits(stats: np.ndarray) -> np.ndarray:
    """Return which components have the shape of strokes, in a box of a digit's shape.

    The first component is the paper.
    """
    width, height, area = stats[:, 2:].T
    fill = area / (width * height)
    like = (height >= SMALLEST_DIGIT) & (width < 1.5 * height) & (width > 0.15 * height)
    like &= (fill > 0.08) & (fill < 0.75) & (height < 0.9 * height[0])
    like[0] = False
    return like


def _noise_floor(contrast: np.ndarray) -> float:
    """Return the contrast that the texture of the paper does not reach."""
    values = contrast[::4, ::4].ravel()
    low, middle = (int(share * values.size) for share in (0.1, 0.5))
    ordered = np.partition(values, (low, middle))
    # Quantiles of a normal distribution: most of a page is paper.
    deviation = (float(ordered[middle]) - float(ordered[low])) / 1.28
    return max(float(ordered[middle]) + NOISE_LEVELS * deviation, FAINTEST_LEVEL)


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
    lines, beside = np.zeros_like(mask), np.zeros_like(mask)
    for turned, least in zip((False, True), lengths, strict=True):
        length = round(least)
        page = np.ascontiguousarray(mask.T) if turned else mask
        found = _level_lines(page, length, thickest)
        along = cv2.dilate(found, np.ones((5, 2 * length + 1), np.uint8))
        lines |= found.T if turned else found
        beside |= along.T if turned else along
    if not lines.any():
        return mask
    rest = mask & ~cv2.dilate(lines, np.ones((3, 3), np.uint8))
    bridge = 2 * _thickness_of(lines) + 1
    mended = cv2.morphologyEx(
        rest, cv2.MORPH_CLOSE, np.ones((bridge, bridge), np.uint8)
    )
    return _without_pieces(rest | (mended & mask), beside)


def _thickness_of(lines: np.ndarray) -> int:
    """Return the typical thickness of lines in pixels."""
    distance = cv2.distanceTransform(lines, cv2.DIST_L2, 3)
    inside = distance[distance > 0]
    return max(2, round(float(np.quantile(inside, 0.9)) * 2))


def _without_pieces(mask: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """Remove thin components that continue lines, or lie along them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    inside = np.bincount(labels.ravel(), (beside > 0).ravel(), minlength=count)
    width, height, area = stats[:, 2:].T
    thin = np.minimum(width, height) < THIN * np.maximum(width, height)
    piece = thin & (inside > 0.8 * area)
    piece[0] = False
    return np.where(piece[labels], 0, mask).astype(np.uint8)


def typical_height(mask: np.ndarray) -> float:
    """Return the height of most digits in pixels, 0 if there are none.

    Digits that touch a grid are part of it, but some of a page rarely do.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    heights = np.sort(stats[_like_digits(stats), cv2.CC_STAT_HEIGHT])
    if not heights.size:
        return 0.0
    return float(heights[np.searchsorted(np.cumsum(heights), heights.sum() / 2)])


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
