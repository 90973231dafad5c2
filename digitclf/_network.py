"""Networks: scaling, the layers of an estimator, and a softmax over the classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers
from keras.initializers import GlorotUniform

from digitclf._compiled.losses import label_smoothing_of
from digitclf._compiled.optimizer import (
    build_optimizer,
    optimized_places,
    optimizer_from_state,
    optimizer_to_state,
)
from digitclf._data.images import scaling_of
from digitclf._parameters import DTYPE
from digitclf._seeds import Seeds


def build_network(
    hidden_layers: Callable[[keras.KerasTensor], keras.KerasTensor],
    *,
    input_shape: tuple[int, ...],
    pixel_range: tuple[float, float],
    n_classes: int,
    seeds: Seeds,
    name: str,
) -> keras.Model:
    """Return a network that takes pixels and returns class probabilities.

    Parameters
    ----------
    hidden_layers : callable
        Takes the scaled pixels and returns the inputs of the last layer.
    input_shape : tuple of int
        Shape of one image.
    pixel_range : tuple of (low, high)
        Range of pixel values, which is scaled to [0, 1], or [-1, 1] if it is signed.
    n_classes : int
        Number of classes. A single class gets a second output, which is never correct:
        a softmax needs two.
    seeds : Seeds
    name : str
    """
    scale, offset = scaling_of(pixel_range)
    inputs = keras.Input(input_shape, dtype=DTYPE, name="pixels")
    x = layers.Rescaling(scale, offset, dtype=DTYPE, name="scaling")(inputs)
    x = hidden_layers(x)
    outputs = layers.Dense(
        max(2, n_classes),
        activation="softmax",
        kernel_initializer=GlorotUniform(seeds.next()),
        dtype=DTYPE,
        name="probabilities",
    )(x)
    network = keras.Model(inputs, outputs, name=name)
    network.dtype_policy = DTYPE
    network(inputs)  # Keras does not export networks that were never called
    return network


def dense_layers(
    x: keras.KerasTensor,
    sizes: Sequence[int],
    *,
    activation: str,
    dropout: float,
    seeds: Seeds,
) -> keras.KerasTensor:
    """Return the outputs of dense layers, each followed by dropout."""
    for number, size in enumerate(sizes, start=1):
        x = layers.Dense(
            size,
            activation=activation,
            kernel_initializer=GlorotUniform(seeds.next()),
            dtype=DTYPE,
            name=f"hidden_{number}",
        )(x)
        x = layers.Dropout(
            dropout,
            seed=seeds.next(),
            dtype=DTYPE,
            name=f"hidden_dropout_{number}",
        )(x)
    return x


def network_to_state(network: keras.Model) -> dict[str, Any]:
    """Return a network, with its optimizer, as plain values.

    Equal networks have equal states, unlike Keras archives, which contain time stamps.
    """
    state = {
        "config": json.dumps(network.get_config()),
        "weights": network.get_weights(),
    }
    if not network.compiled:
        return state
    build_optimizer(network)
    optimizer = network.optimizer
    return state | {
        "label_smoothing": label_smoothing_of(network.loss),
        "optimizer": optimizer_to_state(optimizer),
        "optimizer_values": [variable.numpy() for variable in optimizer.variables],
        "optimized_places": optimized_places(network),
    }


def network_from_state(state: dict[str, Any]) -> keras.Model:
    """Return the network of a state from `network_to_state`."""
    network = keras.Model.from_config(json.loads(state["config"]))
    network.dtype_policy = DTYPE
    network.set_weights(state["weights"])
    if "optimizer" not in state:
        return network
    optimizer = optimizer_from_state(state["optimizer"])
    network.compile(
        optimizer,
        keras.losses.CategoricalCrossentropy(
            label_smoothing=state["label_smoothing"], dtype=DTYPE
        ),
        metrics=["accuracy"],
    )
    optimizer.build([network.variables[place] for place in state["optimized_places"]])
    for variable, value in zip(
        optimizer.variables, state["optimizer_values"], strict=True
    ):
        variable.assign(value)
    return network
