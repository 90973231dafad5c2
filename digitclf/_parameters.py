"""Hyperparameters: their validation, and the Keras objects that they describe."""

from __future__ import annotations

import inspect
import math
import os
from numbers import Integral, Number, Real
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scikeras._utils import unflatten_params
from sklearn.utils._param_validation import (
    Interval,
    validate_parameter_constraints,
)

from digitclf._architectures import OWN_PREFIXES
from digitclf._compiled.optimizer import copy_optimizer, has_own_schedule
from digitclf._compiled.optimizer_json import OPTIMIZER_NAMES
from digitclf._layers import ACTIVATIONS
from digitclf._messages import warn_caller
from digitclf._scikeras import routed_to

DTYPE = "float32"
"""Data type of all layers and of the loss, whatever Keras's default is."""

OPTIMIZER_NAME = "optimizer"
"""Name of all optimizers. Keras would number them and name variables after them, and
TensorFlow keeps 35 kB for every variable name ever used."""

PREDICT_CONSTRAINTS = {
    "predict__batch_size": [Interval(Integral, 1, None, closed="left"), None]
}


SHARE = [Interval(Real, 0, 1, closed="left")]
MOMENTUM = [Interval(Real, 0, 1, closed="both")]
SIZE = [Interval(Real, 0, None, closed="left")]
LIMIT = [Interval(Real, 0, None, closed="neither"), None]

OPTIMIZER_NUMBERS: dict[str, list] = {
    f"optimizer__{name}": constraint
    for name, constraint in {
        "beta_1": SHARE,
        "beta_2": SHARE,
        "rho": SHARE,
        "momentum": MOMENTUM,
        "epsilon": SIZE,
        "weight_decay": [*SIZE, None],
        "clipnorm": LIMIT,
        "clipvalue": LIMIT,
        "global_clipnorm": LIMIT,
        "loss_scale_factor": LIMIT,
        "ema_momentum": MOMENTUM,
        "initial_accumulator_value": SIZE,
        "learning_rate_power": [Interval(Real, None, 0, closed="right")],
        "l1_regularization_strength": SIZE,
        "l2_regularization_strength": SIZE,
        "l2_shrinkage_regularization_strength": SIZE,
    }.items()
}
"""Arguments of Keras's optimizers that are real numbers."""

OPTIMIZER_CONSTRAINTS: dict[str, list] = OPTIMIZER_NUMBERS | {
    f"optimizer__{name}": constraint
    for name, constraint in {
        "ema_overwrite_frequency": [Interval(Integral, 1, None, closed="left"), None],
        "gradient_accumulation_steps": [
            Interval(Integral, 2, None, closed="left"),
            None,
        ],
        "use_ema": ["boolean"],
        "amsgrad": ["boolean"],
        "nesterov": ["boolean"],
        "centered": ["boolean"],
    }.items()
}
"""Arguments of Keras's optimizers, most of which Keras does not check."""

LARGEST_FLOAT32 = float(np.finfo(np.float32).max)

MOST_LEARNING_RATE = 10.0
"""With this learning rate or a larger one, no optimizer of Keras learns anything."""


def settings_in_force(
    params: dict[str, Any], constraints: dict[str, Any], caller_name: str
) -> SimpleNamespace:
    """Return an estimator's own parameters, each checked.

    Parameters
    ----------
    params : dict
        All parameters, including the routed ones.
    constraints : dict
        Constraints in the form of scikit-learn's ``validate_parameter_constraints``.
    caller_name : str
        Name of the estimator in errors.

    Raises
    ------
    ValueError
        If a parameter is unknown, out of range or has a wrong type.
    """
    settings = {name: value for name, value in params.items() if "__" not in name}
    for prefix in OWN_PREFIXES:
        for name, value in routed_to(prefix, params).items():
            if name.startswith("callbacks__"):
                continue  # parameters of the callbacks
            if name not in settings:
                raise ValueError(
                    f"Invalid parameter {prefix}__{name} for {caller_name}. Valid "
                    f"names after {prefix}__ are {sorted(settings)}."
                )
            settings[name] = value
    for name in routed_to("predict", params):
        if f"predict__{name}" not in PREDICT_CONSTRAINTS:
            raise ValueError(
                f"Invalid parameter predict__{name} for {caller_name}: the only "
                f"parameter of predict is {' and '.join(PREDICT_CONSTRAINTS)}."
            )
    for name, value in (params | settings).items():
        _check_number(name, value, caller_name)
    check_predict_parameters(params, caller_name)
    validate_parameter_constraints(constraints, settings, caller_name=caller_name)
    validate_parameter_constraints(
        OPTIMIZER_CONSTRAINTS, params, caller_name=caller_name
    )
    _check_activation(settings["activation"])
    _check_checkpoint(settings["checkpoint"])
    return SimpleNamespace(
        # NumPy's small integers overflow, and Keras only takes Python numbers.
        **{
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in settings.items()
        }
    )


def check_predict_parameters(params: dict[str, Any], caller_name: str) -> None:
    """Raise a ValueError if a parameter of the prediction is invalid."""
    validate_parameter_constraints(PREDICT_CONSTRAINTS, params, caller_name=caller_name)


def check_storable(settings: SimpleNamespace) -> None:
    """Raise a ValueError if a model file cannot contain the parameters.

    It contains Keras's own activations and optimizers. Other names could refer to
    anything that is registered with Keras.
    """
    if settings.activation not in ACTIVATIONS:
        raise ValueError(
            f"A model file cannot contain the activation {settings.activation!r}: only "
            f"Keras's own are supported ({', '.join(ACTIVATIONS)})."
        )
    optimizer = settings.optimizer
    if isinstance(optimizer, str) and optimizer.lower() not in OPTIMIZER_NAMES:
        raise ValueError(
            f"A model file cannot contain the optimizer {optimizer!r}: only Keras's "
            f"own are supported ({', '.join(OPTIMIZER_NAMES)})."
        )


def make_optimizer(
    settings: SimpleNamespace, params: dict[str, Any]
) -> keras.optimizers.Optimizer:
    """Return a new optimizer.

    Routed arguments, and the configuration of an instance, take precedence over the
    parameters `learning_rate` and `weight_decay`.

    Raises
    ------
    ValueError
        If `optimizer` is invalid or does not accept a routed argument.
    """
    routed = routed_to("optimizer", params)
    given = settings.optimizer
    if isinstance(given, keras.optimizers.Optimizer):
        if "learning_rate" not in given.get_config():
            raise ValueError(
                f"optimizer is an instance of {type(given).__name__}, which wraps "
                "another optimizer: pass that optimizer instead."
            )
        if routed:
            raise ValueError(
                f"optimizer is an instance of {type(given).__name__}, which "
                f"optimizer__{next(iter(routed))} cannot change: pass the optimizer's "
                "name or class instead."
            )
        try:
            optimizer = copy_optimizer(given, name=OPTIMIZER_NAME)
        except TypeError as error:
            raise ValueError(
                f"optimizer is an instance of {type(given).__name__}, which cannot be "
                f"copied by its get_config ({error}). Pass the class instead, with its "
                "arguments as optimizer__<name>."
            ) from error
    else:
        optimizer_class = _optimizer_class(given)
        rate = _as_float("learning_rate", settings.learning_rate)
        own: dict[str, Any] = {"learning_rate": rate, "name": OPTIMIZER_NAME}
        if settings.weight_decay or _decays_by_default(optimizer_class):
            own["weight_decay"] = _as_float("weight_decay", settings.weight_decay)
        if isinstance(routed.get("learning_rate"), Real):
            routed["learning_rate"] = _as_rate(routed["learning_rate"])
        for name in OPTIMIZER_NUMBERS:
            argument = name.removeprefix("optimizer__")
            if routed.get(argument) is not None:
                routed[argument] = _as_float(name, routed[argument])
        try:
            optimizer = unflatten_params(optimizer_class, own | routed)
        except (TypeError, ValueError) as error:
            given = own | {f"optimizer__{name}": routed[name] for name in routed}
            names = ", ".join(f"{name}={value!r}" for name, value in given.items())
            raise ValueError(
                f"{optimizer_class.__name__} does not accept {names}: {error}"
            ) from error
    if optimizer.use_ema:
        raise ValueError(
            "optimizer: use_ema is not supported, because the weights are averaged "
            "already. Set ema_momentum instead."
        )
    if settings.schedule != "constant" and has_own_schedule(optimizer):
        raise ValueError(
            f"schedule={settings.schedule!r} cannot be used with an optimizer that has "
            "a LearningRateSchedule of its own: use schedule='constant'."
        )
    _warn_of_large_rate(optimizer)
    return optimizer


def _warn_of_large_rate(optimizer: keras.optimizers.Optimizer) -> None:
    if has_own_schedule(optimizer):
        return
    rate = float(optimizer.learning_rate)
    if rate >= MOST_LEARNING_RATE:
        warn_caller(
            f"learning_rate={rate:g} is so large that the network will most likely "
            "learn nothing. Learning rates are usually between 0.0001 and 1."
        )


def _as_float(name: str, value: Any) -> float:
    """Return a number as a float, which float32 can hold or which is infinite."""
    if not (LARGEST_FLOAT32 < abs(value) < math.inf):
        return float(value)
    raise ValueError(
        f"The {name!r} parameter is too large for a number of 32 bits: the largest is "
        f"{LARGEST_FLOAT32:.4g}."
    )


def _as_rate(learning_rate: Real) -> float:
    rate = _as_float("optimizer__learning_rate", learning_rate)
    if not 0 < rate < math.inf:
        raise ValueError(
            "optimizer__learning_rate should be a finite number greater than 0, got "
            f"{learning_rate!r}."
        )
    return rate


def make_loss(params: dict[str, Any]) -> keras.losses.Loss:
    """Return the categorical cross-entropy with its routed arguments.

    Raises
    ------
    ValueError
        If it does not accept an argument.
    """
    routed = routed_to("loss", params)
    fixed = sorted({"axis", "from_logits", "reduction"} & routed.keys())
    if fixed:
        raise ValueError(
            f"loss__{fixed[0]} cannot be changed: the network ends in a softmax over "
            "the classes, and training minimises the mean over the images."
        )
    smoothing = routed.get("label_smoothing", 0.0)
    if not isinstance(smoothing, Real) or not 0 <= float(smoothing) <= 1:
        raise ValueError(
            "The 'loss__label_smoothing' parameter must be a float in the range "
            f"[0, 1]. Got {smoothing!r} instead."
        )
    try:
        return unflatten_params(
            keras.losses.CategoricalCrossentropy, {"dtype": DTYPE} | routed
        )
    except (TypeError, ValueError) as error:
        names = ", ".join(f"loss__{name}={routed[name]!r}" for name in routed)
        raise ValueError(
            f"CategoricalCrossentropy does not accept {names}: {error}"
        ) from error


def _optimizer_class(given: Any) -> type[keras.optimizers.Optimizer]:
    base = keras.optimizers.Optimizer
    if isinstance(given, type) and issubclass(given, base) and given is not base:
        return given
    if isinstance(given, str):
        try:
            example = {"class_name": given, "config": {"name": OPTIMIZER_NAME}}
            return type(keras.optimizers.get(example))
        except (ValueError, KeyError):  # unknown, or it wraps another one
            given = repr(given)
    raise ValueError(
        "optimizer should be the name of a Keras optimizer ('adam', 'sgd', 'rmsprop', "
        f"...), a class or an instance. Got {given} instead."
    )


def _decays_by_default(optimizer_class: type[keras.optimizers.Optimizer]) -> bool:
    """Return whether an optimizer has weight decay by default."""
    weight_decay = inspect.signature(optimizer_class).parameters.get("weight_decay")
    return weight_decay is not None and bool(weight_decay.default)


def _check_activation(activation: str) -> None:
    units = np.zeros((1, 3), dtype=np.float32)
    try:
        keeps_units = keras.activations.get(activation)(units).shape == units.shape
    except (TypeError, ValueError, tf.errors.OpError):
        keeps_units = False
    if not keeps_units:
        raise ValueError(
            "The 'activation' parameter must be the name of a Keras activation "
            f"('relu', 'gelu', 'tanh', ...) that returns a value per unit. Got "
            f"{activation!r} instead."
        )


def _check_number(name: str, value: Any, caller_name: str) -> None:
    """Refuse numbers of classes that neither scikit-learn nor Keras can work with."""
    if isinstance(value, Number) and not isinstance(value, (complex, np.generic)):
        if isinstance(value, (int, float)):
            return
        raise ValueError(
            f"The {name!r} parameter of {caller_name} must not be of type "
            f"{type(value).__name__}. Got {value!r} instead: convert it with float()."
        )


def _check_checkpoint(checkpoint: str | os.PathLike | None) -> None:
    path = None if checkpoint is None else os.fspath(checkpoint)
    if isinstance(path, bytes):
        raise TypeError(f"checkpoint should be a path of type str, got {path!r}.")
    if path is not None and "\0" in path:
        raise ValueError(
            f"checkpoint={path!r} contains a null character, which no path can have."
        )
