"""Which candidates are digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from digitclf.reading._digit_or_other import Kinds, are_digits
from digitclf.reading._found import Found, classified
from digitclf.reading._halves import put_together
from digitclf.reading._order import Box
from digitclf.reading._page_ink import PageInk
from digitclf.reading._signs import are_signs
from digitclf.reading._strokes import FLAT, Candidate
from digitclf.reading._touching import apart, may_be_several

MOST_WIDE = 150
"""Maximum number of candidates that are taken apart. More are words, or a texture."""

FAINT = 0.5
"""Contrast of faint ink relative to that of most ink, at most."""

LIKE_DIGITS = 0.8
"""Mean probability of faint ink to be digits, at least, if it is not from the back."""

THIN = 0.45
"""Thickness of pieces of lines relative to that of the digits of the page, each
relative to its height, at most."""

WEAK = 0.38
"""Thickness times contrast of pieces of faint lines relative to that of digits, at
most."""

WEAK_FOR_ITS_HEIGHT = 0.75
"""The same, each relative to its height, at most. Digits that are smaller than the
others have thinner strokes."""

FEWEST_DIGITS = 4
"""Number of digits from which their thickness is known."""


def digits_among(
    candidates: Sequence[Candidate], ink: PageInk, classifier: Any, height: float
) -> list[Found]:
    """Return the digits that candidates are, without other ink.

    Parameters
    ----------
    candidates : sequence of Candidate
    ink : PageInk
    classifier : object
        Fitted classifier for rows of pixels in MNIST's form.
    height : float
        Height of most digits of the page.
    """
    whole = classified(candidates, ink, classifier)
    whole = put_together(whole, ink, classifier)
    if sum(may_be_several(item, height) for item in whole) > MOST_WIDE:
        found = whole
    else:
        found = [
            part for item in whole for part in apart(item, ink, classifier, height)
        ]
    boxes = [item.candidate.box for item in found]
    kinds = [(item.is_digit, item.is_several, item.is_letter) for item in found]
    kept = are_digits(boxes, Kinds(*np.reshape(kinds, (-1, 3)).T))
    found = [
        item
        for item, is_kept in zip(found, kept, strict=True)
        if is_kept and item.candidate.width < FLAT * item.candidate.height
    ]
    found = _without_thin_lines(_without_back(found, ink), ink)
    is_sign = are_signs([item.candidate for item in found])
    return [item for item, sign in zip(found, is_sign, strict=True) if not sign]


def _without_back(items: list[Found], ink: PageInk) -> list[Found]:
    """Return digits without print from the back of the sheet.

    It is much fainter than most ink, and few of its letters look like digits. Digits in
    pencil beside others in ink look like digits.
    """
    levels = np.array([item.candidate.level(ink) for item in items])
    heights = np.array([item.candidate.height for item in items])
    likely = np.array([item.is_digit for item in items])
    energy = likely * (levels * heights) ** 2
    is_faint = levels < FAINT * (levels @ energy) / max(energy.sum(), 1e-9)
    if not is_faint.any() or likely[is_faint].mean() >= LIKE_DIGITS:
        return items
    return [item for item, faint in zip(items, is_faint, strict=True) if not faint]


def _without_thin_lines(items: list[Found], ink: PageInk) -> list[Found]:
    """Return digits without straight strokes that are much thinner than the others.

    They are pieces of printed lines, which look like ones. A smaller one is thinner,
    but not relative to its height. The pieces of faint lines are fainter too.
    """
    straight = np.array([item.candidate.is_straight() for item in items], dtype=bool)
    if np.count_nonzero(~straight) < FEWEST_DIGITS:
        return items
    boxes = [item.candidate.box for item in items]
    heights = np.array([box.height for box in boxes])
    thickness = np.array([item.candidate.thickness() for item in items])
    relative = thickness / heights
    is_line = relative < THIN * np.median(relative[~straight])
    weight = thickness * [item.candidate.level(ink) for item in items]
    is_faint = weight < WEAK * _usual(weight, boxes, straight)
    weight /= heights
    is_faint &= weight < WEAK_FOR_ITS_HEIGHT * np.median(weight[~straight])
    is_line = straight & (is_line | is_faint)
    return [item for item, line in zip(items, is_line, strict=True) if not line]


def _usual(values: np.ndarray, boxes: list[Box], straight: np.ndarray) -> np.ndarray:
    """Return the median value of strokes that are not straight, for each stroke.

    It is that of the closest ones, in the same light, if it is lower than that of all.
    """
    centres = np.array([box.centre for box in boxes])
    steps = centres[:, None] - centres[None, ~straight]
    distances = np.hypot(*np.moveaxis(steps, -1, 0))
    near = np.argsort(distances, axis=1)[:, :FEWEST_DIGITS]
    others = values[~straight]
    return np.minimum(np.median(others), np.median(others[near], axis=1))
