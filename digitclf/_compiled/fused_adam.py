"""Adam with one kernel per step instead of a dozen Keras operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from digitclf._compiled.optimizer import copy_optimizer


class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam [1]_, computed by TensorFlow's own kernel.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015.
    """

    def apply(self, grads: Sequence[tf.Tensor], *args: Any, **kwargs: Any) -> None:
        """Update all variables."""
        step = tf.cast(self.iterations + 1, tf.float32)
        self._powers = self.beta_1**step, self.beta_2**step
        super().apply(grads, *args, **kwargs)

    def update_step(
        self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor
    ) -> None:
        """Update a variable and its moments."""
        place = self._get_variable_index(variable)
        beta1_power, beta2_power = self._powers
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].value.handle,
            v=self._velocities[place].value.handle,
            beta1_power=tf.cast(beta1_power, variable.dtype),
            beta2_power=tf.cast(beta2_power, variable.dtype),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def fused(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return a new optimizer of the same configuration, fused if it is a plain Adam.

    The order of its variables is the same.
    """
    is_adam = type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW)
    is_fused = is_adam and not optimizer.amsgrad
    return copy_optimizer(optimizer, FusedAdam if is_fused else None)
