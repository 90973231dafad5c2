"""Hyperparameters: refused at fit when they make no sense, routed on when they do."""

import re

import keras
import numpy as np
import pytest
from support.recording_callbacks import LearningRates

from digitclf import CNNDigitClassifier

QUICK = {
    "hidden_layer_sizes": (8,),
    "ema_momentum": None,
    "epochs": 1,
    "batch_size": 50,
    "validation_split": 0,
    "random_state": 0,
}


class NotAnOptimizer:
    """Has the methods of a Keras optimizer and is none."""

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


def each(bad_values):
    return [
        pytest.param(name, value, id=f"{name}={value!r}")
        for name, values in bad_values.items()
        for value in values
    ]


@pytest.fixture(scope="session")
def handful(few_digits):
    """Return 100 of the 8 x 8 digits and their labels."""
    return few_digits.X_train[:100], few_digits.y_train[:100]


@pytest.fixture(scope="session")
def make(estimator_class):
    """Return a function that makes classifiers which train for one short epoch."""
    small = {"filters": (2,)} if estimator_class is CNNDigitClassifier else {}

    def make(**params):
        return estimator_class(**(QUICK | small | params))

    return make


def learning_rate_of(clf):
    return float(clf.model_.optimizer.learning_rate)


# What is refused


@pytest.mark.parametrize(("name", "value"), each(BAD_VALUES))
def test_a_bad_value_is_refused_by_fit_and_not_before(name, value, make, handful):
    clf = make(**{name: value})
    clf.set_params(**{name: value})

    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b"):
        clf.fit(*handful)


@pytest.mark.parametrize(("name", "value"), each(BAD_VALUES_OF_CNN))
def test_a_bad_value_of_the_convolutions_is_refused_by_fit(name, value, handful):
    clf = CNNDigitClassifier(**(QUICK | {name: value}))

    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b"):
        clf.fit(*handful)


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
def test_a_bad_value_is_refused_by_partial_fit(name, value, make, handful):
    with pytest.raises((ValueError, TypeError), match=name):
        make(**{name: value}).partial_fit(*handful, classes=np.arange(10))


def test_an_error_says_what_was_got_and_what_was_expected(make, handful):
    expected = "'epochs' parameter of .* must be an int in the range [1, inf). Got -3"
    pattern = re.escape(expected).replace(r"\.\*", ".*")

    with pytest.raises(ValueError, match=pattern):
        make(epochs=-3).fit(*handful)


def test_an_unknown_parameter_is_refused_when_it_is_passed(estimator_class):
    with pytest.raises(TypeError, match="no_such_parameter"):
        estimator_class(no_such_parameter=1)


def test_an_unknown_prefix_is_refused_when_it_is_passed(estimator_class):
    with pytest.raises(TypeError, match="optimiser__learning_rate"):
        estimator_class(optimiser__learning_rate=0.1)


def test_an_unknown_parameter_cannot_be_set(make):
    with pytest.raises(ValueError, match="no_such_parameter"):
        make().set_params(no_such_parameter=1)


def test_parameters_are_keywords(estimator_class):
    with pytest.raises(TypeError, match="positional"):
        estimator_class((512,))


@pytest.mark.parametrize(
    "name",
    [
        "fit__no_such_parameter",
        "model__no_such_parameter",
        "compile__no_such_parameter",
        "predict__no_such_parameter",
        "optimizer__no_such_parameter",
        "loss__no_such_parameter",
    ],
)
def test_a_routed_parameter_that_nothing_takes_is_refused_by_fit(name, make, handful):
    with pytest.raises((ValueError, TypeError), match=name):
        make(**{name: 1}).fit(*handful)


@pytest.mark.parametrize("value", [0, -1, "fast"])
def test_a_bad_learning_rate_of_the_optimizer_is_refused(value, make, handful):
    clf = make(optimizer__learning_rate=value)

    with pytest.raises((ValueError, TypeError), match="learning_rate"):
        clf.fit(*handful)


def test_class_weights_of_labels_that_do_not_occur_are_refused(make, handful):
    with pytest.raises(ValueError, match=r"class_weight .*\['7', '8'\]"):
        make(class_weight={"7": 2.0, "8": 3.0}).fit(*handful)


def test_one_misspelt_class_weight_is_refused(make, handful):
    with pytest.raises(ValueError, match=r"class_weight .*'77'.*'0', '1', '2', '4'"):
        make(class_weight={3: 2.0, 77: 3.0}).fit(*handful)


def test_class_weights_may_be_those_of_more_classes_than_a_fold_has(make, handful):
    X, y = handful
    weights = {label: 1.0 + label for label in range(10)}
    few = y < 5

    clf = make(class_weight=weights).fit(X[few], y[few])

    np.testing.assert_array_equal(clf.classes_, range(5))


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer__use_ema": True},
        {"optimizer": keras.optimizers.SGD(0.1, use_ema=True)},
    ],
    ids=["routed", "instance"],
)
def test_an_average_by_the_optimizer_is_refused(params, make, handful):
    with pytest.raises(ValueError, match=r"use_ema.*ema_momentum"):
        make(**params).fit(*handful)


def test_an_optimizer_that_wraps_another_is_refused(make, handful):
    wrapped = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01))

    with pytest.raises(ValueError, match="LossScaleOptimizer, which wraps others"):
        make(optimizer=wrapped).fit(*handful)


@pytest.mark.parametrize("smoothing", [-0.1, 1.1, "0.1", None])
def test_labels_can_be_smoothed_by_a_share_only(smoothing, make, handful):
    with pytest.raises(ValueError, match=r"loss__label_smoothing.*\[0, 1\]"):
        make(loss__label_smoothing=smoothing).fit(*handful)


@pytest.mark.parametrize("number", [1, np.float32(0.01), np.float64(0.01)])
@pytest.mark.parametrize("name", ["learning_rate", "optimizer__learning_rate"])
def test_a_learning_rate_is_any_real_number(name, number, make, handful):
    assert make(**{name: number}).fit(*handful).n_iter_ == 1


def test_small_integers_of_numpy_do_not_overflow(make, handful):
    numbers = {"batch_size": np.int8(5), "epochs": np.int8(1)}

    clf = make(random_state=0, **numbers).fit(*handful)

    expected = make(random_state=0, batch_size=5, epochs=1).fit(*handful)
    assert clf.history_ == expected.history_


@pytest.mark.parametrize("name", ["axis", "from_logits", "reduction"])
def test_what_the_network_settles_about_the_loss_is_refused(name, make, handful):
    with pytest.raises(ValueError, match=f"loss__{name} cannot be set"):
        make(**{f"loss__{name}": 0}).fit(*handful)


@pytest.mark.parametrize(
    ("callbacks", "name"),
    [
        (None, "callbacks__patience"),
        ({"a": keras.callbacks.EarlyStopping}, "callbacks__b__patience"),
        ([keras.callbacks.EarlyStopping], "callbacks__1__patience"),
    ],
)
def test_what_is_routed_to_no_callback_is_refused(callbacks, name, make, handful):
    with pytest.raises(ValueError, match=f"{name} goes to no callback"):
        make(callbacks=callbacks, **{name: 1}).fit(*handful)


def test_a_prefix_alone_is_no_parameter(estimator_class):
    with pytest.raises(TypeError, match="optimizer__"):
        estimator_class(**{"optimizer__": 1})


def test_class_weights_that_are_all_zero_are_refused(make, handful):
    with pytest.raises(ValueError, match="class_weight"):
        make(class_weight=dict.fromkeys(range(10), 0.0)).fit(*handful)


# What the parameters do


@pytest.mark.parametrize("sizes", [(), [5, 7], np.array([5, 7]), 5])
def test_hidden_layers_have_the_sizes_asked_for(sizes, make, handful):
    clf = make(hidden_layer_sizes=sizes).fit(*handful)

    *hidden, probabilities = [
        layer.units
        for layer in clf.model_.layers
        if isinstance(layer, keras.layers.Dense)
    ]
    assert hidden == np.atleast_1d(sizes).tolist()
    assert probabilities == 10


def test_convolutions_have_the_masks_asked_for(handful):
    clf = CNNDigitClassifier(filters=(3, 4, 5), kernel_size=2, pool_size=3, **QUICK)

    clf.fit(*handful)

    convolutions = [
        layer for layer in clf.model_.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert [layer.filters for layer in convolutions] == [3, 4, 5]
    assert {layer.kernel_size for layer in convolutions} == {(2, 2)}
    assert clf.model_.get_layer("pooling").pool_size == (3, 3)


def test_activation_and_dropout_reach_the_hidden_layers(make, handful):
    clf = make(activation="tanh", dropout=0.3).fit(*handful)

    layers = clf.model_.layers
    assert 0.3 in [each.rate for each in layers if hasattr(each, "rate")]
    *hidden, _ = [each for each in layers if hasattr(each, "activation")]
    assert {each.activation for each in hidden} == {keras.activations.tanh}


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("sgd", keras.optimizers.SGD),
        ("RMSprop", keras.optimizers.RMSprop),
        (keras.optimizers.Nadam, keras.optimizers.Nadam),
        (keras.optimizers.SGD(0.5, momentum=0.9), keras.optimizers.SGD),
    ],
)
def test_an_optimizer_is_a_name_a_class_or_an_instance(
    optimizer, expected, make, handful
):
    clf = make(optimizer=optimizer).fit(*handful)

    assert type(clf.model_.optimizer) is expected


def test_an_optimizer_instance_is_copied_with_its_settings(make, handful):
    optimizer = keras.optimizers.SGD(0.05, momentum=0.7)

    clf = make(optimizer=optimizer, learning_rate=0.3).fit(*handful).fit(*handful)

    assert clf.model_.optimizer is not optimizer
    assert clf.model_.optimizer.momentum == 0.7
    assert learning_rate_of(clf) == pytest.approx(0.05)
    assert not optimizer.built


def test_an_optimizer_instance_may_have_a_schedule_of_its_own(make, handful):
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)

    clf = make(optimizer=keras.optimizers.SGD(decay)).fit(*handful)

    assert learning_rate_of(clf) == pytest.approx(0.1 * 0.5**2)


def test_an_optimizer_with_a_schedule_of_its_own_refuses_ours(make, handful):
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    clf = make(optimizer=keras.optimizers.SGD(decay), schedule="one_cycle")

    with pytest.raises(ValueError, match="schedule"):
        clf.fit(*handful)


def test_parameters_cannot_be_routed_to_an_optimizer_instance(make, handful):
    clf = make(optimizer=keras.optimizers.SGD(0.1), optimizer__momentum=0.5)

    with pytest.raises(ValueError, match="optimizer__momentum"):
        clf.fit(*handful)


def test_the_learning_rate_is_that_of_the_optimizer(make, handful):
    clf = make(learning_rate=0.0125).fit(*handful)

    assert learning_rate_of(clf) == pytest.approx(0.0125)


def test_an_explicit_learning_rate_of_the_optimizer_wins(make, handful):
    clf = make(learning_rate=0.1, optimizer__learning_rate=0.0125).fit(*handful)

    assert learning_rate_of(clf) == pytest.approx(0.0125)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adamw"])
@pytest.mark.parametrize("weight_decay", [0, 0.025])
def test_the_weight_decay_is_that_of_the_optimizer(
    weight_decay, optimizer, make, handful
):
    clf = make(weight_decay=weight_decay, optimizer=optimizer).fit(*handful)

    assert (clf.model_.optimizer.weight_decay or 0) == weight_decay


def test_an_explicit_weight_decay_of_the_optimizer_wins(make, handful):
    clf = make(weight_decay=0.1, optimizer__weight_decay=0.025).fit(*handful)

    assert clf.model_.optimizer.weight_decay == 0.025


# Routing


def test_parameters_are_routed_to_the_optimizer(make, handful):
    clf = make(optimizer="sgd", optimizer__momentum=0.8, optimizer__nesterov=True)

    clf.fit(*handful)

    assert clf.model_.optimizer.momentum == 0.8
    assert clf.model_.optimizer.nesterov is True


def test_parameters_are_routed_to_the_loss(make, handful):
    smoothed = make(loss__label_smoothing=0.5).fit(*handful)

    assert smoothed.model_.loss.label_smoothing == 0.5
    assert smoothed.history_["loss"] != make().fit(*handful).history_["loss"]


def test_parameters_are_routed_to_callbacks(make, handful):
    clf = make(
        epochs=5,
        callbacks=keras.callbacks.EarlyStopping,
        callbacks__monitor="loss",
        callbacks__min_delta=1e6,
        callbacks__patience=2,
    )

    clf.fit(*handful)

    assert clf.n_iter_ == 3


def test_parameters_are_routed_to_one_of_several_callbacks(make, handful):
    rates = LearningRates()
    clf = make(
        epochs=2,
        callbacks={"falling": keras.callbacks.LearningRateScheduler, "seen": rates},
        callbacks__falling__schedule=lambda epoch: 0.01 / (epoch + 1),
    )

    clf.fit(*handful)

    assert rates.of_epochs == pytest.approx([0.01, 0.005])


@pytest.mark.parametrize("prefix", ["fit", "model", "compile"])
def test_parameters_with_the_prefixes_of_scikeras_are_the_estimators_own(
    prefix, make, handful
):
    clf = make(**{f"{prefix}__epochs": 3}).fit(*handful)

    assert clf.n_iter_ == 3
    assert clf.epochs == 1


def test_an_optimizer_may_be_routed_as_scikeras_routes_it(make, handful):
    clf = make(compile__optimizer="sgd").fit(*handful)

    assert type(clf.model_.optimizer) is keras.optimizers.SGD


def test_a_bad_value_is_refused_under_its_prefix_too(make, handful):
    with pytest.raises(ValueError, match="epochs"):
        make(fit__epochs=0).fit(*handful)


def test_callbacks_may_be_routed_to_fit(make, handful):
    history = keras.callbacks.History()

    make(fit__callbacks=[history], epochs=2).fit(*handful)

    assert history.epoch == [0, 1]


@pytest.mark.parametrize("name", ["optimizer__learning_rate", "loss__label_smoothing"])
def test_a_parameter_with_two_prefixes_is_not_swallowed(name, make, handful):
    clf = make(**{f"fit__{name}": 0.0125})

    with pytest.raises(ValueError, match=f"fit__{name}"):
        clf.fit(*handful)


def test_the_batch_size_of_predictions_does_not_change_them(make, handful):
    clf = make().fit(*handful)
    expected = clf.predict_proba(handful[0])

    for batch_size in (7, 99, 1000):
        clf.set_params(predict__batch_size=batch_size)
        probabilities = clf.predict_proba(handful[0])
        np.testing.assert_allclose(probabilities, expected, atol=1e-6)


def test_routed_parameters_can_be_got_and_set(make):
    clf = make(optimizer__momentum=0.5)

    clf.set_params(optimizer__momentum=0.9, predict__batch_size=10)

    params = clf.get_params()
    assert params["optimizer__momentum"] == 0.9
    assert params["predict__batch_size"] == 10
