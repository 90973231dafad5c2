"""read_digits: shadows, noise, and ink of another colour than printed lines."""

import cv2
import numpy as np
import pytest
from PIL import Image
from support.page_writer import lines_of

from digitclf import load_predictor
from digitclf.reading import read_digits
from digitclf.reading._light import without_shadows
from digitclf.reading._page_ink import plane_of
from digitclf.reading._plane_digits import _digits_on, _may_be_hidden

LINES = ["3141", "592", "65358"]
LONG_LINES = ["3141592", "6535897", "2718281"]


def shadow_over(page, darkness):
    """Return a page whose left half is in a shadow."""
    light = np.ones(page.shape[:2])
    light[:, : page.shape[1] // 2] = darkness
    return page * cv2.GaussianBlur(light, (0, 0), 6)[..., None]


@pytest.mark.parametrize("darkness", [0.55, 0.75])
def test_paper_and_ink_are_as_bright_in_a_shadow_as_elsewhere(darkness, write):
    page = write(LINES, paper=220, ink=110)
    shaded = shadow_over(page, darkness).astype(np.uint8)

    even = without_shadows(shaded).astype(float)

    inside = np.ones(page.shape[:2], dtype=bool)
    middle = page.shape[1] // 2
    inside[:, middle - 40 : middle + 40] = False
    assert np.abs(even - page)[inside].mean() < 2
    assert np.abs(even - page)[inside].max() < 20


def test_light_ink_on_black_paper_stays_as_it_is(write):
    page = write(LINES, paper=0, ink=255)

    np.testing.assert_array_equal(without_shadows(page), page)


def test_light_ink_in_a_shadow_is_as_clear_as_elsewhere(write):
    page = write(LINES, paper=120, ink=225)
    shaded = shadow_over(page, 0.5).astype(np.uint8)

    even = without_shadows(shaded).astype(float)

    middle = page.shape[1] // 2
    in_shadow = even[:, : middle - 40], page[:, : middle - 40]
    assert np.abs(in_shadow[0] - in_shadow[1]).mean() < 2
    assert (in_shadow[0].max() - in_shadow[0].min()) > 95


def test_squares_and_digits_half_in_a_shadow(write):
    page = write(LINES, paper=230, ink=120).astype(float)
    for first in range(2):
        page[first::28] = np.minimum(page[first::28], 165)
        page[:, first::28] = np.minimum(page[:, first::28], 165)
    noise = np.random.default_rng(0).normal(0, 2, page.shape[:2])
    shaded = shadow_over(page, 0.5) + noise[..., None]

    assert lines_of(read_digits(shaded.astype(np.uint8))) == LINES


@pytest.mark.parametrize("ink", [105, 115])
def test_thin_strokes_in_strong_noise(ink, write):
    page = write(LINES, paper=170, ink=ink, side=84).astype(float)
    page += np.random.default_rng(0).normal(0, 20, page.shape[:2])[..., None]

    assert lines_of(read_digits(np.clip(page, 0, 255).astype(np.uint8))) == LINES


def pencil_on_squares(write, *, noise, darkest):
    """Return a page (height, width), float, on which light falls from the left."""
    page = write(LONG_LINES, paper=215, ink=170)[..., 0].astype(float)
    page[::34] = np.minimum(page[::34], 185)
    page[:, ::34] = np.minimum(page[:, ::34], 185)
    page *= np.linspace(1, darkest, page.shape[1])
    page += np.random.default_rng(0).normal(0, noise, page.shape)
    return np.clip(page, 0, 255)


@pytest.mark.parametrize(("noise", "darkest"), [(7, 0.4), (8, 0.4), (8, 0.5)])
def test_pencil_on_squares_in_the_noise_of_falling_light(noise, darkest, write):
    page = pencil_on_squares(write, noise=noise, darkest=darkest)

    assert lines_of(read_digits(page.astype(np.uint8))) == LONG_LINES
    assert lines_of(read_digits((257 * page).astype(np.uint16))) == LONG_LINES


@pytest.mark.parametrize(("noise", "is_strong"), [(0, False), (2, False), (8, True)])
def test_pages_are_read_without_noise_if_it_may_hide_digits(noise, is_strong, write):
    page = pencil_on_squares(write, noise=noise, darkest=0.4)
    digits = _digits_on(plane_of(page.astype(np.uint8)), load_predictor())

    assert _may_be_hidden(digits) == is_strong


@pytest.mark.parametrize("degrees", [-38, -20, 25])
def test_rotated_squares_of_another_colour_than_the_ink(degrees, write):
    page = write(LINES, paper=225, ink=(125, 130, 130)).astype(float)
    for first in range(2):
        page[first::40] = np.minimum(page[first::40], (205, 105, 105))
        page[:, first::40] = np.minimum(page[:, first::40], (205, 105, 105))
    page += np.random.default_rng(0).normal(0, 3, page.shape)
    rotated = Image.fromarray(page.astype(np.uint8)).rotate(
        degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#e1e1e1"
    )

    assert lines_of(read_digits(rotated)) == LINES


def test_tilted_boxes_of_another_colour_than_the_ink(write):
    lines = ["3141", "5926", "5358"]
    page = write(lines, paper=(60, 170, 90), ink=(90, 130, 200), gap=34)
    for row in range(len(lines)):
        for column in range(4):
            left, top = 30 + 90 * column, 32 + 112 * row
            cv2.rectangle(page, (left, top), (left + 76, top + 76), (20, 60, 30), 3)
    noisy = page + np.random.default_rng(0).normal(0, 4, page.shape)
    tilted = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).rotate(
        7, Image.Resampling.BICUBIC, expand=True, fillcolor=(60, 170, 90)
    )

    assert lines_of(read_digits(tilted)) == lines
