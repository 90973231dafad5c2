"""Digits that touch each other."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitclf.reading import read_digits
from digitclf.reading._components import Components
from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import Candidate
from digitclf.reading._touching import _mean_probabilities, _with_wider_cuts

SIDE = 70
"""Side in pixels of a digit's image on a page, 20 / 28 of which it fills."""


def ink_of(image, slant):
    """Return an image of a digit with a slant to the right, cropped to its ink."""
    large = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    shear = np.float32([[1, -slant, slant * SIDE], [0, 1, 0]])
    large = cv2.warpAffine(large, shear, (2 * SIDE, SIDE))
    left, top, width, height = cv2.boundingRect((large > 100).view(np.uint8))
    return large[top : top + height, left : left + width]


def touching(images, slant=0.0):
    """Return a number as an image, each digit moved left until it touches."""
    strip = np.zeros((SIDE, 2 * SIDE * len(images)), dtype=np.uint8)
    end = 0
    for image in images:
        ink = ink_of(image, slant)
        rows = slice((SIDE - len(ink)) // 2, (SIDE - len(ink)) // 2 + len(ink))
        for left in range(end, max(0, end - SIDE) - 1, -1):
            place = rows, slice(left, left + ink.shape[1])
            if np.count_nonzero((strip[place] > 100) & (ink > 100)) >= 5:
                break
        strip[place] = np.maximum(strip[place], ink)
        end = place[1].stop
    return strip[:, :end]


@pytest.fixture(scope="module")
def numbers(mnist_test):
    """Return a function that makes a page of numbers, one per line, and their text."""

    def draw(n_numbers, n_digits, slant=0.0):
        page = np.full((100 * n_numbers + 40, 400), 250, dtype=np.uint8)
        texts = []
        for row in range(n_numbers):
            chosen = slice(row * n_digits, (row + 1) * n_digits)
            number = touching(mnist_test.images[chosen], slant)
            corner = 100 * row + 35
            box = slice(corner, corner + SIDE), slice(40, 40 + number.shape[1])
            page[box] -= np.uint8(number * 0.9)
            texts.append("".join(map(str, mnist_test.target[chosen])))
        return page, texts

    return draw


def lines_of(table):
    return table["digit"].astype("string").groupby(table["line"]).agg("".join).tolist()


@pytest.mark.parametrize("quarters", [0, 1, 3])
def test_pages_where_all_digits_touch_are_read(numbers, quarters):
    page, texts = numbers(8, 3)

    lines = lines_of(read_digits(np.rot90(page, quarters), min_probability=0))

    assert sum(map(str.__eq__, lines, texts)) >= 6


def test_a_single_number_whose_digits_touch_is_read(numbers):
    page, texts = numbers(1, 3)

    assert lines_of(read_digits(page)) == texts


@pytest.mark.parametrize("slant", [0.2, 0.4])
def test_slanted_digits_that_touch_are_taken_apart_along_their_slant(numbers, slant):
    page, texts = numbers(30, 2, slant)

    lines = lines_of(read_digits(page, min_probability=0))

    assert len(lines) == len(texts)
    assert sum(map(str.__eq__, lines, texts)) >= 20


class InOrder:
    """A classifier of which each image is another class."""

    def predict_proba(self, images):
        return np.eye(len(images))


def test_a_digit_is_also_read_with_cuts_behind_its_edge():
    pixels = Image.new("L", (90, 60))
    drawing = ImageDraw.Draw(pixels)
    drawing.ellipse([0, 0, 40, 59], outline=255, width=6)
    drawing.ellipse([38, 0, 89, 59], outline=255, width=6)
    candidate = Candidate(0, 0, np.asarray(pixels))
    contrast = np.float32(candidate.pixels)
    strokes = Components(candidate.pixels)
    ink = PageInk(contrast, strokes, strokes, np.eye(3))

    columns = candidate.columns(slant=0)
    images = _with_wider_cuts(candidate, columns, (0, 30), ink, 60)

    whole = candidate.part(columns < 42).image(ink).ravel()
    assert (images == whole).all(axis=1).any()
    assert len(np.unique(images, axis=0)) == len(images) == 3


def test_images_of_a_single_digit_count_most(mnist_test):
    zero, seven = (mnist_test.images[mnist_test.target == digit][0] for digit in (0, 7))
    pair = cv2.resize(np.hstack([zero, seven]), (28, 28))

    probabilities = _mean_probabilities(
        np.reshape([zero, pair], (2, -1)), classifier=InOrder()
    )

    assert probabilities[0] > 0.9
