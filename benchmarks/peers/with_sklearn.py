"""The tasks with scikit-learn's ``MLPClassifier``: those with a dense network."""

from __future__ import annotations

import statistics
import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier

from benchmarks.peers import measuring, settings

# All peers stop after the same number of epochs; only scikit-learn warns about it.
warnings.simplefilter("ignore", ConvergenceWarning)


def _classifier(**params: Any) -> MLPClassifier:
    return MLPClassifier(
        (settings.UNITS,),
        alpha=0.0,
        learning_rate_init=settings.LEARNING_RATE,
        batch_size=settings.BATCH_SIZE,
        random_state=settings.SEED,
        **params,
    )


def small_cv() -> float:
    X, y = settings.scaled_digits()
    clf = _classifier(
        max_iter=settings.CV_EPOCHS,
        early_stopping=True,
        validation_fraction=settings.VALIDATION_SPLIT,
        n_iter_no_change=settings.PATIENCE,
    )
    return measuring.seconds(
        lambda: cross_val_score(clf, X, y, cv=settings.CV_FOLDS, error_score="raise")
    )


def mlp_epoch() -> float:
    X, y = settings.scaled_mnist(settings.MLP_IMAGES)
    clf = _classifier()
    return statistics.median(
        measuring.seconds(lambda: clf.partial_fit(X, y, classes=np.unique(y)))
        for _ in range(1 + settings.EPOCHS_TIMED)
    )


def predict_one_mlp() -> float:
    clf, X = _trained(), settings.scaled_mnist(1, "test").X
    return measuring.median_milliseconds(lambda: clf.predict(X))


def predict_many_mlp() -> float:
    clf, X = _trained(), settings.scaled_mnist(settings.PREDICTED, "test").X
    return measuring.median_seconds(lambda: clf.predict(X))


def _trained() -> MLPClassifier:
    return _classifier(max_iter=1).fit(*settings.scaled_mnist(settings.SMALL_IMAGES))


def memory_mlp() -> float:
    X, y = settings.scaled_digits()
    clf = _classifier(max_iter=settings.SMALL_EPOCHS)
    return measuring.megabytes_kept(lambda: clf.fit(X, y).predict(X[:1]))


def memory_of_imports() -> float:
    return measuring.peak_megabytes()


def peak_memory() -> float:
    X, y = settings.scaled_mnist(settings.MLP_IMAGES)
    _classifier(max_iter=1 + settings.EPOCHS_TIMED).fit(X, y)
    return measuring.peak_megabytes()
