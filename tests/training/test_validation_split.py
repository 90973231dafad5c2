"""The validation split: which images are held out, and what fit does with them."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import log_loss
from support.classifiers import quick_cnn, quick_mlp
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


def split_mlp(**params):
    return quick_mlp(**({"validation_split": 0.1} | params))


@pytest.fixture(scope="session")
def fitted(handful):
    """Return a classifier that was fitted on the handful for one epoch."""
    return split_mlp(epochs=1).fit(*handful)


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


@pytest.mark.parametrize("make", [quick_mlp, quick_cnn])
def test_held_out_images_are_never_trained_on(make, handful, held_out):
    X, y = handful
    others = X.copy()
    others[held_out] = mirrored(X[held_out])

    one = make(epochs=1, validation_split=0.1).fit(X, y)
    other = make(epochs=1, validation_split=0.1).fit(others, y)

    assert same_weights(one, other)
    assert one.history_["loss"] == other.history_["loss"]
    assert one.history_["val_loss"] != other.history_["val_loss"]


def test_all_other_images_are_trained_on(fitted, handful, held_out):
    X, y = handful
    kept = np.setdiff1d(np.arange(len(y)), held_out)
    others = X.copy()
    others[kept[-1]] = mirrored(X[kept[-1:]])

    clf = split_mlp(epochs=1).fit(others, y)

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


def test_another_random_state_holds_out_other_images(fitted, handful, held_out):
    X, y = handful
    others = X.copy()
    others[held_out] = mirrored(X[held_out])
    clf = split_mlp(epochs=1, random_state=1)

    one, another = clf.fit(X, y).history_, clf.fit(others, y).history_

    assert one["loss"] != another["loss"]


def test_bool_labels_are_stratified_like_any_other(handful):
    X, y = handful

    clf = split_mlp().fit(X, y > 4)

    assert len(clf.history_["val_loss"]) == 2


def test_fit_warns_of_a_class_too_small_to_stratify(handful):
    X, y = handful
    keep = np.append(np.flatnonzero(y != 3), np.flatnonzero(y == 3)[:1])

    with pytest.warns(UserWarning, match="smallest class has 1"):
        clf = split_mlp().fit(X[keep], y[keep])

    assert clf.classes_.tolist() == list(range(10))
    assert "val_loss" in clf.history_


def test_fit_warns_of_too_few_samples_and_trains_on_all(handful):
    X, y = (array[:8] for array in handful)

    with pytest.warns(UserWarning, match="8 samples leaves none to validate on"):
        clf = split_mlp(validation_split=0.1, patience=0).fit(X, y)

    assert same_weights(clf, split_mlp(validation_split=0).fit(X, y))
    assert clf.history_.keys() == {"loss", "accuracy"}


def test_split_of_zero_trains_on_the_first_and_the_last_image(handful):
    X, y = handful
    clf = split_mlp(validation_split=0, epochs=1)
    weights = [clf.fit(X, y).model_.get_weights()]
    for position in (0, -1):
        others = X.copy()
        others[position] = mirrored(X[[position]])
        weights.append(clf.fit(others, y).model_.get_weights())

    original, *changed = weights
    for other in changed:
        assert not np.array_equal(other[0], original[0])
