"""The networks that are measured, in the forms in which the peers take them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.training_images import load_training_images
from digitclf import (
    CNNDigitClassifier,
    MLPDigitClassifier,
    load_predictor,
    recipes,
    save_model,
)
from digitclf.datasets import load_mnist

NETWORKS = {
    "mlp": MLPDigitClassifier(random_state=0),
    "cnn": CNNDigitClassifier(**recipes.LECTURE_CNN, random_state=0),
}

# The weights do not matter for the time.
IMAGES, EPOCHS = 1000, 1

TOLERANCE = 1e-5


class Peer(NamedTuple):
    """A function that computes probabilities, and the test images in its form."""

    predict_proba: Callable[[np.ndarray], np.ndarray]
    X: np.ndarray


def save_network(name: str, path: Path) -> Any:
    """Train a network briefly, save it, and return the classifier."""
    X, y = load_training_images(IMAGES)
    clf = NETWORKS[name].set_params(epochs=EPOCHS).fit(X, y)
    save_model(clf, path)
    return clf


def peers(name: str, path: Path) -> dict[str, Peer]:
    """Return the peers with one network, which is saved to a file.

    All but scikit-learn's have the same weights and give the same answers.
    """
    clf = save_network(name, path)
    X = load_mnist(subset="test").data
    network = keras.saving.load_model(path)
    found = {
        "predictor": Peer(load_predictor(path).predict_proba, X),
        "estimator": Peer(clf.predict_proba, X),
        "keras": Peer(
            partial(network.predict, verbose=0), X.reshape(-1, *network.input_shape[1:])
        ),
    }
    _check_agree(found)
    if name == "mlp":
        found["sklearn"] = _sklearn(clf.hidden_layer_sizes, X)
    return found


def _check_agree(found: dict[str, Peer]) -> None:
    expected = found["estimator"].predict_proba(found["estimator"].X[:1000])
    for name, peer in found.items():
        difference = np.abs(peer.predict_proba(peer.X[:1000]) - expected).max()
        if difference > TOLERANCE:
            raise AssertionError(f"{name} differs by {difference} from the estimator")


def _sklearn(hidden_layer_sizes: tuple[int, ...], X: np.ndarray) -> Peer:
    X_train, y_train = load_training_images(IMAGES)
    clf = MLPClassifier(hidden_layer_sizes, max_iter=EPOCHS, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        clf.fit(_scaled(X_train), y_train)
    return Peer(clf.predict_proba, _scaled(X))


def _scaled(X: np.ndarray) -> np.ndarray:
    return X.astype(np.float32) / np.float32(255)
