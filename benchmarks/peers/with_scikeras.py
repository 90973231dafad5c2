"""The tasks with scikeras around Keras models."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
from joblib import Parallel, delayed
from scikeras.wrappers import KerasClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score

from benchmarks.peers import measuring, settings
from benchmarks.peers.keras_networks import (
    IMAGE,
    EpochEnds,
    make_cnn,
    make_mlp,
    make_small_cnn,
)


def _make_mlp(meta: dict[str, Any]) -> keras.Model:
    return make_mlp(meta["n_features_in_"])


def _make_cnn(dropout: float = settings.DROPOUT) -> keras.Model:
    return make_cnn(dropout)


def _make_small_cnn() -> keras.Model:
    return make_small_cnn()


def _classifier(make: Any, **params: Any) -> KerasClassifier:
    return KerasClassifier(
        make,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        optimizer__learning_rate=settings.LEARNING_RATE,
        metrics=["accuracy"],
        batch_size=settings.BATCH_SIZE,
        random_state=settings.SEED,
        verbose=0,
        **params,
    )


def small_cv() -> float:
    X, y = settings.scaled_digits()
    clf = _classifier(
        _make_mlp,
        epochs=settings.CV_EPOCHS,
        validation_split=settings.VALIDATION_SPLIT,
        callbacks=[
            keras.callbacks.EarlyStopping(
                "val_loss", patience=settings.PATIENCE, restore_best_weights=True
            )
        ],
    )
    return measuring.seconds(
        lambda: cross_val_score(clf, X, y, cv=settings.CV_FOLDS, error_score="raise")
    )


def mlp_epoch() -> float:
    return _epoch(_make_mlp, settings.scaled_mnist(settings.MLP_IMAGES))


def cnn_epoch() -> float:
    return _epoch(
        _make_cnn, settings.scaled_mnist(settings.CNN_IMAGES, "train", *IMAGE)
    )


def _epoch(make: Any, data: settings.Data) -> float:
    ends = EpochEnds()
    clf = _classifier(make, epochs=1 + settings.EPOCHS_TIMED, callbacks=[ends])
    clf.fit(*data)
    # The wrapper trains with a copy of the callback.
    return measuring.later_epochs(ends.times)


def grid_1() -> float:
    return _grid(1)


def grid_2() -> float:
    Parallel(2)(delayed(_start_worker)() for _ in range(4))
    return _grid(2)


def _start_worker() -> None:
    time.sleep(0.5)  # so that the other worker process is started too
    X = np.eye(20, 16, dtype=np.float32)
    _classifier(_make_mlp, epochs=1).fit(X, np.arange(20) % 2)


def _grid(n_jobs: int) -> float:
    X, y = settings.scaled_mnist(settings.GRID_IMAGES, "train", *IMAGE)
    clf = _classifier(
        _make_cnn,
        model__dropout=settings.DROPOUT,
        epochs=settings.GRID_EPOCHS,
        validation_split=settings.VALIDATION_SPLIT,
    )
    search = GridSearchCV(
        clf,
        {"model__dropout": settings.GRID},
        cv=settings.GRID_FOLDS,
        n_jobs=n_jobs,
        refit=False,
        error_score="raise",
    )
    return measuring.seconds(lambda: search.fit(X, y))


def predict_one_mlp() -> float:
    clf = _trained(_make_mlp, settings.scaled_mnist(settings.SMALL_IMAGES))
    X = settings.scaled_mnist(1, "test").X
    return measuring.median_milliseconds(lambda: clf.predict(X))


def predict_one_cnn() -> float:
    data = settings.scaled_mnist(settings.SMALL_IMAGES, "train", *IMAGE)
    clf, X = _trained(_make_cnn, data), settings.scaled_mnist(1, "test", *IMAGE).X
    return measuring.median_milliseconds(lambda: clf.predict(X))


def predict_many_mlp() -> float:
    clf = _trained(_make_mlp, settings.scaled_mnist(settings.SMALL_IMAGES))
    X = settings.scaled_mnist(settings.PREDICTED, "test").X
    return measuring.median_seconds(lambda: clf.predict(X))


def predict_many_cnn() -> float:
    data = settings.scaled_mnist(settings.SMALL_IMAGES, "train", *IMAGE)
    clf = _trained(_make_cnn, data)
    X = settings.scaled_mnist(settings.PREDICTED, "test", *IMAGE).X
    return measuring.median_seconds(lambda: clf.predict(X))


def _trained(make: Any, data: settings.Data) -> KerasClassifier:
    return _classifier(make, epochs=1).fit(*data)


def memory_mlp() -> float:
    return _memory(_make_mlp, settings.scaled_digits())


def memory_cnn() -> float:
    X, y = settings.scaled_digits()
    return _memory(_make_small_cnn, settings.Data(X.reshape(-1, 8, 8, 1), y))


def _memory(make: Any, data: settings.Data) -> float:
    X, y = data
    clf = _classifier(
        make,
        epochs=settings.SMALL_EPOCHS,
        validation_split=settings.VALIDATION_SPLIT,
    )
    return measuring.megabytes_kept(lambda: clf.fit(X, y).predict(X[:1]))


def memory_of_imports() -> float:
    return measuring.peak_megabytes()


def peak_memory() -> float:
    data = settings.scaled_mnist(settings.MLP_IMAGES)
    _classifier(_make_mlp, epochs=1 + settings.EPOCHS_TIMED).fit(*data)
    return measuring.peak_megabytes()
