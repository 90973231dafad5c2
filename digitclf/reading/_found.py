"""Candidates with what the networks make of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from digitclf.reading._digit_or_other import kinds_of_ink
from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import Candidate


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

    @property
    def sureness(self) -> float:
        """Probability that it is a single digit, and which one."""
        return float(self.probabilities.max()) * self.is_digit


def classified(
    candidates: Sequence[Candidate], ink: PageInk, classifier: Any
) -> list[Found]:
    """Return candidates with the answers of the classifier and of the other network.

    Parameters
    ----------
    candidates : sequence of Candidate
    ink : PageInk
    classifier : object
        Fitted classifier for rows of pixels in MNIST's form.
    """
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
