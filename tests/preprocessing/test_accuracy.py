"""Accuracy of a classifier on pictures: drawn from MNIST, and real ones."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from sklearn.neighbors import KNeighborsClassifier

from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer

REAL_DIGITS = Path(__file__).parents[3] / "shared" / "data" / "digits"


@pytest.fixture(scope="module")
def classifier():
    mnist = load_mnist()
    return KNeighborsClassifier(3).fit(mnist.data[:6000], mnist.target[:6000])


def photo_of(digit, rng):
    """Return a photo of a digit: coloured, under uneven light, blurred and noisy."""
    height, width = rng.integers(150, 260, size=2)
    sheet = Image.new("L", (int(width), int(height)))
    side = int(rng.integers(80, 140))
    left, top = (int(rng.integers(0, s - side)) for s in sheet.size)
    sheet.paste(Image.fromarray(digit).resize((side, side)), (left, top))
    sheet = sheet.filter(ImageFilter.GaussianBlur(1))
    coverage = np.asarray(sheet)[..., None] / 255
    paper, ink = rng.uniform(170, 250, size=3), rng.uniform(0, 110, size=3)
    light = np.linspace(1, rng.uniform(0.5, 0.9), sheet.width)[:, None]
    pixels = (paper + (ink - paper) * coverage) * light
    pixels += rng.normal(0, 5, size=pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def test_photos_are_read_almost_as_well_as_the_images_themselves(classifier):
    mnist = load_mnist()
    images, y = mnist.images[-200:], mnist.target[-200:]
    rng = np.random.default_rng(0)
    photos = [photo_of(image, rng) for image in images]

    X = DigitNormalizer().transform(photos)

    raw = classifier.score(images.reshape(200, -1), y)
    assert classifier.score(X, y) > raw - 0.03


@pytest.mark.skipif(not REAL_DIGITS.is_dir(), reason=f"no folder {REAL_DIGITS}")
def test_real_pictures(classifier):
    entries = json.loads((REAL_DIGITS / "labels.json").read_text())
    paths = [REAL_DIGITS / entry["file"] for entry in entries]

    X = DigitNormalizer().transform(paths)

    assert classifier.score(X, [entry["label"] for entry in entries]) > 0.85
