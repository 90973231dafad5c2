"""Read photos of anything: no crash, the longest time, and peak memory.

python -m benchmarks.pages.photos --number 200

The photos are synthetic: textures, noise, gradients, printed text, line art, pictures
of extreme shapes, and pages of digits with twelve megapixels. What is read on them
does not matter.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import joblib
import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.environment import describe_environment
from benchmarks.pages.readers import Answer, Reader
from benchmarks.pages.synthetic.distractors import printed
from benchmarks.pages.synthetic.kinds import KINDS, draw_page
from benchmarks.records import RESULTS, markdown_table, record
from benchmarks.synthetic_pictures import paste, smooth_noise
from digitclf.datasets import load_mnist

OUTPUT = RESULTS / "photos.csv"

TWELVE_MEGAPIXELS = (3000, 4000)

Array = np.ndarray
Generator = np.random.Generator
Shape = tuple[int, int]


def white_noise(shape: Shape, rng: Generator) -> Array:
    return rng.random(shape, dtype=np.float32)


def texture(shape: Shape, rng: Generator) -> Array:
    """Return noise of several scales, such as grass, gravel, clouds."""
    grains = np.exp(rng.uniform(np.log(2), np.log(max(shape)), size=3))
    parts = [smooth_noise(shape, grain, rng) for grain in grains]
    return 0.5 + 0.15 * sum(parts)


def blobs(shape: Shape, rng: Generator) -> Array:
    """Return thresholded noise: camouflage, leaves, thousands of strokes."""
    noise = smooth_noise(shape, np.exp(rng.uniform(np.log(2), np.log(60))), rng)
    return np.where(noise > rng.uniform(-1, 1.5), 1.0, 0.0).astype(np.float32)


def stripes(shape: Shape, rng: Generator) -> Array:
    """Return fabric or a fence: stripes in one or two directions."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    total = np.zeros(shape, dtype=np.float32)
    for _ in range(rng.integers(1, 3)):
        angle, period = rng.uniform(0, np.pi), np.exp(rng.uniform(0.7, 5))
        total += np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    return 0.5 + 0.25 * (np.sign(total) if rng.random() < 0.5 else total)


def gradient(shape: Shape, rng: Generator) -> Array:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    picture = y / shape[0] * rng.normal() + x / shape[1] * rng.normal()
    return picture - picture.min() + rng.normal(0, 0.01, shape).astype(np.float32)


def plain(shape: Shape, rng: Generator) -> Array:
    return np.full(shape, rng.random(), dtype=np.float32)


def text(shape: Shape, rng: Generator) -> Array:
    """Return a page full of printed text."""
    ink = np.zeros(shape, dtype=np.float32)
    size = float(np.clip(np.exp(rng.uniform(2.2, 5)), 8, max(9, shape[0] / 2)))
    signs = list("abcdefghijklmnopqrstuvwxyz     ABCDEFG0123456789.,;:-+=()")
    for top in np.arange(0, shape[0], 1.6 * size):
        line = "".join(rng.choice(signs, min(300, 4 + round(2 * shape[1] / size))))
        paste(ink, printed(line, size, rng), round(top), 5)
    return 1 - ink * np.float32(rng.uniform(0.3, 1))


def line_art(shape: Shape, rng: Generator) -> Array:
    """Return curves, boxes and ellipses, in the hundreds."""
    picture = np.ones(shape, dtype=np.float32)
    scale = max(shape)
    for _ in range(rng.integers(5, 400)):
        points = np.cumsum(rng.normal(0, 0.05 * scale, (6, 2)), axis=0)
        points += rng.random(2) * shape[::-1]
        thickness = int(rng.integers(1, 2 + scale // 200))
        level = float(rng.uniform(0, 0.6))
        path = np.rint(points).astype(np.int32)
        cv2.polylines(
            picture, [path], bool(rng.integers(2)), level, thickness, cv2.LINE_AA
        )
        if rng.random() < 0.3:
            axes = [int(side) for side in 1 + rng.random(2) * 0.05 * scale]
            centre = [int(value) for value in path[0]]
            cv2.ellipse(picture, centre, axes, 0, 0, 360, level, thickness, cv2.LINE_AA)
    return picture


def checks(shape: Shape, rng: Generator) -> Array:
    """Return a board of squares."""
    side = int(rng.integers(2, 200))
    y, x = np.mgrid[: shape[0], : shape[1]]
    return ((x // side + y // side) % 2).astype(np.float32)


SUBJECTS: tuple[Callable[[Shape, Generator], Array], ...] = (
    white_noise,
    texture,
    blobs,
    stripes,
    gradient,
    plain,
    text,
    line_art,
    checks,
)


def photo(rng: Generator) -> Array:
    """Return a photo of anything, uint8 (height, width, 3)."""
    shape = _shape(rng)
    subjects = rng.choice(len(SUBJECTS), size=rng.integers(1, 3), replace=False)
    picture = np.mean([SUBJECTS[subject](shape, rng) for subject in subjects], axis=0)
    low, high = np.sort(rng.random((2, 3)), axis=0).astype(np.float32)
    colours = low + (high - low) * np.clip(picture, 0, 1)[..., None]
    if rng.random() < 0.3:
        colours = cv2.GaussianBlur(colours, (0, 0), float(rng.uniform(0.5, 8)))
    return np.rint(colours * 255).astype(np.uint8)


def _shape(rng: Generator) -> Shape:
    """Return height and width: from a single pixel to 12 megapixels."""
    kind = rng.random()
    if kind < 0.1:
        height, width = rng.integers(1, 40, size=2)
    elif kind < 0.2:
        height, width = rng.permutation([rng.integers(1, 20), rng.integers(500, 9000)])
    elif kind < 0.35:
        height, width = rng.permutation(TWELVE_MEGAPIXELS)
    else:
        height, width = np.exp(rng.uniform(np.log(100), np.log(2500), size=2))
    return int(height), int(width)


def large_page(kind: str, rng: Generator) -> Array:
    """Return a page of digits of a kind, enlarged to 12 megapixels."""
    mnist = load_mnist(subset="test")
    page = draw_page(mnist.images, mnist.target, kind, rng).pixels
    return cv2.resize(page, TWELVE_MEGAPIXELS[::-1], interpolation=cv2.INTER_CUBIC)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=200, help="photos of anything")
    parser.add_argument("--threads", type=int, default=joblib.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng([options.seed, 1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "photo.png")
        anything = _read((photo(rng) for _ in range(options.number)), path, options)
        # A process of its own, so that its peak memory is that of such pages alone.
        pages = _read((large_page(kind, rng) for kind in KINDS), path, options)
    rows = [
        ("photos of anything", anything),
        ("pages of 12 megapixels", pages),
    ]
    measured = [_measured(kind, answers) for kind, answers in rows]
    for row in measured:
        record(options.output, row | describe_environment(), ["photos"])
    header = ["photos", "number", "failed", "median s", "longest s", "peak MB"]
    lines = [[str(value) for value in row.values()] for row in measured]
    print(markdown_table(header, lines))


def _read(photos, path: Path, options: argparse.Namespace) -> list[Answer]:
    """Return what digitclf makes of photos, in a process of its own."""
    reader = Reader("digitclf", options.threads)
    answers = []
    for number, pixels in enumerate(photos):
        Image.fromarray(pixels).save(path, compress_level=1)
        answer = reader.read(path)
        answers.append(answer)
        height, width, _ = pixels.shape
        outcome = answer.error or f"{answer.seconds:.2f} s"
        print(f"photo {number}, {width} x {height}: {outcome}", flush=True)
    reader.close()
    return answers


def _measured(name: str, answers: Sequence[Answer]) -> dict[str, str | int | float]:
    seconds = pd.Series([answer.seconds for answer in answers])
    return {
        "photos": name,
        "number": len(answers),
        "failed": sum(answer.error is not None for answer in answers),
        "seconds": round(float(seconds.median()), 2),
        "longest": round(float(seconds.max()), 2),
        "peak_memory": round(max(answer.peak_memory for answer in answers)),
    }


if __name__ == "__main__":
    main()
