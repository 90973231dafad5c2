"""The optimizer of a compiled network and the variables that it moves."""

from __future__ import annotations

from typing import Any

import keras


def copy_optimizer(
    optimizer: keras.optimizers.Optimizer,
    kind: type[keras.optimizers.Optimizer] | None = None,
    **changes: Any,
) -> keras.optimizers.Optimizer:
    """Return a new optimizer of the same configuration, without state.

    Parameters
    ----------
    optimizer : keras.optimizers.Optimizer
    kind : type, optional
        Class of the new optimizer, the same one by default.
    **changes
        Changes of the configuration.
    """
    return (kind or type(optimizer)).from_config(optimizer_config(optimizer) | changes)


def optimizer_config(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Return the configuration of an optimizer, with its schedule as an object.

    A schedule of a class of the user's own could not be deserialized.
    """
    config: dict[str, Any] = optimizer.get_config()
    if has_own_schedule(optimizer):
        config["learning_rate"] = optimizer._learning_rate
    return config


def optimizer_to_state(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Return the class and the configuration of an optimizer, which can be pickled."""
    return {"class": type(optimizer), "config": optimizer_config(optimizer)}


def optimizer_from_state(state: dict[str, Any]) -> keras.optimizers.Optimizer:
    """Return the optimizer of a state from `optimizer_to_state`."""
    return state["class"].from_config(state["config"])


def build_optimizer(network: keras.Model) -> None:
    """Create the variables of a network's optimizer unless they exist."""
    if not network.optimizer.built:
        network.optimizer.build(network.trainable_variables)


def reset_optimizer(network: keras.Model) -> None:
    """Give the optimizer of a network the state of a new one."""
    new = copy_optimizer(network.optimizer)
    new.build(optimized_variables(network))
    for variable, value in zip(network.optimizer.variables, new.variables, strict=True):
        variable.assign(value)


def optimized_variables(network: keras.Model) -> list[keras.Variable]:
    """Return the variables that a network's optimizer was built for."""
    return list(network.optimizer._trainable_variables)


def optimized_places(network: keras.Model) -> list[int]:
    """Return the positions of these variables among those of the network."""
    known = set(map(id, optimized_variables(network)))
    return [
        place
        for place, variable in enumerate(network.variables)
        if id(variable) in known
    ]


def knows_all_variables(network: keras.Model) -> bool:
    """Return whether a network's optimizer can move all trainable variables.

    It cannot after layers were unfrozen that were frozen when it was built.
    """
    if not network.optimizer.built:
        return True
    known = set(map(id, optimized_variables(network)))
    return known.issuperset(map(id, network.trainable_variables))


def has_own_schedule(optimizer: keras.optimizers.Optimizer) -> bool:
    """Return whether the learning rate follows a ``LearningRateSchedule``."""
    return not isinstance(optimizer._learning_rate, keras.Variable)
