"""Digits that touch, taken apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from digitclf.reading._digit_or_other import kinds_of_ink
from digitclf.reading._found import Found, classified
from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import Candidate

WIDE = 0.95
"""Width over height above which a candidate may be several digits that touch."""

WIDE_ALONE = 1.3
"""Width over height up to which a candidate that is read clearly is one digit."""

CLEAR = 0.6
"""Probability of a digit that is read clearly, at least."""

LEAST_SEVERAL = 0.2
"""Probability of ink that is not a digit to be several of them, at least."""

OF_SEVERAL = 0.2
"""Probability of a part to be a digit, at least, relative to that of the whole to be
several. Cuts leave parts of a digit at its neighbour."""

MOST_CUTS = 16
"""Maximum number of places at which a wide candidate may be cut."""

NARROWEST, WIDEST = 0.12, 1.5
"""Width of digits that touch, relative to the typical height."""

WIDER = (0.0, 0.1, 0.2)
"""By how much cuts are moved outwards to read a digit, relative to the typical
height."""

COST = 0.2
"""Cost of a part, so that a digit is not divided without a gain."""

FLAT_PART = 0.35
"""Height of a dash or a link between digits, relative to that height, at most."""

SCORE_OF_LINK = 0.6
"""What counts as the sureness of a link."""

Span = tuple[int, int]
"""Positions of the left and the right edge of a part among those of the cuts."""


def may_be_several(item: Found, height: float) -> bool:
    """Return whether a candidate may be several digits.

    Only what may be several is divided: pieces of letters look like ones.
    """
    candidate = item.candidate
    if candidate.width < WIDE * min(height, candidate.height):
        return False
    is_clear = item.probabilities.max() >= CLEAR and item.is_digit >= 0.5
    if is_clear and candidate.width < WIDE_ALONE * candidate.height:
        return False
    return item.is_several >= LEAST_SEVERAL * (1 - item.is_digit)


def apart(item: Found, ink: PageInk, classifier: Any, height: float) -> list[Found]:
    """Return the digits of a candidate: itself, or those that touch in it.

    All ways to cut it at its narrowest places are weighed against each other by what
    the classifier makes of the parts, and whether they are digits at all.
    """
    if not may_be_several(item, height):
        return [item]
    edges, parts = parts_between_cuts(item.candidate, height)
    read = dict(zip(parts, classified([*parts.values()], ink, classifier), strict=True))
    division = _best_division(edges, read, height)
    digits = {span: read[span] for span in division if not _is_flat(read[span], height)}
    if len(division) > 1:
        least = OF_SEVERAL * item.is_several
        for span, digit in digits.items():
            columns = edges[span[0]], edges[span[1]]
            images = _with_wider_cuts(item.candidate, columns, ink, height)
            digits[span] = digit._replace(
                is_digit=max(digit.is_digit, least),
                probabilities=_mean_probabilities(images, classifier),
            )
    return list(digits.values()) or [item]


def _best_division(
    edges: Sequence[int], read: Mapping[Span, Found], height: float
) -> list[Span]:
    """Return the parts into which a candidate is divided best, by dynamic programming.

    The sureness of a part counts by its width, because halves of a zero look like ones.
    """
    # The best way to divide the columns up to each edge: its score and its parts.
    best: list[tuple[float, list[Span]]] = [(0.0, [])]
    for last in range(1, len(edges)):
        ways: list[tuple[float, list[Span]]] = [(-np.inf, [])]
        for first in range(last):
            if (first, last) in read:
                score, chosen = best[first]
                gain = _score(read[first, last], height) * (edges[last] - edges[first])
                ways.append((score + gain - COST * height, [*chosen, (first, last)]))
        best.append(max(ways, key=lambda way: way[0]))
    return best[-1][1]


def _score(part: Found, height: float) -> float:
    return SCORE_OF_LINK if _is_flat(part, height) else part.sureness


def _is_flat(part: Found, height: float) -> bool:
    """Return whether a part is a dash or a link between digits."""
    return part.candidate.height < FLAT_PART * height


def _with_wider_cuts(
    candidate: Candidate, columns: tuple[int, int], ink: PageInk, height: float
) -> np.ndarray:
    """Return images of a digit that was cut out, with cuts farther out too.

    Strokes of a digit that are behind a cut are missing. With cuts farther out, the
    digit is whole, but parts of its neighbours are there.

    Returns
    -------
    ndarray of shape (n, 784), uint8
        Different images.
    """
    images = []
    for left, right in itertools.product(WIDER, WIDER):
        first = max(0, columns[0] - round(left * height))
        last = min(candidate.width, columns[1] + round(right * height))
        if (part := candidate.columns(first, last)) is not None:
            images.append(part.image(ink))
    return np.unique(np.reshape(images, (len(images), -1)), axis=0)


def _mean_probabilities(images: np.ndarray, classifier: Any) -> np.ndarray:
    """Return the mean probabilities of the classes of several images of a digit.

    Images that are more likely a single digit count more.
    """
    weights = np.maximum(kinds_of_ink(images).digit, 1e-6)
    return np.average(classifier.predict_proba(images), axis=0, weights=weights)


def parts_between_cuts(
    candidate: Candidate, height: float
) -> tuple[list[int], dict[Span, Candidate]]:
    """Return the columns at which a candidate may be cut, and what may be a digit.

    The edges are the cuts and both sides of the candidate.
    """
    edges = [0, *_narrow_places(candidate, height), candidate.width]
    spans = [
        (first, last)
        for first, last in itertools.combinations(range(len(edges)), 2)
        if NARROWEST * height <= edges[last] - edges[first] <= WIDEST * height
    ]
    return edges, {
        span: part
        for span in spans
        if (part := candidate.columns(edges[span[0]], edges[span[1]])) is not None
    }


def _narrow_places(candidate: Candidate, height: float) -> list[int]:
    """Return the columns at which a candidate may be cut: those with the least ink."""
    profile = (candidate.pixels > 0).sum(axis=0).astype(float)
    smooth = np.convolve(profile, np.ones(3) / 3, mode="same")
    most = min(MOST_CUTS, 2 + round(4 * candidate.width / height))
    chosen: list[int] = []
    for place in np.argsort(smooth, kind="stable"):
        near = [0, candidate.width, *chosen]
        if all(abs(int(place) - other) >= 0.12 * height for other in near):
            chosen.append(int(place))
        if len(chosen) == most:
            break
    return sorted(chosen)
