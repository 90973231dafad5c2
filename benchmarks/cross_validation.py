"""Cross-validation of both estimators and of scikit-learn's ``MLPClassifier``."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from benchmarks.environment import describe_environment
from benchmarks.records import RESULTS, markdown_table, mean_and_spread, record
from benchmarks.training_images import load_training_images
from digitclf import CNNDigitClassifier, MLPDigitClassifier

OUTPUT = RESULTS / "cross_validation.csv"
KEY = ("estimator", "images", "folds", "seed", "fold")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    X, y = load_training_images(options.images, options.seed)
    splitter = StratifiedKFold(options.folds, shuffle=True, random_state=options.seed)
    rows = []
    # The estimators take turns, so that a busy machine slows all of them down alike.
    for fold, split in enumerate(splitter.split(X, y), start=1):
        for name, estimator in make_estimators(options.seed).items():
            row = {
                "estimator": name,
                "images": options.images,
                "folds": options.folds,
                "seed": options.seed,
                "fold": fold,
                **measure(estimator, X, y, split),
                **describe_environment(),
            }
            record(options.output, row, KEY)
            rows.append(row)
            print(f"{name}, fold {fold}: {row['accuracy']:.4f}", flush=True)
    print(f"\n{table(pd.DataFrame(rows))}")


def make_estimators(seed: int) -> dict[str, BaseEstimator]:
    """Return digitclf's defaults and the most similar network of scikit-learn.

    ``MLPClassifier`` does not scale its input, so it gets pixels between 0 and 1, in
    float32, with which it is fastest.
    """
    return {
        "MLPDigitClassifier": MLPDigitClassifier(random_state=seed),
        "CNNDigitClassifier": CNNDigitClassifier(random_state=seed),
        "MLPClassifier": make_pipeline(
            FunctionTransformer(scale_to_unit),
            MLPClassifier(
                hidden_layer_sizes=(512,),
                batch_size=200,
                max_iter=30,
                early_stopping=True,
                validation_fraction=0.1,
                n_iter_no_change=10,
                random_state=seed,
            ),
        ),
    }


def scale_to_unit(X: np.ndarray) -> np.ndarray:
    return X.astype(np.float32) / 255


def measure(
    estimator: BaseEstimator,
    X: np.ndarray,
    y: np.ndarray,
    split: tuple[np.ndarray, np.ndarray],
) -> dict[str, Any]:
    """Return the accuracy on one fold and the seconds of fitting and scoring."""
    with warnings.catch_warnings():
        # All three stop after at most 30 epochs; only scikit-learn warns about it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        result = cross_validate(estimator, X, y, cv=[split], error_score="raise")
    return {
        "accuracy": result["test_score"][0],
        "fit_seconds": result["fit_time"][0],
        "score_seconds": result["score_time"][0],
    }


def table(records: pd.DataFrame) -> str:
    """Return the Markdown table: accuracy over the folds, seconds per fold."""
    header = ("", "accuracy", "fit, seconds per fold", "score, seconds per fold")
    cells = [
        (
            name,
            mean_and_spread(folds["accuracy"]),
            f"{folds['fit_seconds'].mean():.2f}",
            f"{folds['score_seconds'].mean():.3f}",
        )
        for name, folds in records.groupby("estimator", sort=False)
    ]
    return markdown_table(header, cells)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cross_validation",
        description="Cross-validation of both estimators and of MLPClassifier.",
    )
    add = parser.add_argument
    add("--images", type=int, default=2000, help="number of training images (2000)")
    add("--folds", type=int, default=5, help="number of folds (5)")
    add(
        "--seed",
        type=int,
        default=0,
        help="random seed of images, folds and estimators (0)",
    )
    add(
        "--output",
        type=Path,
        default=OUTPUT,
        help="CSV file (benchmarks/results/cross_validation.csv)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
