"""Reading order of digits."""

import pytest

from digitclf.reading._order import Box, reading_order

SIDE = 20


def boxes_at(*places, size=(14, SIDE)):
    """Return boxes whose upper left corners are at some places (x, y)."""
    return [Box(x, y, *size) for x, y in places]


def test_lines_that_slant_by_more_than_their_distance_are_kept_apart():
    # Over 12 digits, each line rises by 2 heights. The lines are 2 heights apart.
    first, second = (
        [(24 * column, 200 + down - 3.4 * column) for column in range(12)]
        for down in (0, 2 * SIDE)
    )
    boxes = boxes_at(*second, *first)

    assert reading_order(boxes) == [list(range(12, 24)), list(range(12))]


def test_superscript_belongs_to_the_line_of_the_digit_before():
    above = boxes_at(*[(24 * column, 0) for column in range(6)])
    line = boxes_at(*[(24 * column, 40) for column in range(6) if column != 3])
    superscript = Box(24 * 3 - 8, 33, 8, 12)

    assert reading_order([*above, *line, superscript]) == [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 11, 9, 10],
    ]


def test_superscript_of_a_digit_that_is_lower_than_the_others():
    high, low, superscript = (
        Box(0, 40, 19, 35),
        Box(30, 50, 30, 26),
        Box(74, 31, 13, 21),
    )
    boxes = [high, low, superscript, Box(97, 44, 23, 31), Box(133, 41, 23, 32)]

    assert reading_order([*boxes, Box(169, 29, 13, 18)]) == [[0, 1, 2, 3, 4, 5]]


def test_line_goes_on_at_its_own_height_after_a_superscript():
    boxes = [*boxes_at((0, 40), (24, 40)), Box(40, 31, 8, 12), *boxes_at((58, 40))]

    assert reading_order(boxes) == [[0, 1, 2, 3]]


def test_small_digits_of_a_line_of_their_own_are_not_superscripts():
    boxes = [*boxes_at((0, 40), (24, 40)), *boxes_at((40, 0), (52, 0), size=(8, 12))]

    assert reading_order(boxes) == [[2, 3], [0, 1]]


@pytest.mark.parametrize("rise", [8, 14, -14])
def test_few_digits_far_apart_are_a_line_that_rises(rise):
    # The first of the five digits does not tell where the line leads.
    boxes = boxes_at(*[(40 * column, 200 - rise * column) for column in range(5)])

    assert reading_order(boxes) == [[0, 1, 2, 3, 4]]


def test_two_level_lines_are_not_joined_to_one_that_slopes():
    boxes = boxes_at((0, 0), (24, 0), (72, 30), (96, 30))

    assert reading_order(boxes) == [[0, 1], [2, 3]]
