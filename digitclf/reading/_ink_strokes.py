"""Strokes of ink, from the contrast of a page with its paper."""

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
from digitclf.reading._faint_lines import faint_lines

NOISE_LEVELS = 4.0
"""Contrast of ink in standard deviations of the paper's texture, at least."""

TILES = 6
"""Number of parts along each side of a page whose texture is measured."""

OF_TILES = 0.85
"""Quantile of the parts that stands for the page."""

MUCH_INK, ONLY_INK = 0.35, 0.95
"""Share of ink in a part of a page from which it is left out when the texture of the
paper is measured, and from which it is texture: strokes are narrower than the parts."""

CLEARLY_INK = 0.8
"""Share of the variance of the contrast that is between ink and paper if they differ
clearly, at least. It is 0.64 for the upper and the lower half of a normal
distribution."""

FAINTEST_LEVEL = 6.0
"""Contrast of ink in grey levels, at least."""

OF_OWN_LEVEL = 0.45
"""Strokes end where the contrast falls below this fraction of their own level."""

OF_GRID = 3.0
"""Width of a grid relative to the height of digits, at least."""

OF_DIGIT = 0.6
"""Height of digits that touch a grid relative to that of most, at least."""

FILLED = 0.5
"""Share of the boxes of both that is ink, at most. Shade fills more."""

FAINTEST = 0.1
"""Contrast of ink above that of the paper's texture, relative to that of most ink, at
least. Faint digits may be beside darker ink, such as the holes of a binder."""

ON_LINES = 0.9
"""Share of a stroke that is on faint lines from which it is a piece of them."""

ABOVE_LINES = 1.25
"""Contrast of such pieces relative to that of most of the lines, at most."""


def strokes_of(contrast: np.ndarray, paper: np.ndarray | None = None) -> Components:
    """Return the strokes, where the contrast is that of ink for the stroke it is in.

    Faint pencil and thick print may be on one page, so each connected component has a
    threshold of its own.

    Parameters
    ----------
    contrast : ndarray of shape (height, width), float32
    paper : ndarray of shape (any, any), optional
        Contrast whose noise is that of the paper, by default `contrast`.
    """
    floor, noise = texture_of(contrast if paper is None else paper)
    lines = faint_lines(contrast, floor, noise)
    if lines is not None:
        floor = max(floor, lines.level)
        contrast = np.where(lines.mask & (contrast < lines.ink), 0, contrast)
    low = cv2.compare(contrast, floor, cv2.CMP_GT)
    shades = Components(low)
    threshold = np.maximum(floor, OF_OWN_LEVEL * levels_of(shades, contrast))
    threshold = threshold.astype(np.float32)[shades.of_pixels]
    mask = np.zeros_like(low)
    mask.ravel()[shades.pixels[contrast.ravel()[shades.pixels] > threshold]] = 255
    # Strokes on a shade are components of their own only now.
    strokes = Components(mask)
    is_grid = _like_grids(strokes.stats)
    if is_grid.any():
        with_grid = np.zeros(len(shades), dtype=bool)
        with_grid[shades.labels[strokes.masked(is_grid) > 0]] = True
        rest = shades.masked(with_grid) & ~mask
        beside = _beside_darker(rest, contrast, floor, _height(strokes.stats))
        if beside.any():
            strokes = Components(mask | beside)
    levels = levels_of(strokes, contrast)
    usual = _usual_level(levels, strokes)
    least = floor + FAINTEST * (usual - floor)
    is_ink = levels >= least
    if lines is not None:
        on_lines = strokes.share_in(lines.mask)
        is_ink &= (on_lines < ON_LINES) | (levels > ABOVE_LINES * lines.level)
    return strokes.only(is_ink)


def _height(stats: np.ndarray) -> float:
    return height_of_most(stats[like_digits(stats), cv2.CC_STAT_HEIGHT])


def _like_grids(stats: np.ndarray) -> np.ndarray:
    """Return which components are much wider than digits, and mostly empty."""
    height = _height(stats)
    width, tall, area = stats[:, 2:].T
    like = (width > OF_GRID * height) & (area < FILLED * width * tall)
    like[0] = False
    return like & (height > 0)


def _beside_darker(
    rest: np.ndarray, contrast: np.ndarray, floor: float, height: float
) -> np.ndarray:
    """Return digits that touch darker strokes, such as those of a grid.

    They are below the threshold of the component that they are in, as the faint edges
    of its strokes are.

    Parameters
    ----------
    rest : ndarray of shape (height, width), uint8
        255 for pixels above the floor that are below the threshold of their component.
    contrast : ndarray of shape (height, width), float32
    floor : float
    height : float
        Height of most digits.
    """
    without_edges = cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    strokes = Components(without_edges)
    width, tall, area = strokes.stats[:, 2:].T
    chosen = like_digits(strokes.stats) & (tall > OF_DIGIT * height)
    chosen &= area < FILLED * width * tall
    threshold = np.maximum(floor, OF_OWN_LEVEL * levels_of(strokes, contrast))
    limit = np.where(chosen, threshold, np.inf)[strokes.of_pixels]
    digits = np.zeros_like(rest)
    digits.ravel()[strokes.pixels[contrast.ravel()[strokes.pixels] > limit]] = 255
    return digits


def levels_of(strokes: Components, contrast: np.ndarray) -> np.ndarray:
    """Return the contrast of connected strokes. That of the paper is 0."""
    weights = contrast.ravel()[strokes.pixels].astype(np.float64)
    total = np.bincount(strokes.of_pixels, weights, minlength=len(strokes))
    squares = np.bincount(strokes.of_pixels, weights**2, minlength=len(strokes))
    return squares / np.maximum(total, 1e-9)


def level_of_most(strokes: Components, contrast: np.ndarray) -> float:
    """Return the contrast of most of the ink in components like digits, 0 if none."""
    return _usual_level(levels_of(strokes, contrast), strokes)


def _usual_level(levels: np.ndarray, strokes: Components) -> float:
    """Return the contrast of most of the ink in components like digits."""
    chosen = have_thin_strokes(strokes.stats, strokes.thickness)
    energy = strokes.stats[chosen, cv2.CC_STAT_AREA] * levels[chosen] ** 2
    if not energy.any():
        return 0.0
    return float(np.average(levels[chosen], weights=energy))


class Texture(NamedTuple):
    """The texture of the paper."""

    floor: float
    """Contrast that it does not reach."""
    noise: float
    """Standard deviation of its contrast."""


def texture_of(contrast: np.ndarray) -> Texture:
    """Return the texture of the paper of a page."""
    medians, deviations = _of_tiles(contrast)
    floor = np.quantile(medians + NOISE_LEVELS * deviations, OF_TILES)
    noise = np.quantile(deviations, OF_TILES)
    return Texture(max(float(floor), FAINTEST_LEVEL), float(noise))


def _of_tiles(contrast: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return medians and standard deviations of the paper in all parts of a page.

    A page may have margins without any texture, such as the corners of a scan that was
    rotated.
    """
    sample = contrast[::4, ::4]
    highest = _highest_of_paper(sample)
    rows = np.array_split(sample, TILES, axis=0)
    tiles = [tile for row in rows for tile in np.array_split(row, TILES, axis=1)]
    papers = [_paper_of(tile, highest) for tile in tiles if tile.size]
    low, median = np.transpose([_quantiles(paper, (0.1, 0.5)) for paper in papers])
    # Quantiles of a normal distribution.
    return median, (median - low) / 1.28


def _highest_of_paper(contrast: np.ndarray) -> float:
    """Return the contrast of paper, at most, if ink differs from it clearly.

    Otherwise it is infinite.
    """
    levels = np.clip(contrast, 0, 255).astype(np.uint8)
    threshold, is_ink = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    share = float(is_ink.mean())
    if not 0 < share < 1:
        return np.inf
    ink, paper = levels[is_ink > 0].mean(), levels[is_ink == 0].mean()
    between = share * (1 - share) * (ink - paper) ** 2
    return threshold if between > CLEARLY_INK * levels.var() else np.inf


def _paper_of(tile: np.ndarray, highest: float) -> np.ndarray:
    """Return the pixels of a part of a page, without its ink if there is much."""
    is_paper = tile <= highest
    return tile[is_paper] if MUCH_INK < 1 - is_paper.mean() < ONLY_INK else tile


def _quantiles(values: np.ndarray, shares: Sequence[float]) -> list[float]:
    places = [int(share * values.size) for share in shares]
    return np.partition(values, places, axis=None)[places].tolist()
