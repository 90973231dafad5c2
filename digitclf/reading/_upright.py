"""Rotation of a page, found by what the classifier recognises."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from digitclf.reading._page_ink import PageInk
from digitclf.reading._recognition import MOST_ASKED, some_images, sureness
from digitclf.reading._rotation import possible_skews
from digitclf.reading._strokes import Candidate, find_candidates

SURER = 0.35
"""By how much the mean probability of a single digit has to be higher on a page that is
turned. That of n digits has to differ by the square root of n less."""

LEAST_SURE = 0.6
"""That mean on a turned page, at least: upside down, letters look like digits."""

AS_SURE = 0.1
"""How much lower that mean may be after a rotation that makes lines level."""

MORE_DIGITS = 1.5
"""Number of digits after a rotation relative to that before it from which the mean may
be lower still: few digits of a page are recognised if its lines cross the others."""

HALF_SURE = 0.5
"""The mean in this case, at least."""

FEW_DIGITS = 3
"""Number of digits from which a page is turned."""


class Upright(NamedTuple):
    """A page whose digits are upright."""

    ink: PageInk
    candidates: list[Candidate]
    height: float
    """Height of most digits."""


def upright(ink: PageInk, classifier: Any) -> Upright:
    """Return a page turned so that its digits are recognised best.

    Parameters
    ----------
    ink : PageInk
    classifier : object
        Fitted classifier for rows of pixels in MNIST's form.
    """
    # Lines that are not level may hide all digits.
    best = _best_right_angle(Upright(ink, *find_candidates(ink)), classifier)
    angles = possible_skews(ink.strokes)
    least = best.sure - AS_SURE if len(angles) == 1 else best.sure
    for angle in filter(None, angles):
        level = ink.levelled(angle)
        page = Upright(level, *find_candidates(level))
        if not page.candidates:
            continue
        other = _best_right_angle(page, classifier)
        if other.sure >= least or other.has_more_than(best):
            best, least = other, other.sure
    if best.turns < 2:
        return best.page
    # The candidates of the half turn are those of the page, upside down.
    ink = best.page.ink.turned(2)
    return Upright(ink, *find_candidates(ink))


class _Turned(NamedTuple):
    """The best of the four right angles of a page."""

    sure: float
    page: Upright
    """The page after none or one of the turns. After two or three, it is upside down.
    """
    turns: int

    def has_more_than(self, other: _Turned) -> bool:
        """Return whether there are clearly more digits than on another page."""
        digits, others = (one.sure * len(one.page.candidates) for one in (self, other))
        return self.sure >= HALF_SURE and digits >= MORE_DIGITS * others


def _best_right_angle(page: Upright, classifier: Any) -> _Turned:
    """Return the turn after which most candidates are recognised."""
    upright_images = some_images(page.candidates, page.ink)
    sure = [sureness(upright_images, classifier)]
    if sure[0] + SURER / np.sqrt(MOST_ASKED) >= 1:
        return _Turned(sure[0], page, 0)
    # On a page that lies on its side, candidates are put together of other strokes.
    side = page.ink.turned(1)
    pages = [page, Upright(side, *find_candidates(side))]
    images = [upright_images, some_images(pages[1].candidates, side)]
    sure += [
        sureness(np.rot90(images[turns % 2], turns // 2 * 2, axes=(1, 2)), classifier)
        for turns in range(1, 4)
    ]
    best = int(np.argmax(sure))
    n_asked = len(images[best % 2])
    needed = sure[0] + SURER / np.sqrt(max(n_asked, 1))
    if n_asked < FEW_DIGITS or sure[best] < max(needed, LEAST_SURE):
        best = 0
    return _Turned(sure[best], pages[best % 2], best)
