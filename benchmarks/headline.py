"""The headline figures: accuracy on MNIST's test images beside the lecture's."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import lecture
from benchmarks.environment import describe_environment
from benchmarks.records import (
    RESULTS,
    markdown_table,
    mean_and_spread,
    parameters_as_text,
    read_records,
    record,
)
from benchmarks.training_images import load_training_images
from digitclf import CNNDigitClassifier, MLPDigitClassifier
from digitclf.datasets import load_mnist

OUTPUT = RESULTS / "headline.csv"
KEY = ("row", "seed")

Images = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Row:
    """One way to train, which is fitted once for each seed."""

    title: str
    estimator: type[MLPDigitClassifier] | type[CNNDigitClassifier]
    lecture_accuracy: float
    settings: dict[str, Any] = field(default_factory=dict)
    validated_on_test_images: bool = False

    @property
    def protocol(self) -> str:
        if self.validated_on_test_images:
            return "validated on the test images"
        return "validated on held-out training images"

    def make(self, epochs: int | None, seed: int | None = None) -> Any:
        """Return the estimator, with another number of epochs if one is given."""
        trial = {} if epochs is None else {"epochs": epochs}
        return self.estimator(**(self.settings | trial), random_state=seed)


def _mlp(title: str, *settings: Any) -> Row:
    return Row(title, MLPDigitClassifier, lecture.MLP_TEST_ACCURACY, *settings)


def _cnn(title: str, *settings: Any) -> Row:
    return Row(title, CNNDigitClassifier, lecture.CNN_TEST_ACCURACY, *settings)


LITERAL = "the lecture's settings"
ON_TEST_IMAGES = f"{LITERAL}, validated on the test images"

ROWS = {
    "mlp": _mlp("MLP, defaults"),
    "cnn": _cnn("CNN, defaults"),
    "mlp-lecture": _mlp(f"MLP, {LITERAL}", lecture.MLP),
    "cnn-lecture": _cnn(f"CNN, {LITERAL}", lecture.CNN),
    "mlp-lecture-test": _mlp(f"MLP, {ON_TEST_IMAGES}", lecture.MLP, True),
    "cnn-lecture-test": _cnn(f"CNN, {ON_TEST_IMAGES}", lecture.CNN, True),
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    training = load_training_images(options.images)
    test = load_mnist(subset="test", return_X_y=True)
    lines = []
    for name, seed in _fits(options):
        print(f"{name}, seed {seed}: ", end="", flush=True)
        line = measure(name, seed, training, test, options.epochs)
        if options.output is not None:
            record(options.output, line, KEY)
        lines.append(line)
        print(_summary(line), flush=True)
    records = pd.DataFrame(lines)
    if options.output is not None and options.output.exists():
        records = read_records(options.output)
    if not records.empty:
        print(f"\n{table(records, len(training[0]), options.epochs)}")


def measure(
    name: str, seed: int, training: Images, test: Images, epochs: int | None = None
) -> dict[str, Any]:
    """Fit one row with one seed and return all that is worth keeping."""
    row = ROWS[name]
    clf = row.make(epochs, seed)
    validation = {}
    if row.validated_on_test_images:
        validation = {"X_val": test[0], "y_val": test[1]}
    start = time.perf_counter()
    clf.fit(*training, **validation)
    seconds = time.perf_counter() - start
    return {
        "row": name,
        "estimator": type(clf).__name__,
        "seed": seed,
        "protocol": row.protocol,
        "training_images": len(training[0]),
        "parameters": parameters_as_text(clf),
        "epochs": clf.n_iter_,
        "best_epoch": clf.best_epoch_,
        "best_validation_loss": clf.best_validation_loss_,
        "validation_accuracy": clf.history_["val_accuracy"][clf.best_epoch_ - 1],
        "test_accuracy": clf.score(*test),
        "fit_seconds": seconds,
        **describe_environment(),
    }


def table(records: pd.DataFrame, n_images: int, epochs: int | None = None) -> str:
    """Return the Markdown table of the rows that were measured."""
    header = (
        "",
        "seeds",
        "test accuracy",
        "lecture",
        "difference",
        "epochs (best)",
        "minutes a fit",
    )
    cells, notes = [], []
    for name, row in ROWS.items():
        fits = records[records["row"] == name]
        # A mean over fits with different settings would be the accuracy of none.
        alike = fits[
            (fits["parameters"] == parameters_as_text(row.make(epochs)))
            & (fits["training_images"] == n_images)
        ]
        if len(alike):
            cells.append(_cells(row, alike))
        if len(alike) < len(fits):
            notes.append(
                f"Left out: {len(fits) - len(alike)} of {name}, fitted with other "
                "parameters or on another number of images."
            )
    return "\n\n".join([markdown_table(header, cells), *notes])


def _cells(row: Row, fits: pd.DataFrame) -> tuple[str, ...]:
    accuracy = fits["test_accuracy"]
    return (
        row.title,
        ", ".join(str(seed) for seed in sorted(fits["seed"])),
        mean_and_spread(accuracy),
        f"{row.lecture_accuracy:.4f}",
        f"{accuracy.mean() - row.lecture_accuracy:+.4f}",
        f"{fits['epochs'].mean():.0f} ({fits['best_epoch'].mean():.0f})",
        f"{fits['fit_seconds'].mean() / 60:.1f}",
    )


def _summary(line: dict[str, Any]) -> str:
    return (
        f"test accuracy {line['test_accuracy']:.4f}, {line['protocol']} "
        f"(loss {line['best_validation_loss']:.4f}, accuracy "
        f"{line['validation_accuracy']:.4f}), epoch {line['best_epoch']} of "
        f"{line['epochs']}, {line['fit_seconds']:.0f} s"
    )


def _fits(options: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Yield row and seed of each fit, seed by seed.

    A run that is cut short then has something of every row, and a slow hour of the
    machine does not fall on one row alone.
    """
    for seed in sorted({*options.seeds, *options.lecture_seeds}):
        for name in options.rows:
            seeds = options.lecture_seeds if ROWS[name].settings else options.seeds
            if seed in seeds:
                yield name, seed


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.headline",
        description="Accuracy on MNIST's test images beside the lecture's.",
    )
    add = parser.add_argument
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the defaults")
    add(
        "--rows",
        nargs="*",
        choices=ROWS,
        default=list(ROWS),
        metavar="ROW",
        help=f"some of {', '.join(ROWS)}; none at all prints the table alone",
    )
    add(
        "--lecture-seeds",
        type=int,
        nargs="+",
        default=[0],
        help="of the rows with the lecture's settings",
    )
    add("--output", type=Path, help="CSV file (benchmarks/results/headline.csv)")
    add("--epochs", type=int, help="for a quick trial: the most epochs")
    add("--images", type=int, help="for a quick trial: so many training images")
    options = parser.parse_args(arguments)
    is_trial = options.epochs is not None or options.images is not None
    if options.output is None and not is_trial:
        options.output = OUTPUT
    if is_trial and options.output and options.output.resolve() == OUTPUT.resolve():
        parser.error("a trial (--epochs, --images) needs an --output of its own")
    return options


if __name__ == "__main__":
    main()
