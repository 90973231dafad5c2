"""Digits told from other ink: by a network, and by what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from digitclf._predictor import DigitPredictor, load_predictor
from digitclf.pretrained._file import DIGIT_OR_OTHER, pretrained_file
from digitclf.reading._order import Box

LEAST_DIGIT = 0.02
"""Probability of ink to be a digit, at least. About 0.5 % of digits have less."""

SURE = 0.005
"""Probabilities below this, or above 1 minus this, count as if they were this."""

UNUSUAL = 0.27
"""Mean probability of neighbours below which they are evidence against ink. A line of
digits in an unusual hand has more."""

OF_NEIGHBOURS = 1.5
"""Weight of that evidence."""

BESIDE = 0.8
"""Maximum distance of neighbours on a line relative to the height of the higher one."""

ON_ONE_LINE = 0.4
"""Common height of neighbours on a line relative to the lower one, at least."""


class Kinds(NamedTuple):
    """Probabilities of what images show, of shape (n,). The rest is other ink."""

    digit: np.ndarray
    """A single, whole digit."""
    several: np.ndarray
    """Several digits that touch."""


def kinds_of_ink(rows: np.ndarray) -> Kinds:
    """Return what images show.

    Parameters
    ----------
    rows : ndarray of shape (n, 784), uint8
        Images in MNIST's form.
    """
    network = _network()
    probabilities = network.predict_proba(rows)
    labels = network.classes_.tolist()
    return Kinds(*(probabilities[:, labels.index(label)] for label in Kinds._fields))


@cache
def _network() -> DigitPredictor:
    with pretrained_file(DIGIT_OR_OTHER) as path:
        return load_predictor(path)


def are_digits(boxes: Sequence[Box], probabilities: Sequence[float]) -> np.ndarray:
    """Return which ink is taken for a digit, bool of shape (n,).

    Some letters look like digits, but seldom all of a word. Neighbours that are other
    ink are therefore evidence against ink. Neighbours that are digits are no evidence,
    because they would make digits of the operators between them.

    Parameters
    ----------
    boxes : sequence of Box
    probabilities : sequence of float
        Probability of each to be a digit, from the image alone.
    """
    likely = np.clip(probabilities, SURE, 1 - SURE)
    odds = _log_odds(likely)
    beside = _beside(boxes)
    n_beside = np.maximum(beside.sum(axis=1), 1)
    changed = odds
    # A letter that is rejected for its neighbours is one of them in the second round.
    for _ in range(2):
        clipped = np.clip(changed, _log_odds(SURE), -_log_odds(SURE))
        of_neighbours = beside @ clipped / n_beside - _log_odds(UNUSUAL)
        changed = odds + OF_NEIGHBOURS * np.minimum(of_neighbours, 0)
    return changed >= _log_odds(LEAST_DIGIT)


def _log_odds(probability: Any) -> Any:
    return np.log(probability / (1 - probability))


def _beside(boxes: Sequence[Box]) -> np.ndarray:
    """Return which boxes are neighbours on a line, bool of shape (n, n)."""
    left, top, width, height = np.reshape(boxes, (-1, 4)).T.astype(np.float32)
    right, bottom = left + width, top + height
    gaps = np.maximum(left - right[:, None], left[:, None] - right)
    common = np.minimum(bottom, bottom[:, None]) - np.maximum(top, top[:, None])
    beside = gaps < BESIDE * np.maximum(height, height[:, None])
    beside &= common > ON_ONE_LINE * np.minimum(height, height[:, None])
    np.fill_diagonal(beside, False)
    return beside
