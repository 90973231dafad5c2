"""Areas of a page where paper and ink are the other way round.

A dark card with light digits on a light page is one, and so is a white note on a
blackboard. They are reversed, so that the page has one paper.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from digitclf.reading._components import Components
from digitclf.reading._page_ink import Plane
from digitclf.reading._recognition import likelihood_of_digits

FEW_PIXELS = 800
"""Longer side of the page on which areas are looked for."""

WIDEST_STROKE = 0.025
"""Half the side of the window whose median has no strokes, relative to the longer side
of the page."""

CLEAR_DIFFERENCE = 50.0
"""Difference of the two papers in grey levels, at least."""

SMALLEST = 0.01
"""Share of the page that an area covers, at least."""

LEAST_WIDTH = 1.5
"""Width of an area relative to the window, at least. Narrower ones are strokes."""

CLEAR_DIGIT = 0.9
"""Probability of the clearest digit in an area, at least."""

CLEARLY_LIKELIER = 3.0
"""Ratio of the likelihoods of ink that is the other way round and of ink that is not,
at least."""

THICK = 7
"""Side in pixels of the kernel that leaves corners of areas, but no strokes."""

EDGE = 3
"""Distance in pixels from the edge of an area up to which everything is paper."""


def with_one_paper(plane: Plane) -> Plane:
    """Return a page on which areas with digits of the other kind are reversed."""
    reduced = plane.reduced(FEW_PIXELS)
    levels = reduced.levels.astype(np.uint8)
    window = 2 * round(WIDEST_STROKE * max(levels.shape)) + 1
    papers = cv2.medianBlur(levels, window)
    threshold, is_light = cv2.threshold(papers, 0, 255, cv2.THRESH_OTSU)
    light, dark = papers[is_light > 0], papers[is_light == 0]
    if not (light.size and dark.size):
        return plane
    levels_of = float(np.median(dark)), float(np.median(light))
    if levels_of[1] - levels_of[0] < CLEAR_DIFFERENCE:
        return plane
    are_dark = dark.size < light.size
    mask = cv2.bitwise_not(is_light) if are_dark else is_light
    own, paper = levels_of if are_dark else levels_of[::-1]
    areas = list(_large_parts(mask, window))
    if not areas:
        return plane
    is_rest_light = _is_ink_light(levels, cv2.bitwise_not(mask), paper)
    if is_rest_light is None:
        return plane
    chosen = np.zeros_like(mask)
    for area in areas:
        if _is_ink_light(levels, area, own) is (not is_rest_light):
            chosen |= area
    if not chosen.any():
        return plane
    like_area = (levels > threshold) != are_dark
    chosen |= _corners(like_area.view(np.uint8) * np.uint8(255), chosen, window)
    chosen |= _small_holes(chosen, window)
    chosen[_gaps(~like_area, chosen > 0)] = 0
    changed = _reversed(reduced, papers, chosen, paper)
    before, after = (
        likelihood_of_digits(page.ink(is_light=is_rest_light))[0]
        for page in (reduced, changed)
    )
    # A thick digit on a small page is no area.
    return _reversed(plane, papers, chosen, paper) if after > before else plane


def _large_parts(mask: np.ndarray, window: int) -> Iterator[np.ndarray]:
    """Yield masks of the large components of a mask."""
    parts = Components(mask)
    areas = parts.stats[:, cv2.CC_STAT_AREA]
    for number in np.flatnonzero(areas >= SMALLEST * mask.size):
        area = (parts.labels == number).view(np.uint8)
        framed = cv2.copyMakeBorder(area, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        radius = cv2.distanceTransform(framed, cv2.DIST_L2, 3).max()
        if number and 2 * radius >= LEAST_WIDTH * window:
            yield area * np.uint8(255)


def _is_ink_light(levels: np.ndarray, area: np.ndarray, own: float) -> bool | None:
    """Return whether the digits in an area are light, None if that is not clear."""
    inside = cv2.erode(area, np.ones((EDGE, EDGE), np.uint8))
    left, top, width, height = cv2.boundingRect(inside)
    if not (width and height):
        return None
    box = slice(top, top + height), slice(left, left + width)
    alone = Plane(np.where(inside[box] > 0, levels[box], np.uint8(own)), np.eye(3))
    dark, light = (
        likelihood_of_digits(alone.ink(is_light=is_light)) for is_light in (False, True)
    )
    (more, clearest), (less, _) = max(light, dark), min(light, dark)
    if clearest < CLEAR_DIGIT or more < CLEARLY_LIKELIER * less:
        return None
    return light > dark


def _corners(like_area: np.ndarray, area: np.ndarray, window: int) -> np.ndarray:
    """Return what a median has cut off the corners of an area."""
    beside = cv2.dilate(area, np.ones((window // 2, window // 2), np.uint8))
    kernel = np.ones((THICK, THICK), np.uint8)
    return cv2.morphologyEx(like_area, cv2.MORPH_OPEN, kernel) & beside


def _small_holes(area: np.ndarray, window: int) -> np.ndarray:
    """Return holes of an area that are not larger than strokes."""
    holes = Components(cv2.bitwise_not(area))
    return holes.masked(holes.stats[:, cv2.CC_STAT_AREA] < window**2)


def _gaps(like_rest: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Return which pixels are narrow gaps between areas: paper of the page.

    Gaps are open at both ends, unlike a digit that touches the edge of an area.
    """
    _, pieces = cv2.connectedComponents((like_rest & area).view(np.uint8))
    outside = (like_rest & ~area).view(np.uint8)
    beside = cv2.dilate(outside, np.ones((3, 3), np.uint8)) > 0
    _, ends = cv2.connectedComponents((beside & (pieces > 0)).view(np.uint8))
    pairs = np.unique(np.stack([pieces[ends > 0], ends[ends > 0]]), axis=1)
    n_ends = np.bincount(pairs[0], minlength=int(pieces.max()) + 1)
    return (n_ends >= 2)[pieces]


def _reversed(
    plane: Plane, papers: np.ndarray, area: np.ndarray, paper: float
) -> Plane:
    """Return a plane whose area is reversed, with the paper of the rest."""
    kernel = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    edge = cv2.morphologyEx(area, cv2.MORPH_GRADIENT, kernel)
    size = plane.levels.shape[1], plane.levels.shape[0]
    area, edge = (cv2.resize(mask, size) > 127 for mask in (area, edge))
    own = cv2.resize(papers, size).astype(np.float32)
    levels = np.where(area, paper + own - plane.levels, plane.levels)
    levels[edge] = paper
    return Plane(np.clip(levels, 0, 255).astype(plane.levels.dtype), plane.to_page)
