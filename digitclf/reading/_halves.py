"""Digits in two pieces that lie beside each other, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from digitclf.reading._found import Found, classified
from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import union

RATHER_ONE = 0.5
"""Probability of two pieces to be a single digit, at least."""

GAP_IN_DIGIT = 0.15
"""Gap between two halves of a digit relative to its height, at most."""

HALF_ON_LINE = 0.5
"""Common height of the halves relative to the lower one, at least."""

NARROW_HALF = 0.45
"""Width over height of a half that looks like a one, at most."""


def put_together(items: Sequence[Found], ink: PageInk, classifier: Any) -> list[Found]:
    """Return digits, of which some were in two pieces that lie beside each other."""
    pairs = _halves(items)
    unions = classified(
        [
            union(items[first].candidate, items[second].candidate)
            for first, second in pairs
        ],
        ink,
        classifier,
    )
    found = list(items)
    used: set[int] = set()
    for place in sorted(range(len(pairs)), key=lambda place: -unions[place].is_digit):
        whole = unions[place]
        least = max(RATHER_ONE, *(items[half].sureness for half in pairs[place]))
        if whole.sureness >= least and used.isdisjoint(pairs[place]):
            used.update(pairs[place])
            found.append(whole)
    return [item for place, item in enumerate(found) if place not in used]


def _halves(items: Sequence[Found]) -> list[tuple[int, int]]:
    """Return the pairs that may be the left and the right half of a digit."""
    boxes = np.reshape([item.candidate.box for item in items], (-1, 4)).astype(float)
    left, top, width, height = boxes.T
    right, bottom = left + width, top + height
    is_doubtful = np.array([item.is_digit < 0.5 for item in items], dtype=bool)
    is_doubtful |= width < NARROW_HALF * height
    higher = np.maximum(height, height[:, None])
    lower = np.minimum(height, height[:, None])
    gap = left - right[:, None]
    common = np.minimum(bottom, bottom[:, None]) - np.maximum(top, top[:, None])
    fits = (
        (gap >= 0) & (gap <= GAP_IN_DIGIT * higher) & (common >= HALF_ON_LINE * lower)
    )
    fits &= (right - left[:, None] <= higher) & (is_doubtful | is_doubtful[:, None])
    return [(int(first), int(second)) for first, second in np.argwhere(fits)]
