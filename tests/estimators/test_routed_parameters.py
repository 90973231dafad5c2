"""Routed parameters: optimizer__, loss__, callbacks__, predict__, fit__, …."""

import keras
import numpy as np
import pytest
from support.classifiers import quick_mlp
from support.recording_callbacks import LearningRates

# Targets


def test_parameters_are_routed_to_the_optimizer(handful):
    clf = quick_mlp(optimizer="sgd", optimizer__momentum=0.8, optimizer__nesterov=True)

    clf.fit(*handful)

    assert clf.model_.optimizer.momentum == 0.8
    assert clf.model_.optimizer.nesterov is True


def test_parameters_cannot_be_routed_to_an_optimizer_instance(handful):
    clf = quick_mlp(optimizer=keras.optimizers.SGD(0.1), optimizer__momentum=0.5)

    with pytest.raises(ValueError, match="optimizer__momentum"):
        clf.fit(*handful)


def test_parameters_are_routed_to_the_loss(handful):
    smoothed = quick_mlp(loss__label_smoothing=0.5).fit(*handful)

    assert smoothed.model_.loss.label_smoothing == 0.5
    assert smoothed.history_["loss"] != quick_mlp().fit(*handful).history_["loss"]


def test_parameters_are_routed_to_callbacks(handful):
    clf = quick_mlp(
        epochs=5,
        callbacks=keras.callbacks.EarlyStopping,
        callbacks__monitor="loss",
        callbacks__min_delta=1e6,
        callbacks__patience=2,
    )

    clf.fit(*handful)

    assert clf.n_iter_ == 3


def test_parameters_are_routed_to_one_of_several_callbacks(handful):
    rates = LearningRates()
    clf = quick_mlp(
        epochs=2,
        callbacks={"falling": keras.callbacks.LearningRateScheduler, "seen": rates},
        callbacks__falling__schedule=lambda epoch: 0.01 / (epoch + 1),
    )

    clf.fit(*handful)

    assert rates.of_epochs == pytest.approx([0.01, 0.005])


def test_batch_size_of_predictions_does_not_change_them(handful):
    clf = quick_mlp().fit(*handful)
    expected = clf.predict_proba(handful[0])

    for batch_size in (7, 99, 1000):
        clf.set_params(predict__batch_size=batch_size)
        probabilities = clf.predict_proba(handful[0])
        np.testing.assert_allclose(probabilities, expected, atol=1e-6)


# Prefixes of scikeras


@pytest.mark.parametrize("prefix", ["fit", "model", "compile"])
def test_prefixes_of_scikeras_set_parameters_of_the_estimator(prefix, handful):
    clf = quick_mlp(**{f"{prefix}__epochs": 3}).fit(*handful)

    assert clf.n_iter_ == 3
    assert clf.epochs == 2


def test_optimizer_may_be_routed_as_in_scikeras(handful):
    clf = quick_mlp(compile__optimizer="rmsprop").fit(*handful)

    assert type(clf.model_.optimizer) is keras.optimizers.RMSprop


def test_callbacks_may_be_routed_to_fit(handful):
    history = keras.callbacks.History()

    quick_mlp(fit__callbacks=[history], epochs=2).fit(*handful)

    assert history.epoch == [0, 1]


# Errors


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
def test_fit_refuses_routed_parameters_that_do_not_exist(name, handful):
    with pytest.raises((ValueError, TypeError), match=name):
        quick_mlp(**{name: 1}).fit(*handful)


def test_bad_value_is_refused_with_a_prefix_too(handful):
    with pytest.raises(ValueError, match="epochs"):
        quick_mlp(fit__epochs=0).fit(*handful)


@pytest.mark.parametrize("name", ["optimizer__learning_rate", "loss__label_smoothing"])
def test_parameter_with_two_prefixes_is_refused(name, handful):
    clf = quick_mlp(**{f"fit__{name}": 0.0125})

    with pytest.raises(ValueError, match=f"fit__{name}"):
        clf.fit(*handful)


@pytest.mark.parametrize(
    ("callbacks", "name"),
    [
        (None, "callbacks__patience"),
        ({"a": keras.callbacks.EarlyStopping}, "callbacks__b__patience"),
        ([keras.callbacks.EarlyStopping], "callbacks__1__patience"),
    ],
)
def test_parameter_that_matches_no_callback_is_refused(callbacks, name, handful):
    with pytest.raises(ValueError, match=f"{name} matches no callback"):
        quick_mlp(callbacks=callbacks, **{name: 1}).fit(*handful)
