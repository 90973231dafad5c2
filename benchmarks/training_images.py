"""MNIST's training images, all of them or a stratified sample."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import train_test_split

from digitclf.datasets import load_mnist

N_HELD_OUT_DIGITS = 6_000
"""Number of training images that the network for other ink is not trained on."""


def load_training_images(
    n_images: int | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels of shape (n_images, 784) and labels, drawn with `seed`."""
    X, y = load_mnist(return_X_y=True)
    if n_images is None or n_images == len(X):
        return X, y
    X, _, y, _ = train_test_split(
        X, y, train_size=n_images, stratify=y, random_state=seed
    )
    return X, y


def load_held_out_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return images of shape (n, 28, 28) and labels for choosing between methods.

    They are the last training images, on which the network that tells digits from
    other ink is not trained.
    """
    mnist = load_mnist(subset="train")
    return mnist.images[-N_HELD_OUT_DIGITS:], mnist.target[-N_HELD_OUT_DIGITS:]
