"""scikit-learn's own checks of estimators, and the tags that they follow."""

import unittest

import pytest
from scikeras.wrappers import KerasClassifier
from sklearn.base import BaseEstimator, ClassifierMixin, is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    estimator_checks_generator,
    parametrize_with_checks,
)

from digitclf import CNNDigitClassifier, MLPDigitClassifier

EXPECTED_FAILED_CHECKS = {
    "check_sample_weight_equivalence_on_dense_data": (
        "training uses mini-batches: an image of weight 2 is in one batch per epoch, "
        "an image that occurs twice is in two batches, in another order"
    )
}


# The data of the checks are tiny and seldom square images.
@pytest.mark.filterwarnings(
    "ignore:.* features do not form a square image:UserWarning",
    "ignore:validation_split=:UserWarning",
    "ignore:There are too few samples to hold out:UserWarning",
)
@parametrize_with_checks(
    [MLPDigitClassifier(), CNNDigitClassifier()],
    expected_failed_checks=lambda estimator: EXPECTED_FAILED_CHECKS,
    xfail_strict=True,
)
def test_every_check_of_scikit_learn_passes(estimator, check):
    try:
        check(estimator)
    except unittest.SkipTest as skipped:
        # This check alone depends on the environment instead of the estimator.
        if "SCIPY_ARRAY_API is not set" not in str(skipped):
            pytest.fail(f"skipped: {skipped}")
        raise


def names_of_checks(estimator):
    return {
        getattr(check, "func", check).__name__
        for _, check in estimator_checks_generator(estimator)
    }


def test_all_checks_of_a_scikit_learn_classifier_are_run(estimator_class):
    theirs = names_of_checks(HistGradientBoostingClassifier())

    assert names_of_checks(estimator_class()) >= theirs


def test_tags_skip_no_checks(estimator_class):
    tags = get_tags(estimator_class())

    assert not tags.classifier_tags.poor_score
    assert not tags.no_validation
    assert not tags.non_deterministic
    assert not tags._skip_test


def test_tags_describe_input_and_target(estimator_class):
    tags = get_tags(estimator_class())

    assert tags.estimator_type == "classifier"
    assert tags.requires_fit
    assert tags.target_tags.required
    assert tags.classifier_tags.multi_class
    assert not tags.classifier_tags.multi_label
    assert not tags.target_tags.multi_output
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array
    assert not tags.input_tags.one_d_array
    assert not tags.input_tags.sparse
    assert not tags.input_tags.allow_nan
    assert not tags.input_tags.categorical
    assert not tags.input_tags.string
    assert not tags.input_tags.pairwise


def test_is_a_classifier_of_scikeras_and_of_scikit_learn(estimator_class):
    clf = estimator_class()

    assert isinstance(clf, KerasClassifier)
    assert isinstance(clf, BaseEstimator)
    assert isinstance(clf, ClassifierMixin)
    assert is_classifier(clf)
