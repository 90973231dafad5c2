"""Schedules of the learning rate over the steps of one run."""

from __future__ import annotations

import math

import tensorflow as tf

SCHEDULES = ("constant", "one_cycle")

WARM_UP_SHARE = 0.3
START_DIVISOR = 25.0
END_DIVISOR = 1e4


def one_cycle(step: tf.Tensor, total_steps: tf.Tensor, peak: tf.Tensor) -> tf.Tensor:
    """Return the learning rate of one step of the one-cycle policy.

    The rate climbs along a half cosine from ``peak / 25`` to ``peak`` over the first
    30 % of the steps and falls along another half cosine to ``peak / 10000``.

    Parameters
    ----------
    step : tf.Tensor of shape (), float32
        Number of the step, counted from 0.
    total_steps : tf.Tensor of shape (), float32
        Number of steps in the run.
    peak : tf.Tensor of shape (), float32
        The largest learning rate of the run.

    Returns
    -------
    tf.Tensor of shape (), float32

    References
    ----------
    L. N. Smith and N. Topin, "Super-convergence: very fast training of neural networks
    using large learning rates", 2019.
    """
    warm_up = tf.maximum(WARM_UP_SHARE * total_steps, 1.0)
    climbing = tf.minimum(step / warm_up, 1.0)
    falling = tf.clip_by_value(
        (step - warm_up) / tf.maximum(total_steps - warm_up, 1.0), 0.0, 1.0
    )
    climb = _half_cosine(peak / START_DIVISOR, peak, climbing)
    fall = _half_cosine(peak, peak / END_DIVISOR, falling)
    return tf.where(step < warm_up, climb, fall)


def _half_cosine(start: tf.Tensor, end: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    return end + (start - end) * 0.5 * (1.0 + tf.cos(math.pi * share))
