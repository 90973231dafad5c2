"""The networks of the estimators: from hyperparameters to a description of layers.

Neither Keras nor scikit-learn is needed, so that a stored network can be rebuilt
without them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from numbers import Integral
from types import SimpleNamespace
from typing import Any

import numpy as np

from digitclf._data.pixel_range import scaling_of
from digitclf._layers import (
    ACTIVATIONS,
    Activation,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Margin,
    PaddedImage,
    Pooling,
    Scaling,
    Shape,
    hidden_dense_layers,
)

OWN_PREFIXES = ("fit", "model", "compile")
"""Prefixes that scikeras's users put before an estimator's own parameters."""

MAX_MARGIN = 2048
"""Maximum side of images to which smaller ones are padded for a network."""

PADDINGS = ("valid", "same")

LARGEST_SIZE = 2**31 - 1
"""Maximum number of units or filters of a layer. Keras fails with larger ones."""

MAX_STORED_LAYERS = 1000
"""Maximum number of blocks, and of dense layers, in a model file."""


def whole_network(
    hidden: Sequence[Layer], pixel_range: tuple[float, float], n_classes: int
) -> list[Layer]:
    """Return all layers, from the scaling of the pixels to the softmax.

    A single class gets a second output, which is never correct: a softmax needs two.
    """
    return [
        Scaling("scaling", *scaling_of(pixel_range)),
        *hidden,
        Dense("probabilities", max(2, n_classes), "softmax"),
    ]


def input_shape_of_convolutions(image_shape: tuple[int, int], n_features: int) -> Shape:
    """Return the shape of one image as a convolutional network takes it.

    Rows of pixels that form no square are padded to one in the network.
    """
    if math.prod(image_shape) != n_features:
        return (n_features,)
    return (*image_shape, 1)


def dense_network(settings: SimpleNamespace) -> list[Layer]:
    """Return the hidden layers of a dense network."""
    return hidden_dense_layers(
        check_sizes(settings.hidden_layer_sizes, "hidden_layer_sizes"),
        activation=settings.activation,
        dropout=settings.dropout,
    )


def convolutional_network(
    settings: SimpleNamespace, image_shape: tuple[int, int], n_features: int
) -> list[Layer]:
    """Return the hidden layers of a convolutional network.

    Parameters
    ----------
    settings : SimpleNamespace
        Hyperparameters of `CNNDigitClassifier`.
    image_shape : tuple of (height, width)
    n_features : int

    Raises
    ------
    ValueError
        If sizes are invalid, or if the network needs very large images.
    """
    blocks = check_blocks(settings.filters)
    layers: list[Layer] = []
    if len(input_shape_of_convolutions(image_shape, n_features)) == 1:
        layers += [PaddedImage("image", *image_shape)]
    smallest = _smallest_side(blocks, settings)
    if smallest > max(MAX_MARGIN, *image_shape):
        raise ValueError(
            f"filters={settings.filters!r} with kernel_size={settings.kernel_size} "
            f"and pool_size={settings.pool_size} needs images of at least "
            f"{smallest} x {smallest} pixels: use fewer blocks or smaller windows."
        )
    layers += [Margin("margin", smallest)]
    for block, numbers in zip(blocks, _numbers(blocks), strict=True):
        for number, n_filters in enumerate(block, start=1):
            layers += _convolution(
                "_".join([*numbers, str(number)]), n_filters, settings
            )
        layers += [
            Pooling("_".join(["pooling", *numbers]), settings.pool_size),
            Dropout("_".join(["dropout", *numbers]), settings.dropout),
        ]
    return [
        *layers,
        Flatten("flatten"),
        *hidden_dense_layers(
            check_sizes(settings.hidden_layer_sizes, "hidden_layer_sizes"),
            activation=settings.activation,
            dropout=settings.hidden_dropout,
        ),
    ]


def _numbers(blocks: list[tuple[int, ...]]) -> list[list[str]]:
    """Return what the names of the layers of each block contain: its number, if any."""
    if len(blocks) == 1:
        return [[]]
    return [[str(number)] for number in range(1, len(blocks) + 1)]


def _convolution(number: str, n_filters: int, settings: SimpleNamespace) -> list[Layer]:
    """Return a convolution with its activation."""
    convolution = partial(
        Convolution,
        f"convolution_{number}",
        n_filters,
        settings.kernel_size,
        padding=settings.padding,
    )
    if not settings.batch_normalization:
        return [convolution(settings.activation)]
    return [
        convolution("linear", has_bias=False),
        BatchNormalization(f"normalization_{number}"),
        Activation(f"activation_{number}", settings.activation),
    ]


def _smallest_side(blocks: list[tuple[int, ...]], settings: SimpleNamespace) -> int:
    """Return the side of the smallest images that the convolutions can take."""
    lost = settings.kernel_size - 1 if settings.padding == "valid" else 0
    side = 1
    for block in reversed(blocks):
        side = side * settings.pool_size + len(block) * lost
    return side


def check_sizes(sizes: Any, name: str, *, may_be_empty: bool = True) -> tuple[int, ...]:
    """Return layer sizes as a tuple of ints.

    Raises
    ------
    ValueError
        If a size is not an int from 1 to `LARGEST_SIZE`, or if there is none and
        there must be one.
    """
    given = (sizes,) if isinstance(sizes, Integral) else sizes
    if (
        not isinstance(given, (Sequence, np.ndarray))
        or isinstance(given, (str, bytes))
        or not all(_is_size(size) for size in given)
        or not (may_be_empty or len(tuple(given)))
    ):
        not_empty = "" if may_be_empty else " and must not be empty"
        raise ValueError(
            f"The {name!r} parameter must be a tuple of ints in the range "
            f"[1, {LARGEST_SIZE}]{not_empty}. Got {sizes!r} instead."
        )
    return tuple(int(size) for size in given)


def check_blocks(filters: Any) -> list[tuple[int, ...]]:
    """Return the numbers of filters of each block of convolutions.

    Raises
    ------
    ValueError
        If `filters` is neither a tuple of positive ints nor a tuple of such tuples, or
        if a tuple is empty.
    """
    if not isinstance(filters, (Sequence, np.ndarray)) or not any(
        isinstance(block, (Sequence, np.ndarray)) and not isinstance(block, str)
        for block in filters
    ):
        return [check_sizes(filters, "filters", may_be_empty=False)]
    try:
        if any(isinstance(block, Integral) for block in filters):
            raise ValueError
        return [check_sizes(block, "filters", may_be_empty=False) for block in filters]
    except ValueError:
        raise ValueError(
            "The 'filters' parameter must be a tuple of ints in the range "
            f"[1, {LARGEST_SIZE}], or a tuple of such tuples, one per block. Tuples "
            "must not be empty, and ints and tuples must not be mixed. Got "
            f"{filters!r} instead."
        ) from None


def _is_size(value: Any) -> bool:
    integral = isinstance(value, (Integral, np.integer))
    return integral and not isinstance(value, bool) and 1 <= value <= LARGEST_SIZE


def stored_network(
    class_name: str, params: Mapping[str, Any], fitted: Mapping[str, Any]
) -> tuple[list[Layer], Shape]:
    """Return the layers that a model file describes, and the shape of one image.

    Dropout, which does nothing at prediction, has the rate 0.

    Parameters
    ----------
    class_name : str
    params : mapping
        Parameters of the estimator.
    fitted : mapping
        Its fitted attributes, which have been checked.

    Raises
    ------
    ValueError
        If the class is unknown, or if a parameter is missing or invalid.
    """
    if class_name not in PARAMETERS:
        raise ValueError(
            f"its class {class_name[:100]!r} is not one of {sorted(PARAMETERS)}"
        )
    settings = _stored_settings(class_name, params)
    image_shape, n_features = fitted["image_shape_"], fitted["n_features_in_"]
    shape: Shape
    if class_name == "MLPDigitClassifier":
        shape = (n_features,)
        hidden = dense_network(settings)
    else:
        shape = input_shape_of_convolutions(image_shape, n_features)
        hidden = convolutional_network(settings, image_shape, n_features)
    layers = whole_network(hidden, fitted["pixel_range_"], len(fitted["classes_"]))
    return layers, shape


def _stored_settings(class_name: str, params: Mapping[str, Any]) -> SimpleNamespace:
    """Return the parameters of a network from a file, each checked."""
    settings: dict[str, Any] = {"dropout": 0.0, "hidden_dropout": 0.0}
    for name in PARAMETERS[class_name]:
        routed = (f"{prefix}__{name}" for prefix in OWN_PREFIXES)
        given = [key for key in (name, *routed) if key in params]
        if given:
            settings[name] = params[given[-1]]
        elif name in LATER_PARAMETERS:
            settings[name] = LATER_PARAMETERS[name]
        else:
            raise ValueError(f"its parameter {name} is missing")
        value = settings[name]
        is_long = isinstance(value, (list, tuple, np.ndarray)) and (
            len(value) > MAX_STORED_LAYERS
        )
        if is_long or (name in CHECKS and not CHECKS[name](value)):
            raise ValueError(f"its parameter {name} is invalid")
    return SimpleNamespace(**settings)


PARAMETERS = {
    "CNNDigitClassifier": (
        "filters",
        "kernel_size",
        "pool_size",
        "padding",
        "batch_normalization",
        "hidden_layer_sizes",
        "activation",
    ),
    "MLPDigitClassifier": ("hidden_layer_sizes", "activation"),
}
"""Parameters that determine the network, by the name of the estimator."""

LATER_PARAMETERS = {"padding": "valid", "batch_normalization": False}
"""Parameters that older files lack, with the values that these files imply."""

CHECKS: dict[str, Callable[[Any], bool]] = {
    "kernel_size": _is_size,
    "pool_size": _is_size,
    "padding": lambda value: isinstance(value, str) and value in PADDINGS,
    "batch_normalization": lambda value: isinstance(value, bool),
    "activation": lambda value: isinstance(value, str) and value in ACTIVATIONS,
}
"""Checks of parameters from a file, where building the layers does not check them."""
