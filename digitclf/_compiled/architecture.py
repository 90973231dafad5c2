"""Networks whose values are all variables, and the architecture that they share."""

from __future__ import annotations

import itertools
import json
from collections.abc import Hashable
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

NAMES_LAYERS = ("keras_history", "input_layers", "output_layers")
"""Keys of a network's configuration that refer to layers by name."""

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
"""Activations that never decrease."""


class AdjustableRescaling(layers.Rescaling):
    """Rescaling with variables for scale and offset."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.scale = _add_scalar(self, "scale")
        self.offset = _add_scalar(self, "offset")


class AdjustableDropout(keras.Layer):
    """Dropout with a variable for its rate, which is greater than 0."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.rate = _add_scalar(self, "rate")
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Drop a fraction of the values in training and scale up the others."""
        if not training:
            return inputs
        return tf.nn.experimental.stateless_dropout(
            inputs,
            rate=tf.convert_to_tensor(self.rate),
            seed=self.seed_generator.next(),
        )


class MeasurableBatchNormalization(keras.Layer):
    """Batch normalization whose statistics can be measured, in a single kernel.

    Parameters
    ----------
    layer : keras.layers.BatchNormalization
        The layer to compute the same as.
    """

    def __init__(self, layer: layers.BatchNormalization) -> None:
        super().__init__(name=layer.name, dtype=layer.dtype)
        self.momentum = layer.momentum
        self.epsilon = layer.epsilon
        self.measures = False
        """Whether to normalize by the statistics of the batch outside of training."""
        self.measured: tuple[tf.Tensor, ...] = ()
        """Mean and variance of the batch in the latest of such calls."""

    def build(self, input_shape: tuple) -> None:
        """Create the variables, in the order of Keras."""

        def add(name: str, initializer: str, *, trainable: bool) -> keras.Variable:
            return self.add_weight(
                input_shape[-1:], initializer, name=name, trainable=trainable
            )

        self.gamma = add("gamma", "ones", trainable=True)
        self.beta = add("beta", "zeros", trainable=True)
        self.moving_mean = add("moving_mean", "zeros", trainable=False)
        self.moving_variance = add("moving_variance", "ones", trainable=False)

    def call(
        self, inputs: tf.Tensor, training: bool = False, mask: None = None
    ) -> tf.Tensor:
        """Normalize each channel."""
        normalize = partial(
            tf.raw_ops.FusedBatchNormV3,
            x=inputs,
            scale=tf.convert_to_tensor(self.gamma),
            offset=tf.convert_to_tensor(self.beta),
            epsilon=self.epsilon,
        )
        if not training and not self.measures:
            return normalize(
                mean=tf.convert_to_tensor(self.moving_mean),
                variance=tf.convert_to_tensor(self.moving_variance),
                is_training=False,
            ).y
        batch = normalize(mean=[], variance=[], is_training=True)
        if training:
            for moving, latest in (
                (self.moving_mean, batch.batch_mean),
                (self.moving_variance, batch.batch_variance),
            ):
                moving.assign(moving * self.momentum + latest * (1.0 - self.momentum))
        else:
            self.measured = batch.batch_mean, batch.batch_variance
        return batch.y


class ActivationAfterPooling(keras.Layer):
    """Max pooling, then the bias and the activation of the convolution before it.

    Neither changes which value of a window is the largest, and after pooling there are
    fewer values to work on.
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
        """Return the shape of the pooled values."""
        return self.pooling.compute_output_shape(input_shape)


def make_adjustable(
    network: keras.Model, flatten: type[layers.Flatten] = layers.Flatten
) -> keras.Model:
    """Return a network of the same architecture with variables for all values.

    Its outputs are the logits: the final softmax is left out. Where a convolution is
    pooled, its activation comes after the pooling. `flatten` is the class of its
    Flatten layers.
    """
    pooled = _convolutions_before_pooling(network)

    def adjustable_layer(layer: keras.Layer) -> keras.Layer:
        if layer is network.layers[-1]:
            return layers.Dense.from_config(layer.get_config() | {"activation": None})
        if type(layer) is layers.Flatten:
            return flatten.from_config(layer.get_config())
        if layer in pooled.values():
            bare = {"activation": None, "use_bias": False}
            return layers.Conv2D.from_config(layer.get_config() | bare)
        if layer in pooled:
            return ActivationAfterPooling(pooled[layer], layer)
        if _is_measurable(layer):
            return MeasurableBatchNormalization(layer)
        if _is_rescaling(layer):
            return AdjustableRescaling(**layer.get_config())
        if _is_dropout(layer):
            return AdjustableDropout(name=layer.name, dtype=layer.dtype)
        return type(layer).from_config(layer.get_config())

    # Of a compiled model Keras would clone the optimizer as well.
    uncompiled = keras.Model(network.inputs, network.outputs)
    return keras.models.clone_model(uncompiled, clone_function=adjustable_layer)


def copy_without_optimizer(network: keras.Model) -> keras.Model:
    """Return a copy of a network that is not compiled."""
    # Keras would also clone the optimizer of a compiled model.
    uncompiled = keras.Model(network.input, network.output, name=network.name)
    copy = keras.models.clone_model(uncompiled)
    copy.set_weights(network.get_weights())
    return copy


def adjustable_values(network: keras.Model) -> list[Any]:
    """Return the values in which networks of one architecture differ.

    Returns
    -------
    list of keras.Variable or float
        Weights, scalings and dropout rates in the order of the layers. All of them are
        variables in a network from `make_adjustable`.
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
    """Return a key that networks share if only their `adjustable_values` differ.

    Raises
    ------
    TypeError
        If the configuration of a layer has no form in JSON.
    """
    config = network.get_config()
    places = {layer.name: place for place, layer in enumerate(network.operations)}
    for layer, description in zip(network.operations, config["layers"], strict=True):
        description["name"] = description["config"]["name"] = places[layer.name]
        if _is_rescaling(layer):
            description["config"] |= {"scale": None, "offset": None}
        elif _is_dropout(layer):
            description["config"] |= {"rate": None, "seed": None}
        elif type(layer) is layers.Dropout:
            description["config"] |= {"seed": None}
    return (
        json.dumps(_without_names_and_initializers(config, places)),
        # Of two functions registered under one name, Keras keeps only the newer.
        *(
            (type(layer), getattr(layer, "activation", None))
            for layer in network.operations
        ),
    )


def _convolutions_before_pooling(
    network: keras.Model,
) -> dict[layers.MaxPooling2D, layers.Conv2D]:
    """Return the convolutions whose outputs go to a pooling layer and nowhere else."""
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
            and [layer] == [other for other in network.layers if _takes(other, before)]
        ):
            found[layer] = before
    return found


def _takes(layer: keras.Layer, other: keras.Layer) -> bool:
    return any(tensor is other.output for tensor in keras.tree.flatten(layer.input))


def _add_scalar(layer: keras.Layer, name: str) -> keras.Variable:
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


def _is_measurable(layer: keras.Operation) -> bool:
    return (
        type(layer) is layers.BatchNormalization
        and layer.trainable  # a frozen one uses its statistics in training, too
        and layer.axis in (-1, 3)
        and len(layer.input.shape) == 4
        and layer.center
        and layer.scale
        and layer.gamma_constraint is layer.beta_constraint is None
    )


def _without_names_and_initializers(value: Any, places: dict[str, int]) -> Any:
    """Return a configuration with places for names and without initializers."""
    if isinstance(value, dict):
        return {
            key: _replace_names(item, places)
            if key in NAMES_LAYERS
            else _without_names_and_initializers(item, places)
            for key, item in value.items()
            if not key.endswith("_initializer")
        }
    if isinstance(value, (list, tuple)):
        return [_without_names_and_initializers(item, places) for item in value]
    return value


def _replace_names(value: Any, places: dict[str, int]) -> Any:
    if isinstance(value, (list, tuple)):
        return [_replace_names(item, places) for item in value]
    return places.get(value) if isinstance(value, str) else value
