"""Adam with a step that is one kernel, in the place of Keras's dozen operations."""

from __future__ import annotations

import keras
import tensorflow as tf


class FusedAdam(keras.optimizers.Adam):
    """Keras's Adam [1]_, computed by the kernel that TensorFlow has for it.

    References
    ----------
    .. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015.
    """

    def update_step(
        self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor
    ) -> None:
        """Move a variable, and its moments, along a gradient."""
        place = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].value.handle,
            v=self._velocities[place].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
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
