"""The training program: epochs of a network, each in one call of a compiled graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from digitclf._compiled.architecture import make_adjustable, numbers
from digitclf._compiled.fused_adam import fused
from digitclf._compiled.interruption import InterruptibleCalls
from digitclf._compiled.schedules import one_cycle

if keras.config.backend() != "tensorflow":
    raise ImportError(
        "digitclf trains with TensorFlow, but Keras is set to the backend "
        f"{keras.config.backend()!r}. Set the environment variable KERAS_BACKEND to "
        "'tensorflow', or leave it unset, before Keras is imported."
    )

EVALUATION_BATCH_SIZE = 1000
FEW_IMAGES = 32
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


class Selection(NamedTuple):
    """Some of the images, by their positions."""

    images: Images
    chosen: np.ndarray


class Batches(NamedTuple):
    """Some of the images in steps of the optimizer, as the graph takes them."""

    images: Images
    order: tf.Tensor
    """Positions of the images."""
    batch_size: tf.Tensor
    first_step: tf.Tensor
    """Steps taken before in this run."""
    total_steps: tf.Tensor
    """Steps that this run may take in all."""


class HeldOut(NamedTuple):
    """Some of the images to evaluate, as the graph takes them."""

    images: Images
    chosen: tf.Tensor
    compares: tf.Tensor
    """Whether their loss tells if an epoch is the best."""


class Scores(NamedTuple):
    """Sums over some images, whose means are what a history reports."""

    loss: float
    correct: float
    n_samples: int

    def plus(self, other: Scores) -> Scores:
        """Return the scores of these images and of others."""
        return Scores(
            self.loss + other.loss,
            self.correct + other.correct,
            self.n_samples + other.n_samples,
        )

    @property
    def mean_loss(self) -> float:
        """Mean of the weighted losses."""
        return self.loss / self.n_samples

    @property
    def accuracy(self) -> float:
        """Share of images whose most probable class is the true one."""
        return self.correct / self.n_samples


class Conclusion(NamedTuple):
    """What the end of an epoch has shown."""

    held_out: Scores
    """Of the images to validate on, or of a few others if there are none."""
    is_best: bool
    """Whether the program has kept the weights of this epoch as the best so far."""


class TrainingProgram:
    """A graph that trains any network of one architecture.

    1. `load` takes over the weights, the dropout rates, the scaling and the optimizer's
       state of a network.
    2. `run_epoch` trains it on the images in a given order, moves the average of the
       weights along, evaluates the average on the held-out images and keeps it if it
       is the best so far: one call of the graph, whatever the number of batches.
    3. `hand_out` gives the best weights and the optimizer's state to a network.

    Nothing that the graph computes depends on what was loaded before.

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

    References
    ----------
    .. [1] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
       averaging", SIAM Journal on Control and Optimization 30(4), 1992.
    """

    def __init__(self, network: keras.Model, *, schedule: str, averaged: bool) -> None:
        self._network = make_adjustable(network)
        self._numbers = [each.value for each in numbers(self._network)]
        self._moving = [
            own
            for own, given in zip(self._numbers, numbers(network), strict=True)
            if isinstance(given, keras.Variable)
        ]
        self._weights = [each.value for each in self._network.trainable_variables]
        self._optimizer = fused(network.optimizer)
        self._optimizer.build(self._network.trainable_variables)
        self._label_smoothing = _label_smoothing_of(network)
        self._schedule = schedule
        self._averages = [tf.Variable(each) for each in self._weights if averaged]
        averages = dict(zip(map(id, self._weights), self._averages, strict=False))
        self._handed_out = [averages.get(id(each), each) for each in self._moving]
        self._momentum = tf.Variable(0.0)
        self._peak = tf.Variable(0.0)
        self._best = [tf.Variable(each) for each in self._moving]
        self._smallest_loss = tf.Variable(math.inf)
        self._is_stopped = tf.Variable(False)
        self._calls = InterruptibleCalls(lambda: self._is_stopped.assign(True))
        self._graphs: dict[tuple, Callable] = {}
        is_halved = all(type(layer) in LAYERS_TO_HALVE for layer in network.layers)
        self._n_parts = HALVES if is_halved else 1

    def load(self, network: keras.Model, ema_momentum: float | None = None) -> None:
        """Begin a run with the weights, the rates and the optimizer of a network.

        Parameters
        ----------
        network : keras.Model
            Of this program's architecture.
        ema_momentum : float, optional
            Momentum of the average of the weights.
        """
        self._momentum.assign(ema_momentum or 0.0)
        self._smallest_loss.assign(math.inf)
        self.load_weights(network)
        if not network.optimizer.built:
            network.optimizer.build(network.trainable_variables)
        self.load_optimizer(network.optimizer)
        if self._schedule == "one_cycle":
            self._peak.assign(network.optimizer.learning_rate)

    def close(self) -> None:
        """End the run; another one begins with `load`."""
        self._calls.close()

    def load_weights(self, network: keras.Model) -> None:
        """Take over the weights of a network, for their average too, and the rates."""
        for own, given in zip(self._numbers, numbers(network), strict=True):
            own.assign(given)
        for average, weight in zip(self._averages, self._weights, strict=False):
            average.assign(weight)

    def load_optimizer(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Take over the state of an optimizer."""
        for own, given in zip(
            self._optimizer.variables, optimizer.variables, strict=True
        ):
            own.assign(given)

    def hand_out(self, network: keras.Model) -> None:
        """Give a network the weights that were kept as the best."""
        self._give(network, self._best)

    def show(self, network: keras.Model, *, averaged: bool) -> None:
        """Give a network the weights of this moment, or their average."""
        self._give(network, self._handed_out if averaged else self._moving)

    def _give(self, network: keras.Model, values: Sequence[tf.Variable]) -> None:
        moving = [each for each in numbers(network) if isinstance(each, keras.Variable)]
        for given, value in zip(moving, values, strict=True):
            given.assign(value)
        for given, own in zip(
            network.optimizer.variables, self._optimizer.variables, strict=True
        ):
            given.assign(own)

    def start_epoch(self, entropy: Sequence[int]) -> None:
        """Derive every random number of the coming epoch from `entropy` alone."""
        generators = [
            layer.seed_generator
            for layer in self._network.layers
            if hasattr(layer, "seed_generator")
        ]
        seeds = np.random.SeedSequence(entropy).generate_state(len(generators))
        for generator, seed in zip(generators, seeds, strict=True):
            generator.state.assign(np.array([seed & 0x7FFFFFFF, 0]))

    def run_epoch(
        self,
        training: Selection,
        validation: Selection | None,
        batch_size: int,
        first_step: int,
        total_steps: int,
    ) -> tuple[Scores, Conclusion]:
        """Train on all images of a selection, in their order, and `conclude`.

        Parameters
        ----------
        training : Selection
        validation : Selection or None
        batch_size : int
            Images in a step of the optimizer.
        first_step : int
            Steps taken before in this run.
        total_steps : int
            Steps that this run may take in all.
        """
        sums = self._call(
            self._epoch,
            self._batches_of(training, batch_size, first_step, total_steps),
            self._held_out(training, validation),
        )
        return (
            Scores(float(sums[0]), float(sums[1]), len(training.chosen)),
            self._conclusion_of(sums[2:], training, validation),
        )

    def train(
        self, training: Selection, batch_size: int, first_step: int, total_steps: int
    ) -> Scores:
        """Train on all images of a selection, and no more, as a part of an epoch."""
        loss, correct = self._call(
            self._batches,
            self._batches_of(training, batch_size, first_step, total_steps),
        )
        return Scores(float(loss), float(correct), len(training.chosen))

    def conclude(self, training: Selection, validation: Selection | None) -> Conclusion:
        """Evaluate the weights to be handed out, and keep them if they are the best."""
        sums = self._call(self._conclusion, self._held_out(training, validation))
        return self._conclusion_of(sums, training, validation)

    def _call(self, function: Callable, *args: Batches | HeldOut) -> np.ndarray:
        """Call a function, compiled for images of such a dtype."""
        self._is_stopped.assign(False)
        key = function.__name__, *(each.images.pixels.dtype for each in args)
        if key not in self._graphs:
            specs = tf.nest.map_structure(_for_any_number, args)
            self._graphs[key] = _traced(function).get_concrete_function(*specs)
        return self._calls(lambda: self._graphs[key](*args).numpy())

    def _batches_of(
        self, training: Selection, batch_size: int, first_step: int, total_steps: int
    ) -> Batches:
        images, order = training
        return Batches(
            images,
            tf.constant(order, tf.int32),
            tf.constant(batch_size, tf.int32),
            tf.constant(first_step, tf.float32),
            tf.constant(total_steps, tf.float32),
        )

    def _held_out(self, training: Selection, validation: Selection | None) -> HeldOut:
        images, chosen = _validated(training, validation)
        return HeldOut(
            images,
            tf.constant(chosen, tf.int32),
            tf.constant(validation is not None),
        )

    def _conclusion_of(
        self, sums: np.ndarray, training: Selection, validation: Selection | None
    ) -> Conclusion:
        loss, correct, is_best = sums.tolist()
        n_samples = len(_validated(training, validation).chosen)
        return Conclusion(Scores(loss, correct, n_samples), bool(is_best))

    # What follows is compiled.

    def _epoch(self, batches: Batches, held_out: HeldOut) -> tf.Tensor:
        return tf.concat([self._batches(batches), self._conclusion(held_out)], 0)

    def _batches(self, batches: Batches) -> tf.Tensor:
        images, order, batch_size, first_step, total_steps = batches

        def goes_on(start: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
            return (start < tf.size(order)) & ~self._is_stopped

        def train(start: tf.Tensor, step: tf.Tensor, sums: tf.Tensor) -> list:
            batch = order[start : start + batch_size]
            scores = self._step(images, batch, step, total_steps)
            return [start + batch_size, step + 1.0, sums + scores]

        _, _, sums = tf.while_loop(
            goes_on, train, [tf.constant(0), first_step, tf.zeros(2)]
        )
        return sums

    def _step(
        self, images: Images, batch: tf.Tensor, step: tf.Tensor, total_steps: tf.Tensor
    ) -> tf.Tensor:
        n_samples = tf.cast(tf.size(batch), tf.float32)
        # As a function it is traced once for all parts; the graph has it inlined.
        part_of = _traced(self._part)
        parts = [
            part_of(images, part, n_samples) for part in _split(batch, self._n_parts)
        ]
        gradients = [
            tf.add_n(each) for each in zip(*(part for part, _ in parts), strict=True)
        ]
        # Updates that begin early take threads from the gradients still computed.
        gradients = tf.tuple(gradients)
        if self._schedule == "one_cycle":
            self._optimizer.learning_rate = one_cycle(step, total_steps, self._peak)
        # Outside of a replica: there Keras sums the gradients of all replicas, even of
        # one, with a function that TensorFlow keeps for ever, and the graph with it.
        tf.distribute.get_replica_context().merge_call(
            lambda _: self._optimizer.apply(gradients)
        )
        self._move_averages(step)
        return tf.add_n([scores for _, scores in parts])

    def _part(
        self, images: Images, part: tf.Tensor, n_samples: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Return what some images of a batch add to its gradients and its scores."""
        labels = tf.gather(images.labels, part)
        weights = tf.gather(images.weights, part)
        with tf.GradientTape() as tape:
            logits = self._network(tf.gather(images.pixels, part), training=True)
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

    def _move_averages(self, step: tf.Tensor) -> None:
        if not self._averages:
            return
        # A short memory at first: the average must not hold on to the random start.
        momentum = tf.minimum(self._momentum, (1.0 + step) / (10.0 + step))
        for average, weight in zip(self._averages, self._weights, strict=True):
            average.assign_sub((1.0 - momentum) * (average - weight))

    def _conclusion(self, held_out: HeldOut) -> tf.Tensor:
        sums = self._evaluation(held_out.images, held_out.chosen)
        is_best = (sums[0] < self._smallest_loss) | ~held_out.compares
        # Selecting takes the graph fewer operations than a branch would.
        self._smallest_loss.assign(tf.where(is_best, sums[0], self._smallest_loss))
        for best, own in zip(self._best, self._handed_out, strict=True):
            best.assign(tf.where(is_best, own, best))
        return tf.concat([sums, [tf.cast(is_best, tf.float32)]], 0)

    def _evaluation(self, images: Images, chosen: tf.Tensor) -> tf.Tensor:
        trained = self._averages or self._weights
        others = [each.value for each in self._network.non_trainable_variables]

        def evaluate(start: tf.Tensor, sums: tf.Tensor) -> list:
            batch = chosen[start : start + EVALUATION_BATCH_SIZE]
            labels = tf.gather(images.labels, batch)
            logits, _ = self._network.stateless_call(
                trained, others, tf.gather(images.pixels, batch), training=False
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
            [tf.constant(0), tf.zeros(2)],
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


def _label_smoothing_of(network: keras.Model) -> float:
    """Return by how much the loss smooths the labels; refuse any other loss."""
    if type(network.loss) is not keras.losses.CategoricalCrossentropy:
        raise ValueError(
            "The network was compiled with the loss "
            f"{getattr(network.loss, 'name', network.loss)!r}, but is trained with "
            "keras.losses.CategoricalCrossentropy alone."
        )
    return network.loss.label_smoothing


def _traced(function: Callable) -> tf.types.experimental.PolymorphicFunction:
    # Of a partial TensorFlow does not think that it is one function, traced again for
    # each new program, and does not warn of that. Without autograph, tracing takes a
    # third of the time.
    return tf.function(partial(function), autograph=False)


def _for_any_number(tensor: tf.Tensor) -> tf.TensorSpec:
    shape = [None, *tensor.shape[1:]] if tensor.shape.rank else []
    return tf.TensorSpec(shape, tensor.dtype)


def _validated(training: Selection, validation: Selection | None) -> Selection:
    """Return what is evaluated at the end of an epoch: a few images in any case."""
    images, chosen = training
    return validation or Selection(images, chosen[:FEW_IMAGES])


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
