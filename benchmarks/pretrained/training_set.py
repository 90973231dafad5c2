"""Training images of the pretrained classifier, made from MNIST's training images.

MNIST's images themselves; pictures of them on paper, by `synthetic_pictures`, sent
through `DigitNormalizer`; disturbed images, with and without the normalizer; digits in
forms that MNIST lacks; and digits cut out of sheets as `digitclf.reading` does it.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.pretrained.disturbances import disturb
from benchmarks.pretrained.forms import DIGITS, other_form
from benchmarks.signs import FONTS
from benchmarks.synthetic_pictures import KINDS, draw_picture
from benchmarks.written_sheets import WRITINGS, cutouts_of, draw_sheet
from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer

N_TRAINING_IMAGES = 60_000

KINDS_DRAWN = [kind for kind in KINDS if kind != "huge"] + ["anything"] * 6
"""Kinds of pictures. Huge ones take seconds to draw and look the same afterwards."""

IMAGES_PER_PART = 250

KINDS_OF_PART = ("picture", "disturbed", "form", "picture of a form", "cutout")

SHEETS = ("mixed", "touching")
"""How the sheets are written on, of which digits are cut out."""

ZOOM = 4
"""Enlargement of images in other forms, which the normalizer then reduces."""


class Part(NamedTuple):
    """Some of the images, from a seed of their own."""

    kind: str
    seed: int
    number: int
    n_images: int


def training_set(
    numbers: Mapping[str, int], seed: int, n_processes: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 784) uint8 and labels.

    Parameters
    ----------
    numbers : mapping of str to int
        Numbers of images to make, by `KINDS_OF_PART`.
    seed : int
    n_processes : int
    """
    mnist = load_mnist()
    images, labels = mnist.data[:N_TRAINING_IMAGES], mnist.target[:N_TRAINING_IMAGES]
    parts = [
        Part(kind, seed, first, min(IMAGES_PER_PART, n_images - first))
        for kind, n_images in numbers.items()
        for first in range(0, n_images, IMAGES_PER_PART)
    ]
    with multiprocessing.get_context("spawn").Pool(n_processes) as pool:
        made = pool.map(make_part, parts, chunksize=1)
    return (
        np.concatenate([images, *(part_images for part_images, _ in made)]),
        np.concatenate([labels, *(labels[chosen] for _, chosen in made)]),
    )


def make_part(part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 784) uint8 and the positions of the digits in MNIST."""
    cv2.setNumThreads(1)
    mnist = load_mnist()
    digits, labels = mnist.images[:N_TRAINING_IMAGES], mnist.target[:N_TRAINING_IMAGES]
    rng = np.random.default_rng(
        [KINDS_OF_PART.index(part.kind), part.seed, part.number]
    )
    if part.kind == "cutout":
        return _cutouts(digits, labels, part.n_images, rng)
    normalizer = DigitNormalizer(on_error="warn")
    if "form" in part.kind:
        chosen = rng.choice(np.flatnonzero(np.isin(labels, DIGITS)), part.n_images)
        forms = [other_form(digits[i], labels[i], rng) for i in chosen]
        images = normalizer.transform([_enlarged(image) for image in forms])
        if part.kind == "picture of a form":
            images = normalizer.transform(_drawn(images, np.arange(len(images)), rng))
    else:
        chosen = rng.integers(len(digits), size=part.n_images)
        if part.kind == "picture":
            images = normalizer.transform(_drawn(digits, chosen, rng))
        else:
            images = _disturbed(digits[chosen], normalizer, rng)
    was_read = images.any(axis=1)  # a blank picture has no digit to learn
    return images[was_read], chosen[was_read]


def _cutouts(
    digits: np.ndarray, labels: np.ndarray, n_images: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cut digits out of sheets; as many from each kind of sheet."""
    images: list[np.ndarray] = []
    chosen: list[int] = []
    for number, name in enumerate(SHEETS, 1):
        wanted = n_images * number // len(SHEETS)
        while len(images) < wanted:
            sheet = draw_sheet(digits, labels, WRITINGS[name], FONTS, rng)
            for cutout in cutouts_of(sheet, rng):
                if cutout.digit is not None:
                    images.append(cutout.image.ravel())
                    chosen.append(cutout.digit)
        del images[wanted:], chosen[wanted:]
    return np.stack(images), np.array(chosen)


def _drawn(
    digits: np.ndarray, chosen: np.ndarray, rng: np.random.Generator
) -> list[np.ndarray]:
    images = digits.reshape(-1, 28, 28)
    return [draw_picture(images, i, rng.choice(KINDS_DRAWN), rng) for i in chosen]


def _disturbed(
    digits: np.ndarray, normalizer: DigitNormalizer, rng: np.random.Generator
) -> np.ndarray:
    """Disturb images; half of them go through the normalizer."""
    disturbed = [disturb(digit, rng) for digit in digits]
    half = len(disturbed) // 2
    as_they_are = np.reshape(disturbed[half:], (-1, digits[0].size))
    return np.concatenate([normalizer.transform(disturbed[:half]), as_they_are])


def _enlarged(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
