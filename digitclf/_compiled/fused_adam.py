"""Adam with a step that is one kernel, in the place of Keras's dozen operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam [1]_, computed by the kernel that TensorFlow has for it.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015.
    """

    def apply(self, grads: Sequence[tf.Tensor], *args: Any, **kwargs: Any) -> None:
        """Move all variables along their gradients."""
        step = tf.cast(self.iterations + 1, tf.float32)
        self._powers = self.beta_1**step, self.beta_2**step
        super().apply(grads, *args, **kwargs)

    def update_step(
        self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor
    ) -> None:
        """Move a variable, and its moments, along a gradient."""
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
    """Return a fresh optimizer that does the same, fused if it is a plain Adam.

    Its variables are in the same order.
    """
    kind, config = type(optimizer), optimizer.get_config()
    is_adam = kind in (keras.optimizers.Adam, keras.optimizers.AdamW)
    if is_adam and not config["amsgrad"]:
        kind = FusedAdam
    return kind.from_config(config)
