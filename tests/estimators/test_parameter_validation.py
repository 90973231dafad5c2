"""Validation of parameters: errors of fit that name the parameter."""

import re

import keras
import numpy as np
import pytest
from support.classifiers import quick_cnn, quick_mlp


class BytesPath:
    """A path as bytes."""

    def __fspath__(self):
        return b"models"


class NotAnOptimizer:
    """Has the methods of a Keras optimizer but is not a subclass."""

    def apply_gradients(self, gradients):
        """Do nothing."""

    def get_config(self):
        """Return nothing."""
        return {}

    def __repr__(self):
        return "NotAnOptimizer()"


BAD_VALUES = {
    "hidden_layer_sizes": [
        0,
        -1,
        (0,),
        (16, -1),
        (1.5,),
        ("a",),
        "abc",
        None,
        (True,),
        {5},
    ],
    "dropout": [-0.1, 1.0, 1, "a", None, np.nan],
    "activation": ["no_such_activation", "glu", 3, None],
    "optimizer": [
        "no_such_optimizer",
        "LossScaleOptimizer",
        keras.optimizers.Optimizer,
        3,
        None,
        int,
        keras.layers.Dense,
        NotAnOptimizer(),
        "",
    ],
    "learning_rate": [0, 0.0, -1e-3, "fast", None, np.nan],
    "weight_decay": [-0.1, "a", None, np.nan],
    "schedule": ["no_such_schedule", None, 1],
    "ema_momentum": [0, 0.0, 1, 1.0, 1.5, -0.1, "a", np.nan],
    "epochs": [0, -1, 1.5, "a", None],
    "batch_size": [0, -1, 1.5, "auto", None],
    "validation_split": [-0.1, 1, 1.0, 1.5, 20, "a", None, np.nan],
    "patience": [-1, 1.5, "a"],
    "checkpoint": [3, True, ["models"]],
    "resume": ["yes", 2, None],
    "class_weight": [
        "no_such_weights",
        3,
        [1.0] * 10,
        {0: -1.0},
        {0: np.nan},
        {0: [1]},
    ],
    "warm_start": ["yes", 2, None],
    "callbacks": [3, "abc", ["abc"], [keras.layers.Dense], {"one": 3}],
    "verbose": [-1, "loud", None, 1.5],
    "random_state": [-1, 1.5, "a", 2**40],
    "predict__batch_size": [0, -1, 1.5, "a"],
}

BAD_VALUES_OF_CNN = {
    "filters": [(), 0, (0,), (-8,), (1.5,), "abc", None],
    "kernel_size": [0, -1, 1.5, (3, 3), "a", None],
    "pool_size": [0, -1, 1.5, "a", None],
    "hidden_dropout": [-0.1, 1.0, 1, "a", None],
}


def cases(bad_values):
    return [
        pytest.param(name, value, id=f"{name}={value!r}")
        for name, values in bad_values.items()
        for value in values
    ]


# Values


@pytest.mark.parametrize(("name", "value"), cases(BAD_VALUES))
def test_fit_refuses_a_bad_value_and_set_params_does_not(name, value, handful):
    clf = quick_mlp(**{name: value})
    clf.set_params(**{name: value})

    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b"):
        clf.fit(*handful)


@pytest.mark.parametrize(("name", "value"), cases(BAD_VALUES_OF_CNN))
def test_fit_refuses_a_bad_value_of_the_convolutions(name, value, handful):
    clf = quick_cnn(**{name: value})

    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b"):
        clf.fit(*handful)


def test_fit_of_the_cnn_refuses_a_bad_value_of_the_base_class(handful):
    with pytest.raises(ValueError, match="'dropout' parameter of CNNDigitClassifier"):
        quick_cnn(dropout=1.0).fit(*handful)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("hidden_layer_sizes", (0,)),
        ("optimizer", "no_such_optimizer"),
        ("callbacks", 3),
        ("class_weight", "balanced"),
    ],
)
def test_partial_fit_refuses_a_bad_value(name, value, handful):
    with pytest.raises((ValueError, TypeError), match=name):
        quick_mlp(**{name: value}).partial_fit(*handful, classes=np.arange(10))


def test_error_names_the_given_value_and_the_valid_range(handful):
    expected = "'epochs' parameter of .* must be an int in the range [1, inf). Got -3"
    pattern = re.escape(expected).replace(r"\.\*", ".*")

    with pytest.raises(ValueError, match=pattern):
        quick_mlp(epochs=-3).fit(*handful)


def test_small_integers_of_numpy_do_not_overflow(handful):
    numbers = {"batch_size": np.int8(5), "epochs": np.int8(1)}

    clf = quick_mlp(random_state=0, **numbers).fit(*handful)

    expected = quick_mlp(random_state=0, batch_size=5, epochs=1).fit(*handful)
    assert clf.history_ == expected.history_


BAD_ARGUMENTS = {
    "beta_1": ["relu", None, 1.0, -0.1, np.nan],
    "beta_2": [[0.9], 2],
    "epsilon": ["tiny", -1e-7],
    "clipnorm": [[0], 0, -1.0, "1"],
    "clipvalue": [{}, 0.0],
    "global_clipnorm": [np.array([1.0])],
    "weight_decay": ["0.1", -0.1],
    "amsgrad": [[], 2],
    "loss_scale_factor": [0, "x"],
    "gradient_accumulation_steps": [1, 2.5],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, bad) for name, values in BAD_ARGUMENTS.items() for bad in values],
)
def test_bad_argument_of_the_optimizer_is_an_error_that_names_it(name, value, handful):
    name = f"optimizer__{name}"
    clf = quick_mlp(optimizer="adam", **{name: value})

    with pytest.raises(ValueError, match=rf"The '{name}' parameter .* must be"):
        clf.fit(*handful)


def test_valid_arguments_of_the_optimizer_are_accepted(handful):
    clf = quick_mlp(
        optimizer="adam",
        optimizer__beta_1=np.float32(0.8),
        optimizer__epsilon=1,
        optimizer__amsgrad=np.True_,
        optimizer__clipnorm=1,
        optimizer__clipvalue=None,
    )

    optimizer = clf.fit(*handful).model_.optimizer

    assert optimizer.clipnorm == 1
    assert optimizer.beta_1 == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("checkpoint", "error", "message"),
    [
        ("models\0", ValueError, "checkpoint='models.*null character"),
        (BytesPath(), TypeError, "checkpoint should be a path of type str"),
    ],
)
def test_impossible_checkpoint_is_an_error(checkpoint, error, message, handful):
    with pytest.raises(error, match=message):
        quick_mlp(checkpoint=checkpoint).fit(*handful)


@pytest.mark.parametrize("number", [1, np.float32(0.01), np.float64(0.01)])
@pytest.mark.parametrize("name", ["learning_rate", "optimizer__learning_rate"])
def test_learning_rate_may_be_any_real_number(name, number, handful):
    assert quick_mlp(**{name: number}).fit(*handful).n_iter_ == 2


@pytest.mark.parametrize("value", [0, -1, "fast"])
def test_bad_learning_rate_of_the_optimizer_is_refused(value, handful):
    clf = quick_mlp(optimizer__learning_rate=value)

    with pytest.raises((ValueError, TypeError), match="learning_rate"):
        clf.fit(*handful)


# Class weights


def test_class_weights_without_any_label_of_y_are_refused(handful):
    with pytest.raises(ValueError, match=r"class_weight .*\['7', '8'\]"):
        quick_mlp(class_weight={"7": 2.0, "8": 3.0}).fit(*handful)


def test_class_weight_of_a_misspelt_label_is_refused(handful):
    with pytest.raises(ValueError, match=r"class_weight .*'77'.*'0', '1', '2', '4'"):
        quick_mlp(class_weight={3: 2.0, 77: 3.0}).fit(*handful)


def test_class_weights_may_include_classes_missing_from_a_fold(handful):
    X, y = handful
    weights = {label: 1.0 + label for label in range(10)}
    few = y < 5

    clf = quick_mlp(class_weight=weights).fit(X[few], y[few])

    np.testing.assert_array_equal(clf.classes_, range(5))


def test_class_weights_that_are_all_zero_are_refused(handful):
    with pytest.raises(ValueError, match="class_weight"):
        quick_mlp(class_weight=dict.fromkeys(range(10), 0.0)).fit(*handful)


# Optimizers and losses


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer__use_ema": True},
        {"optimizer": keras.optimizers.SGD(0.1, use_ema=True)},
    ],
    ids=["routed", "instance"],
)
def test_averaging_by_the_optimizer_is_refused(params, handful):
    with pytest.raises(ValueError, match=r"use_ema.*ema_momentum"):
        quick_mlp(**params).fit(*handful)


def test_optimizer_that_wraps_another_is_refused(handful):
    wrapped = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01))

    with pytest.raises(ValueError, match="LossScaleOptimizer, which wraps another"):
        quick_mlp(optimizer=wrapped).fit(*handful)


def test_schedule_with_an_optimizer_that_has_its_own_is_refused(handful):
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    clf = quick_mlp(optimizer=keras.optimizers.SGD(decay), schedule="one_cycle")

    with pytest.raises(ValueError, match="schedule"):
        clf.fit(*handful)


@pytest.mark.parametrize("smoothing", [-0.1, 1.1, "0.1", None])
def test_label_smoothing_outside_of_0_to_1_is_refused(smoothing, handful):
    with pytest.raises(ValueError, match=r"loss__label_smoothing.*\[0, 1\]"):
        quick_mlp(loss__label_smoothing=smoothing).fit(*handful)


@pytest.mark.parametrize("name", ["axis", "from_logits", "reduction"])
def test_parameters_of_the_loss_that_the_network_determines_are_refused(name, handful):
    with pytest.raises(ValueError, match=f"loss__{name} cannot be changed"):
        quick_mlp(**{f"loss__{name}": 0}).fit(*handful)
