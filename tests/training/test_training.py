"""Training: when it stops, how fast it learns, how it goes on, and how it fails."""

import keras
import numpy as np
import pandas as pd
import pytest
from support.comparing import same_weights
from support.recording_callbacks import Epochs, Interrupt, LearningRates
from support.small_classifiers import ADAM, WHOLE, make_dense


def weights_of(clf):
    return clf.model_.get_weights()


# Early stopping


@pytest.fixture(scope="session")
def misleading(validation):
    """Return images with wrong labels: the more is learnt, the worse they are read."""
    return {"X_val": validation["X_val"], "y_val": (validation["y_val"] + 1) % 10}


@pytest.mark.parametrize("patience", [0, 3])
def test_training_stops_after_so_many_epochs_without_a_better_one(
    patience, make, handful, misleading
):
    clf = make(patience=patience, epochs=30, **ADAM).fit(*handful, **misleading)

    assert clf.n_iter_ == clf.best_epoch_ + max(patience, 1) < 30
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1


def test_training_without_patience_never_stops(handful, misleading):
    clf = make_dense(patience=None, epochs=12, **ADAM).fit(*handful, **misleading)

    assert clf.n_iter_ == 12
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1 < 12


def test_training_that_keeps_getting_better_is_not_stopped(handful):
    X, y = handful

    clf = make_dense(patience=0, epochs=5, learning_rate=0.02).fit(
        X, y, X_val=X, y_val=y
    )

    assert clf.n_iter_ == clf.best_epoch_ == 5


@pytest.mark.parametrize(("patience", "ema_momentum"), [(None, None), (3, 0.9)])
def test_the_best_weights_are_restored(
    patience, ema_momentum, make, handful, misleading
):
    clf = make(patience=patience, ema_momentum=ema_momentum, epochs=6, **ADAM)

    clf.fit(*handful, **misleading)

    targets = keras.utils.to_categorical(misleading["y_val"], 10)
    pixels = misleading["X_val"].reshape(-1, *clf.model_.input_shape[1:])
    loss, accuracy = clf.model_.evaluate(pixels, targets, verbose=0)
    assert clf.best_epoch_ < clf.n_iter_
    assert loss == pytest.approx(clf.best_validation_loss_, rel=1e-4)
    assert accuracy == pytest.approx(
        clf.history_["val_accuracy"][clf.best_epoch_ - 1], abs=1e-6
    )


def test_the_attributes_about_training_agree(fitted_with_validation):
    history = fitted_with_validation.history_

    assert history.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert (
        {len(values) for values in history.values()}
        == {fitted_with_validation.n_iter_}
        == {2}
    )
    assert all(type(each) is float for values in history.values() for each in values)
    assert fitted_with_validation.best_epoch_ == np.argmin(history["val_loss"]) + 1
    assert fitted_with_validation.best_validation_loss_ == min(history["val_loss"])
    assert fitted_with_validation.checkpoint_path_ is None


def test_the_loss_becomes_smaller(make, handful):
    losses = make(epochs=5, **ADAM).fit(*handful).history_["loss"]

    assert losses[-1] < 0.95 * losses[0]


# Learning rate, averages and the training itself


def test_a_constant_schedule_keeps_the_learning_rate(handful):
    rates = LearningRates()

    make_dense(learning_rate=0.02, callbacks=rates, validation_split=0).fit(*handful)

    assert rates.of_batches == pytest.approx([0.02] * 8)


def test_one_cycle_warms_the_learning_rate_up_and_anneals_it(make, handful):
    rates = LearningRates()
    clf = make(
        schedule="one_cycle",
        learning_rate=0.02,
        epochs=5,
        callbacks=rates,
        validation_split=0,
    )

    clf.fit(*handful)

    peak = int(np.argmax(rates.of_batches))
    assert len(rates.of_batches) == 20
    assert peak == pytest.approx(0.3 * 20, abs=1)
    assert rates.of_batches[: peak + 1] == sorted(rates.of_batches[: peak + 1])
    assert rates.of_batches[peak:] == sorted(rates.of_batches[peak:], reverse=True)
    assert rates.of_batches[0] == pytest.approx(0.02 / 25)
    assert rates.of_batches[peak] == pytest.approx(0.02, rel=0.05)
    assert rates.of_batches[-1] < 0.02 / 50


def test_the_peak_of_one_cycle_is_the_learning_rate_of_the_optimizer(handful):
    rates = LearningRates()
    clf = make_dense(
        schedule="one_cycle",
        learning_rate=0.5,
        optimizer__learning_rate=0.02,
        epochs=5,
        callbacks=rates,
    )

    clf.fit(*handful)

    assert max(rates.of_batches) == pytest.approx(0.02, rel=0.1)


def test_without_averages_training_is_that_of_keras(make, handful):
    X, y = handful
    network = make(**WHOLE).initialize(X, y).model_
    network.compile(keras.optimizers.SGD(0.1), "categorical_crossentropy")

    losses = network.fit(
        X.reshape(-1, *network.input_shape[1:]),
        keras.utils.to_categorical(y, 10),
        batch_size=200,
        epochs=3,
        verbose=0,
    ).history["loss"]
    clf = make(**WHOLE, epochs=3).fit(X, y)

    assert clf.history_["loss"] == pytest.approx(losses, rel=1e-4)
    for ours, theirs in zip(weights_of(clf), network.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_averaged_weights_lie_between_those_that_were_passed_through(make, handful):
    start = weights_of(make(**WHOLE).initialize(*handful))
    end = weights_of(make(**WHOLE, epochs=1).fit(*handful))

    averaging = WHOLE | {"ema_momentum": 0.9}
    averaged = weights_of(make(**averaging, epochs=1).fit(*handful))

    start, end, averaged = (
        np.concatenate([each.ravel() for each in weights])
        for weights in (start, end, averaged)
    )
    share = (averaged - start) @ (end - start) / ((end - start) @ (end - start))
    assert 0.01 < share < 0.99
    np.testing.assert_allclose(averaged, start + share * (end - start), atol=1e-5)


def test_a_longer_memory_averages_over_more_steps(handful):
    start = weights_of(make_dense(**WHOLE).initialize(*handful))
    way = []
    for momentum in (0.5, 0.99):
        averaging = WHOLE | {"ema_momentum": momentum, "batch_size": 10}
        end = weights_of(make_dense(**averaging, epochs=1).fit(*handful))
        way.append(sum(np.abs(b - a).sum() for a, b in zip(start, end, strict=True)))

    quick, slow = way
    assert slow < quick


# Going on, and starting again


def test_refit_forgets_the_first_fit(
    make, fitted_with_validation, handful, validation, few_digits
):
    clf = make()
    clf.fit(few_digits.X_test[:, :49] / 16, few_digits.y_test.astype(str))

    clf.fit(*handful, **validation)

    assert same_weights(clf, fitted_with_validation)
    assert clf.history_ == fitted_with_validation.history_
    assert vars(clf).keys() == vars(fitted_with_validation).keys()
    np.testing.assert_array_equal(clf.classes_, fitted_with_validation.classes_)


def test_warm_start_goes_on(make, handful, validation):
    clf = make(warm_start=True).fit(*handful, **validation)
    first = clf.history_

    clf.fit(*handful, **validation)

    assert clf.n_iter_ == 4
    assert {len(values) for values in clf.history_.values()} == {4}
    assert clf.history_["loss"][:2] == first["loss"]
    assert clf.history_["loss"][2] < first["loss"][1]
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1


def test_warm_start_counts_epochs_on_for_callbacks(handful):
    epochs = Epochs()
    clf = make_dense(warm_start=True, callbacks=epochs).fit(*handful)

    clf.fit(*handful)

    assert epochs.heard[1:-1] == [
        "epoch 2 begins",
        "epoch 2 ends",
        "epoch 3 begins",
        "epoch 3 ends",
    ]


def test_warm_start_on_other_classes_is_refused(handful):
    X, y = handful
    clf = make_dense(warm_start=True).fit(X, y)

    with pytest.raises(ValueError, match=r"warm_start .*classes"):
        clf.fit(X[y < 9], y[y < 9])


def test_warm_start_with_another_network_is_refused(handful):
    clf = make_dense(warm_start=True).fit(*handful)

    with pytest.raises(ValueError, match="warm_start"):
        clf.set_params(hidden_layer_sizes=(8, 8)).fit(*handful)


def test_partial_fit_learns_over_many_batches(make, few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    clf = make(batch_size=20, **ADAM)

    for _ in range(4):
        for start in range(0, len(y), 100):
            batch = slice(start, start + 100)
            clf.partial_fit(X[batch], y[batch], classes=np.arange(10))

    assert clf.score(few_digits.X_test, few_digits.y_test) > 0.8
    assert clf.n_iter_ == len(clf.history_["loss"]) == 24


def test_partial_fit_knows_classes_before_it_sees_them(handful):
    X, y = handful
    clf = make_dense().partial_fit(X[y < 5], y[y < 5], classes=range(10))

    clf.partial_fit(X[y >= 5], y[y >= 5])

    assert clf.classes_.tolist() == list(range(10))
    assert clf.predict_proba(X).shape == (200, 10)


def test_partial_fit_weighs_samples(handful):
    X, y = handful
    kept = np.arange(len(y)) % 3 > 0

    weighted = make_dense().partial_fit(
        X, y, range(10), sample_weight=kept.astype(float)
    )
    without = make_dense().partial_fit(X[kept], y[kept], range(10))

    assert same_weights(weighted, without)


def test_partial_fit_goes_on_after_fit(make, handful, validation):
    clf = make().fit(*handful, **validation)
    before = weights_of(clf)

    clf.partial_fit(*handful)

    change = [
        np.abs(after - each).max()
        for after, each in zip(weights_of(clf), before, strict=True)
    ]
    assert 0 < max(change) < 0.5
    assert clf.n_iter_ == len(clf.history_["loss"]) == 3
    assert clf.history_["loss"][2] < clf.history_["loss"][0]


def test_the_history_stays_a_table_after_partial_fit(handful, validation):
    clf = make_dense().fit(*handful, **validation).partial_fit(*handful)

    assert {len(values) for values in clf.history_.values()} == {3}
    assert len(pd.DataFrame(clf.history_)) == clf.n_iter_


def test_fit_after_partial_fit_starts_again(
    make, fitted_with_validation, handful, validation
):
    clf = make().partial_fit(*handful, classes=range(10))

    clf.fit(*handful, **validation)

    assert same_weights(clf, fitted_with_validation)


# Failures


def state_of(clf, X):
    state = {name: value for name, value in vars(clf).items() if name.endswith("_")}
    state = {name: repr(value) for name, value in state.items() if name != "model_"}
    return state | {"weights": weights_of(clf), "probabilities": clf.predict_proba(X)}


@pytest.fixture
def wide_frame(handful):
    X, y = handful
    return pd.DataFrame(X[:, :49]).rename(columns=str), y + 100


def test_bad_images_leave_the_earlier_fit_as_it_was(
    make, handful, validation, wide_frame
):
    clf = make().fit(*handful, **validation)
    before = state_of(clf, handful[0])
    X, y = wide_frame
    X.iloc[0, 0] = np.nan

    with pytest.raises(ValueError, match="NaN"):
        clf.fit(X, y)

    np.testing.assert_equal(state_of(clf, handful[0]), before)


@pytest.mark.parametrize("warm_start", [False, True])
def test_an_interrupted_fit_leaves_the_earlier_fit_as_it_was(
    warm_start, make, handful, validation
):
    clf = make(warm_start=warm_start).fit(*handful, **validation)
    before = state_of(clf, handful[0])
    clf.set_params(callbacks=[Interrupt(1 + 2 * warm_start)], random_state=1)

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful, **validation)

    np.testing.assert_equal(state_of(clf, handful[0]), before)
    clf.set_params(callbacks=None).fit(*handful, **validation)
    assert clf.n_iter_ == (4 if warm_start else 2)


def test_a_fit_of_another_shape_that_is_interrupted_leaves_the_earlier_one(
    handful, validation, wide_frame
):
    clf = make_dense().fit(*handful, **validation)
    before = state_of(clf, handful[0])
    clf.set_params(callbacks=[Interrupt(0)])

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*wide_frame)

    np.testing.assert_equal(state_of(clf, handful[0]), before)


def test_an_interrupted_first_fit_leaves_an_unfitted_classifier(handful):
    clf = make_dense(callbacks=[Interrupt(0)])
    before = vars(clf).copy()

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful)

    assert vars(clf) == before


def test_an_interrupted_partial_fit_is_as_if_it_had_not_been(make, handful):
    X, y = handful
    expected = make(**ADAM).partial_fit(X, y, range(10))
    clf = make(**ADAM).partial_fit(X, y, range(10))
    before = state_of(clf, X)

    clf.set_params(callbacks=[Interrupt(1)])
    with pytest.raises(KeyboardInterrupt):
        clf.partial_fit(X[::-1], y[::-1])

    np.testing.assert_equal(state_of(clf, X), before)
    clf.set_params(callbacks=None).partial_fit(X, y)
    assert same_weights(clf, expected.partial_fit(X, y))


def test_a_partial_fit_on_bad_images_leaves_the_earlier_one_as_it_was(handful):
    X, y = handful
    clf = make_dense().partial_fit(X, y, range(10))
    before = state_of(clf, X)

    with pytest.raises(ValueError, match="NaN"):
        clf.partial_fit(np.where(X > 15, np.nan, X), y)

    np.testing.assert_equal(state_of(clf, X), before)


DIVERGING = {"optimizer": "sgd", "learning_rate": 1e30}


@pytest.mark.parametrize("validation_split", [0, 0.1])
def test_training_that_diverges_says_so(validation_split, make, handful):
    clf = make(validation_split=validation_split, **DIVERGING)

    with pytest.raises(ValueError, match=r"diverged.*learning_rate"):
        clf.fit(*handful)


def test_training_that_diverges_in_its_last_step_says_so(make, handful):
    clf = make(epochs=1, batch_size=200, validation_split=0, **DIVERGING)

    with pytest.raises(ValueError, match=r"diverged.*learning_rate"):
        clf.fit(*handful)


def test_weights_that_diverge_out_of_sight_of_the_loss_are_noticed(handful):
    """Adafactor divides 0 by 0 where a pixel is always 0, and relu makes 0 of that."""
    clf = make_dense(optimizer="adafactor", epochs=1)

    with pytest.raises(ValueError, match=r"diverged: hidden_1/kernel"):
        clf.fit(*handful)


def test_a_partial_fit_that_diverges_says_so_and_leaves_the_earlier_one(make, handful):
    X, y = handful
    clf = make(batch_size=200).partial_fit(X, y, range(10))
    before = state_of(clf, X)
    clf.set_params(learning_rate=1e30)

    with pytest.raises(ValueError, match=r"diverged.*learning_rate"):
        clf.partial_fit(X, y)

    np.testing.assert_equal(state_of(clf, X), before)


def test_training_that_diverges_leaves_the_earlier_fit_as_it_was(handful, validation):
    clf = make_dense().fit(*handful, **validation)
    before = state_of(clf, handful[0])
    clf.set_params(**DIVERGING)

    with pytest.raises(ValueError, match="diverged"):
        clf.fit(*handful)

    np.testing.assert_equal(state_of(clf, handful[0]), before)


# Labels


LABELS = {
    "str": lambda y: y.astype(str),
    "str objects": lambda y: y.astype(str).astype(object),
    "uint8": lambda y: y.astype(np.uint8),
    "floats": lambda y: y.astype(np.float64),
    "far apart": lambda y: y * 10**12,
    "list": lambda y: y.tolist(),
    "series": pd.Series,
    "series with another index": lambda y: pd.Series(y, index=range(900, 900 + len(y))),
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "string": lambda y: pd.Series(y.astype(str), dtype="string"),
    "categorical": lambda y: pd.Series(y.astype(str), dtype="category"),
    "frame of one column": lambda y: pd.DataFrame({"digit": y}),
}


@pytest.fixture(scope="session")
def fitted_on_ints(handful):
    """Return a classifier that was fitted on the handful for one epoch."""
    return make_dense(epochs=1, validation_split=0).fit(*handful)


@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
@pytest.mark.parametrize("form", LABELS)
def test_labels_of_any_dtype_are_learnt_and_predicted(form, fitted_on_ints, handful):
    X, y = handful
    labels = LABELS[form](y)

    clf = make_dense(epochs=1, validation_split=0).fit(X, labels)

    flat = np.asarray(labels).ravel()
    assert same_weights(clf, fitted_on_ints)
    assert clf.classes_.tolist() == sorted(set(flat.tolist()))
    predicted = clf.predict(X)
    assert predicted.dtype == clf.classes_.dtype
    label_of = dict(zip(y.tolist(), flat.tolist(), strict=True))
    assert predicted.tolist() == [label_of[each] for each in fitted_on_ints.predict(X)]


@pytest.mark.parametrize("form", ["str", "categorical"])
def test_validation_labels_may_be_of_any_dtype(form, handful, validation):
    X, y = handful
    y_val = LABELS[form](validation["y_val"])

    clf = make_dense(epochs=1).fit(
        X, LABELS[form](y), X_val=validation["X_val"], y_val=y_val
    )

    expected = make_dense(epochs=1).fit(X, y, **validation)
    assert clf.history_ == expected.history_


@pytest.mark.parametrize("dtype", [bool, "boolean"])
def test_labels_may_be_truth_values(dtype, handful):
    X, y = handful
    labels = pd.Series(y < 5, dtype=dtype)

    clf = make_dense(epochs=6, validation_split=0, **ADAM).fit(X, labels)

    assert clf.classes_.tolist() == [False, True]
    assert clf.predict_proba(X).shape == (200, 2)
    assert clf.score(X, labels.astype(bool)) > 0.75


def test_categories_that_do_not_occur_are_no_classes(handful):
    X, y = handful
    labels = pd.Categorical(y.astype(str), categories=[*map(str, range(10)), "ten"])

    clf = make_dense(epochs=1, validation_split=0).fit(X, labels)

    assert clf.classes_.tolist() == [*map(str, range(10))]


def test_a_single_class_is_always_predicted(handful):
    X = handful[0]

    clf = make_dense().fit(X, np.full(len(X), "seven"))

    assert clf.classes_.tolist() == ["seven"]
    assert set(clf.predict(X)) == {"seven"}
    np.testing.assert_array_equal(clf.predict_proba(X), np.ones((200, 1)))
    np.testing.assert_array_equal(clf.predict_log_proba(X), np.zeros((200, 1)))


def test_more_classes_than_digits_can_be_learnt(handful):
    X = handful[0]

    clf = make_dense(epochs=1, validation_split=0).fit(X, np.arange(len(X)) // 4)

    assert clf.predict_proba(X).shape == (200, 50)
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1, atol=1e-5)
