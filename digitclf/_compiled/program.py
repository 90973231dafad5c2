"""The training program: the steps of an epoch, in calls of a compiled graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from digitclf._compiled.architecture import (
    MeasurableBatchNormalization,
    adjustable_values,
    make_adjustable,
)
from digitclf._compiled.augmentation import Augmentation, augment
from digitclf._compiled.fused_adam import fused
from digitclf._compiled.interruption import raise_if_interrupted
from digitclf._compiled.losses import label_smoothing_of
from digitclf._compiled.optimizer import build_optimizer, optimized_variables
from digitclf._compiled.schedules import one_cycle

if keras.config.backend() != "tensorflow":
    raise ImportError(
        "digitclf trains with TensorFlow, but Keras is set to the backend "
        f"{keras.config.backend()!r}. Set the environment variable KERAS_BACKEND to "
        "'tensorflow', or leave it unset, before Keras is imported."
    )

EVALUATION_BATCH_SIZE = 1000

IMAGES_TO_MEASURE = 5000
"""Number of training images that statistics of batch normalization are measured on."""

ALIGNMENT = 64
"""Addresses of tensors are multiples of this number of bytes."""

LARGEST = np.finfo(np.float32).max
"""Not infinity, which tf.debugging.enable_check_numerics reports as an error."""

HALVES = 2
"""Parts of a batch that are computed side by side where operations are small: one after
the other, they leave cores idle. A constant, so that results do not depend on how many
cores there are."""

LAYERS_TO_HALVE = (
    keras.layers.InputLayer,
    keras.layers.Rescaling,
    keras.layers.Reshape,
    keras.layers.Flatten,
    keras.layers.Dense,
    keras.layers.Dropout,
)
"""Layers of small operations that take each image by itself, and no image at all if a
batch of one is halved. Convolutions have work enough for all cores."""


class Images(NamedTuple):
    """Labelled images as the program reads them, all in one place in memory."""

    pixels: tf.Tensor
    """(n_samples, *network input shape), uint8 or float32."""
    labels: tf.Tensor
    """(n_samples,), int32, 0 to n_classes - 1."""
    weights: tf.Tensor
    """(n_samples,), float32."""

    @classmethod
    def of(cls, pixels: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Images:
        """Return copies of images that are in arrays."""
        return cls(*map(tf.convert_to_tensor, (pixels, labels, weights)))

    @classmethod
    def sharing(
        cls, pixels: np.ndarray, labels: np.ndarray, weights: np.ndarray
    ) -> Images:
        """Return images that share the memory of the pixels.

        Parameters
        ----------
        pixels : ndarray
            An array from `empty_pixels`, which must not be changed afterwards.
        labels, weights : ndarray
        """
        shared = tf.experimental.dlpack.from_dlpack(pixels.__dlpack__())
        return cls(shared, *map(tf.convert_to_tensor, (labels, weights)))


def empty_pixels(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return an array without values whose memory TensorFlow can use as it is."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    buffer = np.empty(n_bytes + ALIGNMENT, np.uint8)
    start = -buffer.ctypes.data % ALIGNMENT
    return buffer[start : start + n_bytes].view(dtype).reshape(shape)


class Selection(NamedTuple):
    """Some of the images, by their positions."""

    images: Images
    chosen: np.ndarray


class ArraySpec(NamedTuple):
    """Shape and data type of an array."""

    shape: tuple[int, ...]
    dtype: str


class Distortion(NamedTuple):
    """Random distortion of the training images."""

    ranges: Augmentation
    image_shape: tuple[int, int]
    """Height and width of the images, which have zeros at the end if the pixels in a
    row of features are fewer."""


ProgramState = dict[str, list[np.ndarray]]
"""The values of all variables of a program that a run changes, by their purpose."""


class Place(NamedTuple):
    """Place of some images in a run."""

    batch_size: int
    """Images per step of the optimizer."""
    first_step: int
    """Number of steps already taken in this run."""
    total_steps: int
    """Maximum number of steps in this run."""


class Steps(NamedTuple):
    """Consecutive steps of the optimizer, as the graph takes them."""

    images: Images
    order: tf.Tensor
    """Positions of the images to train on."""
    batch_size: tf.Tensor
    first_step: tf.Tensor
    """Number of steps already taken in this run."""
    total_steps: tf.Tensor
    """Maximum number of steps in this run."""
    sums: tf.Tensor
    """Scores of the images already trained on in this epoch."""


class HeldOut(NamedTuple):
    """Images to evaluate, as the graph takes them."""

    to_measure: tf.Tensor
    """Positions of the training images to measure statistics on before."""
    images: Images
    chosen: tf.Tensor
    """Positions of the images."""
    sums: tf.Tensor
    """Scores of the images already evaluated at the end of this epoch."""
    ends_epoch: tf.Tensor
    """Whether these are the last images of the epoch."""
    compares: tf.Tensor
    """Whether the best epoch is the one with the smallest loss, or the last one."""


class Scores(NamedTuple):
    """Loss and number of correct predictions, summed over images."""

    loss: float = 0.0
    correct: float = 0.0
    n_samples: int = 0

    @property
    def mean_loss(self) -> float:
        """Mean weighted loss."""
        return self.loss / self.n_samples

    @property
    def accuracy(self) -> float:
        """Fraction of correct predictions."""
        return self.correct / self.n_samples


class Progress(NamedTuple):
    """State of an epoch after a call of the graph."""

    trained: Scores = Scores()
    held_out: Scores = Scores()
    is_best: bool = False
    """Whether the program has kept the weights of this epoch as the best so far."""


class TrainingProgram:
    """A graph that trains any network of one architecture.

    1. `load` copies the weights, the dropout rates, the scaling and the optimizer's
       state of a network.
    2. `train` takes some steps of an epoch and moves the average of the weights along.
    3. `finish` takes the remaining steps, evaluates the average on held-out images and
       keeps it if it is the best so far.
    4. `hand_out` copies the best weights and the optimizer's state to a network.

    The results do not depend on how the steps of an epoch are divided into calls, nor
    on what was loaded before.

    Parameters
    ----------
    network : keras.Model
        A compiled model that ends in a softmax over the classes, as an example of the
        architecture. It is not changed.
    schedule : {"constant", "one_cycle"}
        How the learning rate moves. ``"constant"`` leaves it to the optimizer (and to
        callbacks).
    averaged : bool
        Whether the weights are averaged: an exponential moving average [1]_.
    distortion : Distortion, optional
        Distortion of the training images.

    References
    ----------
    .. [1] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
       averaging", SIAM Journal on Control and Optimization 30(4), 1992.
    """

    def __init__(
        self,
        network: keras.Model,
        *,
        schedule: str,
        averaged: bool,
        distortion: Distortion | None = None,
    ) -> None:
        self._network = make_adjustable(network)
        self._values = [variable.value for variable in adjustable_values(self._network)]
        self._moving = [
            own
            for own, given in zip(self._values, adjustable_values(network), strict=True)
            if isinstance(given, keras.Variable)
        ]
        self._weights = [
            variable.value for variable in self._network.trainable_variables
        ]
        self._optimizer = fused(network.optimizer)
        self._optimizer.build(self._optimized_variables(network))
        self._label_smoothing = label_smoothing_of(network.loss)
        self._schedule = schedule
        self._averages = [tf.Variable(weight) for weight in self._weights if averaged]
        self._normalizations = [
            layer
            for layer in self._network.layers
            if type(layer) is MeasurableBatchNormalization
        ]
        moving_statistics = [
            variable.value
            for layer in self._normalizations
            for variable in layer.non_trainable_variables
        ]
        self._statistics = [tf.Variable(value) for value in moving_statistics]
        others = {
            id(variable): other
            for variable, other in [
                *zip(self._weights, self._averages, strict=False),
                *zip(moving_statistics, self._statistics, strict=True),
            ]
        }
        self._handed_out = [
            others.get(id(variable), variable) for variable in self._moving
        ]
        self._evaluated = [
            [others.get(id(variable.value), variable.value) for variable in variables]
            for variables in (
                self._network.trainable_variables,
                self._network.non_trainable_variables,
            )
        ]
        self._momentum = tf.Variable(0.0)
        self._peak = tf.Variable(0.0)
        self._distortion = distortion
        self._pixel_range = tf.Variable([0.0, 1.0])
        self._distortion_seed = tf.Variable([0, 0])
        self._best = [tf.Variable(variable) for variable in self._moving]
        self._smallest_loss = tf.Variable(LARGEST)
        self._graphs: dict[tuple, Callable] = {}
        is_halved = all(type(layer) in LAYERS_TO_HALVE for layer in network.layers)
        self._n_parts = HALVES if is_halved else 1

    def load(
        self,
        network: keras.Model,
        ema_momentum: float | None = None,
        pixel_range: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        """Begin a run with the weights, the rates and the optimizer of a network.

        Parameters
        ----------
        network : keras.Model
            Of this program's architecture.
        ema_momentum : float, optional
            Momentum of the average of the weights.
        pixel_range : tuple of (low, high)
            Range of the pixel values, for the distortion of images.
        """
        self._pixel_range.assign(pixel_range)
        self._momentum.assign(ema_momentum or 0.0)
        self._smallest_loss.assign(LARGEST)
        self.load_weights(network)
        build_optimizer(network)
        self.load_optimizer(network.optimizer)
        if self._schedule == "one_cycle":
            self._peak.assign(network.optimizer.learning_rate)

    def load_weights(self, network: keras.Model) -> None:
        """Copy the weights of a network, also into their average, and the rates."""
        for own, given in zip(self._values, adjustable_values(network), strict=True):
            own.assign(given)
        for own, handed_out in zip(self._moving, self._handed_out, strict=True):
            if handed_out is not own:
                handed_out.assign(own)

    def load_optimizer(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Copy the state of an optimizer."""
        for own, given in zip(
            self._optimizer.variables, optimizer.variables, strict=True
        ):
            own.assign(given)

    def state(self) -> ProgramState:
        """Return the state of the run, to go on from with `load_state`."""
        return {
            group: [variable.numpy() for variable in variables]
            for group, variables in self._state_variables().items()
        }

    def state_specs(self) -> dict[str, list[ArraySpec]]:
        """Return the shapes and data types of the arrays in a state."""
        return {
            group: [
                ArraySpec(
                    tuple(variable.shape),
                    np.dtype(tf.as_dtype(variable.dtype).as_numpy_dtype).str,
                )
                for variable in variables
            ]
            for group, variables in self._state_variables().items()
        }

    def average_state(self) -> ProgramState:
        """Return the part of the state that a network with the average lacks."""
        variables = self._state_variables()
        return {
            group: [variable.numpy() for variable in variables[group]]
            for group in ("weights", "averages")
        }

    def load_state(self, state: ProgramState) -> None:
        """Go on from a state of a run, or a part of it, that had the same network."""
        variables_of = self._state_variables()
        for group, values in state.items():
            for variable, value in zip(variables_of[group], values, strict=True):
                variable.assign(value)

    def _state_variables(self) -> dict[str, list[tf.Variable | keras.Variable]]:
        return {
            "weights": self._moving,
            "averages": self._averages,
            "statistics": self._statistics,
            "best": self._best,
            "smallest_loss": [self._smallest_loss],
            "optimizer": list(self._optimizer.variables),
        }

    def hand_out(self, network: keras.Model) -> None:
        """Copy the best weights so far to a network."""
        self._give(network, self._best)

    def show(self, network: keras.Model, *, averaged: bool) -> None:
        """Copy the current weights, or their average, to a network."""
        self._give(network, self._handed_out if averaged else self._moving)

    def _give(self, network: keras.Model, values: Sequence[tf.Variable]) -> None:
        moving = [
            value
            for value in adjustable_values(network)
            if isinstance(value, keras.Variable)
        ]
        for given, value in zip(moving, values, strict=True):
            given.assign(value)
        for given, own in zip(
            network.optimizer.variables, self._optimizer.variables, strict=True
        ):
            given.assign(own)

    def _optimized_variables(self, network: keras.Model) -> list[keras.Variable]:
        """Return the variables that the optimizer is built for, as in a network.

        They include those of layers that were frozen afterwards.
        """
        build_optimizer(network)
        own = {
            id(given): variable
            for given, variable in zip(
                adjustable_values(network),
                adjustable_values(self._network),
                strict=True,
            )
        }
        return [own[id(given)] for given in optimized_variables(network)]

    def start_epoch(
        self, entropy: Sequence[int], distortion_entropy: Sequence[int]
    ) -> None:
        """Derive the random numbers of the coming epoch from these numbers alone.

        Parameters
        ----------
        entropy : sequence of int
            For dropout.
        distortion_entropy : sequence of int
            For the distortion of images.
        """
        words = np.random.SeedSequence(distortion_entropy).generate_state(2)
        self._distortion_seed.assign(words.astype(np.int32))
        generators = [
            layer.seed_generator
            for layer in self._network.layers
            if hasattr(layer, "seed_generator")
        ]
        seeds = np.random.SeedSequence(entropy).generate_state(len(generators))
        for generator, seed in zip(generators, seeds, strict=True):
            generator.state.assign(np.array([seed & 0x7FFFFFFF, 0]))

    def train(self, training: Selection, progress: Progress, place: Place) -> Progress:
        """Train on all images of a selection, in their order, as a part of an epoch.

        Parameters
        ----------
        training : Selection
            Consecutive batches of the epoch.
        progress : Progress
            State of the epoch before this call.
        place : Place

        Returns
        -------
        Progress
            State of the epoch after this call.
        """
        sums = self._call(self._train, _steps(training, progress, place))
        return progress._replace(trained=_add_scores(progress.trained, sums, training))

    def finish(
        self,
        training: Selection,
        to_measure: np.ndarray,
        held_out: Selection,
        progress: Progress,
        place: Place,
        *,
        ends_epoch: bool,
        compares: bool,
    ) -> Progress:
        """Train on the remaining images of an epoch and evaluate held-out ones.

        Parameters
        ----------
        training : Selection
            The remaining images to train on. There may be none.
        to_measure : ndarray of int
            Positions of training images. The statistics of batch normalization are
            measured on them after training. There may be none.
        held_out : Selection
            Images to evaluate with the weights that are handed out.
        progress : Progress
            State of the epoch before this call.
        place : Place
        ends_epoch : bool
            Whether these are the last held-out images: the weights are then kept if
            they are the best so far.
        compares : bool
            Whether the best weights are those with the smallest loss on the held-out
            images, or the latest ones.

        Returns
        -------
        Progress
            State of the epoch after this call.
        """
        *sums, is_best = self._call(
            self._finish,
            _steps(training, progress, place),
            HeldOut(
                tf.constant(to_measure, tf.int32),
                held_out.images,
                tf.constant(held_out.chosen, tf.int32),
                _as_sums(progress.held_out),
                tf.constant(ends_epoch),
                tf.constant(compares),
            ),
        )
        return Progress(
            _add_scores(progress.trained, sums[:2], training),
            _add_scores(progress.held_out, sums[2:], held_out),
            bool(is_best),
        )

    def _call(self, function: Callable, *args: Steps | HeldOut) -> list[float]:
        """Call a function, compiled for images of these dtypes."""
        key = function.__name__, *(arg.images.pixels.dtype for arg in args)
        if key not in self._graphs:
            specs = tf.nest.map_structure(_for_any_number, args)
            self._graphs[key] = _traced(function).get_concrete_function(*specs)
            raise_if_interrupted()
        return self._graphs[key](*args).numpy().tolist()

    # The methods below are compiled.

    def _finish(self, steps: Steps, held_out: HeldOut) -> tf.Tensor:
        trained = self._train(steps)
        if self._normalizations:
            self._measure_statistics(steps.images, held_out.to_measure)
        return tf.concat([trained, self._conclude(held_out, trained)], 0)

    def _train(self, steps: Steps) -> tf.Tensor:
        images, order, batch_size, first_step, total_steps, sums = steps

        def goes_on(start: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
            return start < tf.size(order)

        def train(start: tf.Tensor, step: tf.Tensor, sums: tf.Tensor) -> list:
            batch = order[start : start + batch_size]
            scores = self._step(images, batch, step, total_steps)
            return [start + batch_size, step + 1.0, sums + scores]

        _, _, sums = tf.while_loop(goes_on, train, [tf.constant(0), first_step, sums])
        return sums

    def _step(
        self, images: Images, batch: tf.Tensor, step: tf.Tensor, total_steps: tf.Tensor
    ) -> tf.Tensor:
        n_samples = tf.cast(tf.size(batch), tf.float32)
        # As a function it is traced once for all parts; the graph has it inlined.
        compute_part = _traced(self._part)
        parts = [
            compute_part(images, part, n_samples, self._seed_of(step, number))
            for number, part in enumerate(_split(batch, self._n_parts))
        ]
        gradients = [
            tf.add_n(addends)
            for addends in zip(*(part for part, _ in parts), strict=True)
        ]
        # Updates that begin early take threads from the gradients still computed.
        gradients = tf.tuple(gradients)
        if self._schedule == "one_cycle":
            self._optimizer.learning_rate = one_cycle(step, total_steps, self._peak)
        # Outside of a replica: there Keras sums the gradients of all replicas, even of
        # one, with a function that TensorFlow keeps for ever, and the graph with it.
        tf.distribute.get_replica_context().merge_call(
            lambda _: self._optimizer.apply(
                gradients, self._network.trainable_variables
            )
        )
        self._move_averages(step)
        return tf.add_n([scores for _, scores in parts])

    def _part(
        self, images: Images, part: tf.Tensor, n_samples: tf.Tensor, seed: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Return what some images of a batch add to its gradients and its scores."""
        labels = tf.gather(images.labels, part)
        weights = tf.gather(images.weights, part)
        pixels = tf.gather(images.pixels, part)
        if self._distortion:
            pixels = _distort(pixels, self._distortion, seed, self._pixel_range)
        with tf.GradientTape() as tape:
            logits = self._network(pixels, training=True)
        if self._network.losses:
            raise ValueError(
                "The network has layers that add to the loss (regularizers, for "
                "example), which training would leave out: use the classifier's "
                "weight_decay instead."
            )
        losses, slopes = self._losses(labels, logits)
        slopes *= tf.expand_dims(weights / n_samples, 1)
        gradients = tape.gradient(
            logits,
            self._weights,
            output_gradients=self._optimizer.scale_loss(slopes),
        )
        return gradients, _sums(losses, weights, labels, logits)

    def _seed_of(self, step: tf.Tensor, part: int) -> tf.Tensor:
        """Return the seed for the images in a part of a batch."""
        return self._distortion_seed + tf.stack([tf.cast(step, tf.int32), part])

    def _move_averages(self, step: tf.Tensor) -> None:
        if not self._averages:
            return
        # A short memory at first: the average must not hold on to the random start.
        momentum = tf.minimum(self._momentum, (1.0 + step) / (10.0 + step))
        for average, weight in zip(self._averages, self._weights, strict=True):
            average.assign_sub((1.0 - momentum) * tf.subtract(average, weight))

    def _measure_statistics(self, images: Images, chosen: tf.Tensor) -> None:
        """Measure mean and variance of the inputs of each normalization.

        The weights are those that are handed out, and dropout is off: the moving
        averages of training are those of other weights, and of other inputs.
        """

        def measure(start: tf.Tensor, measured: list[tf.Tensor]) -> list:
            batch = chosen[start : start + EVALUATION_BATCH_SIZE]
            with _measuring(self._normalizations) as of_batch:
                self._network.stateless_call(
                    *self._evaluated, tf.gather(images.pixels, batch), training=False
                )
            share = tf.size(batch) / (start + tf.size(batch))
            return [
                start + EVALUATION_BATCH_SIZE,
                _merge(measured, of_batch, tf.cast(share, tf.float32)),
            ]

        before = [variable.read_value() for variable in self._statistics]
        _, measured = tf.while_loop(
            lambda start, _: start < tf.size(chosen), measure, [tf.constant(0), before]
        )
        for variable, value in zip(self._statistics, measured, strict=True):
            variable.assign(value)

    def _conclude(self, held_out: HeldOut, trained: tf.Tensor) -> tf.Tensor:
        sums = self._evaluate(held_out)
        is_smallest = tf.less(sums[0], self._smallest_loss)
        is_finite = tf.math.is_finite(sums[0]) & tf.math.is_finite(trained[0])
        is_best = held_out.ends_epoch & is_finite & (is_smallest | ~held_out.compares)
        # Selecting takes the graph fewer operations than a branch would.
        self._smallest_loss.assign(tf.where(is_best, sums[0], self._smallest_loss))
        for best, own in zip(self._best, self._handed_out, strict=True):
            best.assign(tf.where(is_best, own, best))
        return tf.concat([sums, [tf.cast(is_best, tf.float32)]], 0)

    def _evaluate(self, held_out: HeldOut) -> tf.Tensor:
        images, chosen = held_out.images, held_out.chosen

        def evaluate(start: tf.Tensor, sums: tf.Tensor) -> list:
            batch = chosen[start : start + EVALUATION_BATCH_SIZE]
            labels = tf.gather(images.labels, batch)
            logits, _ = self._network.stateless_call(
                *self._evaluated, tf.gather(images.pixels, batch), training=False
            )
            losses, _ = self._losses(labels, logits)
            weights = tf.gather(images.weights, batch)
            return [
                start + EVALUATION_BATCH_SIZE,
                sums + _sums(losses, weights, labels, logits),
            ]

        _, sums = tf.while_loop(
            lambda start, _: start < tf.size(chosen),
            evaluate,
            [tf.constant(0), held_out.sums],
        )
        return sums

    def _losses(
        self, labels: tf.Tensor, logits: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return Keras's CategoricalCrossentropy of each image, and its slopes."""
        n_classes, smoothing = logits.shape[-1], self._label_smoothing
        others = smoothing / n_classes
        targets = tf.one_hot(labels, n_classes, others + 1.0 - smoothing, others)
        # What TensorFlow wraps around this kernel takes longer than small batches do.
        return tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=logits, labels=targets)


def _distort(
    pixels: tf.Tensor, distortion: Distortion, seed: tf.Tensor, pixel_range: tf.Tensor
) -> tf.Tensor:
    """Return distorted images in the layout of the network's inputs."""
    height, width = distortion.image_shape
    rows = tf.reshape(pixels, [-1, math.prod(pixels.shape[1:])])
    missing = height * width - rows.shape[1]
    low, high = tf.unstack(pixel_range)
    if missing:
        rows = tf.cast(rows, tf.float32)
        rows = tf.pad(rows, [[0, 0], [0, missing]], constant_values=low)
    distorted = augment(
        tf.reshape(rows, [-1, height, width]), distortion.ranges, seed, (low, high)
    )
    rows = tf.reshape(distorted, [-1, height * width])
    return tf.reshape(rows[:, : height * width - missing], [-1, *pixels.shape[1:]])


@contextmanager
def _measuring(
    normalizations: Sequence[MeasurableBatchNormalization],
) -> Iterator[list[tf.Tensor]]:
    """Yield a list that gets the mean and the variance of each layer at the end."""
    measured: list[tf.Tensor] = []
    for layer in normalizations:
        layer.measures = True
    try:
        yield measured
        measured += [value for layer in normalizations for value in layer.measured]
    finally:
        for layer in normalizations:
            layer.measures, layer.measured = False, ()


def _merge(
    statistics: list[tf.Tensor], added: list[tf.Tensor], share: tf.Tensor
) -> list[tf.Tensor]:
    """Return means and variances of all images, `share` of which were added."""
    merged = []
    for mean, variance, new_mean, new_variance in zip(
        statistics[::2], statistics[1::2], added[::2], added[1::2], strict=True
    ):
        difference = new_mean - mean
        merged += [
            mean + share * difference,
            variance
            + share * (new_variance - variance)
            + share * (1.0 - share) * tf.square(difference),
        ]
    return merged


def _steps(training: Selection, progress: Progress, place: Place) -> Steps:
    return Steps(
        training.images,
        tf.constant(training.chosen, tf.int32),
        tf.constant(place.batch_size, tf.int32),
        tf.constant(place.first_step, tf.float32),
        tf.constant(float(min(place.total_steps, float(LARGEST))), tf.float32),
        _as_sums(progress.trained),
    )


def _as_sums(scores: Scores) -> tf.Tensor:
    return tf.constant([scores.loss, scores.correct], tf.float32)


def _add_scores(before: Scores, sums: list[float], added: Selection) -> Scores:
    loss, correct = sums
    return Scores(loss, correct, before.n_samples + len(added.chosen))


def _traced(function: Callable) -> tf.types.experimental.PolymorphicFunction:
    # Of a partial TensorFlow does not think that it is one function, traced again for
    # each new program, and does not warn of that. Without autograph, tracing takes a
    # third of the time.
    return tf.function(partial(function), autograph=False)


def _for_any_number(tensor: tf.Tensor) -> tf.TensorSpec:
    shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
    return tf.TensorSpec(shape, tensor.dtype)


def _sums(
    losses: tf.Tensor, weights: tf.Tensor, labels: tf.Tensor, logits: tf.Tensor
) -> tf.Tensor:
    """Return the sum of the weighted losses, and how many images are classed right."""
    predicted = tf.argmax(logits, axis=-1, output_type=labels.dtype)
    is_correct = tf.cast(predicted == labels, tf.float32)
    return tf.stack([tf.reduce_sum(losses * weights), tf.reduce_sum(is_correct)])


def _split(batch: tf.Tensor, n_parts: int) -> list[tf.Tensor]:
    if n_parts == 1:
        return [batch]
    size = tf.size(batch)
    return tf.split(batch, [size - size // n_parts, size // n_parts])
