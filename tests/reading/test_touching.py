"""Touching digits: the images that they are read from."""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from digitclf.reading._page_ink import PageInk
from digitclf.reading._strokes import Candidate
from digitclf.reading._touching import _mean_probabilities, _with_wider_cuts


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
    ink = PageInk(contrast, candidate.pixels, candidate.pixels, np.eye(3))

    images = _with_wider_cuts(candidate, (0, 30), ink, 60)

    whole = candidate.columns(0, 42).image(ink).ravel()
    assert (images == whole).all(axis=1).any()
    assert len(np.unique(images, axis=0)) == len(images) == 3


def test_images_of_a_single_digit_count_most(mnist_test):
    zero, seven = (mnist_test.images[mnist_test.target == digit][0] for digit in (0, 7))
    pair = cv2.resize(np.hstack([zero, seven]), (28, 28))

    probabilities = _mean_probabilities(
        np.reshape([zero, pair], (2, -1)), classifier=InOrder()
    )

    assert probabilities[0] > 0.9
