"""An epoch is divided into calls of the graph, which changes nothing but the timing."""

import os
import signal
import threading

import keras
import numpy as np
import pytest
from support.classifiers import quick_cnn, quick_mlp
from support.comparing import same_weights

from digitclf._training import pace


class Batches(keras.callbacks.Callback):
    """Implements a hook for batches, which makes every batch a call of its own."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def count_calls(monkeypatch):
    """Return the sizes of all calls that are made from now on."""
    sizes = []
    measure = pace.Pace.measure

    def counting(self, n_units, call):
        sizes.append(n_units)
        return measure(self, n_units, call)

    monkeypatch.setattr(pace.Pace, "measure", counting)
    return sizes


@pytest.fixture
def one_batch_per_call(monkeypatch):
    monkeypatch.setattr(pace, "MULTIPLICATIONS_AT_FIRST", 0)
    monkeypatch.setattr(pace, "SECONDS_PER_CALL", 0.0)


@pytest.fixture(scope="module")
def validated_cnn(handful, validation):
    return quick_cnn().fit(*handful, **validation)


@pytest.mark.parametrize(
    ("make", "fixture"), [(quick_mlp, "validated_mlp"), (quick_cnn, "validated_cnn")]
)
def test_results_do_not_depend_on_the_number_of_calls(
    make, fixture, handful, validation, request, monkeypatch
):
    expected = request.getfixturevalue(fixture)
    request.getfixturevalue("one_batch_per_call")
    sizes = count_calls(monkeypatch)

    clf = make().fit(*handful, **validation)

    assert sizes == [1, 1, 1, 1, 1, 1, 1, 1]
    assert same_weights(clf, expected)
    assert clf.history_ == expected.history_


def test_callbacks_for_batches_do_not_change_the_history(
    handful, validation, validated_mlp
):
    clf = quick_mlp(callbacks=[Batches()]).fit(*handful, **validation)

    assert clf.history_ == validated_mlp.history_


def test_many_validation_images_are_evaluated_in_several_calls(
    handful, monkeypatch, one_batch_per_call
):
    X, y = handful
    many = np.tile(X, (11, 1)), np.tile(y, 11)
    sizes = count_calls(monkeypatch)

    in_calls = quick_mlp(epochs=1).fit(X, y, X_val=many[0], y_val=many[1])
    once = quick_mlp(epochs=1).fit(X, y, X_val=X, y_val=y)

    n_training, n_evaluation = 4, 3
    assert len(sizes) == n_training - 1 + n_evaluation + n_training
    assert in_calls.history_["val_accuracy"] == once.history_["val_accuracy"]
    assert in_calls.best_validation_loss_ == pytest.approx(once.best_validation_loss_)


def test_small_epoch_is_one_call(handful, validation, monkeypatch):
    sizes = count_calls(monkeypatch)

    quick_mlp(epochs=3).fit(*handful, **validation)

    assert len(sizes) == 3


def test_calls_grow_and_shrink_with_their_duration():
    calls = pace.Pace(multiplications_per_unit=int(1e8))
    assert calls.units == 10

    calls._adapt(10, seconds=pace.SECONDS_PER_CALL / 4)
    assert calls.units == 40

    calls._adapt(10, seconds=pace.SECONDS_PER_CALL / 4)  # not a full call
    assert calls.units == 40

    calls._adapt(40, seconds=pace.SECONDS_PER_CALL * 4)
    assert calls.units == 10


def test_interrupt_is_raised_within_an_epoch(handful, monkeypatch):
    X, y = (np.tile(array, (200,) + (1,) * (array.ndim - 1)) for array in handful)
    clf = quick_mlp(epochs=100_000)
    n_threads = threading.active_count()
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            clf.fit(X, y)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)

    assert not hasattr(clf, "model_")
    assert threading.active_count() == n_threads


def test_calls_that_are_always_short_stop_growing():
    own = pace.Pace(multiplications_per_unit=1)

    for _ in range(1_000):
        own.measure(own.units, lambda: None)

    assert own.units == pace.MAX_UNITS
