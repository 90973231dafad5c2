"""Layers of a network as plain data: their sizes, and the shapes of their weights.

An estimator describes its network with these classes. `_network` builds it with Keras.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

ACTIVATIONS = (
    "celu",
    "elu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
)
"""Names of the activations of Keras that return a value per unit."""

Shape = tuple[int, ...]


class WeightSpec(NamedTuple):
    """Name and shape of an array of weights, and the layer that it belongs to."""

    layer: Layer
    name: str
    shape: Shape


@dataclass(frozen=True)
class Layer:
    """Layer without weights that keeps the shape of its inputs."""

    name: str

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the outputs for one image.

        Parameters
        ----------
        shape : tuple of int
            Shape of the inputs, without the batch.
        """
        return shape

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the weights by name, for inputs of a shape."""
        return {}


@dataclass(frozen=True)
class Scaling(Layer):
    """``inputs * scale + offset``."""

    scale: float
    offset: float


@dataclass(frozen=True)
class PaddedImage(Layer):
    """Rows of pixels, padded with zeros to images with one channel."""

    height: int
    width: int

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the images."""
        return self.height, self.width, 1


@dataclass(frozen=True)
class Margin(Layer):
    """A border of zeros around images that are smaller than a square."""

    side: int

    def missing(self, shape: Shape) -> tuple[int, int]:
        """Return the numbers of rows and columns to add."""
        height, width, _ = shape
        return max(0, self.side - height), max(0, self.side - width)

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape with the border."""
        height, width, channels = shape
        rows, columns = self.missing(shape)
        return height + rows, width + columns, channels


@dataclass(frozen=True)
class Convolution(Layer):
    """Two-dimensional convolution."""

    filters: int
    kernel_size: int
    activation: str
    stride: int = 1
    padding: str = "valid"
    has_bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the feature maps."""
        height, width, _ = shape
        lost = self.kernel_size - 1 if self.padding == "valid" else 0
        rows, columns = (
            (length - lost - 1) // self.stride + 1 for length in (height, width)
        )
        return rows, columns, self.filters

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the kernels and the biases."""
        size = self.kernel_size
        kernel = {"kernel": (size, size, shape[-1], self.filters)}
        return kernel | ({"bias": (self.filters,)} if self.has_bias else {})


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Batch normalization of each channel."""

    epsilon: float = 1e-3
    """Added to the variance."""

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of scale and offset, and of the statistics."""
        names = "gamma", "beta", "moving_mean", "moving_variance"
        return dict.fromkeys(names, shape[-1:])


@dataclass(frozen=True)
class Activation(Layer):
    """Activation by itself."""

    activation: str


@dataclass(frozen=True)
class Pooling(Layer):
    """Maximum of each pooling window."""

    size: int

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of the pooled feature maps."""
        height, width, channels = shape
        return height // self.size, width // self.size, channels


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout, which does nothing at prediction."""

    rate: float


@dataclass(frozen=True)
class Flatten(Layer):
    """All values of an image in one row."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the number of values."""
        return (math.prod(shape),)


@dataclass(frozen=True)
class Dense(Layer):
    """Dense layer."""

    units: int
    activation: str

    def output_shape(self, shape: Shape) -> Shape:
        """Return the number of units."""
        return (self.units,)

    def weights(self, shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the kernel and the biases."""
        return {"kernel": (shape[-1], self.units), "bias": (self.units,)}


@dataclass(frozen=True)
class KerasLayers(Layer):
    """Layers that a function builds with Keras, for estimators that need others.

    An estimator with such layers can be pickled, but not saved in a model file, whose
    networks are built from plain data.
    """

    build: Callable[[Any, Any], Any]
    """Takes a `keras.KerasTensor` and `Seeds`, returns a `keras.KerasTensor`."""

    def output_shape(self, shape: Shape) -> Shape:
        """Raise an error: the shape is only known to Keras."""
        raise TypeError(
            f"The network has layers built by a function ({self.name!r}), which a "
            "model file cannot describe. Use joblib.dump, and no checkpoint."
        )


def hidden_dense_layers(
    sizes: Sequence[int], *, activation: str, dropout: float
) -> list[Layer]:
    """Return dense layers, each followed by dropout."""
    layers: list[Layer] = []
    for number, size in enumerate(sizes, start=1):
        layers += [
            Dense(f"hidden_{number}", size, activation),
            Dropout(f"hidden_dropout_{number}", dropout),
        ]
    return layers


def weights_of(layers: Sequence[Layer], input_shape: Shape) -> Iterator[WeightSpec]:
    """Yield the weights of a network in the order of its layers.

    Parameters
    ----------
    layers : sequence of Layer
    input_shape : tuple of int
        Shape of one image.
    """
    shape = input_shape
    for layer in layers:
        for name, weight_shape in layer.weights(shape).items():
            yield WeightSpec(layer, name, weight_shape)
        shape = layer.output_shape(shape)


def multiplications(layers: Sequence[Layer], input_shape: Shape) -> int:
    """Return how many multiplications by weights an image takes.

    Parameters
    ----------
    layers : sequence of Layer
    input_shape : tuple of int
        Shape of one image.
    """
    total, shape = 0, input_shape
    for layer in layers:
        kernel = layer.weights(shape).get("kernel", (0,))
        shape = layer.output_shape(shape)
        total += math.prod(kernel) * math.prod(shape[:-1])
    return total
