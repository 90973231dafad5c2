"""Seconds against the number of images, epochs and parallel jobs."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV

from benchmarks.environment import describe_environment
from benchmarks.records import RESULTS, markdown_table, record
from benchmarks.training_images import load_training_images
from digitclf import CNNDigitClassifier, MLPDigitClassifier

OUTPUT = RESULTS / "scaling.csv"
KEY = ("what", "estimator", "amount", "round")

IMAGES = (1_000, 5_000, 20_000, 60_000)
EPOCHS = (1, 5, 20)
JOBS = (1, 2)
ESTIMATORS = {"MLP": MLPDigitClassifier, "CNN": CNNDigitClassifier}
CNN_IMAGES = 2_000
"""Images for fits of several epochs; the MLP gets ten times as many."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    for make in ESTIMATORS.values():
        make(epochs=1).fit(*load_training_images(1_000))  # compile before measuring
    Parallel(2)(delayed(_start_worker)() for _ in range(4))
    rows = []
    for number in range(1, options.rounds + 1):
        for what, name, amount, run in _measurements(options.max_images):
            start = time.perf_counter()
            run()
            row = {
                "what": what,
                "estimator": name,
                "amount": amount,
                "round": number,
                "seconds": time.perf_counter() - start,
            }
            record(options.output, row | describe_environment(), KEY)
            rows.append(row)
            print(f"{what} {name} {amount}: {row['seconds']:.2f} s", flush=True)
    print(f"\n{table(pd.DataFrame(rows))}")


def _measurements(max_images: int) -> list[tuple[str, str, int, Callable[[], Any]]]:
    """Return what varies, the estimator, the amount, and the function to time."""
    found: list[tuple[str, str, int, Callable[[], Any]]] = []
    for name in ESTIMATORS:
        for amount in IMAGES:
            if amount <= max_images:
                found.append(("images, 1 epoch", name, amount, _fit(name, amount, 1)))
        few = CNN_IMAGES if name == "CNN" else 10 * CNN_IMAGES
        for amount in EPOCHS:
            found.append(
                (f"epochs, {few} images", name, amount, _fit(name, few, amount))
            )
        for amount in JOBS:
            found.append(
                ("jobs, search of 8 fits", name, amount, _search(name, amount))
            )
    return found


def _fit(name: str, n_images: int, epochs: int) -> Callable[[], Any]:
    X, y = load_training_images(n_images)
    clf = ESTIMATORS[name](epochs=epochs, patience=None, random_state=0)
    return lambda: clf.fit(X, y)


def _search(name: str, n_jobs: int) -> Callable[[], Any]:
    X, y = load_training_images(2_000)
    clf = ESTIMATORS[name](epochs=3, random_state=0)
    grid = {"dropout": [0.1, 0.2, 0.3, 0.4]}
    search = GridSearchCV(clf, grid, cv=2, n_jobs=n_jobs, refit=False)
    return lambda: search.fit(X, y)


def _start_worker() -> None:
    time.sleep(0.5)  # so that the other worker process is started too
    for make in ESTIMATORS.values():
        make(epochs=1).fit(*load_training_images(500))


def table(records: pd.DataFrame) -> str:
    header = ("", "", "amount", "seconds")
    groups = records.groupby(["what", "estimator", "amount"], sort=False)["seconds"]
    rows = [
        (name, what, f"{amount:,}", f"{statistics.median(seconds):.2f}")
        for (what, name, amount), seconds in groups
    ]
    return markdown_table(header, rows)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling",
        description="Seconds against the number of images, epochs and jobs.",
    )
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="number of rounds (3)")
    add(
        "--max-images",
        type=int,
        default=60_000,
        help="largest number of images (60000)",
    )
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
