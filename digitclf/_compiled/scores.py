"""Loss and accuracy, in the graph and summed over the images of an epoch."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


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

    def as_sums(self) -> tf.Tensor:
        """Return the sums, for a graph to add to."""
        return tf.constant([self.loss, self.correct], tf.float32)

    def updated(self, sums: list[float], n_added: int) -> Scores:
        """Return the scores with the sums of a graph, which has added some images."""
        loss, correct = sums
        return Scores(loss, correct, self.n_samples + n_added)


def cross_entropies(
    labels: tf.Tensor, logits: tf.Tensor, label_smoothing: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return Keras's CategoricalCrossentropy of each image, and its slopes."""
    n_classes = logits.shape[-1]
    others = label_smoothing / n_classes
    targets = tf.one_hot(labels, n_classes, others + 1.0 - label_smoothing, others)
    # What TensorFlow wraps around this kernel takes longer than small batches do.
    return tf.raw_ops.SoftmaxCrossEntropyWithLogits(features=logits, labels=targets)


def sum_scores(
    losses: tf.Tensor, weights: tf.Tensor, labels: tf.Tensor, logits: tf.Tensor
) -> tf.Tensor:
    """Return the sum of the weighted losses and the number of correct predictions."""
    predicted = tf.argmax(logits, axis=-1, output_type=labels.dtype)
    is_correct = tf.cast(predicted == labels, tf.float32)
    return tf.stack([tf.reduce_sum(losses * weights), tf.reduce_sum(is_correct)])
