"""Evaluation of held-out images, as a graph computes it, and the choice of the best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import tensorflow as tf

from digitclf._compiled.architecture import MeasurableBatchNormalization
from digitclf._compiled.labelled_images import Images
from digitclf._compiled.scores import cross_entropies, sum_scores
from digitclf._compiled.variables import ProgramVariables

EVALUATION_BATCH_SIZE = 1000

IMAGES_TO_MEASURE = 5000
"""Number of training images that statistics of batch normalization are measured on."""


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


class Evaluator:
    """Evaluates the weights that are handed out, and keeps the best.

    Parameters
    ----------
    variables : ProgramVariables
    label_smoothing : float
    """

    def __init__(self, variables: ProgramVariables, label_smoothing: float) -> None:
        self._variables = variables
        self._label_smoothing = label_smoothing

    # The methods below are compiled.

    def finish(
        self, training: Images, held_out: HeldOut, trained: tf.Tensor
    ) -> tf.Tensor:
        """Evaluate held-out images and keep the weights if they are the best so far.

        Parameters
        ----------
        training : Images
        held_out : HeldOut
        trained : tf.Tensor
            Scores of the training images.

        Returns
        -------
        tf.Tensor
            Scores of the held-out images, and 1 if the weights were kept, otherwise 0.
        """
        if self._variables.normalizations:
            self._measure_statistics(training, held_out.to_measure)
        sums = self._evaluate(held_out)
        is_best = self._keep_best(held_out, sums[0], trained[0])
        return tf.concat([sums, [tf.cast(is_best, tf.float32)]], 0)

    def _measure_statistics(self, images: Images, chosen: tf.Tensor) -> None:
        """Measure mean and variance of the inputs of each normalization.

        The weights are those that are handed out, and dropout is off: the moving
        averages of training are those of other weights, and of other inputs.
        """
        statistics = self._variables.statistics

        def measure(start: tf.Tensor, measured: list[tf.Tensor]) -> list:
            batch = chosen[start : start + EVALUATION_BATCH_SIZE]
            with _measuring(self._variables.normalizations) as of_batch:
                self._logits(images, batch)
            share = tf.size(batch) / (start + tf.size(batch))
            return [
                start + EVALUATION_BATCH_SIZE,
                _merge(measured, of_batch, tf.cast(share, tf.float32)),
            ]

        before = [variable.read_value() for variable in statistics]
        _, measured = tf.while_loop(
            lambda start, _: start < tf.size(chosen), measure, [tf.constant(0), before]
        )
        for variable, value in zip(statistics, measured, strict=True):
            variable.assign(value)

    def _evaluate(self, held_out: HeldOut) -> tf.Tensor:
        images, chosen = held_out.images, held_out.chosen

        def evaluate(start: tf.Tensor, sums: tf.Tensor) -> list:
            batch = chosen[start : start + EVALUATION_BATCH_SIZE]
            labels = tf.gather(images.labels, batch)
            logits = self._logits(images, batch)
            losses, _ = cross_entropies(labels, logits, self._label_smoothing)
            weights = tf.gather(images.weights, batch)
            return [
                start + EVALUATION_BATCH_SIZE,
                sums + sum_scores(losses, weights, labels, logits),
            ]

        _, sums = tf.while_loop(
            lambda start, _: start < tf.size(chosen),
            evaluate,
            [tf.constant(0), held_out.sums],
        )
        return sums

    def _logits(self, images: Images, batch: tf.Tensor) -> tf.Tensor:
        """Return the outputs of the network with the weights that are handed out."""
        logits, _ = self._variables.network.stateless_call(
            *self._variables.evaluated,
            tf.gather(images.pixels, batch),
            training=False,
        )
        return logits

    def _keep_best(
        self, held_out: HeldOut, loss: tf.Tensor, training_loss: tf.Tensor
    ) -> tf.Tensor:
        """Keep the weights if they are the best so far; return whether they are."""
        best, smallest_loss = self._variables.best, self._variables.smallest_loss
        is_smallest = tf.less(loss, smallest_loss)
        is_finite = tf.math.is_finite(loss) & tf.math.is_finite(training_loss)
        is_best = held_out.ends_epoch & is_finite & (is_smallest | ~held_out.compares)
        # Selecting takes the graph fewer operations than a branch would.
        smallest_loss.assign(tf.where(is_best, loss, smallest_loss))
        for kept, own in zip(best, self._variables.handed_out, strict=True):
            kept.assign(tf.where(is_best, own, kept))
        return is_best


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
