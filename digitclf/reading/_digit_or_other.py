"""Digits told from other ink: by a network, and by what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from digitclf._predictor import DigitPredictor, load_predictor
from digitclf.pretrained._file import DIGIT_OR_OTHER, pretrained_file
from digitclf.reading._digit_height import height_of_most
from digitclf.reading._order import Box

LEAST_DIGIT = 0.02
"""Probability of ink to be a digit, at least. About 0.5 % of digits have less."""

ODD_SIZES = (0.5, 1.5)
"""Heights relative to that of most digits, outside of which digits are rare."""

LEAST_ODD_DIGIT = 0.5
"""Probability of ink of such a height to be a digit, at least."""

SURE = 0.005
"""Probabilities below this count as if they were this."""

LETTERS_LIKE_DIGITS = 0.25
"""Share of the letters that look like digits."""

SIGNS_OF_DIGITS = 0.3
"""How likely other ink is beside digits, relative to other ink beside letters."""

CHANGE = 5.0
"""Cost of a change from digits to letters, or back, without a gap. It is a negative
log-likelihood, and decreases exponentially with the gap."""

WORD_GAP = 0.67
"""Gap relative to the height of the higher neighbour at which a change costs about a
third of that."""

FIRST_LETTER = (1.5, 3.5)
"""Lowest and highest cost of letters after a wide gap. Digits are expected, above all
where no ink of the page is clearly a letter."""

CLEAR_LETTER = 0.7
"""Probability of a clear letter, at least."""

WIDEST_GAP = 2.0
"""Gap in a line relative to the height of the higher neighbour, at most."""

SMALL = 0.6
"""Height relative to that of most digits, below which print is more likely."""

SMALL_LETTERS = 1.0
"""Log-likelihood ratio of ink of three quarters of that height, or less."""

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
    each line into digits and letters is therefore sought, where changes between them
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
    sizes = _relative_heights(boxes, like_digit)
    of_letters += SMALL_LETTERS * np.clip((SMALL - sizes) / (SMALL / 4), 0, 1)
    is_odd = (sizes < ODD_SIZES[0]) | (sizes > ODD_SIZES[1])
    kept = np.asarray(kinds.digit) >= np.where(is_odd, LEAST_ODD_DIGIT, LEAST_DIGIT)
    cost = _cost_of_letters(kinds)
    for places, gaps in _lines(boxes):
        is_letter = _divided(of_digits[places], of_letters[places], gaps, cost)
        kept[places[is_letter]] = False
    return kept


def _cost_of_letters(kinds: Kinds) -> float:
    """Return the cost of letters after a wide gap: there are more on some pages."""
    are_letters = np.count_nonzero(np.asarray(kinds.letter) > CLEAR_LETTER)
    share = (are_letters + 0.5) / (len(kinds.letter) + 1)
    return float(np.clip(-np.log(share), *FIRST_LETTER))


def _relative_heights(boxes: Sequence[Box], like_digit: np.ndarray) -> np.ndarray:
    """Return heights relative to that of most digits, 1 if there are no digits."""
    heights = np.array([box.height for box in boxes], dtype=float)
    usual = height_of_most(heights[like_digit > 0.5])
    return heights / usual if usual else np.ones(len(heights))


def _divided(
    of_digits: np.ndarray, of_letters: np.ndarray, gaps: np.ndarray, first_letter: float
) -> np.ndarray:
    """Return which ink of a line are letters, by the Viterbi algorithm.

    Parameters
    ----------
    of_digits, of_letters : ndarray of shape (n,)
        Log-likelihoods of how the ink looks, if it is a digit and if it is a letter.
    gaps : ndarray of shape (n - 1,)
        Gaps between neighbours relative to their height.
    first_letter : float
        Cost of letters after a wide gap.
    """
    likelihoods = np.stack([of_digits, of_letters], axis=1)
    total = likelihoods[0] - [0, first_letter]
    came_from = []
    for likelihood, near in zip(likelihoods[1:], np.exp(-gaps / WORD_GAP), strict=True):
        change = CHANGE * near
        ways = total[:, None] - [[0, change + first_letter * (1 - near)], [change, 0]]
        came_from.append(ways.argmax(axis=0))
        total = ways.max(axis=0) + likelihood
    states = [int(total.argmax())]
    for previous in reversed(came_from):
        states.append(int(previous[states[-1]]))
    return np.array(states[::-1], dtype=bool)


def _lines(boxes: Sequence[Box]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the positions of the boxes of each line, and the gaps between them.

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
        near = np.flatnonzero((common > ON_ONE_LINE * lower) & (gaps < WIDEST_GAP))
        if len(near):
            neighbour = others[near[-1]]  # the one that is closest
            before[place], after[neighbour] = neighbour, place
    for start in np.flatnonzero(before < 0):
        places = [start]
        while after[places[-1]] >= 0:
            places.append(after[places[-1]])
        line = np.array(places)
        gap = left[line[1:]] - left[line[:-1]] - width[line[:-1]]
        yield line, np.maximum(gap, 0) / np.maximum(height[line[1:]], height[line[:-1]])
