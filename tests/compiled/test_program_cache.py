"""Cache of compiled programs: what later fits share, and that they share no state."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from support.classifiers import ADAM, quick_mlp
from support.comparing import same_weights

from digitclf._compiled.program_cache import MOST_PROGRAMS, PROGRAMS

EVERYTHING = ADAM | {"dropout": 0.2, "ema_momentum": 0.9, "validation_split": 0.1}


@pytest.fixture(autouse=True)
def empty_cache():
    """Forget the programs of earlier tests."""
    PROGRAMS.clear()


# Sharing


def test_values_of_a_grid_share_a_program(make_quick, handful):
    losses = {
        make_quick(**EVERYTHING | params).fit(*handful).history_["loss"][0]
        for params in (
            {"dropout": 0.1},
            {"dropout": 0.6},
            {"learning_rate": 0.05},
            {"ema_momentum": 0.5, "random_state": 1},
        )
    }

    assert len(PROGRAMS) == 1
    assert len(losses) == 4


@pytest.mark.parametrize(
    "params",
    [
        {"hidden_layer_sizes": (17,)},
        {"activation": "tanh"},
        {"optimizer": "adam"},
        {"optimizer__momentum": 0.9},
        {"loss__label_smoothing": 0.1},
        {"schedule": "one_cycle"},
        {"ema_momentum": 0.9},
    ],
    ids=str,
)
def test_different_computations_have_different_programs(params, handful):
    quick_mlp().fit(*handful)
    quick_mlp(**params).fit(*handful)

    assert len(PROGRAMS) == 2


def test_optimizer_classes_of_the_user_are_compiled_for_every_fit(handful):
    class Own(keras.optimizers.SGD):
        pass

    one = quick_mlp(optimizer=Own).fit(*handful)
    another = quick_mlp().fit(*handful)

    assert len(PROGRAMS) == 1
    assert same_weights(one, another)


# Limits


def test_cache_keeps_a_limited_number_of_programs(sixty_digits):
    for size in range(1, MOST_PROGRAMS + 3):
        quick_mlp(hidden_layer_sizes=(size,), epochs=1).fit(*sixty_digits)

    assert len(PROGRAMS) == MOST_PROGRAMS


def test_forgotten_programs_are_freed(make_quick, sixty_digits):
    def graphs_after_fits(decays):
        for decay in decays:
            make_quick(optimizer="adamw", weight_decay=decay, epochs=1).fit(
                *sixty_digits
            )
        PROGRAMS.clear()
        gc.collect()
        return sum(issubclass(type(found), tf.Graph) for found in gc.get_objects())

    # Fewer if graphs of other tests are freed in the meantime.
    left_by_one = graphs_after_fits([0.4])
    assert graphs_after_fits([0.1, 0.2, 0.3]) <= left_by_one


def test_program_of_a_failed_fit_is_not_kept(handful):
    with pytest.raises(ValueError, match="diverged"):
        quick_mlp(learning_rate=1e30).fit(*handful)

    assert len(PROGRAMS) == 0


# Separate states


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_fit_does_not_depend_on_earlier_fits(schedule, make_quick, handful, few_digits):
    clf = make_quick(**EVERYTHING, schedule=schedule)
    cold_fit = clf.fit(*handful).history_, clf.model_.get_weights()

    X, y = 100 + 3 * few_digits.X_train, few_digits.y_train
    others = {"dropout": 0.4, "learning_rate": 0.1, "ema_momentum": 0.5}
    make_quick(**EVERYTHING | others, schedule=schedule, epochs=3).fit(X, y)
    warm_fit = clf.fit(*handful).history_, clf.model_.get_weights()

    assert len(PROGRAMS) == 1
    assert warm_fit[0] == cold_fit[0]
    for warm, cold in zip(warm_fit[1], cold_fit[1], strict=True):
        np.testing.assert_array_equal(warm, cold)


def test_dropout_rate_is_that_of_the_network(handful):
    without = quick_mlp(dropout=0.0).fit(*handful).history_["loss"]
    little = quick_mlp(dropout=1e-7).fit(*handful).history_["loss"]
    much = quick_mlp(dropout=0.9).fit(*handful).history_["loss"]

    assert little == pytest.approx(without, rel=1e-4)
    assert all(more > less for more, less in zip(much, without, strict=True))


@pytest.mark.parametrize(
    "optimizer", ["adam", "nadam", "muon", keras.optimizers.ScheduleFreeAdamW]
)
def test_optimizer_starts_every_fit_with_its_initial_state(optimizer, handful):
    clf = quick_mlp(optimizer=optimizer, learning_rate=0.01)
    cold_fit = clone(clf).fit(*handful)
    PROGRAMS.clear()

    clone(clf).set_params(random_state=1).fit(*handful)
    warm_fit = clone(clf).fit(*handful)

    assert len(PROGRAMS) == 1
    assert same_weights(warm_fit, cold_fit)


def test_fit_in_another_precision_does_not_change_later_fits(handful):
    clf = quick_mlp(optimizer="adam", learning_rate=0.01)
    before = clone(clf).fit(*handful)

    PROGRAMS.clear()
    keras.config.set_floatx("bfloat16")
    try:
        clone(clf).fit(*handful)
    finally:
        keras.config.set_floatx("float32")

    assert same_weights(clone(clf).fit(*handful), before)


def test_loss_scale_factor_does_not_change_the_result(handful):
    without = quick_mlp().fit(*handful).model_.get_weights()
    scaled = quick_mlp(optimizer__loss_scale_factor=8.0).fit(*handful)

    for one, another in zip(scaled.model_.get_weights(), without, strict=True):
        np.testing.assert_allclose(one, another, atol=1e-6)
