"""Seconds per epoch of the lecture's CNN with and without `augment`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from benchmarks.environment import describe_environment
from benchmarks.records import RESULTS, markdown_table, record
from benchmarks.training_images import load_training_images
from digitclf import CNNDigitClassifier, recipes

OUTPUT = RESULTS / "augmenting.csv"
KEY = ("augment", "images", "round")
SETTINGS = ("none", "light", "strong")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    X, y = load_training_images(options.images)
    classifiers = {
        name: CNNDigitClassifier(
            **recipes.LECTURE_CNN | {"augment": None if name == "none" else name},
            random_state=0,
        )
        for name in SETTINGS
    }
    for clf in classifiers.values():
        clf.partial_fit(X[:1000], y[:1000], classes=range(10))  # compile first
    rows = []
    # They take turns, so that a busy machine slows all of them down alike.
    for number in range(1, options.rounds + 1):
        for name, clf in classifiers.items():
            start = time.perf_counter()
            clf.partial_fit(X, y)  # one epoch
            row = {
                "augment": name,
                "images": len(X),
                "round": number,
                "seconds": time.perf_counter() - start,
            }
            record(options.output, row | describe_environment(), KEY)
            rows.append(row)
            print(f"{name}, round {number}: {row['seconds']:.2f} s", flush=True)
    print(f"\n{table(pd.DataFrame(rows))}")


def table(records: pd.DataFrame) -> str:
    """Return the Markdown table: medians over the rounds.

    The last column is the median of the ratios to the same round without augmentation.
    """
    header = ("augment", "seconds per epoch", "µs per image", "ratio")
    seconds = records.pivot(index=["images", "round"], columns="augment")["seconds"]
    ratios = seconds.div(seconds["none"], axis=0)
    n_images = seconds.index.get_level_values("images")
    per_image = seconds.div(n_images, axis=0) * 1e6
    rows = [
        (
            name,
            f"{seconds[name].median():.2f}",
            f"{per_image[name].median():.0f}",
            f"{ratios[name].median():.3f}",
        )
        for name in SETTINGS
    ]
    return markdown_table(header, rows)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.augmenting",
        description="Seconds per epoch with and without augmentation.",
    )
    add = parser.add_argument
    add("--images", type=int, default=60_000, help="images per epoch (60000)")
    add("--rounds", type=int, default=5, help="number of rounds (5)")
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
