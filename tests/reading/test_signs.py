"""Slashes, brackets and other signs beside digits."""

import cv2
import numpy as np
import pytest
from support.page_writer import lines_of

from digitclf.reading import read_digits

DIGIT_TOP, DIGIT_BOTTOM = 8, 48
"""Rows of the digits of a line, below its top."""


def place_of(row, column):
    """Return where a character begins on a page of the `write` fixture, as (x, y)."""
    return 40 + column * 76, 40 + row * 112


def draw_slash(page, row, column, beyond):
    """Draw a slash that begins above the digits and ends below them."""
    x, y = place_of(row, column)
    ends = (x + 16, y + DIGIT_BOTTOM + beyond), (x + 40, y + DIGIT_TOP - beyond)
    cv2.line(page, *ends, (0, 0, 0), 4, cv2.LINE_AA)


def draw_bracket(page, row, column, bow, beyond=0):
    """Draw a bracket, to the left of a chord if `bow` is positive, in pixels."""
    x, y = place_of(row, column)
    down = np.linspace(-1, 1, 20)
    height = DIGIT_BOTTOM - DIGIT_TOP + 2 * beyond
    across = x + 28 + bow * (down**2 - 0.5)
    rows = y + DIGIT_TOP - beyond + height * (down + 1) / 2
    curve = np.rint(np.stack([across, rows], axis=1)).astype(np.int32)
    cv2.polylines(page, [curve], False, (0, 0, 0), 4, cv2.LINE_AA)


def test_small_slashes_are_not_ones(write):
    page = write(["31 41", "5 926"])
    for left, bottom in ((216, 77), (140, 189)):
        ends = (left, bottom - 2), (left + 12, bottom - 16)
        cv2.line(page, *ends, (0, 0, 0), 4, cv2.LINE_AA)

    assert lines_of(read_digits(page)) == ["3141", "5926"]


@pytest.mark.parametrize("beyond", [6, 10])
def test_slashes_taller_than_digits_are_not_ones(write, beyond):
    page = write(["26 03 1951", "4 8  35 7"])
    for row, column in ((0, 2), (0, 5), (1, 1), (1, 7)):
        draw_slash(page, row, column, beyond)

    assert lines_of(read_digits(page)) == ["26031951", "48357"]


@pytest.mark.parametrize("bow", [6, 12])
def test_brackets_are_not_ones(write, bow):
    page = write([" 35  920", " 4  26 8"])
    for row, opening, closing in ((0, 0, 3), (1, 0, 2)):
        draw_bracket(page, row, opening, bow)
        draw_bracket(page, row, closing, -bow)

    assert lines_of(read_digits(page)) == ["35920", "4268"]


def test_brackets_behind_the_numbers_of_a_list_are_not_ones(write):
    page = write(["2  35", "3  90", "4  28"])
    for row in range(3):
        draw_bracket(page, row, 1, -8, beyond=5)

    assert lines_of(read_digits(page)) == ["235", "390", "428"]


def test_ones_that_are_taller_than_their_neighbours_are_digits(write, mnist_test):
    page = write(["3 41 59", "2 65 38"])
    upright = mnist_test.images[mnist_test.target == 1][2]
    tall = cv2.resize(upright, (75, 75))
    for row in range(2):
        x, y = place_of(row, 1)
        place = np.s_[y - 9 : y + 66, x - 9 : x + 66]
        page[place] = np.minimum(page[place], 255 - tall[..., None])

    assert lines_of(read_digits(page)) == ["314159", "216538"]
