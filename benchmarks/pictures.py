"""Accuracy of a fitted classifier on pictures: reduced to 28 × 28, and normalised.

Rows are MNIST's last 5,000 training images, scikit-learn's and Semeion's digits, real
pictures, and each kind of synthetic picture. With the file of a model as argument:

    python -m benchmarks.pictures standard.keras --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from benchmarks.synthetic_pictures import KINDS, draw_picture
from digitclf import load_model
from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer

HELD_OUT = 5000
"""The last of the training images, on which models are compared."""

Pictures = tuple[str, list[np.ndarray], np.ndarray]


def pictures(data: Path | None, n_synthetic: int, seed: int) -> Iterator[Pictures]:
    """Yield the name of each set, its pictures and their labels."""
    mnist = load_mnist()
    yield "MNIST", list(mnist.images[-HELD_OUT:]), mnist.target[-HELD_OUT:]
    digits = load_digits()
    enlarged = [
        np.asarray(
            Image.fromarray((image * 15.9).astype(np.uint8)).resize(
                (64, 64), Image.Resampling.BICUBIC
            )
        )
        for image in digits.images
    ]
    yield "load_digits", enlarged, digits.target
    if data is not None:
        semeion = np.load(data / "semeion.npz")
        yield "Semeion", list(semeion["x"]), semeion["y"]
        labels = json.loads((data / "digits" / "labels.json").read_text())
        paths = [data / "digits" / entry["file"] for entry in labels]
        yield (
            "real pictures",
            [np.asarray(Image.open(path).convert("RGB")) for path in paths],
            np.array([entry["label"] for entry in labels]),
        )
    for kind in KINDS:
        rng = np.random.default_rng([seed, *kind.encode()])
        chosen = rng.integers(HELD_OUT, size=n_synthetic) - HELD_OUT
        drawn = [draw_picture(mnist.images, i, kind, rng) for i in chosen]
        yield kind, drawn, mnist.target[chosen]


def reduced(picture: np.ndarray) -> np.ndarray:
    """Return a picture as tutorials do: grey, 28 × 28, dark paper."""
    grey = Image.fromarray(picture).convert("L").resize((28, 28))
    pixels = np.asarray(grey)
    return 255 - pixels if pixels.mean() > 127 else pixels


def accuracy(classifier: Any, X: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(classifier.predict(X.reshape(len(X), -1)).astype(int) == y))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="file that save_model wrote")
    parser.add_argument("--data", type=Path, help="folder with semeion.npz, digits/")
    parser.add_argument("--synthetic", type=int, default=200, help="pictures per kind")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    classifier = load_model(arguments.model)
    normalizer = DigitNormalizer(on_error="warn")
    print("| pictures | number | reduced | normalised |\n| --- | --- | --- | --- |")
    for name, X, y in pictures(arguments.data, arguments.synthetic, arguments.seed):
        before = accuracy(classifier, np.stack([reduced(picture) for picture in X]), y)
        after = accuracy(classifier, normalizer.transform(X), y)
        print(f"| {name} | {len(X):,} | {before:.4f} | {after:.4f} |", flush=True)


if __name__ == "__main__":
    main()
