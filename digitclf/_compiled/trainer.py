"""Steps of the optimizer on batches of images, as a graph computes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from digitclf._augmentation import Augmentation
from digitclf._compiled.distortions import augment
from digitclf._compiled.graphs import traced
from digitclf._compiled.labelled_images import Images
from digitclf._compiled.schedules import one_cycle
from digitclf._compiled.scores import cross_entropies, sum_scores
from digitclf._compiled.variables import ProgramVariables

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


class Distortion(NamedTuple):
    """Random distortion of the training images."""

    ranges: Augmentation
    image_shape: tuple[int, int]
    """Height and width of the images, which have zeros at the end if the pixels in a
    row of features are fewer."""


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


class Trainer:
    """Takes steps of the optimizer and moves the average of the weights along.

    Parameters
    ----------
    variables : ProgramVariables
    network : keras.Model
        The network that the variables were made for.
    label_smoothing : float
    schedule : {"constant", "one_cycle"}
    distortion : Distortion or None
    """

    def __init__(
        self,
        variables: ProgramVariables,
        network: keras.Model,
        *,
        label_smoothing: float,
        schedule: str,
        distortion: Distortion | None,
    ) -> None:
        self._variables = variables
        self._label_smoothing = label_smoothing
        self._schedule = schedule
        self._distortion = distortion
        self._momentum = tf.Variable(0.0)
        self._peak = tf.Variable(0.0)
        self._pixel_range = tf.Variable([0.0, 1.0])
        self._distortion_seed = tf.Variable([0, 0])
        is_halved = all(type(layer) in LAYERS_TO_HALVE for layer in network.layers)
        self._n_parts = HALVES if is_halved else 1

    def load(
        self,
        optimizer: keras.optimizers.Optimizer,
        ema_momentum: float | None,
        pixel_range: tuple[float, float],
    ) -> None:
        """Begin a run.

        Parameters
        ----------
        optimizer : keras.optimizers.Optimizer
            The optimizer whose learning rate is the peak of ``"one_cycle"``.
        ema_momentum : float or None
            Momentum of the average of the weights.
        pixel_range : tuple of (low, high)
            Range of the pixel values, for the distortion of images.
        """
        self._pixel_range.assign(pixel_range)
        self._momentum.assign(ema_momentum or 0.0)
        if self._schedule == "one_cycle":
            self._peak.assign(optimizer.learning_rate)

    def seed_distortion(self, entropy: Sequence[int]) -> None:
        """Derive the distortions of an epoch from these numbers alone."""
        words = np.random.SeedSequence(entropy).generate_state(2)
        self._distortion_seed.assign(words.astype(np.int32))

    # The methods below are compiled.

    def train(self, steps: Steps) -> tf.Tensor:
        """Take the steps and return the scores of the epoch so far."""
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
        compute_part = traced(self._part)
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
        optimizer = self._variables.optimizer
        if self._schedule == "one_cycle":
            optimizer.learning_rate = one_cycle(step, total_steps, self._peak)
        # Outside of a replica: there Keras sums the gradients of all replicas, even of
        # one, with a function that TensorFlow keeps for ever, and the graph with it.
        tf.distribute.get_replica_context().merge_call(
            lambda _: optimizer.apply(
                gradients, self._variables.network.trainable_variables
            )
        )
        self._move_averages(step)
        return tf.add_n([scores for _, scores in parts])

    def _part(
        self, images: Images, part: tf.Tensor, n_samples: tf.Tensor, seed: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Return what some images of a batch add to its gradients and its scores."""
        network, optimizer = self._variables.network, self._variables.optimizer
        labels = tf.gather(images.labels, part)
        weights = tf.gather(images.weights, part)
        pixels = tf.gather(images.pixels, part)
        if self._distortion:
            pixels = _distort(pixels, self._distortion, seed, self._pixel_range)
        with tf.GradientTape() as tape:
            logits = network(pixels, training=True)
        if network.losses:
            raise ValueError(
                "The network has layers that add to the loss (regularizers, for "
                "example), which training would leave out: use the classifier's "
                "weight_decay instead."
            )
        losses, slopes = cross_entropies(labels, logits, self._label_smoothing)
        slopes *= tf.expand_dims(weights / n_samples, 1)
        gradients = tape.gradient(
            logits,
            self._variables.weights,
            output_gradients=optimizer.scale_loss(slopes),
        )
        return gradients, sum_scores(losses, weights, labels, logits)

    def _seed_of(self, step: tf.Tensor, part: int) -> tf.Tensor:
        """Return the seed for the images in a part of a batch."""
        return self._distortion_seed + tf.stack([tf.cast(step, tf.int32), part])

    def _move_averages(self, step: tf.Tensor) -> None:
        averages, weights = self._variables.averages, self._variables.weights
        if not averages:
            return
        # A short memory at first: the average must not hold on to the random start.
        momentum = tf.minimum(self._momentum, (1.0 + step) / (10.0 + step))
        for average, weight in zip(averages, weights, strict=True):
            average.assign_sub((1.0 - momentum) * tf.subtract(average, weight))


def _split(batch: tf.Tensor, n_parts: int) -> list[tf.Tensor]:
    if n_parts == 1:
        return [batch]
    size = tf.size(batch)
    return tf.split(batch, [size - size // n_parts, size // n_parts])


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
