"""The tasks with skorch around PyTorch modules."""

from __future__ import annotations

from typing import Any

import torch
from sklearn.model_selection import cross_val_score
from skorch import NeuralNetClassifier
from skorch.callbacks import EarlyStopping
from skorch.dataset import ValidSplit
from torch import nn

from benchmarks.peers import measuring, settings

torch.manual_seed(settings.SEED)
IMAGE = (1, 28, 28)


def make_mlp(n_features: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(n_features, settings.UNITS), nn.ReLU(), nn.Linear(settings.UNITS, 10)
    )


def make_cnn(side: int = 28, filters: tuple[int, int] = settings.FILTERS) -> nn.Module:
    first, second = filters
    pooled = (side - 4) // 2
    return nn.Sequential(
        nn.Conv2d(1, first, 3),
        nn.ReLU(),
        nn.Conv2d(first, second, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(settings.DROPOUT),
        nn.Flatten(),
        nn.Linear(second * pooled * pooled, settings.CNN_UNITS),
        nn.ReLU(),
        nn.Dropout(settings.HIDDEN_DROPOUT),
        nn.Linear(settings.CNN_UNITS, 10),
    )


def _classifier(make: Any, epochs: int, **params: Any) -> NeuralNetClassifier:
    return NeuralNetClassifier(
        make,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=settings.LEARNING_RATE,
        batch_size=settings.BATCH_SIZE,
        iterator_train__shuffle=True,
        max_epochs=epochs,
        verbose=0,
        **{"train_split": None} | params,
    )


def small_cv() -> float:
    X, y = settings.scaled_digits()
    clf = _classifier(
        make_mlp,
        settings.CV_EPOCHS,
        module__n_features=64,
        train_split=ValidSplit(settings.VALIDATION_SPLIT, stratified=True),
        callbacks=[
            EarlyStopping("valid_loss", patience=settings.PATIENCE, load_best=True)
        ],
    )
    return measuring.seconds(
        lambda: cross_val_score(clf, X, y, cv=settings.CV_FOLDS, error_score="raise")
    )


def mlp_epoch() -> float:
    clf = _classifier(make_mlp, 1 + settings.EPOCHS_TIMED, module__n_features=784)
    return _epoch(clf, settings.scaled_mnist(settings.MLP_IMAGES))


def cnn_epoch() -> float:
    clf = _classifier(make_cnn, 1 + settings.EPOCHS_TIMED)
    return _epoch(clf, settings.scaled_mnist(settings.CNN_IMAGES, "train", *IMAGE))


def _epoch(clf: NeuralNetClassifier, data: settings.Data) -> float:
    durations = clf.fit(*data).history[1:, "dur"]
    return sum(durations) / len(durations)


def predict_one_mlp() -> float:
    clf, X = _trained_mlp(), settings.scaled_mnist(1, "test").X
    return measuring.median_milliseconds(lambda: clf.predict(X))


def predict_one_cnn() -> float:
    clf, X = _trained_cnn(), settings.scaled_mnist(1, "test", *IMAGE).X
    return measuring.median_milliseconds(lambda: clf.predict(X))


def predict_many_mlp() -> float:
    clf, X = _trained_mlp(), settings.scaled_mnist(settings.PREDICTED, "test").X
    return measuring.median_seconds(lambda: clf.predict(X))


def predict_many_cnn() -> float:
    clf, X = _trained_cnn(), settings.scaled_mnist(settings.PREDICTED, "test", *IMAGE).X
    return measuring.median_seconds(lambda: clf.predict(X))


def _trained_mlp() -> NeuralNetClassifier:
    clf = _classifier(make_mlp, 1, module__n_features=784)
    return clf.fit(*settings.scaled_mnist(settings.SMALL_IMAGES))


def _trained_cnn() -> NeuralNetClassifier:
    data = settings.scaled_mnist(settings.SMALL_IMAGES, "train", *IMAGE)
    return _classifier(make_cnn, 1).fit(*data)


def memory_mlp() -> float:
    clf = _classifier(make_mlp, settings.SMALL_EPOCHS, module__n_features=64)
    return _memory(clf, settings.scaled_digits())


def memory_cnn() -> float:
    X, y = settings.scaled_digits()
    clf = _classifier(
        make_cnn, settings.SMALL_EPOCHS, module__side=8, module__filters=(8, 8)
    )
    return _memory(clf, settings.Data(X.reshape(-1, 1, 8, 8), y))


def _memory(clf: NeuralNetClassifier, data: settings.Data) -> float:
    X, y = data
    return measuring.megabytes_kept(lambda: clf.fit(X, y).predict(X[:1]))


def memory_of_imports() -> float:
    return measuring.peak_megabytes()


def peak_memory() -> float:
    clf = _classifier(make_mlp, 1 + settings.EPOCHS_TIMED, module__n_features=784)
    clf.fit(*settings.scaled_mnist(settings.MLP_IMAGES))
    return measuring.peak_megabytes()
