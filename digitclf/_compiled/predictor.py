"""Prediction: from pixels to class probabilities, compiled once per architecture."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import keras
import numpy as np
import tensorflow as tf

from digitclf._compiled.architecture import (
    adjustable_values,
    architecture,
    make_adjustable,
)
from digitclf._compiled.interruption import deferring_interrupts, raise_if_interrupted

BYTES_AT_A_TIME = 16 * 2**20
"""Size of the largest layer's outputs in one call of the graph.

Enough to keep all cores busy, and small enough for their caches."""

ROWS_PER_BLOCK = 48
"""A multiple of the number of rows that dense layers compute at once."""

IMAGES_PER_BLOCK = 8
"""A multiple of the number of patches that convolutions compute at once."""

MAX_IDLE = 8
"""Maximum number of predictors kept after their networks are gone."""


def predict_probabilities(
    network: keras.Model, pixels: np.ndarray, batch_size: int | None = None
) -> np.ndarray:
    """Return the class probabilities of images.

    Any number of threads may call this at once, with one network or several.

    Parameters
    ----------
    network : keras.Model
        A network that ends in a dense layer with a softmax over the classes.
    pixels : ndarray of shape (n_samples, *network input shape)
    batch_size : int, optional
        Images per call of the graph.

    Returns
    -------
    ndarray of shape (n_samples, n_classes), float32
    """
    with deferring_interrupts():
        return PREDICTORS.find(network)(adjustable_values(network), pixels, batch_size)


class Predictor:
    """The forward pass of all networks of one architecture.

    The weights are arguments of the compiled graph, so that any number of threads can
    call it at the same time.

    Parameters
    ----------
    network : keras.Model
        An example of the architecture.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = make_adjustable(network, flatten=FlattenToFullBlocks)
        flattens = any(
            type(layer) is FlattenToFullBlocks for layer in self._network.layers
        )
        self._images_per_block = IMAGES_PER_BLOCK if flattens else ROWS_PER_BLOCK
        self._variables: list[keras.Variable] = adjustable_values(self._network)
        largest = max(math.prod(layer.output.shape[1:]) for layer in network.layers)
        self._batch_size = max(1, BYTES_AT_A_TIME // (largest * np.float32().nbytes))
        self._graphs: dict[np.dtype, Callable] = {}
        self._lock = threading.Lock()

    def __call__(
        self, values: list[Any], pixels: np.ndarray, batch_size: int | None
    ) -> np.ndarray:
        """Return class probabilities.

        Parameters
        ----------
        values : list of keras.Variable or float
            The `adjustable_values` of a network of this architecture.
        pixels : ndarray of shape (n_samples, *network input shape)
        batch_size : int or None
            Images per call of the graph.
        """
        given = [_as_argument(value) for value in values]
        graph = self._graph_for(given, pixels.dtype)
        size = batch_size or self._batch_size
        batches = []
        for start in range(0, len(pixels), size):
            batch = tf.constant(pixels[start : start + size])
            batches.append(graph(given, batch).numpy())
            raise_if_interrupted()
        return batches[0] if len(batches) == 1 else np.concatenate(batches)

    def _graph_for(self, given: list[Any], dtype: np.dtype) -> Callable:
        """Return the graph for values of these shapes and pixels of a dtype."""
        with self._lock:
            if dtype not in self._graphs:
                self._graphs[dtype] = tf.function(
                    self._probabilities, autograph=False
                ).get_concrete_function(
                    given, tf.TensorSpec((None, *self._network.input_shape[1:]), dtype)
                )
            return self._graphs[dtype]

    def _probabilities(self, given: list[Any], pixels: tf.Tensor) -> tf.Tensor:
        with keras.StatelessScope(zip(self._variables, given, strict=True)):
            inputs = _fill_block(pixels, self._images_per_block)
            logits = self._network(inputs, training=False)
        return tf.nn.softmax(logits)[: tf.shape(pixels)[0]]


class FlattenToFullBlocks(keras.layers.Flatten):
    """Flattens images and adds rows to fill the last block of the dense layers."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the flat images and the additional rows."""
        return _fill_block(super().call(inputs), ROWS_PER_BLOCK)


def _fill_block(inputs: tf.Tensor, size: int) -> tf.Tensor:
    """Add rows, so that images of a batch are computed alike whatever their position.

    Kernels treat the rows that remain after full blocks differently, with results that
    differ in the last bits. A single image stays one, which is faster.
    """
    n_rows = tf.shape(inputs)[0]
    missing = tf.where(n_rows > 1, -n_rows % size, 0)
    return tf.pad(inputs, [[0, missing], *[[0, 0]] * (len(inputs.shape) - 1)])


def _as_argument(value: keras.Variable | float) -> tf.Variable | tf.Tensor:
    if isinstance(value, keras.Variable):
        return value.value
    return tf.constant(value, tf.float32)


class PredictorCache:
    """Finds the predictor of a network, compiled or yet to be compiled."""

    def __init__(self) -> None:
        self._of_network: WeakKeyDictionary[keras.Model, Predictor] = (
            WeakKeyDictionary()
        )
        self._of_architecture: WeakValueDictionary[Hashable, Predictor] = (
            WeakValueDictionary()
        )
        self._latest: list[Predictor] = []
        self._lock = threading.Lock()

    def find(self, network: keras.Model) -> Predictor:
        """Return the predictor of a network, a new one if necessary."""
        with self._lock:
            if network not in self._of_network:
                self._of_network[network] = self._for_architecture_of(network)
            return self._of_network[network]

    def _for_architecture_of(self, network: keras.Model) -> Predictor:
        try:
            key = architecture(network)
        except TypeError:  # a layer without a JSON configuration
            return Predictor(network)
        predictor = self._of_architecture.get(key) or Predictor(network)
        self._of_architecture[key] = predictor
        self._latest = [*self._latest, predictor][-MAX_IDLE:]
        return predictor


PREDICTORS = PredictorCache()
"""The cache of this process."""
