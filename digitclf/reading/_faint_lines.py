"""Printed lines that are fainter than the ink, found in the contrast of a page."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.reading._components import Components
from digitclf.reading._digit_height import have_thin_strokes

MEAN_ALONG = 31
"""Length in pixels of the mean along faint lines."""

MEAN_NEAR = 7
"""The same along pieces of them."""

OF_MEAN = 0.3
"""Contrast of pieces of a line relative to that of the line, at least."""

BESIDE = 4
"""Distance in pixels of the paper with which faint lines are compared."""

FAINTEST_LINE = 2.0
"""Contrast of lines in grey levels, at least."""

LONG_LINE = 0.3
"""Length of lines relative to the side of the page, at least."""

CONTINUOUS = 0.8
"""Share of the length of a line on which it is found, at least."""

LEAST_OF_DIGITS = 0.03
"""Share of the ink beside lines that is in components like digits, at least."""

MOST_OF_LINES = 0.9
"""Share of the pixels of faint lines that are below their level."""

BELOW_INK = 0.78
"""Contrast of lines relative to that of ink, at most."""

CLEARLY_BELOW = 0.97
"""Level of lines relative to that limit, at most."""

MOSTLY_FAINT = 0.75
"""Share of the pixels of a line that is below that limit, at least."""

FEWEST_LINES = 4
"""Number of faint lines, at least. Edges of thick lines may look like one."""


class FaintLines(NamedTuple):
    """Printed lines that are fainter than the ink."""

    mask: np.ndarray
    """Whether a pixel is on a line, or at its edge, bool (height, width)."""
    level: float
    """Contrast that few pixels of the lines reach."""
    ink: float
    """Contrast of ink where it crosses a line, at least."""


def faint_lines(contrast: np.ndarray, floor: float, noise: float) -> FaintLines | None:
    """Return printed lines if they are clearly fainter than the ink.

    Parameters
    ----------
    contrast : ndarray of shape (height, width), float32
    floor : float
        Contrast that the texture of the paper does not reach.
    noise : float
        Standard deviation of the contrast of the paper.
    """
    level, upright = _ridges(contrast, noise), _ridges(cv2.transpose(contrast), noise)
    beside = _beside(_both(level.mask(), upright.mask()))
    levels = np.concatenate([level.mean_contrast(), upright.mean_contrast()])
    if not levels.size:
        return None
    inside = contrast > floor
    away = inside & (beside == 0)
    if 0 < _level_of_digits(contrast, inside, away) < levels.min():
        return None
    inside &= contrast > levels.min()
    away &= inside
    # If there are few digits, the lines connect most of them.
    level_of_ink = _level_of_digits(contrast, inside, away) or _level(contrast[away])
    # What is darker is ink that crosses a line.
    ink = BELOW_INK * level_of_ink
    if ink == 0:
        return None
    level, upright = level.fainter(ink), upright.fainter(ink)
    fainter = np.concatenate([level.contrast, upright.contrast])
    fainter = fainter[fainter < ink]
    if level.n_lines() + upright.n_lines() < FEWEST_LINES:
        return None
    limit = float(np.quantile(fainter, MOST_OF_LINES))
    # Above it, lines do not connect digits any more.
    inside = contrast > limit
    level_of_ink = _level_of_digits(contrast, inside, inside & (beside == 0))
    if level_of_ink > 0:
        ink = min(ink, BELOW_INK * level_of_ink)
    # Below the floor are no lines, but the blocks of a compressed file.
    if not floor < limit < CLEARLY_BELOW * ink:
        return None
    return FaintLines(_beside(_both(level.mask(), upright.mask())) > 0, limit, ink)


def _level_of_digits(
    contrast: np.ndarray, inside: np.ndarray, away: np.ndarray
) -> float:
    """Return the contrast of components like digits, 0 if there are few.

    A grid whose lines are thick may be much darker.

    Parameters
    ----------
    contrast : ndarray of shape (height, width), float32
    inside : ndarray of shape (height, width), bool
        Whether a pixel is ink.
    away : ndarray of shape (height, width), bool
        Whether it is ink that is not on lines. The level is that of these pixels.
    """
    strokes = Components(inside.view(np.uint8))
    are_away = away.ravel()[strokes.pixels]
    are_digits = have_thin_strokes(strokes.stats, strokes.thickness)
    of_digits = are_digits[strokes.of_pixels] & are_away
    if of_digits.sum() < LEAST_OF_DIGITS * are_away.sum():
        return 0.0
    return _level(contrast.ravel()[strokes.pixels[of_digits]])


def _level(contrast: np.ndarray) -> float:
    return float(np.vdot(contrast, contrast) / contrast.sum()) if contrast.size else 0.0


def _both(level: np.ndarray, upright: np.ndarray) -> np.ndarray:
    return level | cv2.transpose(upright)


def _beside(lines: np.ndarray) -> np.ndarray:
    """Return the pixels on lines, or at their edges."""
    return cv2.dilate(lines, np.ones((BESIDE, BESIDE), np.uint8))


class _Ridges(NamedTuple):
    """Pixels of level lines."""

    shape: tuple[int, int]
    pixels: np.ndarray
    """Positions of the pixels in the flat plane."""
    line: np.ndarray
    """Number of the line that each pixel is on."""
    contrast: np.ndarray

    def mask(self) -> np.ndarray:
        """Return 1 for the pixels on lines, uint8."""
        mask = np.zeros(self.shape, dtype=np.uint8)
        mask.ravel()[self.pixels] = 1
        return mask

    def mean_contrast(self) -> np.ndarray:
        """Return the mean contrast of each line."""
        length = np.bincount(self.line)
        total = np.bincount(self.line, self.contrast)
        return total[length > 0] / length[length > 0]

    def n_lines(self) -> int:
        """Return the number of lines."""
        return len(np.unique(self.line))

    def fainter(self, ink: float) -> _Ridges:
        """Return the lines that are mostly fainter than ink."""
        length = np.bincount(self.line)
        faint = np.bincount(self.line, self.contrast < ink)
        kept = (faint >= MOSTLY_FAINT * length)[self.line]
        pixels, line, contrast = (values[kept] for values in self[1:])
        return _Ridges(self.shape, pixels, line, contrast)


def _ridges(contrast: np.ndarray, noise: float) -> _Ridges:
    """Return level lines.

    The mean along a line has less noise than a pixel, so lines are found even where
    they are too faint for their pixels to be told from the paper.
    """
    along = cv2.blur(contrast, (MEAN_ALONG, 1))
    beside = np.zeros_like(along)
    beside[BESIDE:] = along[:-BESIDE]
    np.maximum(beside[:-BESIDE], along[BESIDE:], out=beside[:-BESIDE])
    ridge = (along - beside > max(FAINTEST_LINE, noise)).view(np.uint8)
    joined = cv2.dilate(ridge, np.ones((3, MEAN_ALONG), np.uint8))
    bands = Components(joined)
    is_line = bands.stats[:, cv2.CC_STAT_WIDTH] >= LONG_LINE * contrast.shape[1]
    is_line[0] = False
    # The strokes of digits in a row are ridges, with gaps between them.
    for number in np.flatnonzero(is_line):
        left, top, width, height = bands.stats[number, :4]
        box = slice(top, top + height), slice(left, left + width)
        found = (ridge[box] > 0) & (bands.labels[box] == number)
        least = OF_MEAN * contrast[box][found].mean()
        near = cv2.blur(contrast[box], (MEAN_NEAR, 1))
        in_column = np.where(found, near, 0).max(axis=0)
        is_line[number] = (in_column >= least).mean() >= CONTINUOUS
    pixels = np.flatnonzero(ridge != 0)
    line = bands.labels.ravel()[pixels]
    pixels, line = pixels[is_line[line]], line[is_line[line]]
    return _Ridges(contrast.shape, pixels, line, contrast.ravel()[pixels])
