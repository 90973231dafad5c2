"""A network that the user has compiled again, and optimizers of the user's own."""

import copy

import keras
import numpy as np
import pytest
from sklearn.base import clone
from support.classifiers import quick_mlp
from support.comparing import same_weights

LOSSES = {
    "name": "categorical_crossentropy",
    "sparse name": "sparse_categorical_crossentropy",
    "function": keras.losses.categorical_crossentropy,
    "sparse object": keras.losses.SparseCategoricalCrossentropy(),
}


class MySGD(keras.optimizers.SGD):
    """An optimizer that is not registered with Keras."""


class Halving(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that is not registered with Keras."""

    def __call__(self, step):
        return 0.1 / (1.0 + keras.ops.cast(step, "float32"))

    def get_config(self):
        return {}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_cross_entropy_of_any_form_is_accepted(handful, loss):
    clf, other = quick_mlp().fit(*handful), quick_mlp().fit(*handful)
    clf.model_.compile(keras.optimizers.SGD(0.1), loss)
    other.model_.compile(
        keras.optimizers.SGD(0.1), keras.losses.CategoricalCrossentropy()
    )

    assert same_weights(clf.partial_fit(*handful), other.partial_fit(*handful))


def test_learning_rate_of_the_user_is_kept(handful):
    clf = quick_mlp(learning_rate=0.1).fit(*handful)
    clf.model_.compile(keras.optimizers.SGD(1e-4), "categorical_crossentropy")

    clf.partial_fit(*handful).partial_fit(*handful)

    assert float(clf.model_.optimizer.learning_rate) == pytest.approx(1e-4)


def test_new_learning_rate_of_the_classifier_is_used(handful):
    clf = quick_mlp(learning_rate=0.1).partial_fit(*handful, classes=range(10))

    clf.set_params(learning_rate=0.01).partial_fit(*handful)

    assert float(clf.model_.optimizer.learning_rate) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("mse", "mse"),
        (
            keras.losses.CategoricalFocalCrossentropy(),
            "categorical_focal_crossentropy",
        ),
        (
            keras.losses.CategoricalCrossentropy(from_logits=True),
            "categorical_crossentropy",
        ),
    ],
    ids=["name", "focal", "of logits"],
)
def test_other_loss_is_an_error_that_names_it(loss, name, handful):
    clf = quick_mlp().fit(*handful)
    clf.model_.compile("sgd", loss)

    with pytest.raises(ValueError, match=rf"loss '{name}'.*categorical_crossentropy"):
        clf.partial_fit(*handful)


def test_optimizer_instance_of_an_own_class_trains_like_the_class(handful):
    by_class = quick_mlp(optimizer=MySGD, learning_rate=0.05).fit(*handful)
    by_instance = quick_mlp(optimizer=MySGD(0.05)).fit(*handful)

    assert same_weights(by_class, by_instance)
    for make_copy in (clone, copy.deepcopy):
        assert same_weights(make_copy(by_instance).fit(*handful), by_instance)


def test_schedule_of_an_own_class_is_used(handful):
    clf = quick_mlp(optimizer=keras.optimizers.SGD(Halving())).fit(*handful)

    assert np.isfinite(clf.history_["loss"]).all()
    assert isinstance(clf.model_.optimizer._learning_rate, Halving)
