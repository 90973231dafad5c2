"""Ink that is fainter than the digits: print from the back, printed squares.

How faint it is differs from page to page. It is told from faint digits by what the
network makes of the page without it.
"""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.reading._ink_strokes import levels_of
from digitclf.reading._page_ink import PageInk
from digitclf.reading._recognition import likelihood_of_digits

FAINTER = 0.75
"""Contrast of the fainter ink relative to that of the rest, at most."""

LEAST_INK = 0.03
"""Share of the ink that is fainter and of that which is not, at least."""

CLEARLY_LIKELIER = 1.15
"""Ratio of the likelihoods of the digits without the fainter ink and with it, at
least."""

STILL_LIKELY = 0.8
"""The same ratio before lines and frames of the rest are looked for again, at least."""


def without_faint_ink(ink: PageInk) -> PageInk:
    """Return the ink without the fainter part if that makes digits of the rest."""
    strokes = ink.writing
    levels = levels_of(strokes, ink.contrast)
    limit = _limit_between(levels[1:], strokes.stats[1:, cv2.CC_STAT_AREA])
    if limit is None:
        return ink
    is_faint = levels < limit
    before, _ = likelihood_of_digits(ink)
    # A first look, because printed lines take long to be found again.
    after, _ = likelihood_of_digits(ink._replace(writing=strokes.only(~is_faint)))
    if after == 0 or after < STILL_LIKELY * before:
        return ink
    darker = ink.without(strokes.masked(is_faint))
    after, _ = likelihood_of_digits(darker)
    return darker if after >= CLEARLY_LIKELIER * before else ink


def _limit_between(levels: np.ndarray, areas: np.ndarray) -> float | None:
    """Return the contrast between fainter and darker ink, None if it is all alike.

    The variance of the contrast between both parts is largest there.

    Parameters
    ----------
    levels : ndarray of shape (n,)
        Contrast of the strokes.
    areas : ndarray of shape (n,)
    """
    if len(levels) < 2:
        return None
    order = np.argsort(levels, kind="stable")
    weights = areas[order].astype(float)
    shares = np.cumsum(weights)[:-1] / weights.sum()
    sums = np.cumsum(weights * levels[order]) / weights.sum()
    below = sums[:-1] / shares
    above = (sums[-1] - sums[:-1]) / (1 - shares)
    between = shares * (1 - shares) * (above - below) ** 2
    best = int(between.argmax())
    if below[best] > FAINTER * above[best]:
        return None
    if not LEAST_INK <= shares[best] <= 1 - LEAST_INK:
        return None
    return float(levels[order[best + 1]])
