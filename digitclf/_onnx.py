"""Networks in the ONNX format, built from a description of their layers and arrays.

Neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from digitclf import __version__
from digitclf._layers import (
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
)

OPSET = 13
"""Version of the operators. ONNX Runtime 1.6 and newer support it."""

FLOAT = TensorProto.FLOAT

INPUT, OUTPUT = "images", "probabilities"

BATCH = "n_images"
"""Name of the dimension whose size is not fixed."""

CHANNELS = 1
"""Axis of the units of a dense layer, and of the channels of images in ONNX."""

AUTO_PAD = {"valid": "VALID", "same": "SAME_UPPER"}
"""ONNX's names of paddings."""

MAX_BYTES = 2**31 - 2**20
"""Maximum size of the weights. The format ends at 2 GiB."""

OPERATORS: dict[str, tuple[str, dict[str, float]]] = {
    "celu": ("Celu", {}),
    "elu": ("Elu", {}),
    "exponential": ("Exp", {}),
    "hard_shrink": ("Shrink", {"lambd": 0.5, "bias": 0.0}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "log_softmax": ("LogSoftmax", {"axis": CHANNELS}),
    "relu": ("Relu", {}),
    "selu": ("Selu", {}),
    "sigmoid": ("Sigmoid", {}),
    "soft_shrink": ("Shrink", {"lambd": 0.5, "bias": 0.5}),
    "softmax": ("Softmax", {"axis": CHANNELS}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "sparse_sigmoid": ("HardSigmoid", {"alpha": 0.5, "beta": 0.5}),
    "tanh": ("Tanh", {}),
}
"""Activations that are one operator of ONNX, with the constants of Keras."""


class Graph:
    """Nodes and constants, named after the layer that they belong to."""

    def __init__(self) -> None:
        self.layer = ""
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        name = f"{self.layer}/{operator}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, inputs, [name], name=name, **attributes)
        )
        return name

    def sorted_units(self, x: str, n_units: str) -> str:
        """Add a node that sorts units, the largest first, and return its output."""
        name = f"{self.layer}/TopK_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(
                "TopK", [x, n_units], [name, f"{name}_places"], name, axis=CHANNELS
            )
        )
        return name

    def constant(self, value: Any, dtype: type = np.float32, name: str = "") -> str:
        """Add an array and return its name."""
        name = f"{self.layer}/{name or f'constant_{len(self.constants)}'}"
        array = np.ascontiguousarray(value, dtype).reshape(np.shape(value))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def integers(self, *values: int) -> str:
        """Add a list of integers, such as a shape, and return its name."""
        return self.constant(values, np.int64)


class Values(NamedTuple):
    """Output of a layer. Images have their channels first in ONNX."""

    name: str

    shape: Shape
    """Shape for one image as the layers describe it, with the channels last."""

    order: np.ndarray | None = None
    """Positions that the values of a row have in Keras, if they differ.

    A layer with a weight per position takes its weights in this order."""


def onnx_model(
    layers: Sequence[Layer],
    input_shape: Shape,
    weights: Sequence[np.ndarray],
    *,
    n_classes: int,
    image_shape: Shape,
    image_dtype: type = np.float32,
    metadata: Mapping[str, str] | None = None,
) -> onnx.ModelProto:
    """Return a network as an ONNX model.

    Its input ``images`` has the shape (n_images, `*image_shape`). Its output
    ``probabilities`` has the shape (n_images, `n_classes`) and the dtype float32.

    Parameters
    ----------
    layers : sequence of Layer
        All layers, from the scaling of the pixels to the softmax over the classes.
    input_shape : tuple of int
        Shape of one image as the first layer takes it.
    weights : sequence of ndarray
        Arrays in the order of `weights_of`.
    n_classes : int
        If 1, the probabilities are all 1, whatever the network computes.
    image_shape : tuple of int
        Shape of one image in the input of the model, of the same size as `input_shape`.
    image_dtype : {np.uint8, np.float32}
    metadata : mapping of str to str, optional
        Properties of the model.

    Raises
    ------
    TypeError
        If a layer is of a class that cannot be converted.
    ValueError
        If an activation cannot be converted, if the arrays do not have the shapes that
        the layers describe, or if they are too large for the format.
    """
    if sum(array.nbytes for array in weights) > MAX_BYTES:
        raise ValueError("The network is too large for the ONNX format (2 GB).")
    graph = Graph()
    x = _read_images(input_shape, graph)
    remaining = iter(weights)
    for layer in layers:
        graph.layer = layer.name
        x = _apply(layer, x, _take_weights(layer, x.shape, remaining), graph)
    if next(remaining, None) is not None:
        raise ValueError("There are more arrays than the layers describe.")
    _write_probabilities(x, n_classes, graph)
    opset = helper.make_opsetid("", OPSET)
    pixels = helper.np_dtype_to_tensor_dtype(np.dtype(image_dtype))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "digits",
            [helper.make_tensor_value_info(INPUT, pixels, [BATCH, *image_shape])],
            [helper.make_tensor_value_info(OUTPUT, FLOAT, [BATCH, n_classes])],
            graph.constants,
        ),
        opset_imports=[opset],
        ir_version=helper.find_min_ir_version_for([opset]),
        producer_name="digitclf",
        producer_version=__version__,
    )
    helper.set_model_props(model, dict(metadata or {}))
    return model


def stored_weights(
    model: onnx.ModelProto, layers: Sequence[Layer], input_shape: Shape
) -> list[np.ndarray]:
    """Return the arrays of a model from `onnx_model`, in the order of `weights_of`.

    Nothing but these arrays is read, by the names that `onnx_model` gives them.

    Raises
    ------
    ValueError
        If an array is missing, is stored in another file, or has another shape or dtype
        than the layers describe, or values that are not finite.
    """
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    arrays = []
    x = Values(INPUT, input_shape)
    for layer in layers:
        for name, shape in layer.weights(x.shape).items():
            array = _array_of(tensors.get(f"{layer.name}/{name}"))
            if array is not None and name == "kernel":
                array = _kernel_in_keras(layer, array, x.order)
            if array is None or array.shape != shape or not np.isfinite(array).all():
                raise ValueError(
                    f"it has no finite {name} of shape {shape} of {layer.name}"
                )
            arrays.append(array)
        x = Values(INPUT, layer.output_shape(x.shape), _order_after(layer, x))
    return arrays


class Stage(NamedTuple):
    """A convolution or a pooling in a model of `onnx_model`."""

    layer: str
    """Name of the convolution or the pooling."""
    output: str
    """Name of its feature maps in the graph, after normalization and activation."""
    kernel: np.ndarray | None
    """Kernels of a convolution, (height, width, channels, filters)."""


def stages_of(model: onnx.ModelProto) -> list[Stage]:
    """Return the convolutions and poolings of a model from `onnx_model`."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    stages: list[Stage] = []
    is_image = False
    for node in model.graph.node:
        layer, _, _ = node.name.partition("/")
        if node.op_type in ("Conv", "MaxPool"):
            kernel = None
            if node.op_type == "Conv":
                kernel = numpy_helper.to_array(tensors[f"{layer}/kernel"])
                kernel = kernel.transpose(2, 3, 1, 0)
            stages.append(Stage(layer, node.output[0], kernel))
            is_image = True
        elif node.op_type in ("Reshape", "Gemm"):
            is_image = False
        elif is_image:
            stages[-1] = stages[-1]._replace(output=node.output[0])
    return stages


def with_outputs(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """Return a copy of a model with other values of its graph as outputs."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    del changed.graph.output[:]
    changed.graph.output.extend(
        helper.make_tensor_value_info(name, FLOAT, None) for name in names
    )
    return changed


def _array_of(tensor: TensorProto | None) -> np.ndarray | None:
    """Return a tensor that is part of the file, None if it is not of float32."""
    if (
        tensor is None
        or tensor.data_type != FLOAT
        or tensor.data_location == TensorProto.EXTERNAL
        or math.prod(tensor.dims) * np.float32().nbytes != len(tensor.raw_data)
    ):
        return None
    return numpy_helper.to_array(tensor)


def _kernel_in_keras(
    layer: Layer, kernel: np.ndarray, order: np.ndarray | None
) -> np.ndarray:
    if isinstance(layer, Convolution):
        return kernel.transpose(2, 3, 1, 0) if kernel.ndim == 4 else kernel
    if order is None or len(kernel) != len(order):
        return kernel
    return kernel[np.argsort(order)]


def _order_after(layer: Layer, x: Values) -> np.ndarray | None:
    """Return the positions of the outputs of a layer in Keras, if they differ."""
    match layer:
        case Flatten():
            return _order_of_flattened(x)
        case Dense():
            return None
        case _:
            return x.order


def _take_weights(
    layer: Layer, shape: Shape, remaining: Iterator[np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the weights of a layer by name."""
    weights = {}
    for name, expected in layer.weights(shape).items():
        array = next(remaining, None)
        if array is None or array.shape != expected:
            found = "none" if array is None else f"one of shape {array.shape}"
            raise ValueError(
                f"{layer.name}: expected an array {name} of shape {expected}, got "
                f"{found}."
            )
        weights[name] = array
    return weights


def _read_images(input_shape: Shape, graph: Graph) -> Values:
    graph.layer = INPUT
    pixels = graph.add("Cast", INPUT, to=FLOAT)
    if len(input_shape) == 3:
        height, width, channels = input_shape
        if channels != 1:
            raise ValueError(f"Images should have one channel, got {channels}.")
        return Values(_reshape(pixels, (1, height, width), graph), input_shape)
    return Values(_reshape(pixels, input_shape, graph), input_shape)


def _write_probabilities(x: Values, n_classes: int, graph: Graph) -> None:
    """Name the output of the last layer, or replace it by ones for a single class."""
    graph.layer = OUTPUT
    if n_classes > 1:
        operator, inputs, attributes = "Identity", [x.name], {}
    else:
        n_images = graph.add(
            "Slice", graph.add("Shape", INPUT), graph.integers(0), graph.integers(1)
        )
        shape = graph.add("Concat", n_images, graph.integers(1), axis=0)
        one = numpy_helper.from_array(np.ones(1, np.float32))
        operator, inputs, attributes = "ConstantOfShape", [shape], {"value": one}
    graph.nodes.append(
        helper.make_node(operator, inputs, [OUTPUT], name=OUTPUT, **attributes)
    )


def _apply(
    layer: Layer, x: Values, weights: Mapping[str, np.ndarray], graph: Graph
) -> Values:
    """Add the nodes of a layer and return its output."""
    name = x.name
    match layer:
        case Scaling():
            name = graph.add("Mul", name, graph.constant(layer.scale))
            if layer.offset:
                name = graph.add("Add", name, graph.constant(layer.offset))
        case PaddedImage():
            missing = layer.height * layer.width - math.prod(x.shape)
            name = graph.add("Pad", name, graph.integers(0, 0, 0, missing))
            name = _reshape(name, (1, layer.height, layer.width), graph)
        case Margin():
            rows, columns = layer.missing(x.shape)
            before = 0, 0, rows // 2, columns // 2
            after = 0, 0, rows - rows // 2, columns - columns // 2
            name = graph.add("Pad", name, graph.integers(*before, *after))
        case Convolution():
            inputs = [
                graph.constant(weights["kernel"].transpose(3, 2, 0, 1), name="kernel")
            ]
            if layer.has_bias:
                inputs += [graph.constant(weights["bias"], name="bias")]
            name = graph.add(
                "Conv",
                name,
                *inputs,
                strides=[layer.stride] * 2,
                auto_pad=AUTO_PAD[layer.padding],
            )
            name = _activate(layer.activation, name, graph)
        case BatchNormalization():
            name = graph.add(
                "BatchNormalization",
                name,
                *(graph.constant(array, name=key) for key, array in weights.items()),
                epsilon=layer.epsilon,
            )
        case Activation():
            name = _activate(layer.activation, name, graph)
        case Pooling():
            size = [layer.size] * 2
            name = graph.add("MaxPool", name, kernel_shape=size, strides=size)
        case Dropout():
            pass
        case Flatten():
            name = _reshape(name, layer.output_shape(x.shape), graph)
        case Dense():
            kernel = weights["kernel"]
            if x.order is not None:
                kernel = kernel[x.order]
            name = graph.add(
                "Gemm",
                name,
                graph.constant(kernel, name="kernel"),
                graph.constant(weights["bias"], name="bias"),
            )
            name = _activate(layer.activation, name, graph)
        case _:
            raise TypeError(
                f"{type(layer).__name__} ({layer.name!r}) cannot be exported to ONNX."
            )
    return Values(name, layer.output_shape(x.shape), _order_after(layer, x))


def _reshape(name: str, shape: Shape, graph: Graph) -> str:
    """Reshape each image. A 0 in the new shape stands for the size of the batch."""
    return graph.add("Reshape", name, graph.integers(0, *shape))


def _order_of_flattened(x: Values) -> np.ndarray | None:
    """Return the positions in Keras, whose rows have all channels of a pixel first."""
    if len(x.shape) == 1:
        return x.order
    positions = np.arange(math.prod(x.shape)).reshape(x.shape)
    return positions.transpose(2, 0, 1).ravel()


def _activate(activation: str, x: str, graph: Graph) -> str:
    """Add the nodes of an activation and return the name of their output."""
    if activation in OPERATORS:
        operator, attributes = OPERATORS[activation]
        return graph.add(operator, x, **attributes)
    add, constant = graph.add, graph.constant
    match activation:
        case "linear":
            return x
        case "gelu":
            erf = add("Erf", add("Mul", x, constant(math.sqrt(0.5))))
            factor = add("Mul", add("Add", erf, constant(1)), constant(0.5))
            return add("Mul", x, factor)
        case "hard_silu" | "hard_swish":
            return add("Mul", x, _activate("hard_sigmoid", x, graph))
        case "hard_tanh":
            return add("Clip", x, constant(-1), constant(1))
        case "log_sigmoid":
            return add("Neg", add("Softplus", add("Neg", x)))
        case "mish":
            return add("Mul", x, add("Tanh", add("Softplus", x)))
        case "relu6":
            return add("Clip", x, constant(0), constant(6))
        case "silu" | "swish":
            return add("Mul", x, add("Sigmoid", x))
        case "sparse_plus":
            # A parabola from -1 to 1, then a line.
            root = add("Add", add("Clip", x, constant(-1), constant(1)), constant(1))
            parabola = add("Mul", add("Mul", root, root), constant(0.25))
            return add("Add", parabola, add("Relu", add("Sub", x, constant(1))))
        case "sparsemax":
            return _sparsemax(x, graph)
        case "squareplus":
            root = add("Sqrt", add("Add", add("Mul", x, x), constant(4)))
            return add("Mul", add("Add", x, root), constant(0.5))
        case "tanh_shrink":
            return add("Sub", x, add("Tanh", x))
        case _:
            raise ValueError(
                f"The activation {activation!r} cannot be exported to ONNX."
            )


def _sparsemax(x: str, graph: Graph) -> str:
    """Add the nodes of sparsemax as Keras computes it.

    Keras subtracts the threshold (s - 1) / k from the inputs, where s is the sum of all
    cumulative sums in the support. By the definition (Martins and Astudillo, 2016) it
    would be the last of them.
    """
    add, constant = graph.add, graph.constant
    axis = graph.integers(CHANNELS)
    shape = add("Shape", x)
    n_units = add("Slice", shape, axis, graph.integers(CHANNELS + 1))
    descending = graph.sorted_units(x, n_units)
    total = add("CumSum", descending, axis)
    one = numpy_helper.from_array(np.ones(1, np.float32))
    rank = add("CumSum", add("ConstantOfShape", shape, value=one), axis)
    mean = add("Div", add("Sub", total, constant(1)), rank)
    support = add("Greater", add("Sub", descending, mean), constant(0))
    count = add("ReduceSum", add("Cast", support, to=FLOAT), axis, keepdims=1)
    totals = add("ReduceSum", add("Where", support, total, constant(0)), axis)
    threshold = add("Div", add("Sub", totals, constant(1)), count)
    return add("Relu", add("Sub", x, threshold))
