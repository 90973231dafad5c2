"""The networks, the optimizer and the images that all peers use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

from digitclf.datasets import load_mnist

UNITS = 512
FILTERS = (32, 64)
CNN_UNITS = 128
DROPOUT, HIDDEN_DROPOUT = 0.25, 0.5
LEARNING_RATE = 1e-3
BATCH_SIZE = 200
SEED = 0

CV_EPOCHS, CV_FOLDS, PATIENCE, VALIDATION_SPLIT = 30, 5, 10, 0.1
MLP_IMAGES, CNN_IMAGES, EPOCHS_TIMED = 60_000, 20_000, 2
GRID = [0.1, 0.25, 0.4]
GRID_IMAGES, GRID_FOLDS, GRID_EPOCHS = 3000, 3, 3
PREDICTED = 10_000
SMALL_IMAGES, SMALL_EPOCHS = 1000, 3


class Data(NamedTuple):
    X: np.ndarray
    y: np.ndarray


def mnist(n_images: int, subset: str = "train") -> Data:
    """Return images as uint8, as digitclf takes them."""
    X, y = load_mnist(subset=subset, return_X_y=True)
    return Data(X[:n_images], y[:n_images])


def scaled_mnist(n_images: int, subset: str = "train", *shape: int) -> Data:
    """Return images as the other peers take them: float32 between 0 and 1."""
    X, y = mnist(n_images, subset)
    scaled = X.astype(np.float32) / np.float32(255)
    return Data(scaled.reshape(-1, *shape) if shape else scaled, y.astype(np.int64))


def digits() -> Data:
    """Return scikit-learn's 8 x 8 digits, with values from 0 to 16."""
    return Data(*load_digits(return_X_y=True))


def scaled_digits() -> Data:
    X, y = digits()
    return Data((X / 16).astype(np.float32), y.astype(np.int64))
