"""The estimators inside ensembles and other meta-estimators of scikit-learn."""

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from support.classifiers import accurate_mlp


def test_calibrated_classifier_gives_calibrated_probabilities(few_digits):
    clf = accurate_mlp()
    calibrated = CalibratedClassifierCV(clf, cv=3)

    calibrated.fit(few_digits.X_train, few_digits.y_train)

    probabilities = calibrated.predict_proba(few_digits.X_test)
    assert calibrated.score(few_digits.X_test, few_digits.y_test) > 0.85
    assert log_loss(few_digits.y_test, probabilities) < 0.6


def test_voting_classifier_averages_probabilities(few_digits):
    clf = accurate_mlp()
    voting = VotingClassifier(
        [("digits", clf), ("neighbours", KNeighborsClassifier())], voting="soft"
    )

    voting.fit(few_digits.X_train, few_digits.y_train)

    average = np.mean(
        [member.predict_proba(few_digits.X_test) for member in voting.estimators_],
        axis=0,
    )
    np.testing.assert_allclose(voting.predict_proba(few_digits.X_test), average)
    assert voting.score(few_digits.X_test, few_digits.y_test) > 0.85


def test_bagging_classifier_gives_each_member_its_own_seed(few_digits):
    clf = accurate_mlp()
    bagging = BaggingClassifier(clf, n_estimators=3, random_state=0)

    bagging.fit(few_digits.X_train, few_digits.y_train)

    assert bagging.score(few_digits.X_test, few_digits.y_test) > 0.85
    assert len({member.random_state for member in bagging.estimators_}) == 3


def test_bagging_classifier_is_reproducible(few_digits):
    clf = accurate_mlp()
    first, second = (
        BaggingClassifier(clf, n_estimators=2, random_state=0)
        .fit(few_digits.X_train, few_digits.y_train)
        .predict_proba(few_digits.X_test)
        for _ in range(2)
    )

    np.testing.assert_array_equal(first, second)


def test_stacking_classifier_uses_the_probabilities(few_digits):
    clf = accurate_mlp()
    stacking = StackingClassifier(
        [("digits", clf), ("neighbours", KNeighborsClassifier())],
        final_estimator=LogisticRegression(max_iter=1000),
        cv=3,
    )

    stacking.fit(few_digits.X_train, few_digits.y_train)

    assert stacking.transform(few_digits.X_test).shape == (500, 20)
    assert stacking.score(few_digits.X_test, few_digits.y_test) > 0.85


def test_one_versus_rest_classifier_fits_binary_classifiers(few_digits):
    digits_up_to_4 = few_digits.y_train < 5
    tested = few_digits.y_test < 5
    rest = OneVsRestClassifier(accurate_mlp())

    rest.fit(few_digits.X_train[digits_up_to_4], few_digits.y_train[digits_up_to_4])

    assert [member.classes_.tolist() for member in rest.estimators_] == [[0, 1]] * 5
    assert rest.score(few_digits.X_test[tested], few_digits.y_test[tested]) > 0.9


def test_permutation_importance_finds_the_pixels_with_ink(few_digits):
    clf = accurate_mlp()
    clf.fit(few_digits.X_train, few_digits.y_train)

    importance = permutation_importance(
        clf, few_digits.X_test, few_digits.y_test, n_repeats=2, random_state=0
    ).importances_mean

    always_blank = np.ptp(few_digits.X_test, axis=0) == 0
    assert always_blank.sum() >= 3
    np.testing.assert_array_equal(importance[always_blank], 0.0)
    image = importance.reshape(8, 8)
    assert image[:, 2:6].mean() > image[:, [0, 1, 6, 7]].mean() + 0.005
