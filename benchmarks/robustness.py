"""Accuracy on pictures that are not MNIST's, with and without the normalizer.

A row per data set, a column per model:

    python -m benchmarks.robustness --data ../shared/data --models models

The networks of the lecture and of `recipes.ACCURATE` are trained unless the folder has
them. Calibration and doubtful answers are measured for the pretrained classifier.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.datasets import load_digits

from benchmarks.records import RESULTS, markdown_table
from digitclf import (
    CNNDigitClassifier,
    load_model,
    load_pretrained,
    recipes,
    save_model,
)
from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer

OUTPUT = RESULTS / "robustness.csv"
TABLE = RESULTS / "robustness.md"

N_BINS = 15
"""Number of bins of the expected calibration error."""

DOUBTFUL = 0.9
"""Answers with a smaller probability are doubtful."""

Pictures = list[np.ndarray]


class DataSet(NamedTuple):
    """Pictures and their labels."""

    name: str
    pictures: Pictures
    labels: np.ndarray
    in_mnist_form: bool = False
    """Whether the pictures are images as MNIST has them, which no model normalises."""


class Model(NamedTuple):
    """A classifier, and what brings pictures into MNIST's form before it."""

    classifier: CNNDigitClassifier
    prepare: Callable[[Pictures], np.ndarray]

    def probabilities(self, data: DataSet) -> np.ndarray:
        """Return the probabilities of the digits, (n, 10)."""
        prepare = np.stack if data.in_mnist_form else self.prepare
        images = prepare(data.pictures)
        return self.classifier.predict_proba(images.reshape(len(images), -1))


def data_sets(data: Path) -> Iterator[DataSet]:
    """Yield all data sets."""
    mnist = load_mnist(subset="test")
    yield DataSet("MNIST test", list(mnist.images), mnist.target, True)
    corrupted = np.load(data / "mnist_c.npz")
    for name in corrupted.files:
        if name not in ("y", "identity"):
            images = list(corrupted[name])
            yield DataSet(f"MNIST-C: {name}", images, corrupted["y"], True)
    digits = load_digits()
    enlarged = [_enlarged(image) for image in digits.images]
    yield DataSet("load_digits", enlarged, digits.target)
    semeion = np.load(data / "semeion.npz")
    yield DataSet("Semeion", list(semeion["x"]), semeion["y"])
    labels = json.loads((data / "digits" / "labels.json").read_text(encoding="utf-8"))
    yield DataSet(
        "real pictures",
        [
            np.asarray(Image.open(data / "digits" / entry["file"]).convert("RGB"))
            for entry in labels
        ],
        np.array([entry["label"] for entry in labels]),
    )


MODELS: dict[str, Callable[[Path], Model]] = {
    "lecture, shrunk": lambda folder: Model(_lecture(folder), _shrunk),
    "lecture": lambda folder: Model(_lecture(folder), _normalized),
    "ACCURATE": lambda folder: Model(
        _trained(folder / "accurate.keras", recipes.ACCURATE), _normalized
    ),
    "pretrained": lambda folder: Model(load_pretrained(), _normalized),
}
"""Functions that return a model, by the titles of the columns."""


def _lecture(folder: Path) -> CNNDigitClassifier:
    return _trained(folder / "lecture_cnn.keras", recipes.LECTURE_CNN)


def _normalized(pictures: Pictures) -> np.ndarray:
    return DigitNormalizer(on_error="warn").transform(pictures)


def _shrunk(pictures: Pictures) -> np.ndarray:
    """Return pictures as most tutorials read them: grey, 28 × 28, dark paper."""
    greys = [Image.fromarray(picture).convert("L") for picture in pictures]
    images = [np.asarray(grey.resize((28, 28))) for grey in greys]
    return np.stack([255 - image if image.mean() > 127 else image for image in images])


def _trained(path: Path, recipe: Mapping[str, Any]) -> CNNDigitClassifier:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        X, y = load_mnist(subset="train", return_X_y=True)
        clf = CNNDigitClassifier(**recipe, verbose=2, random_state=0)
        save_model(clf.fit(X, y), path)
    return load_model(path)


def _enlarged(image: np.ndarray) -> np.ndarray:
    grey = Image.fromarray(np.rint(image * 255 / 16).astype(np.uint8))
    return np.asarray(grey.resize((64, 64), Image.Resampling.BICUBIC))


def measure(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return accuracy, calibration, and how many errors and answers are doubtful."""
    certainty = probabilities.max(axis=1)
    is_correct = probabilities.argmax(axis=1) == labels.astype(int)
    is_doubtful = certainty < DOUBTFUL
    errors = ~is_correct
    return {
        "images": len(labels),
        "accuracy": is_correct.mean(),
        "calibration_error": calibration_error(certainty, is_correct),
        "errors": errors.sum(),
        "doubtful": is_doubtful.mean(),
        "doubtful_errors": (errors & is_doubtful).sum(),
    }


def calibration_error(certainty: np.ndarray, is_correct: np.ndarray) -> float:
    """Return the expected calibration error [1]_ with bins of equal width.

    References
    ----------
    .. [1] Guo, C. et al., "On calibration of modern neural networks", 2017.
    """
    bins = np.minimum((certainty * N_BINS).astype(int), N_BINS - 1)
    gaps = [
        abs(certainty[bins == number].sum() - is_correct[bins == number].sum())
        for number in range(N_BINS)
    ]
    return float(sum(gaps) / len(certainty))


def table(records: pd.DataFrame) -> str:
    """Return the Markdown table of accuracies, and of the pretrained classifier."""
    by_model = records.pivot_table("accuracy", "data", "model", sort=False)
    corrupted = by_model.index.str.startswith("MNIST-C")
    by_model.loc["MNIST-C, mean"] = by_model[corrupted].mean()
    pretrained = records[records["model"] == "pretrained"].set_index("data")
    rows = [
        [
            name,
            *(f"{value:.4f}" for value in accuracies),
            *_certainty(pretrained, name),
        ]
        for name, accuracies in by_model.iterrows()
    ]
    header = ["", *by_model.columns, "calibration error", "doubtful", "of the errors"]
    return markdown_table(header, rows)


def _certainty(pretrained: pd.DataFrame, name: Any) -> list[str]:
    if name not in pretrained.index:
        return [""] * 3
    row = pretrained.loc[name]
    return [
        f"{row['calibration_error']:.4f}",
        f"{row['doubtful']:.1%}",
        f"{row['doubtful_errors']:.0f} of {row['errors']:.0f}",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.robustness", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--models", type=Path, required=True, help="folder of models")
    parser.add_argument("--columns", nargs="+", choices=MODELS, default=list(MODELS))
    options = parser.parse_args(arguments)
    rows = []
    models = {name: MODELS[name](options.models) for name in options.columns}
    for data in data_sets(options.data):
        for name, model in models.items():
            measured = measure(model.probabilities(data), data.labels)
            rows.append({"data": data.name, "model": name, **measured})
            print(f"{data.name}, {name}: {measured['accuracy']:.4f}", flush=True)
    records = pd.DataFrame(rows)
    records.to_csv(OUTPUT, index=False)
    TABLE.write_text(f"{table(records)}\n", encoding="utf-8")
    print(table(records))


if __name__ == "__main__":
    main()
