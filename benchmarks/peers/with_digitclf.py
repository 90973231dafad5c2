"""The tasks with digitclf."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV, cross_val_score

from benchmarks.peers import measuring, settings
from digitclf import CNNDigitClassifier, MLPDigitClassifier, recipes

# The lecture's settings, without digitclf's averaging and weight decay, so that all
# peers do the same work.
MLP = recipes.LECTURE_MLP | {"random_state": settings.SEED}
CNN = recipes.LECTURE_CNN | {"random_state": settings.SEED}
WHOLE = {"validation_split": 0, "epochs": 1 + settings.EPOCHS_TIMED}


class EpochEnds(keras.callbacks.Callback):
    """Records when epochs end."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.times: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.times.append(time.perf_counter())


def small_cv() -> float:
    X, y = settings.digits()
    clf = MLPDigitClassifier(**MLP)
    return measuring.seconds(
        lambda: cross_val_score(clf, X, y, cv=settings.CV_FOLDS, error_score="raise")
    )


def mlp_epoch() -> float:
    return _epoch(MLPDigitClassifier(**MLP | WHOLE), settings.MLP_IMAGES)


def cnn_epoch() -> float:
    return _epoch(CNNDigitClassifier(**CNN | WHOLE), settings.CNN_IMAGES)


def _epoch(clf: Any, n_images: int) -> float:
    ends = EpochEnds()
    clf.set_params(callbacks=ends).fit(*settings.mnist(n_images))
    return measuring.later_epochs(ends.times)


def grid_1() -> float:
    return _grid(1)


def grid_2() -> float:
    Parallel(2)(delayed(_start_worker)() for _ in range(4))
    return _grid(2)


def _start_worker() -> None:
    time.sleep(0.5)  # so that the other worker process is started too
    MLPDigitClassifier(epochs=1).fit(np.eye(20, 16), np.arange(20) % 2)


def _grid(n_jobs: int) -> float:
    X, y = settings.mnist(settings.GRID_IMAGES)
    search = GridSearchCV(
        CNNDigitClassifier(**CNN | {"epochs": settings.GRID_EPOCHS}),
        {"dropout": settings.GRID},
        cv=settings.GRID_FOLDS,
        n_jobs=n_jobs,
        refit=False,
        error_score="raise",
    )
    return measuring.seconds(lambda: search.fit(X, y))


def predict_one_mlp() -> float:
    clf, X = _trained(MLPDigitClassifier(**MLP)), settings.mnist(1, "test").X
    return measuring.median_milliseconds(lambda: clf.predict(X))


def predict_one_cnn() -> float:
    clf, X = _trained(CNNDigitClassifier(**CNN)), settings.mnist(1, "test").X
    return measuring.median_milliseconds(lambda: clf.predict(X))


def predict_many_mlp() -> float:
    clf, X = _trained(MLPDigitClassifier(**MLP)), settings.mnist(10_000, "test").X
    return measuring.median_seconds(lambda: clf.predict(X))


def predict_many_cnn() -> float:
    clf, X = _trained(CNNDigitClassifier(**CNN)), settings.mnist(10_000, "test").X
    return measuring.median_seconds(lambda: clf.predict(X))


def _trained(clf: Any) -> Any:
    return clf.set_params(epochs=1).fit(*settings.mnist(settings.SMALL_IMAGES))


def memory_mlp() -> float:
    return _memory(MLPDigitClassifier(**MLP))


def memory_cnn() -> float:
    return _memory(CNNDigitClassifier(**CNN | {"filters": (8, 8)}))


def _memory(clf: Any) -> float:
    X, y = settings.digits()
    clf.set_params(epochs=settings.SMALL_EPOCHS)
    return measuring.megabytes_kept(lambda: clf.fit(X, y).predict(X[:1]))


def memory_of_imports() -> float:
    return measuring.peak_megabytes()


def peak_memory() -> float:
    X, y = settings.mnist(settings.MLP_IMAGES)
    MLPDigitClassifier(**MLP | WHOLE).fit(X, y)
    return measuring.peak_megabytes()
