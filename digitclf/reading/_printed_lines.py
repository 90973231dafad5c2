"""Ruled lines, grids and tables, which are removed from the ink of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from digitclf.reading._components import Components
from digitclf.reading._digit_height import (
    have_thin_strokes,
    height_of_most,
    like_digits,
)
from digitclf.reading._frames import height_without_frames

THIN = 0.45
"""Thickness of a piece of a line relative to its length, at most."""

PIECE = 3
"""Size of a piece of a line relative to the thickness of lines, at most."""

ACROSS = 0.5
"""Length of lines that can be nothing else, relative to the side of the page, or to
the part of it that has ink."""

TO_ANY_DIGIT = 3.0
"""Length of such lines relative to the height of digits that touch none, at least."""

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

PIECE_ACROSS = 60
"""Length in pixels of the pieces of lines across the page."""

WHOLE_LINE = 1_000_000
"""Longer than any line."""

BAND = 11
"""Height in pixels of the band along a line in which there may be pieces of it."""

LONGEST_GAP = 25
"""Length in pixels of gaps between pieces, at most."""

STEP = 4
"""Distance of the columns in which lines are sought, at most."""

FEWEST_COLUMNS = 25
"""Number of such columns that the shortest line crosses, at least."""

SHIFT, BACK = cv2.INTER_NEAREST, cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
"""How the columns of masks are shifted, and shifted back."""

SLOPES = (-4, -2, 0, 2, 4)
"""Slopes of lines in degrees for which lines are sought."""


def without_lines(mask: np.ndarray) -> np.ndarray:
    """Return strokes without ruled lines and grids, mended where these crossed them.

    How long a line has to be depends on the height of the digits. That of digits that
    touch a grid is only known without the lines across most of the page.
    """
    strokes = Components(mask)
    are_digits = like_digits(strokes.stats)
    height = height_of_most(strokes.stats[are_digits, cv2.CC_STAT_HEIGHT])
    shortest, lengths = min(mask.shape), _across(mask, height)
    thickest = max(3, round(THICKEST_LINE * shortest))
    # Lines at the border of the page may go on beyond it. So would strokes of digits.
    digits = strokes.masked(are_digits & _at_border(strokes.stats, mask.shape))
    mask = mask & ~digits
    without = _without_lines(mask, lengths, thickest, piece=PIECE_ACROSS)
    height = height_without_frames(without | digits)
    if height == 0:
        return without | digits
    length = max(LEAST_LENGTH * shortest, LINE_TO_DIGIT * height, SHORTEST_LINE)
    thickest = max(3, round(LINE_THICKNESS * height))
    return _without_lines(mask, [length, length], thickest) | digits


def _at_border(stats: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return which components touch the border of the page."""
    left, top, width, height = stats[:, : cv2.CC_STAT_AREA].T
    right, bottom = left + width, top + height
    return (left == 0) | (top == 0) | (bottom == shape[0]) | (right == shape[1])


def _across(mask: np.ndarray, height: float) -> list[float]:
    """Return the lengths of level and of upright lines that can be nothing else.

    What is drawn may cover only a part of the page. `height` is that of digits.
    """
    sides, drawn = mask.shape[::-1], cv2.boundingRect(mask)[2:]
    least = TO_ANY_DIGIT * height
    return [
        ACROSS * side if least == 0 else min(ACROSS * side, max(ACROSS * extent, least))
        for side, extent in zip(sides, drawn, strict=True)
    ]


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
    level, upright = _ridges(contrast, noise), _ridges(_turned(contrast), noise)
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
    return level | _turned(upright)


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


def _without_lines(
    mask: np.ndarray, lengths: list[float], thickest: int, piece: int = WHOLE_LINE
) -> np.ndarray:
    """Remove level lines and upright ones of at least the two lengths."""
    level = level_lines(mask, lengths[0], thickest, piece=piece)
    upright = upright_lines(mask, lengths[1], thickest, piece=piece)
    return without_pixels(mask, level, upright, lengths)


def without_pixels(
    mask: np.ndarray, level: np.ndarray, upright: np.ndarray, lengths: Sequence[float]
) -> np.ndarray:
    """Return strokes without the pixels of lines, mended where these crossed them.

    Parameters
    ----------
    mask : ndarray of shape (height, width), dtype uint8
    level, upright : ndarray of shape (height, width), dtype uint8
        Pixels of level and of upright lines.
    lengths : sequence of two float
        Minimum length of level lines and of upright ones. Small pieces that are not
        further from a line are removed too.
    """
    if not level.any() and not upright.any():
        return mask
    across, along = _thickness_of(level), _thickness_of(upright)
    removed = _away_from_strokes(level, across, mask, upright) | _turned(
        _away_from_strokes(_turned(upright), along, _turned(mask), _turned(level))
    )
    beside = _continued(level, lengths[0])
    beside |= _turned(_continued(_turned(upright), lengths[1]))
    rest = mask & ~removed
    bridge = np.ones((BRIDGE, BRIDGE), np.uint8)
    mended = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, bridge)
    return _without_pieces(rest | (mended & mask), beside, PIECE * max(across, along))


def _turned(mask: np.ndarray) -> np.ndarray:
    return cv2.transpose(mask)


def _continued(lines: np.ndarray, length: float) -> np.ndarray:
    """Return level lines that are longer at both ends, and thicker."""
    height, width = lines.shape
    columns = cv2.dilate(lines, np.ones((1, STEP), np.uint8))[:, ::STEP]
    kernel = np.ones((BAND, 2 * round(length / STEP) + 1), np.uint8)
    continued = cv2.dilate(columns, kernel)
    return cv2.resize(continued, (width, height), interpolation=cv2.INTER_NEAREST)


def _away_from_strokes(
    lines: np.ndarray, thickness: int, mask: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return level lines with their edges, but not where strokes cross them.

    A stroke is where the ink is higher than the line is thick. Lines of the other
    direction are none.
    """
    if not lines.any():
        return lines
    column = np.ones((thickness + 3, 1), np.uint8)
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
    pieces = Components(mask)
    width, height, _ = pieces.stats[:, 2:].T
    thin = np.minimum(width, height) < THIN * np.maximum(width, height)
    small = np.maximum(width, height) < size
    piece = (thin | small) & (pieces.share_in(beside) > 0.8)
    return mask & ~pieces.masked(piece)


def level_lines(
    mask: np.ndarray, length: float, thickest: int, *, piece: int = WHOLE_LINE
) -> np.ndarray:
    """Return the pixels of lines that are level but for a small slope.

    Parameters
    ----------
    mask : ndarray of shape (height, width), dtype uint8
    length : float
        Minimum length of lines.
    thickest : int
        Maximum thickness of lines.
    piece : int
        Length of straight pieces of which lines may be put together. Longer lines that
        bend or tilt are found with shorter pieces.
    """
    length, width = round(length), mask.shape[1]
    if width < length:
        return np.zeros_like(mask)
    step = int(np.clip(min(piece, length) // FEWEST_COLUMNS, 1, STEP))
    columns = np.ascontiguousarray(mask[:, ::step])
    row = np.ones((1, min(piece, length) // step), np.uint8)
    column = np.ones((thickest + 1, 1), np.uint8)
    lines = np.zeros_like(columns)
    for slope in np.tan(np.radians(SLOPES)):
        shear = np.array([[1, 0, 0], [slope * step, 1, -slope * width / 2]])
        sheared = _sheared(columns, shear, SHIFT)
        # A line that is not quite straight changes its row now and then.
        thick = cv2.dilate(sheared, np.ones((3, 1), np.uint8))
        found = cv2.erode(thick, row)
        if not cv2.countNonZero(found):
            continue
        found = cv2.dilate(found, row)
        found &= sheared
        found &= ~cv2.morphologyEx(found, cv2.MORPH_OPEN, column)
        lines |= _sheared(found, shear, BACK)
    if piece < length:
        lines = _long_enough(lines, length // step, LONGEST_GAP // step)
    if step > 1:
        scale = np.array([[step, 0, 0], [0, 1, 0]], dtype=float)
        lines = cv2.warpAffine(lines, scale, mask.shape[::-1], flags=SHIFT)
    return lines & mask


def upright_lines(
    mask: np.ndarray, length: float, thickest: int, *, piece: int = WHOLE_LINE
) -> np.ndarray:
    """Return the pixels of upright lines. The parameters are those of `level_lines`."""
    return _turned(level_lines(_turned(mask), length, thickest, piece=piece))


def _sheared(mask: np.ndarray, shear: np.ndarray, flags: int) -> np.ndarray:
    if shear[1, 0] == 0:
        return mask
    return cv2.warpAffine(mask, shear, mask.shape[::-1], flags=flags)


def _long_enough(lines: np.ndarray, length: int, gap: int) -> np.ndarray:
    """Return level lines without those that are shorter than a length."""
    joined = cv2.dilate(lines, np.ones((3, gap), np.uint8))
    bands = Components(joined)
    return lines & bands.masked(bands.stats[:, cv2.CC_STAT_WIDTH] >= length)
