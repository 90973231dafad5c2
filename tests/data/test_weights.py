"""Weights of samples and of classes: how much an image counts in training."""

import numpy as np
import pytest
from sklearn.metrics import recall_score
from support.comparing import same_weights
from support.small_classifiers import ADAM, make_dense


def test_images_of_weight_zero_are_as_good_as_absent(make, handful, validation):
    X, y = handful
    weights = np.ones(len(y))
    weights[::3] = 0.0
    kept = weights > 0

    weighted = make().fit(X, y, sample_weight=weights, **validation)
    without = make().fit(X[kept], y[kept], **validation)

    assert same_weights(weighted, without)
    assert weighted.history_ == without.history_


def test_images_of_weight_zero_are_not_held_out_either(handful):
    X, y = handful
    weights = np.ones(len(y))
    weights[::3] = 0.0
    kept = weights > 0

    weighted = make_dense().fit(X, y, sample_weight=weights)

    assert weighted.history_ == make_dense().fit(X[kept], y[kept]).history_


def test_equal_weights_are_no_weights(
    make, fitted_with_validation, handful, validation
):
    X, y = handful

    clf = make().fit(X, y, sample_weight=np.ones(len(y)), **validation)

    assert same_weights(clf, fitted_with_validation)


def test_weights_decide_between_two_labels_of_the_same_images(handful):
    X, y = handful
    X, y = np.concatenate([X, X]), np.repeat(["heavy", "light"], len(y))
    weights = np.repeat([5.0, 1.0], len(X) // 2)
    clf = make_dense(validation_split=0, epochs=4, **ADAM)

    heavy = clf.fit(X, y, sample_weight=weights).predict(X)
    light = clf.fit(X, y, sample_weight=1 / weights).predict(X)

    assert set(heavy) == {"heavy"}
    assert set(light) == {"light"}


@pytest.mark.parametrize("as_label", [int, str])
def test_class_weights_are_weights_of_the_samples_with_that_label(as_label, handful):
    X, y = handful
    y = y.astype(as_label)
    by_label = {as_label(3): 4.0, as_label(7): 0.0}
    by_sample = np.array([by_label.get(label, 1.0) for label in y.tolist()])

    by_class = make_dense(class_weight=by_label, validation_split=0).fit(X, y)
    one_by_one = make_dense(validation_split=0).fit(X, y, sample_weight=by_sample)

    assert same_weights(by_class, one_by_one)


def test_class_weights_and_sample_weights_multiply(handful):
    X, y = handful
    by_sample = np.linspace(0.5, 2, len(y))
    product = by_sample * np.where(y == 3, 4.0, 1.0)

    both = make_dense(class_weight={3: 4.0}, validation_split=0)
    both.fit(X, y, sample_weight=by_sample)

    one = make_dense(validation_split=0).fit(X, y, sample_weight=product)
    assert same_weights(both, one)


def test_balanced_class_weights_do_not_count_images_of_weight_zero(make, handful):
    X, y = handful
    weights = np.where((np.arange(len(y)) % 2 == 1) & (y == 3), 0.0, 1.0)
    counting = weights > 0
    clf = make(class_weight="balanced", validation_split=0)

    weighted = clf.fit(X, y, sample_weight=weights).predict_proba(X)

    expected = clf.fit(X[counting], y[counting]).predict_proba(X)
    np.testing.assert_array_equal(weighted, expected)


def test_balanced_class_weights_find_more_of_a_rare_class(digits):
    X, y = digits.X_train, digits.y_train
    rare, common = np.flatnonzero(y == 8)[:10], np.flatnonzero(y == 1)
    chosen = np.concatenate([rare, common])
    test = np.isin(digits.y_test, [1, 8])
    X_test, y_test = digits.X_test[test], digits.y_test[test]
    clf = make_dense(epochs=4, batch_size=25, validation_split=0, **ADAM)

    recalls = [
        recall_score(
            y_test,
            clf.set_params(class_weight=class_weight)
            .fit(X[chosen], y[chosen])
            .predict(X_test),
            pos_label=8,
        )
        for class_weight in (None, "balanced")
    ]

    unbalanced, balanced = recalls
    assert balanced > unbalanced + 0.1
