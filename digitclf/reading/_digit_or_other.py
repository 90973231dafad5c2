"""Digits told from other ink: by a network, and by what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from digitclf._predictor import DigitPredictor, load_predictor
from digitclf.pretrained._file import DIGIT_OR_OTHER, pretrained_file
from digitclf.reading._order import Box

LEAST_DIGIT = 0.02
"""Probability of ink to be a digit, at least. About 0.5 % of digits have less."""

SURE = 0.005
"""Probabilities below this count as if they were this."""

LETTERS_LIKE_DIGITS = 0.25
"""Share of the letters that look like digits."""

SIGNS_OF_DIGITS = 0.3
"""How likely other ink is beside digits, relative to other ink beside letters."""

CHANGE = 5.0
"""Cost of a change from digits to letters, or back, without a gap: of ink that is
attached. It is a negative log-likelihood."""

WIDE_GAP = 0.5
"""Gap without that cost, relative to the height of the higher neighbour."""

FIRST_LETTER = 2.0
"""Cost of letters at the start of a word. Digits are expected."""

ON_ONE_LINE = 0.4
"""Common height of neighbours on a line relative to the lower one, at least."""


class Kinds(NamedTuple):
    """Probabilities of what images show, of shape (n,). The rest is other ink."""

    digit: np.ndarray
    """A single, whole digit."""
    several: np.ndarray
    """Several digits that touch."""
    letter: np.ndarray
    """A letter, or several."""


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


def are_digits(boxes: Sequence[Box], kinds: Kinds) -> np.ndarray:
    """Return which ink is taken for a digit, bool of shape (n,).

    Some letters look like digits, but seldom all of a word. The most likely division of
    each word into digits and letters is therefore sought, where changes between them
    are unlikely without a gap. Other ink, such as an operator, may be beside either.

    Parameters
    ----------
    boxes : sequence of Box
    kinds : Kinds
        What each shows, from the image alone.
    """
    like_digit = np.asarray(kinds.digit) + kinds.several
    other = 1 - like_digit - kinds.letter
    of_digits = 1 - np.asarray(kinds.letter) - (1 - SIGNS_OF_DIGITS) * other
    of_digits = np.log(np.clip(of_digits, SURE, 1))
    of_letters = np.log(1 - (1 - LETTERS_LIKE_DIGITS) * like_digit)
    kept = np.asarray(kinds.digit) >= LEAST_DIGIT
    for places, gaps in _words(boxes):
        is_letter = _divided(of_digits[places], of_letters[places], gaps / WIDE_GAP)
        kept[places[is_letter]] = False
    return kept


def _divided(
    of_digits: np.ndarray, of_letters: np.ndarray, gaps: np.ndarray
) -> np.ndarray:
    """Return which ink of a word are letters, by the Viterbi algorithm.

    Parameters
    ----------
    of_digits, of_letters : ndarray of shape (n,)
        Log-likelihoods of how the ink looks, if it is a digit and if it is a letter.
    gaps : ndarray of shape (n - 1,)
        Gaps between neighbours, 1 for one at which another word may begin.
    """
    likelihoods = np.stack([of_digits, of_letters], axis=1)
    total = likelihoods[0] - [0, FIRST_LETTER]
    came_from = []
    for likelihood, gap in zip(likelihoods[1:], np.minimum(gaps, 1), strict=True):
        change = CHANGE * (1 - gap)
        ways = total[:, None] - [[0, change + FIRST_LETTER * gap], [change, 0]]
        came_from.append(ways.argmax(axis=0))
        total = ways.max(axis=0) + likelihood
    states = [int(total.argmax())]
    for previous in reversed(came_from):
        states.append(int(previous[states[-1]]))
    return np.array(states[::-1], dtype=bool)


def _words(boxes: Sequence[Box]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the positions of the boxes of each word, and the gaps between them.

    Gaps are relative to the height of the higher neighbour.
    """
    left, top, width, height = np.reshape(boxes, (-1, 4)).T.astype(float)
    before = np.full(len(left), -1)
    after = np.full(len(left), -1)
    order = np.argsort(left)
    for number, place in enumerate(order):
        others = order[:number]
        others = others[after[others] < 0]
        common = np.minimum(top[others] + height[others], top[place] + height[place])
        common -= np.maximum(top[others], top[place])
        lower = np.minimum(height[others], height[place])
        higher = np.maximum(height[others], height[place])
        gaps = (left[place] - left[others] - width[others]) / higher
        near = np.flatnonzero((common > ON_ONE_LINE * lower) & (gaps < WIDE_GAP))
        if len(near):
            neighbour = others[near[-1]]  # the one that is closest
            before[place], after[neighbour] = neighbour, place
    for start in np.flatnonzero(before < 0):
        places = [start]
        while after[places[-1]] >= 0:
            places.append(after[places[-1]])
        word = np.array(places)
        gap = left[word[1:]] - left[word[:-1]] - width[word[:-1]]
        yield word, np.maximum(gap, 0) / np.maximum(height[word[1:]], height[word[:-1]])
