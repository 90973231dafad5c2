"""Prediction: from pixels to class probabilities."""

from __future__ import annotations

import keras
import numpy as np

BATCH_SIZE = 500
"""Images at a time: enough to keep all cores busy, few enough to stay in memory."""


def predict_probabilities(
    network: keras.Model, pixels: np.ndarray, batch_size: int | None = None
) -> np.ndarray:
    """Return what the network makes of the images.

    Parameters
    ----------
    network : keras.Model
    pixels : ndarray of shape (n_samples, *network input shape)
    batch_size : int, optional
        Images in one call of the network.

    Returns
    -------
    ndarray of shape (n_samples, n_classes), float32
    """
    size = batch_size or BATCH_SIZE
    batches = [
        keras.ops.convert_to_numpy(network(pixels[start : start + size]))
        for start in range(0, len(pixels), size)
    ]
    return np.concatenate(batches)
