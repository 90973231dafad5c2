"""read_digits: pages that are not upright."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from support.page_writer import lines_of

from digitclf.reading import read_digits
from digitclf.reading._components import Components
from digitclf.reading._page_ink import PageInk
from digitclf.reading._recognition import some_images
from digitclf.reading._strokes import Candidate

LINES = ["3141", "592", "65358"]


def inside(point, row):
    """Return whether a point (x, y) is in the box of a digit."""
    x, y = point
    across = row["left"] <= x < row["left"] + row["width"]
    return across and row["top"] <= y < row["top"] + row["height"]


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_pages_on_a_side_or_upside_down_are_read(turns, write):
    page = write(LINES)
    turned = np.rot90(page, turns)

    table = read_digits(turned)

    assert lines_of(table) == LINES
    for (_, row), (_, upright) in zip(
        table.iterrows(), read_digits(page).iterrows(), strict=True
    ):
        x = upright["left"] + upright["width"] // 2
        y = upright["top"] + upright["height"] // 2
        marked = np.zeros(page.shape[:2], dtype=bool)
        marked[y, x] = True
        ((top, left),) = np.argwhere(np.rot90(marked, turns))
        assert inside((left, top), row)


@pytest.mark.parametrize("angle", [-40, -12, 20, 33])
def test_pages_rotated_by_any_angle_are_read(angle, write):
    page = Image.fromarray(write(LINES, paper=230, ink=40))
    rotated = page.rotate(
        angle, Image.Resampling.BICUBIC, expand=True, fillcolor="#e6e6e6"
    )

    table = read_digits(rotated)

    assert lines_of(table) == LINES
    height, width = rotated.height, rotated.width
    assert (table[["left", "top"]] >= 0).all(axis=None)
    assert (table["left"] + table["width"] <= width).all()
    assert (table["top"] + table["height"] <= height).all()


def test_boxes_of_a_rotated_page_contain_the_ink(write):
    page = Image.fromarray(write(["27"], side=80)).rotate(
        25, Image.Resampling.BICUBIC, expand=True, fillcolor="white"
    )

    table = read_digits(page)

    ink = np.asarray(page.convert("L")) < 128
    covered = np.zeros_like(ink)
    for row in table.itertuples():
        covered[row.top : row.top + row.height, row.left : row.left + row.width] = True
    assert ink[covered].sum() > 0.97 * ink.sum()


def test_lines_on_rotated_squared_paper(write):
    page = write(LINES, paper=240, ink=30)
    page[::28] = np.minimum(page[::28], 190)
    page[:, ::28] = np.minimum(page[:, ::28], 190)
    rotated = Image.fromarray(page).rotate(
        18, Image.Resampling.BICUBIC, expand=True, fillcolor="#f0f0f0"
    )

    assert lines_of(read_digits(rotated)) == LINES


@pytest.mark.parametrize("angle", [-40, 25, 40])
def test_dark_digits_on_dark_squares_of_rotated_paper(angle, write):
    page = write(LINES, paper=240, ink=30)
    page[::40] = 60
    page[:, ::40] = 60
    rotated = Image.fromarray(page).rotate(
        angle, Image.Resampling.BICUBIC, expand=True, fillcolor="#f0f0f0"
    )

    # The squares hide the digits, and look like light digits themselves.
    digits = "".join(lines_of(read_digits(rotated)))

    assert digits == "".join(LINES)


@pytest.mark.parametrize("degrees", [-18, -15, -12, 10, 15])
def test_digits_on_lines_of_rotated_paper(degrees, write):
    lines = ["31415", "926535", "897932", "38462"]
    page = write(lines, paper=210, ink=90, gap=-10)
    # Lines that join all digits can only be removed after the rotation.
    for top in range(40, page.shape[0] - 60, 112):
        for line in (top + 26, top + 82):
            page[line : line + 2] = np.minimum(page[line : line + 2], 130)
    rotated = Image.fromarray(page).rotate(
        degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#d2d2d2"
    )

    assert lines_of(read_digits(rotated)) == lines


def test_narrow_ink_is_not_asked_about_the_rotation():
    contrast = np.zeros((60, 200), np.float32)
    ring = Image.new("L", (30, 40))
    ImageDraw.Draw(ring).ellipse([2, 2, 27, 37], outline=255, width=4)
    digit = Candidate(10, 10, np.asarray(ring))
    dashes = [
        Candidate(left, 30, np.full((5, 30), 255, np.uint8)) for left in (60, 120)
    ]
    for part in (digit, *dashes):
        box = contrast[part.top : part.bottom, part.left : part.right]
        box += part.pixels
    strokes = Components(contrast)
    ink = PageInk(contrast, strokes, strokes, np.eye(3))

    images = some_images([*dashes, digit], ink)

    np.testing.assert_array_equal(images, [digit.image(ink)])
    assert len(some_images(dashes, ink)) == 2
