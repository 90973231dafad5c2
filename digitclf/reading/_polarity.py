"""Whether the ink of a page is darker or lighter than its paper."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.reading._components import Components
from digitclf.reading._digit_height import (
    have_thin_strokes,
    height_of_most,
    like_digits,
)
from digitclf.reading._page_ink import PageInk, Plane
from digitclf.reading._paper import is_mostly_dark
from digitclf.reading._recognition import likelihood_of_digits
from digitclf.reading._rotation import possible_skews

FEW_PIXELS = 600
"""Longer side of the page on which dark and light ink are compared first."""

TALL_ENOUGH = 56.0
"""Height in pixels that digits need. They are found as well on a larger page, but it
takes longer."""

SMALLER = 0.3
"""Share of the total height of the digits that is in those that are smaller."""

MANY_DIGITS = 5
"""Number of strokes with the shape of digits that are ink if the other kind has none,
at least."""

CLEAR_DIGIT = 0.5
"""Probability of a clear digit, at least."""

HALO = 4
"""Distance in pixels from ink up to which sharpening may leave edges."""

MOSTLY = 0.7
"""Share of a stroke that is beside other ink if it is such an edge, at least."""

OF_USUAL_LEVEL = 0.7
"""Weight of the likelihood of ink that has the level of most of the page."""

CLEARLY_LIKELIER = 2
"""Ratio of the likelihoods of dark and light ink from which the choice is clear."""


def dark_or_light_ink(plane: Plane) -> PageInk:
    """Return the ink of a page, which is darker or lighter than its paper.

    If many dark strokes have the shape of digits and no light ones, or the other way
    round, they are the ink, unless the page is rotated. Otherwise the network decides:
    the ink is what has more digits. A reduced page is enough unless its digits are too
    small. Without a clear digit, paper is what most of the page is.

    The ink is that of a reduced page if its digits are tall.
    """
    is_dark_paper = is_mostly_dark(plane.levels)
    reduced = plane.reduced(FEW_PIXELS)
    inks = _dark_and_light(reduced)
    clear = _without_halos(inks)
    is_light = _is_only_kind(clear)
    if is_light is None:
        evidence = _evidence(clear)
        likely = evidence.likelihoods
        if reduced is not plane and not (evidence.is_clear and _is_decided(likely)):
            reduced, inks = plane, _dark_and_light(plane)
            of_plane = _evidence(_without_halos(inks))
            likely = of_plane.likelihoods * (likely if evidence.is_clear else 1.0)
            evidence = of_plane
        weights = (OF_USUAL_LEVEL, 1.0) if is_dark_paper else (1.0, OF_USUAL_LEVEL)
        likely = likely * np.array(weights)
        if evidence.is_clear and likely[0] != likely[1]:
            is_light = bool(likely[1] > likely[0])
        else:
            is_light = is_dark_paper
    ink = inks[is_light]
    enough = _large_enough(plane, reduced, ink)
    return ink if enough is reduced else enough.ink(is_light=is_light)


def _large_enough(plane: Plane, reduced: Plane, ink: PageInk) -> Plane:
    """Return the plane, as small as its digits allow, but not below the reduced one.

    Parameters
    ----------
    plane, reduced : Plane
    ink : PageInk
        Ink of the reduced plane.
    """
    stats = ink.writing.stats
    heights = stats[like_digits(stats), cv2.CC_STAT_HEIGHT]
    if len(heights) < MANY_DIGITS:
        return plane
    side = max(ink.contrast.shape)
    needed = TALL_ENOUGH / height_of_most(heights, SMALLER) * side
    return reduced if needed <= side else plane.reduced(round(needed))


def _is_only_kind(inks: tuple[PageInk, PageInk]) -> bool | None:
    """Return whether only light ink has strokes like digits, None if neither has.

    It is None too if both have, or if the page is rotated: printed lines that are not
    level hide digits, and the cells between them look like ink.
    """
    dark, light = (_count_strokes(ink.writing) for ink in inks)
    for ink, one, other in zip(inks, (dark, light), (light, dark), strict=True):
        if one.min() >= MANY_DIGITS and not other.any():
            return None if any(possible_skews(ink.strokes)) else one is light
    return None


def _dark_and_light(plane: Plane) -> tuple[PageInk, PageInk]:
    return plane.ink(is_light=False), plane.ink(is_light=True)


def _without_halos(inks: tuple[PageInk, PageInk]) -> tuple[PageInk, PageInk]:
    """Return dark and light ink without the edges that sharpening leaves.

    They are beside ink of the other kind that has more contrast. Only the decision is
    made without them: digits that touch darker lines of the other kind look the same.
    """
    dark, light = inks
    return _without_halo(dark, light), _without_halo(light, dark)


def _without_halo(ink: PageInk, other: PageInk) -> PageInk:
    of_other = np.where(other.strokes.mask > 0, other.contrast, np.float32(0))
    kernel = np.ones((2 * HALO + 1, 2 * HALO + 1), np.uint8)
    is_less = ink.contrast < cv2.dilate(of_other, kernel)
    is_halo = ink.writing.share_in(is_less) >= MOSTLY
    if not is_halo.any():
        return ink
    halo = ink.writing.masked(is_halo)
    return PageInk(
        np.where(halo > 0, np.float32(0), ink.contrast),
        Components(ink.strokes.mask & ~halo),
        ink.writing.only(~is_halo),
        ink.to_page,
    )


def _is_decided(likelihoods: np.ndarray) -> bool:
    return bool(likelihoods.max() >= CLEARLY_LIKELIER * likelihoods.min())


def _count_strokes(strokes: Components) -> np.ndarray:
    """Return the numbers of strokes like digits, upright and on their side."""
    on_side = strokes.stats[:, [1, 0, 3, 2, 4]]
    counts = [
        np.count_nonzero(have_thin_strokes(stats, strokes.thickness))
        for stats in (strokes.stats, on_side)
    ]
    return np.array(counts)


class Evidence(NamedTuple):
    """What speaks for dark and for light ink."""

    likelihoods: np.ndarray
    """Of shape (2,): the total height of digits, times their share of what may be
    digits. Pieces of a grid are many more than digits, and some look like a one."""
    is_clear: bool
    """Whether there is a clear digit, in dark or in light ink."""


def _evidence(inks: tuple[PageInk, PageInk]) -> Evidence:
    likelihoods, clearest = [], 0.0
    for ink in inks:
        turned = [
            ink.levelled(angle) for angle in filter(None, possible_skews(ink.strokes))
        ]
        found = [likelihood_of_digits(page) for page in (ink, *turned)]
        likelihood, clear = np.max(found, axis=0)
        likelihoods.append(likelihood)
        clearest = max(clearest, clear)
    return Evidence(np.array(likelihoods), bool(clearest >= CLEAR_DIGIT))
