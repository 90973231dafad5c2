"""Training images of the pretrained classifier, made from MNIST's training images.

MNIST's images themselves; pictures of them on paper, by `synthetic_pictures`, sent
through `DigitNormalizer`; and disturbed images, with and without the normalizer.
"""

from __future__ import annotations

import multiprocessing
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.pretrained.disturbances import disturb
from benchmarks.synthetic_pictures import KINDS, draw_picture
from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer

N_TRAINING_IMAGES = 60_000

KINDS_DRAWN = [kind for kind in KINDS if kind != "huge"] + ["anything"] * 6
"""Kinds of pictures. Huge ones take seconds to draw and look the same afterwards."""

IMAGES_PER_PART = 250

KINDS_OF_PART = ("picture", "disturbed")


class Part(NamedTuple):
    """Some of the images, from a seed of their own."""

    kind: str
    seed: int
    number: int
    n_images: int


def training_set(
    n_pictures: int, n_disturbed: int, seed: int, n_processes: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 784) uint8 and labels.

    Parameters
    ----------
    n_pictures : int
        Number of pictures on paper.
    n_disturbed : int
        Number of disturbed images. Half of them go through the normalizer.
    seed : int
    n_processes : int
    """
    mnist = load_mnist()
    images, labels = mnist.data[:N_TRAINING_IMAGES], mnist.target[:N_TRAINING_IMAGES]
    numbers = dict(zip(KINDS_OF_PART, (n_pictures, n_disturbed), strict=True))
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
    digits = load_mnist().images[:N_TRAINING_IMAGES]
    rng = np.random.default_rng(
        [KINDS_OF_PART.index(part.kind), part.seed, part.number]
    )
    chosen = rng.integers(len(digits), size=part.n_images)
    normalizer = DigitNormalizer(on_error="warn")
    if part.kind == "picture":
        drawn = [
            draw_picture(digits, position, rng.choice(KINDS_DRAWN), rng)
            for position in chosen
        ]
        images = normalizer.transform(drawn)
    else:
        disturbed = [disturb(digits[position], rng) for position in chosen]
        half = len(disturbed) // 2
        flat = np.reshape(disturbed[half:], (-1, digits[0].size))
        images = np.concatenate([normalizer.transform(disturbed[:half]), flat])
    was_read = images.any(axis=1)  # a blank picture has no digit to learn
    return images[was_read], chosen[was_read]
