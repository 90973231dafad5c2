"""The estimator of docs/architecture.md, defined in one file outside of the package."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from support.strided_classifier import StridedDigitClassifier

from digitclf.plotting import FeatureMapsDisplay


def make_strided(**params):
    quick = {"epochs": 15, "batch_size": 25, "learning_rate": 0.01, "random_state": 0}
    return StridedDigitClassifier(**(quick | params))


def test_own_estimator_learns_and_is_reproducible(few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    clf = make_strided().fit(X, y)

    assert clf.score(few_digits.X_test, few_digits.y_test) > 0.9
    again = clone(clf).fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), again.predict_proba(X))


def test_own_hyperparameter_is_searched(few_digits):
    search = GridSearchCV(make_strided(epochs=1), {"stride": [1, 2]}, cv=2)

    search.fit(few_digits.X_train, few_digits.y_train)

    assert len(search.cv_results_["params"]) == 2
    stride = search.best_params_["stride"]
    convolution = search.best_estimator_.model_.get_layer("convolution")
    assert convolution.strides == (stride, stride)


def test_own_hyperparameter_is_checked(handful):
    with pytest.raises(ValueError, match="'stride' parameter"):
        make_strided(stride=0).fit(*handful)


def test_displays_accept_an_own_estimator(few_digits):
    clf = make_strided(epochs=1).fit(few_digits.X_train, few_digits.y_train)

    display = FeatureMapsDisplay.from_estimator(clf, few_digits.X_test[0])

    assert display.maps["convolution"].shape == (3, 3, 16)
