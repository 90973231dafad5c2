"""Hyperparameters: what they change in the network and in the optimizer."""

import keras
import numpy as np
import pytest
from support.classifiers import quick_cnn, quick_mlp


def learning_rate_of(clf):
    return float(clf.model_.optimizer.learning_rate)


# Layers


@pytest.mark.parametrize("sizes", [(), [5, 7], np.array([5, 7]), 5])
def test_hidden_layers_have_the_given_sizes(sizes, make_quick, handful):
    clf = make_quick(hidden_layer_sizes=sizes).fit(*handful)

    *hidden, probabilities = [
        layer.units
        for layer in clf.model_.layers
        if isinstance(layer, keras.layers.Dense)
    ]
    assert hidden == np.atleast_1d(sizes).tolist()
    assert probabilities == 10


def test_convolutions_have_the_given_filters_kernels_and_pooling(handful):
    clf = quick_cnn(filters=(3, 4, 5), kernel_size=2, pool_size=3).fit(*handful)

    convolutions = [
        layer for layer in clf.model_.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert [layer.filters for layer in convolutions] == [3, 4, 5]
    assert {layer.kernel_size for layer in convolutions} == {(2, 2)}
    assert clf.model_.get_layer("pooling").pool_size == (3, 3)


def test_activation_and_dropout_reach_the_hidden_layers(make_quick, handful):
    clf = make_quick(activation="tanh", dropout=0.3).fit(*handful)

    layers = clf.model_.layers
    assert 0.3 in [layer.rate for layer in layers if hasattr(layer, "rate")]
    *hidden, _ = [layer for layer in layers if hasattr(layer, "activation")]
    assert {layer.activation for layer in hidden} == {keras.activations.tanh}


# Optimizer


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        ("sgd", keras.optimizers.SGD),
        ("RMSprop", keras.optimizers.RMSprop),
        (keras.optimizers.Nadam, keras.optimizers.Nadam),
        (keras.optimizers.SGD(0.5, momentum=0.9), keras.optimizers.SGD),
    ],
)
def test_optimizer_may_be_a_name_a_class_or_an_instance(optimizer, expected, handful):
    clf = quick_mlp(optimizer=optimizer).fit(*handful)

    assert type(clf.model_.optimizer) is expected


def test_optimizer_instance_is_copied_with_its_settings(handful):
    optimizer = keras.optimizers.SGD(0.05, momentum=0.7)

    clf = quick_mlp(optimizer=optimizer, learning_rate=0.3).fit(*handful).fit(*handful)

    assert clf.model_.optimizer is not optimizer
    assert clf.model_.optimizer.momentum == 0.7
    assert learning_rate_of(clf) == pytest.approx(0.05)
    assert clf.optimizer is optimizer
    assert not optimizer.built


def test_optimizer_instance_may_have_its_own_schedule(handful):
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)

    clf = quick_mlp(optimizer=keras.optimizers.SGD(decay)).fit(*handful)

    assert learning_rate_of(clf) == pytest.approx(0.1 * 0.5**8)


def test_learning_rate_is_passed_to_the_optimizer(handful):
    clf = quick_mlp(learning_rate=0.0125).fit(*handful)

    assert learning_rate_of(clf) == pytest.approx(0.0125)


def test_routed_learning_rate_takes_precedence(handful):
    clf = quick_mlp(learning_rate=0.1, optimizer__learning_rate=0.0125).fit(*handful)

    assert learning_rate_of(clf) == pytest.approx(0.0125)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adamw"])
@pytest.mark.parametrize("weight_decay", [0, 0.025])
def test_weight_decay_is_passed_to_the_optimizer(weight_decay, optimizer, handful):
    clf = quick_mlp(weight_decay=weight_decay, optimizer=optimizer).fit(*handful)

    assert (clf.model_.optimizer.weight_decay or 0) == weight_decay


@pytest.mark.parametrize("name", ["weight_decay", "optimizer__weight_decay"])
def test_weight_decay_beyond_64_bits(name, handful):
    clf = quick_mlp(learning_rate=1e-20, **{name: 2**64}).fit(*handful)

    assert clf.model_.optimizer.weight_decay == float(2**64)


@pytest.mark.parametrize("name", ["weight_decay", "optimizer__clipnorm"])
def test_number_beyond_floats(name, handful):
    with pytest.raises(ValueError, match=f"'{name}' parameter is too large"):
        quick_mlp(**{name: 10**400}).fit(*handful)


def test_routed_weight_decay_takes_precedence(handful):
    clf = quick_mlp(weight_decay=0.1, optimizer__weight_decay=0.025).fit(*handful)

    assert clf.model_.optimizer.weight_decay == 0.025
