"""Keras networks: built, compiled, compared, and as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import keras
from keras import layers
from keras.initializers import GlorotUniform

from digitclf._compiled.architecture import architecture
from digitclf._compiled.losses import label_smoothing_of
from digitclf._compiled.optimizer import (
    build_optimizer,
    has_own_schedule,
    knows_all_variables,
    optimized_places,
    optimizer_from_state,
    optimizer_to_state,
)
from digitclf._layers import (
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    KerasLayers,
    Layer,
    Margin,
    PaddedImage,
    Pooling,
    Scaling,
    weights_of,
)
from digitclf._model_file.archive import NetworkContent
from digitclf._parameters import DTYPE, OPTIMIZER_NAME, make_loss, make_optimizer
from digitclf._seeds import Seeds

LAYOUT = "channels_last"


def build_network(
    description: Iterable[Layer],
    *,
    input_shape: tuple[int, ...],
    seeds: Seeds,
    name: str,
) -> keras.Model:
    """Return a network that takes pixels and returns class probabilities.

    Parameters
    ----------
    description : iterable of Layer
        All layers, from the scaling of the pixels to the softmax over the classes.
    input_shape : tuple of int
        Shape of one image.
    seeds : Seeds
    name : str
    """
    inputs = keras.Input(input_shape, dtype=DTYPE, name="pixels")
    x = inputs
    for layer in description:
        x = _apply(layer, x, seeds)
    network = keras.Model(inputs, x, name=name)
    network.dtype_policy = DTYPE
    network(inputs)  # Keras does not export networks that were never called
    return network


def _apply(layer: Layer, x: keras.KerasTensor, seeds: Seeds) -> keras.KerasTensor:
    """Return the outputs of a layer."""
    common = {"name": layer.name, "dtype": DTYPE}
    match layer:
        case Scaling():
            return layers.Rescaling(layer.scale, layer.offset, **common)(x)
        case PaddedImage():
            return _pad_to_image(layer, x)
        case Margin():
            return _add_margin(layer, x)
        case Convolution():
            return layers.Conv2D(
                layer.filters,
                layer.kernel_size,
                strides=layer.stride,
                padding=layer.padding,
                activation=layer.activation,
                use_bias=layer.has_bias,
                kernel_initializer=GlorotUniform(seeds.next()),
                data_format=LAYOUT,
                **common,
            )(x)
        case BatchNormalization():
            return layers.BatchNormalization(epsilon=layer.epsilon, **common)(x)
        case Activation():
            return layers.Activation(layer.activation, **common)(x)
        case Pooling():
            return layers.MaxPooling2D(layer.size, data_format=LAYOUT, **common)(x)
        case Dropout():
            return layers.Dropout(layer.rate, seed=seeds.next(), **common)(x)
        case Flatten():
            return layers.Flatten(data_format=LAYOUT, **common)(x)
        case Dense():
            return layers.Dense(
                layer.units,
                activation=layer.activation,
                kernel_initializer=GlorotUniform(seeds.next()),
                **common,
            )(x)
        case KerasLayers():
            return layer.build(x, seeds)
        case _:
            raise TypeError(f"{type(layer).__name__} cannot be built with Keras.")


def _pad_to_image(layer: PaddedImage, x: keras.KerasTensor) -> keras.KerasTensor:
    (n_features,) = x.shape[1:]
    missing = layer.height * layer.width - n_features
    x = layers.Reshape((n_features, 1), dtype=DTYPE, name="column")(x)
    x = layers.ZeroPadding1D(
        (0, missing), data_format=LAYOUT, dtype=DTYPE, name="filling"
    )(x)
    return layers.Reshape((layer.height, layer.width, 1), dtype=DTYPE, name=layer.name)(
        x
    )


def _add_margin(layer: Margin, x: keras.KerasTensor) -> keras.KerasTensor:
    missing = layer.missing(x.shape[1:])
    if not any(missing):
        return x
    margins = tuple((pad // 2, pad - pad // 2) for pad in missing)
    return layers.ZeroPadding2D(
        margins, data_format=LAYOUT, dtype=DTYPE, name=layer.name
    )(x)


def compile_network(
    network: keras.Model, settings: SimpleNamespace, params: dict[str, Any]
) -> None:
    """Give a network the optimizer and the loss that parameters describe.

    Parameters
    ----------
    network : keras.Model
    settings : SimpleNamespace
        The validated parameters.
    params : dict
        All parameters, those routed to the optimizer and the loss among them.
    """
    network.compile(
        make_optimizer(settings, params), make_loss(params), metrics=["accuracy"]
    )


def update_optimizer(
    network: keras.Model, settings: SimpleNamespace, params: dict[str, Any]
) -> None:
    """Apply the learning rate, unless the user has compiled the network.

    The parameters are those of `compile_network`.
    """
    if not network.compiled or not knows_all_variables(network):
        compile_network(network, settings, params)
        return
    optimizer = network.optimizer
    if optimizer.name == OPTIMIZER_NAME and not has_own_schedule(optimizer):
        rate = make_optimizer(settings, params).learning_rate
        optimizer.learning_rate = float(rate)


def check_same_network(network: keras.Model, fresh: keras.Model) -> None:
    """Raise an error if two networks differ in more than their weights.

    Parameters
    ----------
    network : keras.Model
        A fitted network.
    fresh : keras.Model
        A network built from the current parameters.

    Raises
    ------
    ValueError
        If the layers or their settings differ.
    """
    same = False
    if [layer.name for layer in network.layers] == [
        layer.name for layer in fresh.layers
    ]:
        for layer, fresh_layer in zip(network.layers, fresh.layers, strict=True):
            fresh_layer.trainable = layer.trainable
            if isinstance(fresh_layer, layers.Dropout):  # not part of predictions
                fresh_layer.rate = getattr(layer, "rate", None)
        same = architecture(network) == architecture(fresh)
    if not same:
        raise ValueError(
            "model_ is not the network that the parameters describe: parameters were "
            "changed after the fit, or model_ was replaced. Restore them, or use "
            "joblib.dump, which stores the network as it is."
        )


def network_to_content(
    network: keras.Model, description: Sequence[Layer], input_shape: tuple[int, ...]
) -> NetworkContent:
    """Return what a model file stores of a network.

    Parameters
    ----------
    network : keras.Model
    description : sequence of Layer
        The layers of the network.
    input_shape : tuple of int
        Shape of one image.

    Raises
    ------
    TypeError
        If a layer has no description as plain data.
    """
    # The configuration of a compiled model contains that of its optimizer.
    uncompiled = keras.Model(network.input, network.output, name=network.name)
    config = keras.saving.serialize_keras_object(uncompiled)
    weights = list(weights_of(description, input_shape))
    arrays = [
        getattr(network.get_layer(weight.layer.name), weight.name).numpy()
        for weight in weights
    ]
    return NetworkContent(config, weights, arrays, keras.__version__)


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
