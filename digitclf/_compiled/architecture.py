"""Networks whose numbers are all variables: what a program is compiled for."""

from __future__ import annotations

import itertools
import json
from collections.abc import Hashable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

NAMES_LAYERS = ("keras_history", "input_layers", "output_layers")
"""Keys of a network's configuration under which layers are called by their names."""

MONOTONE = (
    keras.activations.linear,
    keras.activations.relu,
    keras.activations.relu6,
    keras.activations.leaky_relu,
    keras.activations.elu,
    keras.activations.selu,
    keras.activations.softplus,
    keras.activations.softsign,
    keras.activations.sigmoid,
    keras.activations.hard_sigmoid,
    keras.activations.tanh,
    keras.activations.hard_tanh,
    keras.activations.exponential,
)
"""Activations under which a larger value never becomes a smaller one."""


class AdjustableRescaling(layers.Rescaling):
    """Rescaling whose scale and offset are variables."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.scale = _add_number(self, "scale")
        self.offset = _add_number(self, "offset")


class AdjustableDropout(keras.Layer):
    """Dropout whose rate, greater than 0, is a variable."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.rate = _add_number(self, "rate")
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Drop a share of the values in training and scale up the others."""
        if not training:
            return inputs
        return tf.nn.experimental.stateless_dropout(
            inputs,
            rate=tf.convert_to_tensor(self.rate),
            seed=self.seed_generator.next(),
        )


class ActivationAfterPooling(keras.Layer):
    """Max pooling, then the bias and the activation of the convolution before it.

    Neither changes which value of a window is the largest, and pooling leaves fewer
    values to work on.
    """

    def __init__(
        self, convolution: layers.Conv2D, pooling: layers.MaxPooling2D
    ) -> None:
        super().__init__(name=pooling.name, dtype=pooling.dtype)
        self.pooling = layers.MaxPooling2D.from_config(pooling.get_config())
        self.activation = convolution.activation
        self.bias = self.add_weight(
            (convolution.filters,), initializer="zeros", name="bias"
        )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the pooled, activated values."""
        biased = keras.ops.add(self.pooling(inputs), self.bias)
        return self.activation(biased)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """Return that of the pooling."""
        return self.pooling.compute_output_shape(input_shape)


def make_adjustable(network: keras.Model) -> keras.Model:
    """Return a network of the same architecture whose `numbers` are all variables.

    It gives what goes into the softmax at the end: losses are computed from that, and
    what is the most probable shows in it as well. What is pooled is activated
    afterwards.
    """
    pooled = _convolutions_before_pooling(network)

    def adjustable_layer(layer: keras.Layer) -> keras.Layer:
        if layer is network.layers[-1]:
            return layers.Dense.from_config(layer.get_config() | {"activation": None})
        if layer in pooled.values():
            bare = {"activation": None, "use_bias": False}
            return layers.Conv2D.from_config(layer.get_config() | bare)
        if layer in pooled:
            return ActivationAfterPooling(pooled[layer], layer)
        if _is_rescaling(layer):
            return AdjustableRescaling(**layer.get_config())
        if _is_dropout(layer):
            return AdjustableDropout(name=layer.name, dtype=layer.dtype)
        return type(layer).from_config(layer.get_config())

    # Of a compiled model Keras would clone the optimizer as well.
    uncompiled = keras.Model(network.inputs, network.outputs)
    return keras.models.clone_model(uncompiled, clone_function=adjustable_layer)


def numbers(network: keras.Model) -> list[Any]:
    """Return what tells the networks of one architecture apart.

    Returns
    -------
    list of keras.Variable or float
        Weights, scalings and dropout rates in the order of the layers. What
        `make_adjustable` returns has a variable in each place.
    """
    found: list[Any] = []
    for layer in network.layers:
        if _is_rescaling(layer):
            found += [layer.scale, layer.offset]
        elif _is_dropout(layer):
            found += [layer.rate]
        else:
            found += layer.variables
    return found


def architecture(network: keras.Model) -> Hashable:
    """Return what the networks have in common that differ in their `numbers` alone.

    Raises
    ------
    TypeError
        If the configuration of a layer has no form in JSON.
    """
    config = network.get_config()
    places = {each.name: place for place, each in enumerate(network.operations)}
    for each, description in zip(network.operations, config["layers"], strict=True):
        description["name"] = description["config"]["name"] = places[each.name]
        if _is_rescaling(each):
            description["config"] |= {"scale": None, "offset": None}
        elif _is_dropout(each):
            description["config"] |= {"rate": None, "seed": None}
        elif type(each) is layers.Dropout:
            description["config"] |= {"seed": None}
    return (
        json.dumps(_without_chance_and_names(config, places)),
        # Of two functions registered under one name, only the newer is still there.
        *(
            (type(each), getattr(each, "activation", None))
            for each in network.operations
        ),
    )


def _convolutions_before_pooling(
    network: keras.Model,
) -> dict[layers.MaxPooling2D, layers.Conv2D]:
    """Return the convolutions whose values go into a pooling and nowhere else."""
    found = {}
    for before, layer in itertools.pairwise(network.layers):
        if (
            type(before) is layers.Conv2D
            and type(layer) is layers.MaxPooling2D
            and before.data_format == layer.data_format == "channels_last"
            and before.use_bias
            and before.bias_constraint is None
            and before.trainable
            and before.activation in MONOTONE
            and [layer] == [each for each in network.layers if _takes(each, before)]
        ):
            found[layer] = before
    return found


def _takes(layer: keras.Layer, other: keras.Layer) -> bool:
    return any(each is other.output for each in keras.tree.flatten(layer.input))


def _add_number(layer: keras.Layer, name: str) -> keras.Variable:
    return layer.add_weight(
        shape=(), initializer="zeros", dtype=layer.dtype, trainable=False, name=name
    )


def _is_rescaling(layer: keras.Operation) -> bool:
    return type(layer) is AdjustableRescaling or (
        type(layer) is layers.Rescaling
        and np.ndim(layer.scale) == np.ndim(layer.offset) == 0
    )


def _is_dropout(layer: keras.Operation) -> bool:
    return type(layer) is AdjustableDropout or (
        type(layer) is layers.Dropout and layer.rate > 0 and layer.noise_shape is None
    )


def _without_chance_and_names(value: Any, places: dict[str, int]) -> Any:
    """Return a configuration without initializers, with places for names of layers."""
    if isinstance(value, dict):
        return {
            key: _replace_names(each, places)
            if key in NAMES_LAYERS
            else _without_chance_and_names(each, places)
            for key, each in value.items()
            if not key.endswith("_initializer")
        }
    if isinstance(value, (list, tuple)):
        return [_without_chance_and_names(each, places) for each in value]
    return value


def _replace_names(value: Any, places: dict[str, int]) -> Any:
    if isinstance(value, (list, tuple)):
        return [_replace_names(each, places) for each in value]
    return places.get(value) if isinstance(value, str) else value
