"""How well the classifier recognises the candidates of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from digitclf.preprocessing._mnist_form import MNIST_SIZE
from digitclf.reading._digit_or_other import kinds_of_ink
from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import Candidate

MOST_ASKED = 40
"""Number of candidates that the classifier is asked about, at most."""

NARROW = 0.35
"""Shorter side relative to the longer one, below which ink may be a line."""


def some_of(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return at most `MOST_ASKED` candidates from all parts of the page."""
    return candidates[:: -(-len(candidates) // MOST_ASKED) or 1]


def some_images(candidates: Sequence[Candidate], ink: PageInk) -> np.ndarray:
    """Return images of some candidates in MNIST's form, uint8 (n, 28, 28).

    They are candidates that look different on their side. A dash, or a piece of a
    printed line, would be a one.
    """
    wide = [
        candidate
        for candidate in candidates
        if min(candidate.box[2:]) >= NARROW * max(candidate.box[2:])
    ]
    images = [candidate.image(ink) for candidate in some_of(wide or candidates)]
    shape = -1, MNIST_SIZE, MNIST_SIZE
    return np.reshape(np.array(images, dtype=np.uint8), shape)


def sureness(images: np.ndarray, classifier: Any) -> float:
    """Return the mean probability that images are digits, and those recognised."""
    if not len(images):
        return 0.0
    rows = images.reshape(len(images), -1)
    recognised = classifier.predict_proba(rows).max(axis=1)
    return float((recognised * kinds_of_ink(rows).digit).mean())
