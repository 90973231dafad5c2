"""Candidates as digits: one each, or several that touch and are taken apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from digitclf.reading._digit_or_other import Kinds, are_digits, kinds_of_ink
from digitclf.reading._order import Box, reading_order
from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import FLAT, Candidate, union

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

MOST_WIDE = 150
"""Maximum number of candidates that are taken apart. More are words, or a texture."""

MOST_CUTS = 16
"""Maximum number of places at which a wide candidate may be cut."""

NARROWEST, WIDEST = 0.12, 1.5
"""Width of digits that touch, relative to the typical height."""

WIDER = (0.0, 0.1, 0.2)
"""By how much cuts are moved outwards to read a digit, relative to the typical
height."""

COST = 0.2
"""Cost of a part, so that a digit is not divided without a gain."""


FAINT = 0.5
"""Contrast of faint ink relative to that of most ink, at most."""

LIKE_DIGITS = 0.8
"""Mean probability of faint ink to be digits, at least, if it is not from the back."""

SIGN = 0.55
"""Height of signs relative to that of the digits beside them, at most."""

IN_MIDDLE = 0.2
"""Distance of signs from the middle of the line, relative to that height, at most."""

NEIGHBOURS = 2
"""Number of digits on each side with which signs are compared."""

RATHER_ONE = 0.5
"""Probability of two pieces to be a single digit, at least."""

GAP_IN_DIGIT = 0.15
"""Gap between two halves of a digit relative to its height, at most."""

HALF_ON_LINE = 0.5
"""Common height of the halves relative to the lower one, at least."""

NARROW_HALF = 0.45
"""Width over height of a half that looks like a one, at most."""


class Found(NamedTuple):
    """A digit on a page."""

    candidate: Candidate
    image: np.ndarray
    probabilities: np.ndarray
    """Probabilities of the classes, if it is a digit."""
    is_digit: float
    """Probability that it is a single, whole digit."""
    is_several: float
    """Probability that it is several digits that touch."""
    is_letter: float
    """Probability that it is a letter, or several."""


def take_apart(
    candidates: Sequence[Candidate], ink: PageInk, classifier: Any, height: float
) -> list[Found]:
    """Return the digits that candidates are. Other ink is rejected.

    Parameters
    ----------
    candidates : sequence of Candidate
    ink : PageInk
    classifier : object
        Fitted classifier for rows of pixels in MNIST's form.
    height : float
        Height of most digits of the page.
    """
    whole = _classified(candidates, ink, classifier)
    whole = _put_together(whole, ink, classifier)
    if sum(_may_be_several(item, height) for item in whole) > MOST_WIDE:
        found = whole
    else:
        found = [
            part for item in whole for part in _apart(item, ink, classifier, height)
        ]
    boxes = [item.candidate.box for item in found]
    kinds = [(item.is_digit, item.is_several, item.is_letter) for item in found]
    kept = are_digits(boxes, Kinds(*np.reshape(kinds, (-1, 3)).T))
    found = [
        item
        for item, is_kept in zip(found, kept, strict=True)
        if is_kept and item.candidate.width < FLAT * item.candidate.height
    ]
    return _without_signs(_without_back(found, ink))


def _classified(
    candidates: Sequence[Candidate], ink: PageInk, classifier: Any
) -> list[Found]:
    if not candidates:
        return []
    images = [candidate.image(ink) for candidate in candidates]
    rows = np.reshape(images, (len(images), -1))
    probabilities = classifier.predict_proba(rows)
    kinds = kinds_of_ink(rows)
    return [
        Found(*item)
        for item in zip(candidates, images, probabilities, *kinds, strict=True)
    ]


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


def _without_signs(items: list[Found]) -> list[Found]:
    """Return digits without slashes and other signs of half their height.

    Signs are at the middle of the line. Superscripts are above it.
    """
    boxes = [item.candidate.box for item in items]
    signs = set()
    for line in reading_order(boxes):
        for number, place in enumerate(line):
            near = [*line[max(0, number - NEIGHBOURS) : number]]
            near += line[number + 1 : number + 1 + NEIGHBOURS]
            if near and _is_sign(boxes[place], [boxes[other] for other in near]):
                signs.add(place)
    return [item for place, item in enumerate(items) if place not in signs]


def _is_sign(box: Box, near: Sequence[Box]) -> bool:
    lowest = min(other.height for other in near)
    middle = np.median([other.centre[1] for other in near])
    is_in_middle = abs(middle - box.centre[1]) < IN_MIDDLE * lowest
    return bool(box.height < SIGN * lowest and is_in_middle)


def _put_together(items: Sequence[Found], ink: PageInk, classifier: Any) -> list[Found]:
    """Return digits, of which some were in two pieces that lie beside each other."""
    pairs = _halves(items)
    unions = _classified(
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
        least = max(RATHER_ONE, *(_sureness(items[half]) for half in pairs[place]))
        if _sureness(whole) >= least and used.isdisjoint(pairs[place]):
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


def _may_be_several(item: Found, height: float) -> bool:
    candidate = item.candidate
    if candidate.width < WIDE * min(height, candidate.height):
        return False
    is_clear = item.probabilities.max() >= CLEAR and item.is_digit >= 0.5
    if is_clear and candidate.width < WIDE_ALONE * candidate.height:
        return False
    return item.is_several >= LEAST_SEVERAL * (1 - item.is_digit)


def _apart(item: Found, ink: PageInk, classifier: Any, height: float) -> list[Found]:
    """Return the digits of a candidate: itself, or those that touch in it.

    All ways to cut it at its narrowest places are weighed against each other by what
    the classifier makes of the parts, and whether they are digits at all.
    """
    if not _may_be_several(item, height):
        return [item]
    edges, parts = parts_between_cuts(item.candidate, height)
    classified = _classified(list(parts.values()), ink, classifier)
    read = dict(zip(parts, classified, strict=True))
    # The best way to divide the columns up to each edge: its score and its parts.
    best: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])]
    for last in range(1, len(edges)):
        ways: list[tuple[float, list[tuple[int, int]]]] = [(-np.inf, [])]
        for first in range(last):
            if (first, last) in read:
                score, chosen = best[first]
                gain = _score(read[first, last], height) * (edges[last] - edges[first])
                ways.append((score + gain - COST * height, [*chosen, (first, last)]))
        best.append(max(ways, key=lambda way: way[0]))
    spans = [span for span in best[-1][1] if not _is_flat(read[span], height)]
    if len(best[-1][1]) < 2:
        return [read[span] for span in spans] or [item]
    least = OF_SEVERAL * item.is_several
    return [
        read[span]._replace(
            is_digit=max(read[span].is_digit, least),
            probabilities=_of_wider_cuts(
                item.candidate,
                (edges[span[0]], edges[span[1]]),
                ink,
                classifier,
                height,
            ),
        )
        for span in spans
    ] or [item]


def _of_wider_cuts(
    candidate: Candidate,
    span: tuple[int, int],
    ink: PageInk,
    classifier: Any,
    height: float,
) -> np.ndarray:
    """Return the probabilities of the classes of a digit that was cut out.

    Strokes of a digit that are behind a cut are missing. With cuts farther out, the
    digit is whole, but parts of its neighbours are there. The probabilities are the
    mean over several cuts, weighted by how likely a single digit is.
    """
    start, stop = span
    images = []
    for left, right in itertools.product(WIDER, WIDER):
        first = max(0, start - round(left * height))
        last = min(candidate.width, stop + round(right * height))
        if (part := candidate.columns(first, last)) is not None:
            images.append(part.image(ink))
    rows = np.unique(np.reshape(images, (len(images), -1)), axis=0)
    weights = kinds_of_ink(rows).digit + 1e-6
    return np.average(classifier.predict_proba(rows), axis=0, weights=weights)


def parts_between_cuts(
    candidate: Candidate, height: float
) -> tuple[list[int], dict[tuple[int, int], Candidate]]:
    """Return the columns at which a candidate may be cut, and what may be a digit.

    The parts of the candidate have the positions of their first and last edge as keys.
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


def _score(part: Found, height: float) -> float:
    if _is_flat(part, height):
        return 0.6
    return _sureness(part)


def _sureness(item: Found) -> float:
    """Return the probability that it is a single digit, and which one."""
    return float(item.probabilities.max()) * item.is_digit


def _is_flat(part: Found, height: float) -> bool:
    """Return whether a part is a dash or a link between digits."""
    return part.candidate.height < 0.35 * height


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
