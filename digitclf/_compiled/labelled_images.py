"""Labelled images in memory, in the form that the training program reads."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

ALIGNMENT = 64
"""Addresses of tensors are multiples of this number of bytes."""


class Images(NamedTuple):
    """Labelled images, all in one place in memory."""

    pixels: tf.Tensor
    """(n_samples, *network input shape), uint8 or float32."""
    labels: tf.Tensor
    """(n_samples,), int32, 0 to n_classes - 1."""
    weights: tf.Tensor
    """(n_samples,), float32."""

    @classmethod
    def of(cls, pixels: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Images:
        """Return copies of images that are in arrays."""
        return cls(*map(tf.convert_to_tensor, (pixels, labels, weights)))

    @classmethod
    def sharing(
        cls, pixels: np.ndarray, labels: np.ndarray, weights: np.ndarray
    ) -> Images:
        """Return images that share the memory of the pixels.

        Parameters
        ----------
        pixels : ndarray
            An array from `empty_pixels`, which must not be changed afterwards.
        labels, weights : ndarray
        """
        shared = tf.experimental.dlpack.from_dlpack(pixels.__dlpack__())
        return cls(shared, *map(tf.convert_to_tensor, (labels, weights)))


def empty_pixels(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an uninitialized array whose memory TensorFlow can use as it is."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    buffer = np.empty(n_bytes + ALIGNMENT, np.uint8)
    start = -buffer.ctypes.data % ALIGNMENT
    return buffer[start : start + n_bytes].view(dtype).reshape(shape)


class Selection(NamedTuple):
    """Some of the images, by their positions."""

    images: Images
    chosen: np.ndarray
