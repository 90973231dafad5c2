"""Synthetic pictures of a kind, from the strokes of a digit to the file of a camera."""

from __future__ import annotations

import numpy as np

from benchmarks.synthetic_pictures.camera import light, take
from benchmarks.synthetic_pictures.ink import frame, neighbour, place, pressure, specks
from benchmarks.synthetic_pictures.kinds import KINDS
from benchmarks.synthetic_pictures.paper import (
    colours,
    print_lines,
    record_colours,
    show_through,
)
from benchmarks.synthetic_pictures.scene import put_finger, put_on_table
from benchmarks.synthetic_pictures.strokes import cut, pen_strokes


def draw_picture(
    digits: np.ndarray, position: int, kind: str, rng: np.random.Generator
) -> np.ndarray:
    """Return a picture (height, width, 3) uint8 of the digit at a position.

    `digits` are MNIST's images (n, 28, 28); others of them serve as neighbours.
    """
    settings = KINDS[kind]
    shape = pen_strokes(digits[position], settings, rng)
    if rng.random() < settings.gaps:
        shape = cut(shape, rng)
    coverage, box = place(shape, settings, rng)
    if rng.random() < settings.neighbour:
        for _ in range(rng.integers(1, settings.neighbour_sides + 1)):
            other = digits[rng.integers(len(digits))]
            part = neighbour(other, coverage, box, settings, rng)
            coverage = np.maximum(coverage, part)
    if rng.random() < settings.frame:
        coverage = np.maximum(coverage, frame(coverage.shape, box, rng))
    if rng.random() < settings.specks:
        coverage = np.maximum(coverage, specks(coverage.shape, box, rng))
    coverage *= pressure(coverage.shape, settings, rng)

    paper, ink = record_colours(settings, rng) or colours(settings, rng)
    picture = np.broadcast_to(paper, (*coverage.shape, 3)).astype(np.float32)
    if rng.random() < settings.show_through:
        back = digits[rng.integers(len(digits))]
        picture = show_through(picture, ink, back, box, settings, rng)
    picture = print_lines(picture, box, settings, rng)
    picture = picture + (ink - picture) * coverage[..., None]
    if rng.random() < settings.table:
        for _ in range(rng.integers(1, settings.table_sides + 1)):
            picture = put_on_table(picture, rng)
    if rng.random() < settings.finger:
        picture = put_finger(picture, box, rng)
    picture = picture * light(coverage.shape, settings, rng)[..., None]
    return take(picture, settings, rng)
