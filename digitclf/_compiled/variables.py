"""The variables of a training program, and their copies from and to networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from digitclf._compiled.architecture import (
    MeasurableBatchNormalization,
    adjustable_values,
    make_adjustable,
)
from digitclf._compiled.fused_adam import fused
from digitclf._compiled.optimizer import build_optimizer, optimized_variables

LARGEST = np.finfo(np.float32).max
"""Not infinity, which tf.debugging.enable_check_numerics reports as an error."""

ProgramState = dict[str, list[np.ndarray]]
"""The values of all variables of a program that a run changes, by their purpose."""


class ArraySpec(NamedTuple):
    """Shape and data type of an array."""

    shape: tuple[int, ...]
    dtype: str


class ProgramVariables:
    """A network and an optimizer of a program's own, the average and the best weights.

    Parameters
    ----------
    network : keras.Model
        A compiled model, as an example of the architecture. It is not changed.
    averaged : bool
        Whether the weights are averaged.

    Attributes
    ----------
    network : keras.Model
        A network of the same architecture, whose values are all variables.
    optimizer : keras.optimizers.Optimizer
        An optimizer of the same kind.
    weights : list of tf.Variable
        The trainable weights of the network.
    averages : list of tf.Variable
        Their averages, empty if they are not averaged.
    normalizations : list of keras.Layer
        Layers of batch normalization.
    statistics : list of tf.Variable
        Measured mean and variance of each of these layers.
    handed_out : list of tf.Variable
        What a network gets for its weights: averages and measured statistics where
        there are some, and the values of training elsewhere.
    evaluated : list of two lists of tf.Variable
        What is handed out, as ``keras.Model.stateless_call`` takes it.
    best : list of tf.Variable
        What was handed out at the end of the best epoch so far.
    smallest_loss : tf.Variable
        Loss of that epoch on the held-out images.
    """

    def __init__(self, network: keras.Model, *, averaged: bool) -> None:
        self.network = make_adjustable(network)
        self._values = [variable.value for variable in adjustable_values(self.network)]
        self._moving = [
            own
            for own, given in zip(self._values, adjustable_values(network), strict=True)
            if isinstance(given, keras.Variable)
        ]
        self.weights = [variable.value for variable in self.network.trainable_variables]
        self.optimizer = fused(network.optimizer)
        self.optimizer.build(self._optimized_variables(network))
        self.averages = [tf.Variable(weight) for weight in self.weights if averaged]
        self.normalizations = [
            layer
            for layer in self.network.layers
            if type(layer) is MeasurableBatchNormalization
        ]
        moving_statistics = [
            variable.value
            for layer in self.normalizations
            for variable in layer.non_trainable_variables
        ]
        self.statistics = [tf.Variable(value) for value in moving_statistics]
        others = {
            id(variable): other
            for variable, other in [
                *zip(self.weights, self.averages, strict=False),
                *zip(moving_statistics, self.statistics, strict=True),
            ]
        }
        self.handed_out = [
            others.get(id(variable), variable) for variable in self._moving
        ]
        self.evaluated = [
            [others.get(id(variable.value), variable.value) for variable in variables]
            for variables in (
                self.network.trainable_variables,
                self.network.non_trainable_variables,
            )
        ]
        self.best = [tf.Variable(variable) for variable in self._moving]
        self.smallest_loss = tf.Variable(LARGEST)

    def _optimized_variables(self, network: keras.Model) -> list[keras.Variable]:
        """Return the variables that the optimizer is built for, as in a network.

        They include those of layers that were frozen afterwards.
        """
        build_optimizer(network)
        own = {
            id(given): variable
            for given, variable in zip(
                adjustable_values(network),
                adjustable_values(self.network),
                strict=True,
            )
        }
        return [own[id(given)] for given in optimized_variables(network)]

    def load(self, network: keras.Model) -> None:
        """Begin a run with the weights, the rates and the optimizer of a network."""
        self.smallest_loss.assign(LARGEST)
        self.load_weights(network)
        build_optimizer(network)
        self.load_optimizer(network.optimizer)

    def load_weights(self, network: keras.Model) -> None:
        """Copy the weights of a network, also into their average, and the rates."""
        for own, given in zip(self._values, adjustable_values(network), strict=True):
            own.assign(given)
        for own, handed_out in zip(self._moving, self.handed_out, strict=True):
            if handed_out is not own:
                handed_out.assign(own)

    def load_optimizer(self, optimizer: keras.optimizers.Optimizer) -> None:
        """Copy the state of an optimizer."""
        for own, given in zip(
            self.optimizer.variables, optimizer.variables, strict=True
        ):
            own.assign(given)

    def seed_dropout(self, entropy: Sequence[int]) -> None:
        """Derive the random numbers of dropout from these numbers alone."""
        generators = [
            layer.seed_generator
            for layer in self.network.layers
            if hasattr(layer, "seed_generator")
        ]
        seeds = np.random.SeedSequence(entropy).generate_state(len(generators))
        for generator, seed in zip(generators, seeds, strict=True):
            generator.state.assign(np.array([seed & 0x7FFFFFFF, 0]))

    def hand_out(self, network: keras.Model) -> None:
        """Copy the best weights so far to a network."""
        self._give(network, self.best)

    def show(self, network: keras.Model, *, averaged: bool) -> None:
        """Copy the current weights, or their average, to a network."""
        self._give(network, self.handed_out if averaged else self._moving)

    def _give(self, network: keras.Model, values: Sequence[tf.Variable]) -> None:
        """Copy weights, and the state of the optimizer, to a network."""
        moving = [
            value
            for value in adjustable_values(network)
            if isinstance(value, keras.Variable)
        ]
        for given, value in zip(moving, values, strict=True):
            given.assign(value)
        for given, own in zip(
            network.optimizer.variables, self.optimizer.variables, strict=True
        ):
            given.assign(own)

    def state(self) -> ProgramState:
        """Return the state of the run, to go on from with `load_state`."""
        return _values_of(self._by_purpose())

    def average_state(self) -> ProgramState:
        """Return the part of the state that a network with the average lacks."""
        variables = self._by_purpose()
        return _values_of({name: variables[name] for name in ("weights", "averages")})

    def state_specs(self) -> dict[str, list[ArraySpec]]:
        """Return the shapes and data types of the arrays in a state."""
        return {
            purpose: [
                ArraySpec(
                    tuple(variable.shape),
                    np.dtype(tf.as_dtype(variable.dtype).as_numpy_dtype).str,
                )
                for variable in variables
            ]
            for purpose, variables in self._by_purpose().items()
        }

    def load_state(self, state: ProgramState) -> None:
        """Go on from a state of a run, or a part of it, that had the same network."""
        variables_of = self._by_purpose()
        for purpose, values in state.items():
            for variable, value in zip(variables_of[purpose], values, strict=True):
                variable.assign(value)

    def _by_purpose(self) -> dict[str, list[tf.Variable | keras.Variable]]:
        """Return the variables that a run changes."""
        return {
            "weights": self._moving,
            "averages": self.averages,
            "statistics": self.statistics,
            "best": self.best,
            "smallest_loss": [self.smallest_loss],
            "optimizer": list(self.optimizer.variables),
        }


def _values_of(
    variables_by_purpose: dict[str, list[tf.Variable | keras.Variable]],
) -> ProgramState:
    return {
        purpose: [variable.numpy() for variable in variables]
        for purpose, variables in variables_by_purpose.items()
    }
