"""Training images of the network that tells digits from other ink.

They are cut out of sheets with digits of MNIST's training images and signs.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.signs import FONTS
from benchmarks.training_images import N_HELD_OUT_DIGITS
from benchmarks.written_sheets import WRITINGS, cutouts_of, draw_sheet
from digitclf.datasets import load_mnist

Array = np.ndarray

N_TRAINING_IMAGES = 60_000

HELD_OUT_FONTS = (
    "DejaVuSans-Bold.ttf",
    "DejaVuSansMono-Oblique.ttf",
    "cmr10.ttf",
    "hershey-script-simplex",
)
"""Fonts of held-out sheets."""

LETTERS = ("letter", "word", "back")
"""Kinds of images that are letters."""


class Part(NamedTuple):
    """Some of the sheets, from a seed of their own."""

    writing: str
    seed: int
    number: int
    n_sheets: int
    is_held_out: bool


def training_set(
    n_sheets: Mapping[str, int],
    seed: int,
    *,
    is_held_out: bool = False,
    n_processes: int = 1,
) -> tuple[Array, Array]:
    """Return images (n, 784) uint8 and what they show.

    That is ``digit`` or ``printed``; or, for what is not one, ``piece``, ``pair``,
    ``mirrored``, ``rest`` or a kind of sign. `n_sheets` are the numbers of sheets, by
    `WRITINGS`.
    """
    per_part = 20
    parts = [
        Part(writing, seed, first, min(per_part, number - first), is_held_out)
        for writing, number in n_sheets.items()
        for first in range(0, number, per_part)
    ]
    with multiprocessing.get_context("spawn").Pool(n_processes) as pool:
        made = pool.map(make_part, parts, chunksize=1)
    images, kinds = zip(*made, strict=True)
    return np.concatenate(images), np.concatenate(kinds)


def make_part(part: Part) -> tuple[Array, Array]:
    """Return the images of some sheets and what they show."""
    cv2.setNumThreads(1)
    mnist = load_mnist()
    end = N_TRAINING_IMAGES - N_HELD_OUT_DIGITS
    chosen = slice(end, N_TRAINING_IMAGES) if part.is_held_out else slice(end)
    fonts = HELD_OUT_FONTS if part.is_held_out else FONTS
    rng = np.random.default_rng(
        [part.seed, part.number, part.is_held_out, *part.writing.encode()]
    )
    images: list[Array] = []
    kinds: list[str] = []
    for _ in range(part.n_sheets):
        sheet = draw_sheet(
            mnist.images[chosen],
            mnist.target[chosen],
            WRITINGS[part.writing],
            fonts,
            rng,
        )
        for cutout in cutouts_of(sheet, rng):
            images.append(cutout.image.ravel())
            kinds.append(cutout.kind)
    return np.reshape(images, (-1, 784)), np.array(kinds, dtype="<U16")
