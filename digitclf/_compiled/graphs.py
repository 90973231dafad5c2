"""Tracing: functions of TensorFlow operations become graphs."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

import tensorflow as tf

from digitclf._compiled.interruption import raise_if_interrupted


def traced(function: Callable) -> tf.types.experimental.PolymorphicFunction:
    """Return a function that is traced when it is first called."""
    # Of a partial TensorFlow does not think that it is one function, traced again for
    # each new program, and does not warn of that. Without autograph, tracing takes a
    # third of the time.
    return tf.function(partial(function), autograph=False)


class Graphs:
    """The graphs of one program, each traced when it is first called."""

    def __init__(self) -> None:
        self._graphs: dict[Hashable, Callable] = {}

    def call(self, key: Hashable, function: Callable, *args: Any) -> tf.Tensor:
        """Call the graph of a function.

        Parameters
        ----------
        key : hashable
            Identifies the graph. Calls with the same key have the same function and
            arguments of the same structure, dtypes and ranks; only the lengths of their
            first axes differ.
        function : callable
        *args : nested tuples of tf.Tensor
        """
        if key not in self._graphs:
            specs = tf.nest.map_structure(_for_any_length, args)
            self._graphs[key] = traced(function).get_concrete_function(*specs)
            raise_if_interrupted()
        return self._graphs[key](*args)


def _for_any_length(tensor: tf.Tensor) -> tf.TensorSpec:
    shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
    return tf.TensorSpec(shape, tensor.dtype)
