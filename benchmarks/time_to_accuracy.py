"""Test accuracy against seconds: `digitclf train` and the lecture's script."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from benchmarks import lecture
from benchmarks.environment import describe_environment
from benchmarks.own_process import measure_in_own_process
from benchmarks.peers.keras_networks import compiled, make_cnn
from benchmarks.records import RESULTS, markdown_table, read_records, record
from digitclf import CNNDigitClassifier, recipes
from digitclf.datasets import load_mnist

OUTPUT = RESULTS / "time_to_accuracy.csv"
PLOT = RESULTS / "time_to_accuracy.png"
KEY = ("run", "seed", "epoch")
GOAL = lecture.CNN_TEST_ACCURACY

Point = tuple[float, float]


class Curve(keras.callbacks.Callback):
    """Records seconds of training and test accuracy at the end of each epoch."""

    def __init__(self, test_accuracy: Callable[[keras.Model, dict], float]) -> None:
        super().__init__()
        self.points: list[Point] = []
        self._test_accuracy = test_accuracy
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        seconds = time.perf_counter() - self._start
        self.points.append((seconds, self._test_accuracy(self.model, logs)))
        # Measuring the accuracy is not part of training.
        self._start += time.perf_counter() - self._start - seconds


def train_lecture(seed: int, epochs: int) -> list[Point]:
    """Train as the lecture does, with the test images as validation images."""
    keras.utils.set_random_seed(seed)
    X, y = load_mnist(return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    curve = Curve(lambda network, logs: logs["val_accuracy"])
    with tempfile.TemporaryDirectory() as folder:
        compiled(make_cnn()).fit(
            _as_the_lecture_scales(X),
            y,
            validation_data=(_as_the_lecture_scales(X_test), y_test),
            epochs=epochs,
            batch_size=recipes.LECTURE_CNN["batch_size"],
            verbose=0,
            callbacks=[
                keras.callbacks.ModelCheckpoint(
                    f"{folder}/{{epoch:02d}}-{{val_loss:.4f}}.keras",
                    monitor="val_loss",
                    save_best_only=True,
                ),
                keras.callbacks.EarlyStopping(
                    "val_loss", patience=recipes.LECTURE_CNN["patience"]
                ),
                curve,
            ],
        )
    return curve.points


def _as_the_lecture_scales(X: np.ndarray) -> np.ndarray:
    return X.reshape(-1, 28, 28, 1).astype("float32") / 255


def train_digitclf(seed: int, epochs: int) -> list[Point]:
    """Train as `digitclf train` does, without using the test images."""
    X, y = load_mnist(return_X_y=True)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    pixels = X_test.reshape(-1, 28, 28, 1)

    def test_accuracy(network: keras.Model, logs: dict) -> float:
        predicted = [
            np.argmax(network(part), axis=1) for part in np.array_split(pixels, 40)
        ]
        return float(np.mean(np.concatenate(predicted) == y_test))

    curve = Curve(test_accuracy)
    CNNDigitClassifier(**recipes.STANDARD, random_state=seed, callbacks=curve).fit(X, y)
    return curve.points


TRAINERS = {"lecture": train_lecture, "digitclf": train_digitclf}
TITLES = {"lecture": "the lecture's script", "digitclf": "digitclf train"}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    if options.child:
        points = TRAINERS[options.child](options.seeds[0], options.epochs)
        print(json.dumps(points))
        return
    for seed in options.seeds:
        for run in options.runs:
            for epoch, point in enumerate(
                _in_own_process(run, seed, options.epochs), 1
            ):
                seconds, accuracy = point
                row = {
                    "run": run,
                    "seed": seed,
                    "epoch": epoch,
                    "seconds": round(seconds, 2),
                    "test_accuracy": accuracy,
                }
                record(options.output, row | describe_environment(), KEY)
                print(f"{run}, seed {seed}: {seconds:.0f} s {accuracy:.4f}", flush=True)
    records = read_records(options.output)
    print(f"\n{table(records)}")
    plot(records, options.plot)


def _in_own_process(run: str, seed: int, epochs: int) -> list[Point]:
    return measure_in_own_process(
        "benchmarks.time_to_accuracy",
        *("--child", run, "--seeds", seed, "--epochs", epochs),
    )


def table(records: pd.DataFrame) -> str:
    """Return the Markdown table with the first epoch that reached the goal."""
    header = (
        "",
        "seed",
        f"seconds to {GOAL}",
        f"epochs to {GOAL}",
        "best test accuracy",
    )
    rows = []
    for (run, seed), epochs in records.groupby(["run", "seed"], sort=False):
        reached = epochs[epochs["test_accuracy"] >= GOAL].head(1)
        rows.append(
            (
                TITLES[run],
                str(seed),
                *(
                    (f"{reached['seconds'].item():.0f}", str(reached["epoch"].item()))
                    if len(reached)
                    else ("not reached", "–")
                ),
                f"{epochs['test_accuracy'].max():.4f}",
            )
        )
    return markdown_table(header, rows)


def plot(records: pd.DataFrame, path: Path) -> None:
    """Plot test accuracy against seconds, one line per run."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(7, 4), layout="constrained").subplots()
    styles = {"lecture": ("#0072b2", "o", "--"), "digitclf": ("#d55e00", "s", "-")}
    for (run, seed), epochs in records.groupby(["run", "seed"], sort=False):
        color, marker, line = styles[run]
        first = seed == records["seed"].min()
        axes.plot(
            epochs["seconds"],
            epochs["test_accuracy"],
            line,
            color=color,
            marker=marker,
            markersize=4,
            label=TITLES[run] if first else None,
        )
    goal = f"{GOAL}, the lecture's result"
    axes.axhline(GOAL, color="0.5", linewidth=1, linestyle=":", label=goal)
    axes.set(
        xlabel="seconds of training, two cores",
        ylabel="accuracy on the test images",
        ylim=(records["test_accuracy"].min() - 0.002, 0.9955),
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    axes.figure.savefig(path, dpi=150)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.time_to_accuracy",
        description="Test accuracy against seconds of training.",
    )
    add = parser.add_argument
    add(
        "--runs",
        nargs="+",
        choices=TRAINERS,
        default=list(TRAINERS),
        help="runs to measure (all)",
    )
    add("--seeds", type=int, nargs="+", default=[0, 1], help="random seeds (0 1)")
    add(
        "--epochs",
        type=int,
        default=30,
        help="maximum number of epochs of the lecture's script (30)",
    )
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    add("--plot", type=Path, default=PLOT, help="PNG file")
    add("--child", choices=TRAINERS, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
