"""The layers of a network that a display can show, and what they make of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def names_of_convolutions(network: Any) -> list[str]:
    """Return the names of the layers that have masks."""
    from keras.layers import Conv2D

    return [layer.name for layer in network.layers if isinstance(layer, Conv2D)]


def names_of_map_layers(network: Any) -> list[str]:
    """Return the names of the layers from the first convolution on that make maps."""
    convolutions = names_of_convolutions(network)
    if not convolutions:
        return []
    first = [layer.name for layer in network.layers].index(convolutions[0])
    return [
        layer.name for layer in network.layers[first:] if len(layer.output.shape) == 4
    ]


def names_shown_by_default(network: Any) -> list[str]:
    """Return the names of convolutions and of what pools them."""
    from keras.layers import AveragePooling2D, MaxPooling2D

    convolutions = names_of_convolutions(network)
    return [
        name
        for name in names_of_map_layers(network)
        if name in convolutions
        or isinstance(network.get_layer(name), (AveragePooling2D, MaxPooling2D))
    ]


def find_layer(network: Any, name: str, available: Sequence[str]) -> Any:
    """Return the layer of a name, or say which names there are."""
    if name not in available:
        raise ValueError(
            f"There is no layer {name!r} to show. The network has {list(available)}."
        )
    return network.get_layer(name)


def feature_maps(
    network: Any, layers: Sequence[Any], pixels: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what each layer makes of one image.

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

    # By name: a network with a single output in a list would return it bare.
    to_layers = keras.Model(
        network.inputs, {layer.name: layer.output for layer in layers}
    )
    outputs = to_layers(keras.ops.convert_to_tensor(pixels), training=False)
    return {layer.name: np.asarray(outputs[layer.name])[0] for layer in layers}
