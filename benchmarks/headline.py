"""Accuracy on MNIST's test images, in comparison with the lecture."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import VotingClassifier

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
from digitclf import CNNDigitClassifier, MLPDigitClassifier, recipes
from digitclf.datasets import load_mnist

OUTPUT = RESULTS / "headline.csv"
TABLE = RESULTS / "headline.md"
KEY = ("row", "seed")

Images = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Row:
    """An estimator with its parameters, fitted once per seed."""

    title: str
    estimator: type[MLPDigitClassifier] | type[CNNDigitClassifier]
    lecture_accuracy: float
    settings: Mapping[str, Any] = field(default_factory=dict)
    validated_on_test_images: bool = False

    @property
    def protocol(self) -> str:
        if self.validated_on_test_images:
            return "validated on the test images"
        return "validated on held-out training images"

    def make(self, epochs: int | None, seed: int | None = None) -> Any:
        """Return the estimator, with `epochs` if given."""
        trial = {} if epochs is None else {"epochs": epochs}
        return self.estimator(**{**self.settings, **trial}, random_state=seed)


@dataclass(frozen=True)
class Ensemble(Row):
    """Networks with kernels of different sizes, whose probabilities are averaged [1]_.

    References
    ----------
    .. [1] An, S. et al., "An ensemble of simple convolutional neural network models for
       MNIST digit recognition", 2020.
    """

    members: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Parameters by the size of the kernels."""

    def make(self, epochs: int | None, seed: int | None = None) -> VotingClassifier:
        """Return the ensemble, whose members have consecutive seeds."""
        networks = []
        for place, (size, settings) in enumerate(self.members.items()):
            member = replace(self, settings={**settings, "kernel_size": size})
            own_seed = None if seed is None else 100 * seed + place
            networks.append((f"kernel_{size}", Row.make(member, epochs, own_seed)))
        return VotingClassifier(networks, voting="soft")


def _mlp(title: str, *settings: Any) -> Row:
    return Row(title, MLPDigitClassifier, lecture.MLP_TEST_ACCURACY, *settings)


def _cnn(title: str, *settings: Any) -> Row:
    return Row(title, CNNDigitClassifier, lecture.CNN_TEST_ACCURACY, *settings)


LITERAL = "the lecture's settings"
ON_TEST_IMAGES = f"{LITERAL}, validated on the test images"

BEST = recipes.ACCURATE | {"epochs": 100}
ENSEMBLE = {
    3: recipes.ACCURATE,
    # Larger kernels take longer, so there are fewer of them.
    5: recipes.ACCURATE | {"filters": ((32, 32), (64,))},
    7: recipes.ACCURATE | {"filters": ((12, 12), (32,)), "padding": "same"},
}

ROWS = {
    "mlp": _mlp("MLP, defaults"),
    "cnn": _cnn("CNN, defaults"),
    "standard": _cnn("CNN, `recipes.STANDARD`", recipes.STANDARD),
    "accurate": _cnn("CNN, `recipes.ACCURATE`", recipes.ACCURATE),
    "best": _cnn("CNN, `recipes.ACCURATE` with 100 epochs", BEST),
    "ensemble": Ensemble(
        "CNNs with kernels of 3, 5 and 7 pixels, `VotingClassifier`",
        CNNDigitClassifier,
        lecture.CNN_TEST_ACCURACY,
        members=ENSEMBLE,
    ),
    "mlp-lecture": _mlp(f"MLP, {LITERAL}", recipes.LECTURE_MLP),
    "cnn-lecture": _cnn(f"CNN, {LITERAL}", recipes.LECTURE_CNN),
    "mlp-lecture-test": _mlp(f"MLP, {ON_TEST_IMAGES}", recipes.LECTURE_MLP, True),
    "cnn-lecture-test": _cnn(f"CNN, {ON_TEST_IMAGES}", recipes.LECTURE_CNN, True),
}
RECIPE_ROWS = ("standard", "accurate", "best", "ensemble")
LECTURE_ROWS = {name for name in ROWS if "-lecture" in name}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    training = load_training_images(options.images)
    test = load_mnist(subset="test", return_X_y=True)
    rows = []
    for name, seed in _fits(options):
        print(f"{name}, seed {seed}: ", end="", flush=True)
        row = measure(name, seed, training, test, options.epochs)
        if options.output is not None:
            record(options.output, row, KEY)
        rows.append(row)
        print(_summary(row), flush=True)
    records = pd.DataFrame(rows)
    if options.output is not None and options.output.exists():
        records = read_records(options.output)
    if not records.empty:
        text, notes = table(records, len(training[0]), options.epochs)
        if options.output is not None and options.output.resolve() == OUTPUT.resolve():
            TABLE.write_text(f"{text}\n", encoding="utf-8")
        print("", text, *notes, sep="\n")


def measure(
    name: str, seed: int, training: Images, test: Images, epochs: int | None = None
) -> dict[str, Any]:
    """Fit one row with one seed and return its results."""
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
        **_training_of(clf),
        "test_accuracy": clf.score(*test),
        "fit_seconds": seconds,
        **describe_environment(),
    }


def _training_of(clf: Any) -> dict[str, float]:
    """Return the means over the networks of a fitted classifier."""
    networks = getattr(clf, "estimators_", [clf])
    best = [network.best_epoch_ for network in networks]
    return {
        "epochs": np.mean([network.n_iter_ for network in networks]),
        "best_epoch": np.mean(best),
        "best_validation_loss": np.mean(
            [network.best_validation_loss_ for network in networks]
        ),
        "validation_accuracy": np.mean(
            [
                network.history_["val_accuracy"][epoch - 1]
                for network, epoch in zip(networks, best, strict=True)
            ]
        ),
    }


def table(
    records: pd.DataFrame, n_images: int, epochs: int | None = None
) -> tuple[str, list[str]]:
    """Return the Markdown table of the measured rows, and notes on rows left out."""
    header = (
        "",
        "seeds",
        "test accuracy",
        "lecture",
        "difference",
        "epochs (best)",
    )
    cells, notes = [], []
    for name, row in ROWS.items():
        fits = records[records["row"] == name]
        if fits.empty:
            continue
        # Fits with other parameters must not enter the mean.
        comparable = fits[
            fits["parameters"].map(partial(_is_same, row.make(epochs)))
            & (fits["training_images"] == n_images)
        ]
        if len(comparable):
            cells.append(_cells(row, comparable))
        if len(comparable) < len(fits):
            notes.append(
                f"Left out: {len(fits) - len(comparable)} of {name}, fitted with other "
                "parameters or on another number of images."
            )
    return markdown_table(header, cells), notes


def _is_same(clf: Any, parameters: str) -> bool:
    """Return whether a classifier has these parameters.

    Parameters that are newer than the record had their defaults.
    """
    if isinstance(clf, VotingClassifier):
        return parameters == parameters_as_text(clf)
    defaults = parameters_as_text(type(clf)())
    complete = json.loads(defaults) | json.loads(parameters)
    return complete == json.loads(parameters_as_text(clf))


def _cells(row: Row, fits: pd.DataFrame) -> tuple[str, ...]:
    accuracy = fits["test_accuracy"]
    return (
        row.title,
        ", ".join(str(seed) for seed in sorted(fits["seed"])),
        mean_and_spread(accuracy),
        f"{row.lecture_accuracy:.4f}",
        f"{accuracy.mean() - row.lecture_accuracy:+.4f}",
        f"{fits['epochs'].mean():.0f} ({fits['best_epoch'].mean():.0f})",
    )


def _summary(row: dict[str, Any]) -> str:
    return (
        f"test accuracy {row['test_accuracy']:.4f}, {row['protocol']} "
        f"(loss {row['best_validation_loss']:.4f}, accuracy "
        f"{row['validation_accuracy']:.4f}), epoch {row['best_epoch']} of "
        f"{row['epochs']}, {row['fit_seconds']:.0f} s"
    )


def _fits(options: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Yield row and seed of each fit, seed by seed.

    An interrupted run then has measured all rows for the first seeds.
    """
    for seed in sorted({*options.seeds, *options.lecture_seeds}):
        for name in options.rows:
            is_lecture = name in LECTURE_ROWS
            seeds = options.lecture_seeds if is_lecture else options.seeds
            if seed in seeds:
                yield name, seed


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.headline",
        description="Accuracy on MNIST's test images.",
    )
    add = parser.add_argument
    add(
        "--seeds",
        type=int,
        nargs="+",
        default=[0, 1, 2],
        help="random seeds of the rows with digitclf's own settings (0 1 2)",
    )
    add(
        "--rows",
        nargs="*",
        choices=ROWS,
        default=list(ROWS),
        metavar="ROW",
        help=f"rows to fit, of {', '.join(ROWS)} (all); empty prints the table only",
    )
    add(
        "--recipes",
        action="store_const",
        dest="rows",
        const=RECIPE_ROWS,
        help=f"the rows {', '.join(RECIPE_ROWS)}",
    )
    add(
        "--lecture-seeds",
        type=int,
        nargs="+",
        default=[0],
        help="random seeds of the rows with the lecture's settings (0)",
    )
    add("--output", type=Path, help="CSV file (benchmarks/results/headline.csv)")
    add("--epochs", type=int, help="for a trial: maximum number of epochs")
    add("--images", type=int, help="for a trial: number of training images")
    options = parser.parse_args(arguments)
    is_trial = options.epochs is not None or options.images is not None
    if options.output is None and not is_trial:
        options.output = OUTPUT
    if is_trial and options.output and options.output.resolve() == OUTPUT.resolve():
        parser.error("a trial (--epochs, --images) needs an --output of its own")
    return options


if __name__ == "__main__":
    main()
