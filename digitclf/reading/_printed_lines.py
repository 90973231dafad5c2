"""Ruled lines, grids and tables, which are removed from the ink of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from digitclf.reading._components import Components
from digitclf.reading._digit_height import height_of_most, like_digits
from digitclf.reading._frames import height_without_frames

THIN = 0.45
"""Thickness of a piece of a line relative to its length, at most."""

PIECE = 3
"""Size of a piece of a line relative to the thickness of lines, at most."""

ACROSS = 0.5
"""Length of lines that can be nothing else, relative to the side of the page, or to
the part of it that has ink."""

LEAST_HOLE, MOST_HOLES = 64, 8
"""Area in pixels of holes that count, at least, and number of them in digits that
touch, at most. On an otherwise empty page, a grid has the shape of a digit."""

SPECK = 0.5
"""Size of specks relative to the height of digits, at most."""

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

BROKEN, GAP = 2, 0.08
"""Length of lines with gaps and of their gaps, relative to the minimum length of other
lines, at least and at most."""

ROUNDED = 4
"""Pixels by which the height of a line may differ from what its slope makes of it."""

SHIFT, BACK = cv2.INTER_NEAREST, cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
"""How the columns of masks are shifted, and shifted back."""

SLOPES = (-4, -2, 0, 2, 4)
"""Slopes of lines in degrees for which lines are sought."""


def without_lines(strokes: Components) -> Components:
    """Return strokes without ruled lines and grids, mended where these crossed them.

    How long a line has to be depends on the height of the digits. That of digits that
    touch a grid is only known without the lines across most of the page.
    """
    are_grids = _are_grids(strokes)
    are_digits = like_digits(strokes.stats) & ~are_grids
    height = height_of_most(strokes.stats[are_digits, cv2.CC_STAT_HEIGHT])
    shape = strokes.mask.shape
    shortest = min(shape)
    lengths = [ACROSS * side for side in shape[::-1]]
    if height > 0 or are_grids.any():
        lengths = np.minimum(lengths, _across(strokes.stats[1:], height)).tolist()
    thickest = max(3, round(THICKEST_LINE * shortest))
    # Lines at the border of the page may go on beyond it. So would strokes of digits.
    at_border = are_digits & _at_border(strokes.stats, shape)
    inner, digits = strokes.only(~at_border), strokes.masked(at_border)
    without = _without_lines(inner, lengths, thickest, piece=PIECE_ACROSS)
    whole = _with(without, digits)
    height = height_without_frames(whole)
    if height == 0:
        return whole
    length = max(LEAST_LENGTH * shortest, LINE_TO_DIGIT * height, SHORTEST_LINE)
    thickest = max(3, round(LINE_THICKNESS * height))
    without = _without_lines(inner, [length, length], thickest, may_be_broken=True)
    return _with(without, digits)


def _are_grids(strokes: Components) -> np.ndarray:
    """Return which components have more holes than digits that touch."""
    outlines, _ = strokes.outlines
    points = [line[0, 0] for line in outlines if cv2.contourArea(line) >= LEAST_HOLE]
    columns, rows = np.reshape(points, (-1, 2)).astype(int).T
    n_outlines = np.bincount(strokes.labels[rows, columns], minlength=len(strokes))
    return n_outlines > 1 + MOST_HOLES


def _with(strokes: Components, others: np.ndarray) -> Components:
    """Return strokes with those of a mask."""
    return Components(strokes.mask | others) if others.any() else strokes


def _at_border(stats: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return which components touch the border of the page."""
    left, top, width, height = stats[:, : cv2.CC_STAT_AREA].T
    right, bottom = left + width, top + height
    return (left == 0) | (top == 0) | (bottom == shape[0]) | (right == shape[1])


def _across(stats: np.ndarray, height: float) -> list[float]:
    """Return the lengths of lines that can be nothing else where little is drawn.

    Parameters
    ----------
    stats : ndarray of shape (n, 5)
        Of all components but the paper.
    height : float
        Height of digits, 0 if it is not known.

    Returns
    -------
    lengths : list of two float
        Length of level and of upright lines.
    """
    speck = SPECK * height if height else SHORTEST_LINE
    least = TO_ANY_DIGIT * height if height else SHORTEST_LINE
    large = stats[stats[:, 2:4].max(axis=1) > speck]
    if not len(large):
        return [least, least]
    corners, sizes = large[:, :2], large[:, 2:4]
    drawn = (corners + sizes).max(axis=0) - corners.min(axis=0)
    return np.maximum(ACROSS * drawn, least).tolist()


def _without_lines(
    strokes: Components, lengths: list[float], thickest: int, **options: Any
) -> Components:
    """Remove level lines and upright ones of at least the two lengths.

    The options are those of `level_lines`.
    """
    level = level_lines(strokes.mask, lengths[0], thickest, **options)
    upright = upright_lines(strokes.mask, lengths[1], thickest, **options)
    return without_pixels(strokes, level, upright, lengths)


def without_pixels(
    strokes: Components,
    level: np.ndarray,
    upright: np.ndarray,
    lengths: Sequence[float],
) -> Components:
    """Return strokes without the pixels of lines, mended where these crossed them.

    Parameters
    ----------
    strokes : Components
    level, upright : ndarray of shape (height, width), dtype uint8
        Pixels of level and of upright lines.
    lengths : sequence of two float
        Minimum length of level lines and of upright ones. Small pieces that are not
        further from a line are removed too.
    """
    if not level.any() and not upright.any():
        return strokes
    mask = strokes.mask
    across, along = _thickness_of(level), _thickness_of(upright)
    removed = _away_from_strokes(level, across, mask, upright) | _turned(
        _away_from_strokes(_turned(upright), along, _turned(mask), _turned(level))
    )
    beside = _continued(level, lengths[0])
    beside |= _turned(_continued(_turned(upright), lengths[1]))
    rest = mask & ~removed
    bridge = np.ones((BRIDGE, BRIDGE), np.uint8)
    mended = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, bridge)
    pieces = Components(rest | (mended & mask))
    return _without_pieces(pieces, beside, PIECE * max(across, along))


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


def _without_pieces(pieces: Components, beside: np.ndarray, size: float) -> Components:
    """Remove thin or small components that continue lines, or lie along them."""
    width, height, _ = pieces.stats[:, 2:].T
    thin = np.minimum(width, height) < THIN * np.maximum(width, height)
    small = np.maximum(width, height) < size
    piece = (thin | small) & (pieces.share_in(beside) > 0.8)
    return pieces.only(~piece)


def level_lines(
    mask: np.ndarray,
    length: float,
    thickest: int,
    *,
    piece: int = WHOLE_LINE,
    may_be_broken: bool = False,
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
    may_be_broken : bool
        Whether to find lines with short gaps too, if they are longer.
    """
    length, width = round(length), mask.shape[1]
    if width < length:
        return np.zeros_like(mask)
    step = int(np.clip(min(piece, length) // FEWEST_COLUMNS, 1, STEP))
    columns = np.ascontiguousarray(mask[:, ::step])
    run = min(piece, length) // step
    lines = _sloping(columns, run, 0, step, thickest)
    if may_be_broken:
        long, gap = BROKEN * run, round(GAP * run)
        if _may_have_runs(columns & ~lines, long, gap, step):
            lines |= _sloping(columns, long, gap, step, thickest)
    if not cv2.countNonZero(lines):
        return np.zeros_like(mask)
    if piece < length:
        lines = _long_enough(lines, length // step, LONGEST_GAP // step)
    if step > 1:
        scale = np.array([[step, 0, 0], [0, 1, 0]], dtype=float)
        lines = cv2.warpAffine(lines, scale, mask.shape[::-1], flags=SHIFT)
    return lines & mask


def _sloping(
    columns: np.ndarray, length: int, gap: int, step: int, thickest: int
) -> np.ndarray:
    """Return the pixels of lines with any of the slopes.

    Parameters
    ----------
    columns : ndarray of shape (height, n), dtype uint8
        Every `step`-th column of a mask.
    length, gap : int
        Number of columns that a line has, at least, and that a gap in it has, at most.
    step : int
    thickest : int
    """
    lines = np.zeros_like(columns)
    if not _may_have_runs(columns, length, gap, step):
        return lines
    column = np.ones((thickest + 1, 1), np.uint8)
    middle = step * columns.shape[1] / 2
    for slope in np.tan(np.radians(SLOPES)):
        shear = np.array([[1, 0, 0], [slope * step, 1, -slope * middle]])
        sheared = _sheared(columns, shear, SHIFT)
        # A line that is not quite straight changes its row now and then.
        found = _in_runs(sheared, length, gap, 3)
        if not cv2.countNonZero(found):
            continue
        found = cv2.dilate(found, np.ones((1, length), np.uint8))
        found &= sheared
        found &= ~cv2.morphologyEx(found, cv2.MORPH_OPEN, column)
        lines |= _sheared(found, shear, BACK)
    return lines


def _in_runs(columns: np.ndarray, length: int, gap: int, height: int) -> np.ndarray:
    """Return where a run of at least a length begins, if gaps in it are closed.

    Ink of a run is in a band of this height.
    """
    closer = np.ones((height, gap + 1), np.uint8)
    run = np.ones((1, length + gap), np.uint8)
    return cv2.erode(cv2.dilate(columns, closer), run)


def _may_have_runs(columns: np.ndarray, length: int, gap: int, step: int) -> bool:
    """Return whether so many columns in a row have ink at about the same height.

    This is quicker to find out than for each slope.
    """
    if length > columns.shape[1]:
        return False
    steepest = np.tan(np.radians(max(SLOPES)))
    height = int(np.ceil(steepest * step * length)) + ROUNDED
    return cv2.countNonZero(_in_runs(columns, length, gap, height | 1)) > 0


def upright_lines(
    mask: np.ndarray, length: float, thickest: int, **options: Any
) -> np.ndarray:
    """Return the pixels of upright lines. The parameters are those of `level_lines`."""
    return _turned(level_lines(_turned(mask), length, thickest, **options))


def _sheared(mask: np.ndarray, shear: np.ndarray, flags: int) -> np.ndarray:
    if shear[1, 0] == 0:
        return mask
    return cv2.warpAffine(mask, shear, mask.shape[::-1], flags=flags)


def _long_enough(lines: np.ndarray, length: int, gap: int) -> np.ndarray:
    """Return level lines without those that are shorter than a length."""
    joined = cv2.dilate(lines, np.ones((3, gap), np.uint8))
    bands = Components(joined)
    return lines & bands.masked(bands.stats[:, cv2.CC_STAT_WIDTH] >= length)
