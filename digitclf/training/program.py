"""The training program: many batches, and a whole evaluation, in one graph call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from digitclf.training.schedules import one_cycle

if keras.config.backend() != "tensorflow":
    raise ImportError(
        "digitclf trains with TensorFlow, but Keras is set to the backend "
        f"{keras.config.backend()!r}. Set the environment variable KERAS_BACKEND to "
        "'tensorflow', or leave it unset, before Keras is imported."
    )

EVALUATION_BATCH_SIZE = 1000
FEW_IMAGES = 32


class Images(NamedTuple):
    """Labelled images as the program reads them, all in one place in memory."""

    pixels: tf.Tensor
    """(n_samples, *network input shape), uint8 or float32."""
    labels: tf.Tensor
    """(n_samples,), int32, 0 to n_classes - 1."""
    weights: tf.Tensor
    """(n_samples,), float32."""


@dataclass(frozen=True)
class Scores:
    """Sums over some images; their means are what a history reports."""

    loss: float
    correct: float
    n_samples: int

    def __add__(self, other: Scores) -> Scores:
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


class TrainingProgram:
    """A network, its optimizer and its loss, compiled to run batch after batch.

    The loop over the batches is part of the graph, so that Python is left only once for
    many batches. Next to the weights that the optimizer moves, the program keeps their
    exponential moving average, which is what it evaluates and what training hands out.

    Parameters
    ----------
    network : keras.Model
        A built model that ends in a softmax over the classes. Its weights are changed.
    optimizer : keras.optimizers.Optimizer
        A fresh optimizer.
    loss : keras.losses.Loss
        A loss of one-hot targets and probabilities.
    schedule : {"constant", "one_cycle"}
        How the learning rate moves. ``"constant"`` leaves it to the optimizer (and to
        callbacks).
    ema_momentum : float or None
        Momentum of the moving average of the weights, None for no average.

    References
    ----------
    B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
    averaging", SIAM Journal on Control and Optimization 30(4), 1992.
    """

    def __init__(
        self,
        network: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        loss: keras.losses.Loss,
        *,
        schedule: str = "constant",
        ema_momentum: float | None = None,
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.loss = loss
        self.schedule = schedule
        self.ema_momentum = ema_momentum
        if not optimizer.built:
            optimizer.build(network.trainable_variables)
        self._weights = [variable.value for variable in network.trainable_variables]
        self._averages = (
            [tf.Variable(weight) for weight in self._weights] if ema_momentum else []
        )
        self._best = [
            tf.Variable(tf.zeros_like(variable.value)) for variable in network.variables
        ]
        # Of a partial TensorFlow does not think that it is one function, traced again
        # for each new program, and does not warn of that.
        self._train = tf.function(partial(self._train_loop), reduce_retracing=True)
        self._evaluate = tf.function(
            partial(self._evaluate_loop), reduce_retracing=True
        )
        self._peak = float(optimizer.learning_rate) if schedule == "one_cycle" else 0.0

    @property
    def variables(self) -> list[keras.Variable]:
        """All that training moves: the network's variables and the optimizer's."""
        return self.network.variables + self.optimizer.variables

    def start_epoch(self, entropy: Sequence[int]) -> None:
        """Derive every random number of the coming epoch from `entropy` alone."""
        generators = [
            layer.seed_generator
            for layer in self.network.layers
            if hasattr(layer, "seed_generator")
        ]
        seeds = np.random.SeedSequence(entropy).generate_state(len(generators))
        for generator, seed in zip(generators, seeds, strict=True):
            generator.state.assign(np.array([seed & 0x7FFFFFFF, 0]))

    def train(
        self,
        images: Images,
        order: np.ndarray,
        batch_size: int,
        first_step: int,
        total_steps: int,
    ) -> Scores:
        """Train on the images that `order` names, batch after batch."""
        loss, correct = self._train(
            images,
            tf.constant(order, tf.int32),
            tf.constant(batch_size, tf.int32),
            tf.constant(first_step, tf.float32),
            tf.constant(total_steps, tf.float32),
        )
        return Scores(float(loss), float(correct), len(order))

    def evaluate(self, images: Images, chosen: np.ndarray) -> Scores:
        """Score the images that `chosen` names with the weights training hands out."""
        loss, correct = self._evaluate(images, tf.constant(chosen, tf.int32))
        return Scores(float(loss), float(correct), len(chosen))

    def predicts_numbers(self, images: Images) -> bool:
        """Return whether the network gives finite numbers for some of the images."""
        probabilities = self.network(images.pixels[:FEW_IMAGES], training=False)
        return bool(tf.reduce_all(tf.math.is_finite(probabilities)))

    def keep_as_best(self) -> None:
        """Remember the weights that training would hand out now."""
        with self.handing_out():
            for best, variable in zip(self._best, self.network.variables, strict=True):
                best.assign(variable.value)

    def restore_best(self) -> None:
        """Set the network to the weights kept last by `keep_as_best`."""
        for best, variable in zip(self._best, self.network.variables, strict=True):
            variable.assign(best)

    @contextmanager
    def handing_out(self) -> Iterator[None]:
        """Show the network with the averaged weights for a while."""
        if not self._averages:
            yield
            return
        moving = [tf.identity(weight) for weight in self._weights]
        for weight, average in zip(self._weights, self._averages, strict=True):
            weight.assign(average)
        try:
            yield
        finally:
            for weight, value in zip(self._weights, moving, strict=True):
                weight.assign(value)

    def _train_loop(
        self,
        images: Images,
        order: tf.Tensor,
        batch_size: tf.Tensor,
        first_step: tf.Tensor,
        total_steps: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        loss_sum, correct_sum = tf.constant(0.0), tf.constant(0.0)
        n_samples = tf.size(order)
        step = first_step
        for start in tf.range(0, n_samples, batch_size):
            batch = order[start : start + batch_size]
            loss, correct = self._train_batch(images, batch, step, total_steps)
            loss_sum += loss * tf.cast(tf.size(batch), tf.float32)
            correct_sum += correct
            step += 1.0
        return loss_sum, correct_sum

    def _train_batch(
        self, images: Images, batch: tf.Tensor, step: tf.Tensor, total_steps: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        labels = tf.gather(images.labels, batch)
        with tf.GradientTape() as tape:
            probabilities = self.network(tf.gather(images.pixels, batch), training=True)
            loss = self._loss_of(labels, probabilities, images, batch)
        gradients = tape.gradient(loss, self._weights)
        if self.schedule == "one_cycle":
            self.optimizer.learning_rate = one_cycle(
                step, total_steps, tf.constant(self._peak)
            )
        self.optimizer.apply(gradients)
        self._move_averages(step)
        return loss, _count_correct(labels, probabilities)

    def _move_averages(self, step: tf.Tensor) -> None:
        if not self._averages:
            return
        # A short memory at first: the average must not hold on to the random start.
        momentum = tf.minimum(self.ema_momentum, (1.0 + step) / (10.0 + step))
        for average, weight in zip(self._averages, self._weights, strict=True):
            average.assign_sub((1.0 - momentum) * (average - weight))

    def _evaluate_loop(
        self, images: Images, chosen: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        loss_sum, correct_sum = tf.constant(0.0), tf.constant(0.0)
        trained = self._averages or self._weights
        others = [variable.value for variable in self.network.non_trainable_variables]
        for start in tf.range(0, tf.size(chosen), EVALUATION_BATCH_SIZE):
            batch = chosen[start : start + EVALUATION_BATCH_SIZE]
            labels = tf.gather(images.labels, batch)
            probabilities, _ = self.network.stateless_call(
                trained, others, tf.gather(images.pixels, batch), training=False
            )
            loss = self._loss_of(labels, probabilities, images, batch)
            loss_sum += loss * tf.cast(tf.size(batch), tf.float32)
            correct_sum += _count_correct(labels, probabilities)
        return loss_sum, correct_sum

    def _loss_of(
        self,
        labels: tf.Tensor,
        probabilities: tf.Tensor,
        images: Images,
        batch: tf.Tensor,
    ) -> tf.Tensor:
        targets = tf.one_hot(labels, probabilities.shape[-1])
        return self.loss(
            targets, probabilities, sample_weight=tf.gather(images.weights, batch)
        )


def _count_correct(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    predicted = tf.argmax(probabilities, axis=-1, output_type=labels.dtype)
    return tf.reduce_sum(tf.cast(predicted == labels, tf.float32))
