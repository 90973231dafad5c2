"""Pictures per second that DigitNormalizer brings into MNIST's form, on one core."""

from __future__ import annotations

import argparse
import time

import numpy as np
from PIL import Image

from benchmarks.training_images import load_training_images
from digitclf.preprocessing import DigitNormalizer


def photos(n_pictures: int, side: int, seed: int = 0) -> list[np.ndarray]:
    """Return grey pictures (side, side) of digits on uneven, noisy paper."""
    X, _ = load_training_images()
    rng = np.random.default_rng(seed)
    light = np.linspace(0.7, 1, side)
    pictures = []
    for pixels in X[rng.integers(len(X), size=n_pictures)]:
        digit = Image.fromarray(pixels.reshape(28, 28)).resize((side, side))
        paper = 220 - 0.6 * np.asarray(digit, dtype=float)
        grey = paper * light + rng.normal(0, 3, size=paper.shape)
        pictures.append(np.clip(grey, 0, 255).astype(np.uint8))
    return pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--side", type=int, default=100, help="height and width")
    arguments = parser.parse_args()
    pictures = photos(arguments.pictures, arguments.side)
    normalizer = DigitNormalizer()
    normalizer.transform(pictures[:10])
    for name, converted in {
        "grey": pictures,
        "RGB": [np.repeat(picture[..., None], 3, axis=2) for picture in pictures],
        "tinted": [
            (picture[..., None] * np.array([1, 0.9, 0.8])).astype(np.uint8)
            for picture in pictures
        ],
    }.items():
        # Time of the processor: other processes on the machine do not count.
        start = time.process_time()
        normalizer.transform(converted)
        seconds = time.process_time() - start
        print(f"{name:>7}: {len(converted) / seconds:6,.0f} pictures per second")


if __name__ == "__main__":
    main()
