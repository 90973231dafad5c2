"""Right angles by which a page is turned, found by what the classifier recognises."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import Candidate, find_candidates

SURER = 0.35
"""By how much the mean probability of a single digit has to be higher on a page that is
turned. That of n digits has to differ by the square root of n less."""

FEW_DIGITS = 3
"""Number of digits from which a page is turned."""

MOST_ASKED = 40
"""Number of digits that the classifier is asked about, at most."""


class Upright(NamedTuple):
    """A page whose digits are upright."""

    ink: PageInk
    candidates: list[Candidate]
    height: float
    """Height of most digits."""


def upright(ink: PageInk, classifier: Any) -> Upright:
    """Return a page turned by the right angle at which its digits are recognised best.

    Parameters
    ----------
    ink : PageInk
    classifier : object
        Fitted classifier for rows of pixels in MNIST's form.
    """
    pages = [Upright(ink, *find_candidates(ink))]
    asked = _some_images(pages[0])
    if not len(asked):
        return pages[0]
    # On a page that lies on its side, candidates are put together of other strokes.
    side = ink.turned(1)
    pages.append(Upright(side, *find_candidates(side)))
    images = [asked, _some_images(pages[1])]
    sureness = [
        _sureness(np.rot90(images[turns % 2], turns // 2 * 2, axes=(1, 2)), classifier)
        for turns in range(4)
    ]
    best = int(np.argmax(sureness))
    n_asked = len(images[best % 2])
    if n_asked < FEW_DIGITS or (
        sureness[best] < sureness[0] + SURER / np.sqrt(n_asked)
    ):
        return pages[0]
    if best < 2:
        return pages[best]
    turned = ink.turned(best)
    return Upright(turned, *find_candidates(turned))


def _some_images(page: Upright) -> np.ndarray:
    candidates = page.candidates[:: -(-len(page.candidates) // MOST_ASKED) or 1]
    images = [candidate.image(page.ink) for candidate in candidates]
    return np.stack(images) if images else np.empty((0, 28, 28), dtype=np.uint8)


def _sureness(images: np.ndarray, classifier: Any) -> float:
    """Return the mean probability of the most probable digits."""
    if not len(images):
        return 0.0
    rows = images.reshape(len(images), -1)
    return float(classifier.predict_proba(rows).max(axis=1).mean())
