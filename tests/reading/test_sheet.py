"""read_digits: a sheet that lies on something else."""

import cv2
import numpy as np
import pytest
from support.page_writer import in_thick_table, lines_of

from digitclf.reading import read_digits
from digitclf.reading._sheet import sheet_corners

LINES = ["3141", "592", "65358"]
TABLE = ["72 5", "1 8 ", "63 9"]

MARGIN = 150


def on_a_desk(page, desk, *, corners=((0, 0), (1, 0), (1, 1), (0, 1))):
    """Return a picture of a page whose corners lie somewhere on a desk.

    Corners are relative to the size of the page, and clockwise from the upper left.
    """
    height, width = page.shape[:2]
    flat = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    placed = np.float32(corners) * [width, height] + MARGIN
    matrix = cv2.getPerspectiveTransform(flat, np.float32(placed))
    size = width + 2 * MARGIN, height + 2 * MARGIN
    picture = np.full((*size[::-1], 3), desk, np.uint8)
    grain = np.random.default_rng(0).normal(0, 6, picture.shape)
    picture = np.clip(picture + cv2.GaussianBlur(grain, (9, 1), 0), 0, 255)
    sheet = cv2.warpPerspective(page, matrix, size, flags=cv2.INTER_AREA)
    is_sheet = cv2.warpPerspective(np.ones((height, width), np.uint8), matrix, size)
    return np.where(is_sheet[..., None] > 0, sheet, picture).astype(np.uint8), placed


@pytest.mark.parametrize("desk", [(60, 60, 65), (140, 95, 60), (120, 150, 140)])
def test_sheet_is_cut_out(desk, write):
    page = write(LINES, paper=235, ink=40)
    picture, placed = on_a_desk(
        page, desk, corners=((0.04, 0.1), (0.98, -0.05), (1.02, 0.93), (0.07, 1.04))
    )

    corners = sheet_corners(picture)

    # A little of the sheet along its edge is left out.
    np.testing.assert_allclose(corners, placed, atol=0.03 * max(picture.shape))
    assert lines_of(read_digits(picture)) == LINES


def test_boxes_are_in_pixels_of_the_picture(write):
    page = write(LINES, paper=235, ink=40)
    picture, _ = on_a_desk(page, (60, 60, 65))

    on_desk, alone = read_digits(picture), read_digits(page)

    sides = ["left", "top", "width", "height"]
    expected = alone[sides] + [MARGIN, MARGIN, 0, 0]
    np.testing.assert_allclose(on_desk[sides], expected, atol=4)


def test_dark_sheet_on_a_light_desk(write):
    page = write(LINES, paper=(70, 60, 50), ink=235)
    picture, _ = on_a_desk(page, (225, 220, 215))

    assert sheet_corners(picture) is not None
    assert lines_of(read_digits(picture)) == LINES


def test_page_that_fills_the_picture_is_not_cut(write):
    assert sheet_corners(write(LINES, paper=235, ink=40)) is None


def test_shadow_is_not_a_sheet(write):
    page = write(LINES, paper=235, ink=40).astype(float)
    page[:, : page.shape[1] // 2] *= 0.6
    page[: page.shape[0] // 3] *= 0.7

    assert sheet_corners(page.astype(np.uint8)) is None


def test_cell_of_a_table_is_not_a_sheet(write):
    page = in_thick_table(write(TABLE, paper=225, ink=60, gap=60))

    assert sheet_corners(page) is None
    assert lines_of(read_digits(page)) == ["725", "18", "639"]
