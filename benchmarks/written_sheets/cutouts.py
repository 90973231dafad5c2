"""Candidates of `digitclf.reading`, cut out of sheets, and what they show.

That is known from the ink of each thing on the sheet: a digit, a piece of one, several
of them, or something else. Candidates that could be taken for either are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.written_sheets.sheet import Sheet
from digitclf.reading._page_ink import plane_of
from digitclf.reading._strokes import Candidate, find_candidates
from digitclf.reading._touching import SLANTS, parts_between_cuts

Array = np.ndarray
Generator = np.random.Generator

DIGITS = ("digit", "printed")
"""Kinds of ink that are digits: written ones and printed ones."""

WHOLE, PIECE = 0.85, 0.5
"""Share of the ink of a digit which is all of it, at least, or a piece, at most."""

NEIGHBOUR = 0.3
"""Share of the ink of a digit that may be its neighbours', which the cut left there."""

OF_NEIGHBOUR = 0.4
"""Share of a neighbour's ink that may be there."""

NARROW = 0.45
"""Width over height of ink, below which it may be a one."""

MOST_PARTS = 4
"""Parts of a candidate that are taken, between the places at which it may be cut."""

SLANTED = 0.5
"""Share of the candidates of which the cuts are not vertical."""


class Cutout(NamedTuple):
    """A candidate, or a part of one."""

    image: Array
    """In MNIST's form, uint8 (28, 28)."""
    kind: str
    """What it shows: ``digit`` or ``printed``, or, if it is not one, ``piece``,
    ``pair``, ``mirrored``, ``rest`` or a kind of sign."""
    digit: int | None
    """Position of a written digit in MNIST."""


def cutouts_of(sheet: Sheet, rng: Generator) -> Iterator[Cutout]:
    """Yield the candidates of a sheet and some of their parts."""
    ink = plane_of(sheet.pixels).ink(is_light=sheet.is_light)
    numbers = cv2.warpPerspective(
        sheet.numbers.astype(np.int16),
        ink.to_page,
        ink.contrast.shape[::-1],
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    totals = np.bincount(numbers.ravel(), minlength=len(sheet.items) + 1)
    candidates, height = find_candidates(ink)
    chosen: list[Candidate] = []
    for candidate in candidates:
        chosen.append(candidate)
        if candidate.width >= 0.5 * height:
            slant = rng.choice(SLANTS) if rng.random() < SLANTED else 0.0
            columns = candidate.columns(slant)
            _, parts = parts_between_cuts(candidate, columns, height)
            places = rng.permutation(len(parts))[:MOST_PARTS]
            chosen += [list(parts.values())[place] for place in places]
    for candidate in chosen:
        counts = _ink_per_item(candidate, numbers, len(sheet.items))
        kind = _kind_of(candidate, counts, totals, sheet)
        if kind is not None:
            item = sheet.items[int(counts[1:].argmax())]
            digit = item.digit if kind == "digit" else None
            yield Cutout(candidate.image(ink), kind, digit)


def _ink_per_item(candidate: Candidate, numbers: Array, n_items: int) -> Array:
    """Return the number of pixels of each item, after those of none.

    `numbers` are the items of the pixels of the ink.
    """
    rows = slice(candidate.top, candidate.bottom)
    columns = slice(candidate.left, candidate.right)
    chosen = numbers[rows, columns][candidate.pixels > 0]
    return np.bincount(chosen, minlength=n_items + 1)


def _kind_of(
    candidate: Candidate, counts: Array, totals: Array, sheet: Sheet
) -> str | None:
    """Return what a candidate shows, None if it may be taken for either."""
    shares = counts[1:] / np.maximum(totals[1:], 1)
    ink = counts[1:] / max(1, counts.sum())
    is_digit = np.array([item.kind in DIGITS for item in sheet.items])
    main = int(ink.argmax())
    kind = sheet.items[main].kind
    is_narrow = candidate.width < NARROW * candidate.height
    others = ink.sum() - ink[main]
    is_whole = shares[main] >= WHOLE and others <= NEIGHBOUR and ink[main] > 0.5
    is_whole &= np.delete(shares, main).max(initial=0) <= OF_NEIGHBOUR
    if is_digit[main] and is_whole:
        return kind
    if is_narrow:
        return None
    if ink.sum() < 0.15:
        return "rest"
    if np.count_nonzero(is_digit & (shares > 0.5)) >= 2 and ink.sum() > 0.6:
        return "pair"
    if is_digit[main]:
        is_piece = shares[main] <= PIECE and ink[main] > 0.6
        return "piece" if is_piece and others <= 0.1 else None
    if ink[main] < 0.6 or ink[is_digit].sum() > 0.1:
        return None
    if kind in ("word", "back"):
        # Single letters of a word may look like digits.
        return kind if candidate.width > 1.2 * candidate.height else None
    return kind if shares[main] > 0.5 else None
