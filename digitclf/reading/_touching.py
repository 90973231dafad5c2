"""Digits that touch, taken apart."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

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

SLANTS = (-0.2, 0.2, 0.4)
"""Slants of cuts that are not vertical: shift to the right per row upwards."""

CLEAR_PART = 0.8
"""Sureness of parts that are clearly digits, at least."""

LESS_USUAL = 0.04
"""By how much the score of slanted cuts has to be higher than that of vertical ones."""

FLAT_PART = 0.35
"""Height of a dash or a link between digits, relative to that height, at most."""

SCORE_OF_LINK = 0.6
"""What counts as the sureness of a link."""

LIKELY_SEVERAL, LIKELY_PARTS = 0.5, 0.5
"""Probability of ink to be several digits, and mean sureness of its parts. One of the
two is at least this, or the ink is not divided."""

Cut = int
"""Column of a cut along its slant, or of a side of the candidate."""

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


class Division(NamedTuple):
    """A candidate divided by parallel cuts."""

    score: float
    """Sureness of the parts per column of the candidate, less the cost of the parts."""
    parts: list[tuple[Found, Cut, Cut]]
    """The parts with the cuts on their left and their right."""
    columns: np.ndarray
    """Column of each pixel of the candidate along the cuts, int (height, width)."""

    def is_clear(self) -> bool:
        """Return whether it is a single part, or all of them are clearly digits."""
        sureness = [part.sureness for part, *_ in self.parts]
        return len(sureness) <= 1 or min(sureness) >= CLEAR_PART


def apart(item: Found, ink: PageInk, classifier: Any, height: float) -> list[Found]:
    """Return the digits of a candidate: itself, or those that touch in it.

    All ways to cut it at its narrowest places are weighed against each other by what
    the classifier makes of the parts, and whether they are digits at all.
    """
    if not may_be_several(item, height):
        return [item]
    division = _best_division(item.candidate, ink, classifier, height)
    digits = [part for part in division.parts if not _is_flat(part[0], height)]
    if not digits:
        return [item]
    if len(division.parts) == 1:
        return [digit for digit, *_ in digits]
    sureness = np.mean([digit.sureness for digit, *_ in digits])
    if item.is_several < LIKELY_SEVERAL and sureness < LIKELY_PARTS:
        # A scribble has parts that look like digits, but seldom all of them.
        return [item]
    least = OF_SEVERAL * item.is_several
    found = []
    for digit, *cuts in digits:
        images = _with_wider_cuts(item.candidate, division.columns, cuts, ink, height)
        found.append(
            digit._replace(
                is_digit=max(digit.is_digit, least),
                probabilities=_mean_probabilities(images, classifier),
            )
        )
    return found


def _best_division(
    candidate: Candidate, ink: PageInk, classifier: Any, height: float
) -> Division:
    """Return the best way to divide a candidate.

    Slanted cuts are tried where vertical ones leave parts that are no clear digits.
    """
    vertical = _divided(candidate, 0.0, ink, classifier, height)
    if vertical.is_clear():
        return vertical
    divisions = [
        _divided(candidate, slant, ink, classifier, height) for slant in SLANTS
    ]
    slanted = max(divisions, key=lambda division: division.score)
    return slanted if slanted.score > vertical.score + LESS_USUAL else vertical


def _divided(
    candidate: Candidate, slant: float, ink: PageInk, classifier: Any, height: float
) -> Division:
    """Return the best way to divide a candidate by cuts with a slant."""
    columns = candidate.columns(slant)
    edges, parts = parts_between_cuts(candidate, columns, height)
    read = dict(zip(parts, classified([*parts.values()], ink, classifier), strict=True))
    score, spans = _best_spans(edges, read, height)
    chosen = [(read[first, last], edges[first], edges[last]) for first, last in spans]
    return Division(score / edges[-1], chosen, columns)


def _best_spans(
    edges: Sequence[Cut], read: Mapping[Span, Found], height: float
) -> tuple[float, list[Span]]:
    """Return the best parts and their total score, by dynamic programming.

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
    return best[-1]


def _score(part: Found, height: float) -> float:
    return SCORE_OF_LINK if _is_flat(part, height) else part.sureness


def _is_flat(part: Found, height: float) -> bool:
    """Return whether a part is a dash or a link between digits."""
    return part.candidate.height < FLAT_PART * height


def _with_wider_cuts(
    candidate: Candidate,
    columns: np.ndarray,
    cuts: Sequence[Cut],
    ink: PageInk,
    height: float,
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
        first = cuts[0] - round(left * height)
        last = cuts[1] + round(right * height)
        if (part := candidate.part((columns >= first) & (columns < last))) is not None:
            images.append(part.image(ink))
    return np.unique(np.reshape(images, (len(images), -1)), axis=0)


def _mean_probabilities(images: np.ndarray, classifier: Any) -> np.ndarray:
    """Return the mean probabilities of the classes of several images of a digit.

    Images that are more likely a single digit count more.
    """
    weights = np.maximum(kinds_of_ink(images).digit, 1e-6)
    return np.average(classifier.predict_proba(images), axis=0, weights=weights)


def parts_between_cuts(
    candidate: Candidate, columns: np.ndarray, height: float
) -> tuple[list[Cut], dict[Span, Candidate]]:
    """Return where a candidate may be cut, and what may be a digit.

    The edges are the cuts and both sides of the candidate.

    Parameters
    ----------
    candidate : Candidate
    columns : ndarray of shape (height, width), int
        Column of each of its pixels along the slant of the cuts, from
        `Candidate.columns`.
    height : float
        Height of most digits of the page.
    """
    profile = np.bincount(columns[candidate.pixels > 0])
    edges = [0, *_narrow_places(profile, height), len(profile)]
    parts = {}
    for span in itertools.combinations(range(len(edges)), 2):
        first, last = edges[span[0]], edges[span[1]]
        if NARROWEST * height <= last - first <= WIDEST * height:
            part = candidate.part((columns >= first) & (columns < last))
            if part is not None:
                parts[span] = part
    return edges, parts


def _narrow_places(profile: np.ndarray, height: float) -> list[Cut]:
    """Return where a candidate may be cut: the columns with the least ink.

    Parameters
    ----------
    profile : ndarray of shape (n_columns,)
        Number of pixels of ink in each column.
    height : float
        Height of most digits of the page.
    """
    smooth = np.convolve(profile, np.ones(3) / 3, mode="same")
    most = min(MOST_CUTS, 2 + round(4 * len(profile) / height))
    chosen: list[Cut] = []
    for place in np.argsort(smooth, kind="stable"):
        near = [0, len(profile), *chosen]
        if all(abs(int(place) - other) >= 0.12 * height for other in near):
            chosen.append(int(place))
        if len(chosen) == most:
            break
    return sorted(chosen)
