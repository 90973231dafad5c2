"""read_digits: pages with printed lines that are seen at an angle."""

import cv2
import numpy as np
import pytest
from support.page_writer import lines_of

from digitclf.reading import find_digits, read_digits
from digitclf.reading._perspective import without_perspective

LINES = ["2718281", "3141692", "8079463"]

FAR_SIDES = {
    "top": [(0.2, 0.1), (0.8, 0.1), (1, 1), (0, 1)],
    "right": [(0, 0), (1, 0.2), (1, 0.8), (0, 1)],
    "bottom": [(0, 0), (1, 0), (0.8, 0.9), (0.2, 0.9)],
    "left": [(0, 0.2), (1, 0), (1, 1), (0, 0.8)],
    "corner": [(0, 0), (0.95, 0.1), (0.82, 0.82), (0.1, 0.95)],
}
"""Corners of the page in the picture, relative to its size."""


def on_squares(page, *, side=56, thickness=2, colour=130):
    """Return a page on squares."""
    page = page.copy()
    for line in range(thickness):
        page[15 + line :: side] = np.minimum(page[15 + line :: side], colour)
        page[:, 15 + line :: side] = np.minimum(page[:, 15 + line :: side], colour)
    return page


def seen_at_an_angle(page, far_side):
    """Return a picture of a page, and the homography from the page to the picture."""
    height, width = page.shape[:2]
    flat = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    placed = np.float32(FAR_SIDES[far_side]) * [width, height]
    matrix = cv2.getPerspectiveTransform(flat, np.float32(placed))
    picture = cv2.warpPerspective(
        page, matrix, (width, height), flags=cv2.INTER_AREA, borderValue=(235,) * 3
    )
    return picture, matrix


def moved(points, matrix):
    """Return points (n, 2) after a homography."""
    return cv2.perspectiveTransform(np.float64([points]), np.float64(matrix))[0]


@pytest.mark.parametrize("far_side", FAR_SIDES)
def test_printed_lines_are_level_and_upright(far_side, write):
    page = on_squares(write(LINES, paper=235, ink=40))
    height, width = page.shape[:2]
    picture, to_picture = seen_at_an_angle(page, far_side)

    flat, back = without_perspective(picture)

    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    left_top, right_top, right_bottom, left_bottom = moved(
        corners, np.linalg.inv(back) @ to_picture
    )
    tolerance = 0.03 * max(flat.shape)
    assert abs(left_top[1] - right_top[1]) < tolerance
    assert abs(left_bottom[1] - right_bottom[1]) < tolerance
    assert abs(left_top[0] - left_bottom[0]) < tolerance
    assert abs(right_top[0] - right_bottom[0]) < tolerance


@pytest.mark.parametrize("far_side", FAR_SIDES)
def test_digits_on_dark_squares_are_read(far_side, write):
    page = on_squares(write(LINES, paper=235, ink=40))
    picture, _ = seen_at_an_angle(page, far_side)

    assert lines_of(read_digits(picture)) == LINES


def test_boxes_are_in_pixels_of_the_picture(write):
    page = write(LINES, paper=235, ink=40)
    picture, to_picture = seen_at_an_angle(on_squares(page), "right")

    found, alone = find_digits(picture), find_digits(page)

    middles = alone[["left", "top"]] + alone[["width", "height"]].to_numpy() / 2
    expected = moved(middles, to_picture)
    boxes = found[["left", "top", "width", "height"]].to_numpy()
    np.testing.assert_allclose(boxes[:, :2] + boxes[:, 2:] / 2, expected, atol=6)


@pytest.mark.parametrize("tilt", [0, 1.5])
def test_page_with_parallel_lines_is_left_as_it_is(tilt, write):
    page = on_squares(write(LINES, paper=235, ink=40))
    rows, columns = page.shape[:2]
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), tilt, 1.0)
    page = cv2.warpAffine(page, turn, (columns, rows), borderValue=(235,) * 3)

    same, to_picture = without_perspective(page)

    assert same is page
    np.testing.assert_array_equal(to_picture, np.eye(3))


@pytest.mark.parametrize("far_side", FAR_SIDES)
def test_page_without_printed_lines_is_left_as_it_is(far_side, write):
    picture, _ = seen_at_an_angle(write(LINES, paper=235, ink=40), far_side)

    assert without_perspective(picture)[0] is picture


def test_two_lines_that_meet_are_no_perspective(write):
    page = write(LINES, paper=235, ink=40)
    width = page.shape[1]
    cv2.line(page, (20, 140), (width - 20, 150), (60, 60, 60), 3)
    cv2.line(page, (20, 370), (width - 20, 260), (60, 60, 60), 3)

    assert without_perspective(page)[0] is page
