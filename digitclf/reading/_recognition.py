"""How well the classifier recognises the candidates of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from digitclf.preprocessing._mnist_form import MNIST_SIZE
from digitclf.reading._digit_or_other import kinds_of_ink
from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import Candidate, find_candidates

MOST_ASKED = 40
"""Number of candidates that the classifier is asked about, at most."""

OF_STRAIGHT = 0.2
"""Weight of straight strokes where digits are evidence of ink."""

SEVERAL_SURE = 0.9
"""What several digits that touch count, if a digit that is recognised counts 1."""

SEVERAL_LIKELY = 0.5
"""Likelihood of ink that looks like several digits, relative to that of a digit. Paper
between straight strokes looks like them too."""


def some_of(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Return at most `MOST_ASKED` candidates from all parts of the page."""
    return candidates[:: -(-len(candidates) // MOST_ASKED) or 1]


def some_images(candidates: Sequence[Candidate], ink: PageInk) -> np.ndarray:
    """Return images of some candidates in MNIST's form, uint8 (n, 28, 28).

    Straight strokes are left out, unless there is nothing else: in some direction, a
    dash or a piece of a printed line is a one.
    """
    chosen = [candidate for candidate in candidates if not candidate.is_straight()]
    images = [candidate.image(ink) for candidate in some_of(chosen or candidates)]
    shape = -1, MNIST_SIZE, MNIST_SIZE
    return np.reshape(np.array(images, dtype=np.uint8), shape)


def _evident_height(candidate: Candidate) -> float:
    return candidate.height * (OF_STRAIGHT if candidate.is_straight() else 1.0)


def sureness(images: np.ndarray, classifier: Any) -> float:
    """Return the mean probability that images are digits, and those recognised."""
    if not len(images):
        return 0.0
    rows = images.reshape(len(images), -1)
    recognised = classifier.predict_proba(rows).max(axis=1)
    kinds = kinds_of_ink(rows)
    return float((recognised * kinds.digit + SEVERAL_SURE * kinds.several).mean())


def likelihood_of_digits(ink: PageInk) -> tuple[float, float]:
    """Return how likely ink is digits, and the probability of the clearest one.

    The former is the total height of digits, times their share of the candidates.
    Straight strokes count less: a piece of a printed line looks like a one.
    """
    candidates, _ = find_candidates(ink)
    if not candidates:
        return 0.0, 0.0
    asked = some_of(candidates)
    images = np.stack([candidate.image(ink) for candidate in asked])
    heights = np.array([_evident_height(candidate) for candidate in asked])
    likely, clearest = 0.0, 0.0
    # The digits may be upside down, or on their side.
    for turns in range(4):
        rows = np.rot90(images, turns, axes=(1, 2)).reshape(len(images), -1)
        kinds = kinds_of_ink(rows)
        are_digits = kinds.digit + SEVERAL_LIKELY * kinds.several
        likely = max(likely, float(are_digits.mean() * (are_digits @ heights)))
        clearest = max(clearest, float(are_digits.max()))
    return likely * len(candidates) / len(asked), clearest
