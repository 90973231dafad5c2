"""The convolutional layers of a network and their feature maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def names_of_convolutions(network: Any) -> list[str]:
    """Return the names of the convolutions."""
    from keras.layers import Conv2D

    return [layer.name for layer in network.layers if isinstance(layer, Conv2D)]


def names_of_feature_map_layers(network: Any) -> list[str]:
    """Return the names of all layers that output feature maps."""
    convolutions = names_of_convolutions(network)
    if not convolutions:
        return []
    first = [layer.name for layer in network.layers].index(convolutions[0])
    return [
        layer.name for layer in network.layers[first:] if len(layer.output.shape) == 4
    ]


def names_of_convolutions_and_poolings(network: Any) -> list[str]:
    """Return the names of the convolutions and of the poolings after them."""
    from keras.layers import AveragePooling2D, MaxPooling2D

    convolutions = names_of_convolutions(network)
    return [
        name
        for name in names_of_feature_map_layers(network)
        if name in convolutions
        or isinstance(network.get_layer(name), (AveragePooling2D, MaxPooling2D))
    ]


def find_layer(network: Any, name: str, available: Sequence[str]) -> Any:
    """Return the layer with a name, or raise an error that lists the names."""
    if name not in available:
        raise ValueError(
            f"There is no layer {name!r}. The available layers are {list(available)}."
        )
    return network.get_layer(name)


def feature_maps(
    network: Any, layers: Sequence[Any], pixels: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the output of some layers for one image.

    Parameters
    ----------
    network : keras.Model
    layers : sequence of keras.Layer
        Layers of the network.
    pixels : ndarray of shape (1, *network input shape)

    Returns
    -------
    dict of str to ndarray of shape (height, width, n_maps)
    """
    import keras

    # A dict, because a model with a list of one output does not return a list.
    model = keras.Model(network.inputs, {layer.name: layer.output for layer in layers})
    outputs = model(keras.ops.convert_to_tensor(pixels), training=False)
    return {layer.name: np.asarray(outputs[layer.name])[0] for layer in layers}
