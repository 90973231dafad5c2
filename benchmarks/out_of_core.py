"""Training on more images than memory: peak memory and speed, next to all in memory."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn import set_config

from benchmarks.environment import describe_environment
from benchmarks.own_process import measure_in_own_process
from benchmarks.peers.measuring import peak_megabytes, resident_megabytes
from benchmarks.records import RESULTS, markdown_table, read_records, record
from digitclf import MLPDigitClassifier
from digitclf.datasets import load_mnist

OUTPUT = RESULTS / "out_of_core.csv"
TABLE = RESULTS / "out_of_core.md"
KEY = ("images", "way", "round")

N_IMAGES, QUICK_IMAGES = 2_000_000, 200_000
QUICK_MEMORY = 128
"""MiB of working memory for a quick run, which then reads block by block too."""

WAYS = {
    "memory": "array in memory",
    "memory map": "memory map, block by block",
}
MAX_SHIFT = 2
"""Pixels by which an image is shifted at most, horizontally and vertically."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    if options.measure:
        print(json.dumps(_measure(*options.measure, options.epochs)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "images.npy"
        labels = write_images(path, options.images)
        np.save(path.with_name("labels.npy"), labels)
        print(f"{options.images:,} images, {path.stat().st_size / 1e9:.2f} GB")
        for number in range(1, options.rounds + 1):
            for way in WAYS:  # in turn, so that a busy machine slows both down
                row = {"images": options.images, "way": way, "round": number}
                row |= _run(path, way, options)
                record(options.output, row | describe_environment(), KEY)
                print(
                    f"{number}: {WAYS[way]}: {row['images_per_second']:,.0f} images "
                    f"per s, peak {row['peak_megabytes']:,.0f} MB",
                    flush=True,
                )
    text = table(read_records(options.output))
    if options.output.resolve() == OUTPUT.resolve():
        TABLE.write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


def write_images(path: Path, n_images: int, seed: int = 0) -> np.ndarray:
    """Write MNIST's training images, shifted at random, and return their labels."""
    X, y = load_mnist(return_X_y=True)
    X = X.reshape(-1, 28, 28)
    generator = np.random.default_rng(seed)
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (n_images, 784))
    labels = np.empty(n_images, np.int64)
    for start in range(0, n_images, len(X)):
        order = generator.permutation(len(X))[: n_images - start]
        shifted = np.empty_like(X[order])
        shifts = generator.integers(-MAX_SHIFT, MAX_SHIFT + 1, (len(order), 2))
        for down, right in np.unique(shifts, axis=0):
            moved = (shifts == (down, right)).all(axis=1)
            shifted[moved] = np.roll(X[order[moved]], (down, right), axis=(1, 2))
        images[start : start + len(order)] = shifted.reshape(-1, 784)
        labels[start : start + len(order)] = y[order]
    images.flush()
    return labels


def _run(path: Path, way: str, options: argparse.Namespace) -> dict[str, float]:
    return measure_in_own_process(
        "benchmarks.out_of_core",
        *("--measure", path, way, "--epochs", options.epochs),
        *(("--working-memory", QUICK_MEMORY) if options.quick else ()),
    )


class EpochSeconds(keras.callbacks.Callback):
    """Measures the seconds of every epoch, with its evaluation."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._start)


def _measure(path: str, way: str, epochs: int) -> dict[str, float]:
    """Fit the dense network in this process, after it has compiled."""
    X = np.load(path, mmap_mode="r" if way == "memory map" else None)
    y = np.load(Path(path).with_name("labels.npy"))
    seconds = EpochSeconds()
    clf = MLPDigitClassifier(epochs=epochs, callbacks=[seconds], random_state=0)
    clf.fit(np.array(X[:2000]), y[:2000])
    before = resident_megabytes()
    start, cpu_start = time.perf_counter(), time.process_time()
    clf.fit(X, y)
    fit_seconds = time.perf_counter() - start
    cpu_seconds = time.process_time() - cpu_start
    mnist = load_mnist(subset="test")
    return {
        "seconds": fit_seconds,
        "epoch_seconds": float(np.median(clf.callbacks[0].seconds)),
        "images_per_second": len(X) * epochs / fit_seconds,
        "images_per_cpu_second": len(X) * epochs / cpu_seconds,
        "resident_before": before,
        "peak_megabytes": peak_megabytes(),
        "val_accuracy": clf.history_["val_accuracy"][-1],
        "test_accuracy": clf.score(mnist.images, mnist.target),
    }


def table(records: pd.DataFrame) -> str:
    header = (
        "",
        "images",
        "images per s",
        "images per s of processor time",
        "peak memory (MB)",
        "test accuracy",
    )
    rows = []
    for n_images, of_size in records.groupby("images"):
        medians = of_size.groupby("way").median(numeric_only=True)
        for way, title in WAYS.items():
            if way not in medians.index:
                continue
            found = medians.loc[way]
            rows.append(
                (
                    title,
                    f"{n_images:,}",
                    _speed(medians, way, "images_per_second"),
                    _speed(medians, way, "images_per_cpu_second"),
                    f"{found['peak_megabytes']:,.0f}",
                    f"{found['test_accuracy']:.4f}",
                )
            )
    return markdown_table(header, rows)


def _speed(medians: pd.DataFrame, way: str, column: str) -> str:
    """Return a speed, with its ratio to the one in memory."""
    speed = f"{medians.loc[way, column]:,.0f}"
    if way == "memory" or "memory" not in medians.index:
        return speed
    return f"{speed} ({medians.loc[way, column] / medians.loc['memory', column]:.2f} ×)"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.out_of_core",
        description="Training on a memory map, next to training in memory.",
    )
    add = parser.add_argument
    add("--images", type=int, help=f"number of images ({N_IMAGES})")
    add("--epochs", type=int, default=2, help="epochs per fit (2)")
    add("--rounds", type=int, default=3, help="number of rounds (3)")
    add(
        "--quick",
        action="store_true",
        help=f"{QUICK_IMAGES} images, {QUICK_MEMORY} MiB of working memory, one round",
    )
    add("--folder", type=Path, help="folder for the temporary file")
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    add("--measure", nargs=2, metavar=("FILE", "WAY"), help=argparse.SUPPRESS)
    add("--working-memory", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds = 1
        if options.output == OUTPUT:  # of full runs
            options.output = Path(tempfile.gettempdir()) / "out_of_core_quick.csv"
    if options.working_memory:
        set_config(working_memory=options.working_memory)
    options.images = options.images or (QUICK_IMAGES if options.quick else N_IMAGES)
    return options


if __name__ == "__main__":
    main()
