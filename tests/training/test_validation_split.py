"""The validation split, and validation images passed to fit."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import log_loss
from support.comparing import same_weights

from digitclf._base import SPLIT
from digitclf._data.split import split_off_validation
from digitclf._seeds import child_seed, draw_seed


@pytest.fixture(scope="session")
def handful(few_digits):
    """Return 300 of the 8 x 8 digits and their labels."""
    return few_digits.X_train[:300], few_digits.y_train[:300]


@pytest.fixture(scope="session")
def held_out(handful):
    """Return which of the handful a fit with random_state=0 holds out."""
    _, y = handful
    return split_off_validation(y, 0.1, child_seed(draw_seed(0), SPLIT))[1]


@pytest.fixture(scope="session")
def make(make_classifier):
    """Return a function that makes classifiers which train for two quick epochs."""

    def make(**params):
        return make_classifier(**({"epochs": 2, "batch_size": 50} | params))

    return make


@pytest.fixture(scope="session")
def fitted(make, handful):
    """Return a classifier that was fitted on the handful for one epoch."""
    return make(epochs=1).fit(*handful)


def mirrored(X):
    return X.reshape(-1, 8, 8)[:, :, ::-1].reshape(-1, 64)


# How the samples are chosen


@pytest.mark.parametrize("validation_split", [0.1, 0.25, 0.5, 0.8])
def test_every_sample_is_trained_on_or_held_out(validation_split, digits):
    y = digits.y_train

    train, validation = split_off_validation(y, validation_split, 0)

    assert sorted([*train, *validation]) == list(range(len(y)))
    assert len(validation) == pytest.approx(validation_split * len(y), abs=1)


def test_classes_are_held_out_in_their_own_proportions():
    y = np.repeat([0, 1, 2], [700, 200, 100])

    _, validation = split_off_validation(y, 0.1, 0)

    assert np.bincount(y[validation]).tolist() == [70, 20, 10]


def test_the_same_seed_holds_out_the_same_samples(digits):
    one = split_off_validation(digits.y_train, 0.1, 7)
    another = split_off_validation(digits.y_train, 0.1, 7)

    np.testing.assert_array_equal(one[0], another[0])
    np.testing.assert_array_equal(one[1], another[1])


def test_another_seed_holds_out_other_samples(digits):
    one = split_off_validation(digits.y_train, 0.1, 7)[1]
    another = split_off_validation(digits.y_train, 0.1, 8)[1]

    assert set(one) != set(another)


@pytest.mark.parametrize("seed", range(5))
def test_a_class_too_small_to_stratify_warns_and_stays_in_training(seed):
    y = np.repeat([0, 1, 2, 3], [40, 40, 1, 1])

    with pytest.warns(UserWarning, match=r"too few samples .* smallest class has 1"):
        train, validation = split_off_validation(y, 0.25, seed)

    assert set(y[train]) == {0, 1, 2, 3}
    assert len(validation) == 20
    assert not set(train) & set(validation)


@pytest.mark.parametrize("validation_split", [0.1, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.filterwarnings("ignore:There are too few samples")
def test_every_class_stays_in_training(validation_split, seed):
    y = np.repeat([0, 1, 2], [150, 40, 2])

    train, _ = split_off_validation(y, validation_split, seed)

    assert set(y[train]) == {0, 1, 2}


def test_too_few_samples_to_hold_any_out_warn_and_are_all_trained_on():
    y = np.array([0, 1, 0, 1, 0])

    with pytest.warns(UserWarning, match=r"5 samples leaves none .* all of them"):
        train, validation = split_off_validation(y, 0.1, 0)

    assert train.tolist() == [0, 1, 2, 3, 4]
    assert len(validation) == 0


def test_classes_of_one_sample_each_warn_that_all_are_trained_on():
    y = np.arange(20)

    with pytest.warns(UserWarning, match=r"all of them, without early stopping"):
        train, validation = split_off_validation(y, 0.1, 0)

    assert sorted(train) == list(range(20))
    assert len(validation) == 0


def test_a_split_of_zero_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train, validation = split_off_validation(np.array([0, 1, 1]), 0, 0)

    assert train.tolist() == [0, 1, 2]
    assert len(validation) == 0


# What fit does with them


def test_held_out_images_are_never_trained_on(make, fitted, handful, held_out):
    X, y = handful
    others = X.copy()
    others[held_out] = mirrored(X[held_out])

    clf = make(epochs=1).fit(others, y)

    assert same_weights(clf, fitted)
    assert clf.history_["loss"] == fitted.history_["loss"]
    assert clf.history_["val_loss"] != fitted.history_["val_loss"]


def test_all_other_images_are_trained_on(make, fitted, handful, held_out):
    X, y = handful
    kept = np.setdiff1d(np.arange(len(y)), held_out)
    others = X.copy()
    others[kept[-1]] = mirrored(X[kept[-1:]])

    clf = make(epochs=1).fit(others, y)

    assert not same_weights(clf, fitted)


def test_the_validation_loss_is_that_of_the_held_out_images(fitted, handful, held_out):
    X, y = handful

    probabilities = fitted.predict_proba(X[held_out])

    assert fitted.best_validation_loss_ == pytest.approx(
        log_loss(y[held_out], probabilities, labels=fitted.classes_), rel=1e-4
    )
    assert fitted.history_["val_accuracy"] == pytest.approx(
        [np.mean(probabilities.argmax(axis=1) == y[held_out])]
    )


def test_another_random_state_holds_out_other_images(make, fitted, handful, held_out):
    X, y = handful
    others = X.copy()
    others[held_out] = mirrored(X[held_out])
    clf = make(epochs=1, random_state=1)

    one, another = clf.fit(X, y).history_, clf.fit(others, y).history_

    assert one["loss"] != another["loss"]


def test_a_bool_array_of_labels_is_stratified_like_any_other(make, handful):
    X, y = handful

    clf = make().fit(X, y > 4)

    assert len(clf.history_["val_loss"]) == 2


def test_fit_warns_of_a_class_too_small_to_stratify(make, handful):
    X, y = handful
    keep = np.append(np.flatnonzero(y != 3), np.flatnonzero(y == 3)[:1])

    with pytest.warns(UserWarning, match="smallest class has 1"):
        clf = make().fit(X[keep], y[keep])

    assert clf.classes_.tolist() == list(range(10))
    assert "val_loss" in clf.history_


def test_fit_warns_of_too_few_samples_and_trains_on_all(make, handful):
    X, y = (array[:8] for array in handful)

    with pytest.warns(UserWarning, match="8 samples leaves none to validate on"):
        clf = make(validation_split=0.1, patience=0).fit(X, y)

    assert same_weights(clf, make(validation_split=0).fit(X, y))
    assert clf.history_.keys() == {"loss", "accuracy"}


def test_a_split_of_zero_trains_on_everything_without_early_stopping(make, handful):
    clf = make(validation_split=0, patience=0, epochs=4, learning_rate=0.5)

    clf.fit(*handful)

    assert clf.history_.keys() == {"loss", "accuracy"}
    assert clf.n_iter_ == clf.best_epoch_ == 4
    assert clf.best_validation_loss_ is None


def test_with_a_split_of_zero_the_last_image_counts(make, handful):
    X, y = handful
    clf = make(validation_split=0, epochs=1)
    weights = [clf.fit(X, y).model_.get_weights()]
    for position in (0, -1):
        others = X.copy()
        others[position] = mirrored(X[[position]])
        weights.append(clf.fit(others, y).model_.get_weights())

    original, *changed = weights
    for other in changed:
        assert not np.array_equal(other[0], original[0])


# Validation images passed to fit


def test_validation_images_that_are_passed_replace_the_split(make, handful, few_digits):
    X, y = handful
    X_val, y_val = few_digits.X_test[:100], few_digits.y_test[:100]

    clf = make(epochs=1, validation_split=0.5).fit(X, y, X_val=X_val, y_val=y_val)

    assert same_weights(clf, make(epochs=1, validation_split=0).fit(X, y))
    assert clf.best_validation_loss_ == pytest.approx(
        log_loss(y_val, clf.predict_proba(X_val)), rel=1e-4
    )


def test_validation_images_may_have_another_layout_and_labels_be_few(make, handful):
    X, y = handful

    clf = make(epochs=1).fit(
        X, y, X_val=X[:5].reshape(-1, 8, 8, 1).tolist(), y_val=y[:5].tolist()
    )

    expected = -np.log(clf.predict_proba(X[:5])[np.arange(5), y[:5]]).mean()
    assert clf.best_validation_loss_ == pytest.approx(expected, rel=1e-4)


def test_validation_images_allow_for_early_stopping_with_a_split_of_zero(
    make, handful, few_digits
):
    clf = make(validation_split=0, patience=1, epochs=30, learning_rate=0.3)

    clf.fit(*handful, X_val=few_digits.X_test, y_val=few_digits.y_test)

    assert clf.n_iter_ < 30
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1


def test_validation_images_of_weight_zero_do_not_count(make, handful, few_digits):
    X_val, y_val = few_digits.X_test[:100], few_digits.y_test[:100]
    weights = np.repeat([1.0, 0.0], 50)

    weighted = make(epochs=1).fit(
        *handful, X_val=X_val, y_val=y_val, sample_weight_val=weights
    )
    alone = make(epochs=1).fit(*handful, X_val=X_val[:50], y_val=y_val[:50])

    assert weighted.history_ == alone.history_


def test_validation_images_weigh_in_the_validation_loss(make, handful, few_digits):
    X_val, y_val = few_digits.X_test[:100], few_digits.y_test[:100]
    weights = np.repeat([3.0, 1.0], 50)

    clf = make(epochs=1).fit(
        *handful, X_val=X_val, y_val=y_val, sample_weight_val=weights
    )

    losses = -np.log(clf.predict_proba(X_val)[np.arange(100), y_val])
    assert clf.best_validation_loss_ == pytest.approx(
        np.average(losses, weights=weights), rel=1e-4
    )
