"""partial_fit over a stream of batches, with a schedule and averaged weights."""

import pickle

import numpy as np
import pytest
from support.classifiers import ADAM, quick_cnn, quick_mlp
from support.comparing import same_weights
from support.recording_callbacks import LearningRates

STREAM = {"batch_size": 50, "schedule": "one_cycle", "ema_momentum": 0.9, **ADAM}


def stream(clf, X, y, size, **options):
    """Train on consecutive batches, one per call."""
    for start in range(0, len(y), size):
        batch = slice(start, start + size)
        clf.partial_fit(X[batch], y[batch], range(10), **options)
    return clf


def assert_close(clf, other, tolerance=1e-5):
    for one, another in zip(
        clf.model_.get_weights(), other.model_.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, another, atol=tolerance)


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
@pytest.mark.parametrize("ema_momentum", [0.9, None])
def test_a_stream_of_whole_batches_is_a_fit(
    schedule, ema_momentum, make_quick, handful
):
    params = {"schedule": schedule, "ema_momentum": ema_momentum, "batch_size": 200}
    fitted = make_quick(**params, **ADAM, epochs=5, dropout=0).fit(*handful)

    clf = make_quick(**params, **ADAM, dropout=0)
    for _ in range(5):
        clf.partial_fit(
            *handful, range(10), total_steps=5, averaged=ema_momentum is not None
        )

    assert_close(clf, fitted)
    np.testing.assert_allclose(clf.history_["loss"], fitted.history_["loss"], rtol=1e-5)


def test_the_learning_rate_follows_the_schedule_over_all_calls(handful):
    in_fit, in_stream = LearningRates(), LearningRates()
    quick_mlp(**STREAM, epochs=1, callbacks=in_fit).fit(*handful)

    rates = []
    clf = quick_mlp(**STREAM, callbacks=in_stream)
    X, y = handful
    for start in range(0, 200, 100):
        batch = slice(start, start + 100)
        clf.partial_fit(X[batch], y[batch], range(10), total_steps=4)
        rates += in_stream.of_batches

    np.testing.assert_allclose(rates, in_fit.of_batches, rtol=1e-5)


def test_calls_beyond_total_steps_keep_the_last_learning_rate(handful):
    rates = LearningRates()
    clf = quick_mlp(**STREAM, callbacks=rates)

    stream(clf, *handful, size=100, total_steps=2)

    assert rates.of_batches == pytest.approx([ADAM["learning_rate"] / 1e4] * 2, rel=0.1)


def test_predictions_use_the_average_and_training_the_weights(handful):
    averaged = stream(quick_mlp(**STREAM), *handful, size=50, averaged=True)
    plain = stream(quick_mlp(**STREAM), *handful, size=50, total_steps=10**6)
    other = stream(quick_mlp(**STREAM), *handful, size=50)

    assert not same_weights(averaged, other)
    # The loss of training is that of the weights, not of their average.
    constant = STREAM | {"schedule": "constant"}
    one = stream(quick_mlp(**constant), *handful, size=50, averaged=True)
    two = stream(quick_mlp(**constant), *handful, size=50)
    assert one.history_["loss"] == two.history_["loss"]
    assert plain.history_["loss"] != two.history_["loss"]


def test_a_pickled_stream_goes_on(handful):
    X, y = handful
    options = {"total_steps": 4, "averaged": True}
    whole = stream(quick_mlp(**STREAM), X, y, size=50, **options)

    half = stream(quick_mlp(**STREAM), X[:100], y[:100], size=50, **options)
    rest = stream(pickle.loads(pickle.dumps(half)), X[100:], y[100:], 50, **options)

    assert same_weights(rest, whole)


def test_fit_ends_a_stream(handful):
    options = {"total_steps": 4, "averaged": True}
    clf = stream(quick_mlp(**STREAM), *handful, size=100, **options).fit(*handful)
    other = quick_mlp(**STREAM).fit(*handful)

    clf.partial_fit(*handful, **options)
    other.partial_fit(*handful, **options)

    assert same_weights(clf, other)


def test_weights_that_were_changed_since_are_trained(handful):
    clf = stream(quick_mlp(**STREAM), *handful, size=100, averaged=True)
    zeros = [np.zeros_like(weight) for weight in clf.model_.get_weights()]
    clf.model_.set_weights(zeros)

    clf.partial_fit(*handful, averaged=True)

    assert abs(clf.model_.get_weights()[0]).max() < 0.1


def test_batch_normalization_uses_the_statistics_of_the_average(handful):
    params = STREAM | {"batch_size": 200, "batch_normalization": True, "dropout": 0}
    fitted = quick_cnn(**params, epochs=4).fit(*handful)

    clf = quick_cnn(**params)
    for _ in range(4):
        clf.partial_fit(*handful, range(10), total_steps=4, averaged=True)

    assert_close(clf, fitted)


def test_a_failed_call_leaves_the_stream_as_it_was(handful):
    X, y = handful
    options = {"total_steps": 4, "averaged": True}
    whole = stream(quick_mlp(**STREAM), X, y, size=50, **options)

    clf = stream(quick_mlp(**STREAM), X[:100], y[:100], size=50, **options)
    with pytest.raises(ValueError, match="X contains NaN"):
        clf.partial_fit(np.full_like(X[:50], np.nan), y[:50], **options)
    stream(clf, X[100:], y[100:], size=50, **options)

    assert same_weights(clf, whole)


@pytest.mark.parametrize("total_steps", [0, -1])
def test_too_few_steps_are_refused(total_steps, handful):
    with pytest.raises(ValueError, match="total_steps == "):
        quick_mlp().partial_fit(*handful, range(10), total_steps=total_steps)


def test_other_types_of_steps_are_refused(handful):
    with pytest.raises(TypeError, match="total_steps"):
        quick_mlp().partial_fit(*handful, range(10), total_steps=1.5)


def test_averaging_without_a_momentum_is_refused(handful):
    with pytest.raises(ValueError, match=r"averaged=True .*ema_momentum"):
        quick_mlp(ema_momentum=None).partial_fit(*handful, range(10), averaged=True)


def test_dask_ml_trains_on_the_blocks_of_a_dask_array(few_digits):
    import dask.array as da
    from dask_ml.wrappers import Incremental

    X, y = few_digits.X_train, few_digits.y_train
    clf = Incremental(
        quick_mlp(**STREAM, random_state=0), shuffle_blocks=False, scoring="accuracy"
    )
    arrays = da.from_array(X, chunks=(150, 64)), da.from_array(y, chunks=150)

    clf.fit(*arrays, classes=range(10), total_steps=12, averaged=True)

    expected = stream(
        quick_mlp(**STREAM), X, y, size=150, total_steps=12, averaged=True
    )
    assert same_weights(clf.estimator_, expected)
    assert clf.estimator_.n_iter_ == 4
    predicted = clf.predict(da.from_array(few_digits.X_test, chunks=(100, 64)))
    np.testing.assert_array_equal(
        predicted.compute(), expected.predict(few_digits.X_test)
    )
