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

from digitclf._compiled.architecture import architecture, make_adjustable, numbers

BYTES_AT_A_TIME = 16 * 2**20
"""Of the largest layer: enough to keep all cores busy, few enough to stay near them."""

MOST_IDLE = 8
"""Predictors that are kept although no network of theirs may be left."""


def predict_probabilities(
    network: keras.Model, pixels: np.ndarray, batch_size: int | None = None
) -> np.ndarray:
    """Return what the network makes of the images.

    Threads may predict at once, with one network or with several.

    Parameters
    ----------
    network : keras.Model
        It ends in a dense layer with a softmax over the classes.
    pixels : ndarray of shape (n_samples, *network input shape)
    batch_size : int, optional
        Images in one call of the graph.

    Returns
    -------
    ndarray of shape (n_samples, n_classes), float32
    """
    return PREDICTORS.find(network)(numbers(network), pixels, batch_size)


class Predictor:
    """The forward pass of all networks of one architecture.

    The weights are arguments of the compiled graph, so that any number of threads can
    call it at once.

    Parameters
    ----------
    network : keras.Model
        An example of the architecture.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = make_adjustable(network)
        self._variables: list[keras.Variable] = numbers(self._network)
        largest = max(math.prod(each.output.shape[1:]) for each in network.layers)
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
            The `numbers` of a network of this architecture.
        pixels : ndarray of shape (n_samples, *network input shape)
        batch_size : int or None
            Images in one call of the graph.
        """
        given = [_as_argument(each) for each in values]
        graph = self._graph_for(given, pixels.dtype)
        size = batch_size or self._batch_size
        batches = [
            graph(given, tf.constant(pixels[start : start + size])).numpy()
            for start in range(0, len(pixels), size)
        ]
        return batches[0] if len(batches) == 1 else np.concatenate(batches)

    def _graph_for(self, given: list[Any], dtype: np.dtype) -> Callable:
        """Return the graph for variables and numbers of the same shapes as these."""
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
            return tf.nn.softmax(self._network(pixels, training=False))


def _as_argument(value: keras.Variable | float) -> tf.Variable | tf.Tensor:
    if isinstance(value, keras.Variable):
        return value.value
    return tf.constant(value, tf.float32)


class PredictorCache:
    """Finds the predictor of a network among those compiled before."""

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
        """Return the predictor of a network, a new one if there is none."""
        with self._lock:
            if network not in self._of_network:
                self._of_network[network] = self._for_architecture_of(network)
            return self._of_network[network]

    def _for_architecture_of(self, network: keras.Model) -> Predictor:
        try:
            key = architecture(network)
        except TypeError:  # a layer that cannot be described in JSON
            return Predictor(network)
        predictor = self._of_architecture.get(key) or Predictor(network)
        self._of_architecture[key] = predictor
        self._latest = [*self._latest, predictor][-MOST_IDLE:]
        return predictor


PREDICTORS = PredictorCache()
"""Of this process."""
