"""Clones: all parameters, and nothing that was fitted."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from support.classifiers import quick_mlp
from support.comparing import same_weights


def test_clone_has_all_parameters_and_no_fit(make_quick, few_digits):
    clf = make_quick(epochs=1, optimizer__learning_rate=0.01)
    clf.fit(few_digits.X_train, few_digits.y_train)

    copy = clone(clf)

    assert type(copy) is type(clf)
    assert copy.get_params() == clf.get_params()
    assert vars(copy).keys() == copy.get_params().keys()
    with pytest.raises(NotFittedError):
        copy.predict(few_digits.X_test)


def test_clone_fits_the_same_weights(fitted, handful):
    copy = clone(fitted).fit(*handful)

    assert same_weights(copy, fitted)


def test_clone_copies_an_optimizer_instance(few_digits):
    optimizer = keras.optimizers.SGD(learning_rate=0.25, momentum=0.5)
    clf = quick_mlp(epochs=1, optimizer=optimizer)
    clf.fit(few_digits.X_train, few_digits.y_train)

    copy = clone(clf).fit(few_digits.X_train, few_digits.y_train)

    assert copy.optimizer is not optimizer
    assert float(copy.model_.optimizer.learning_rate) == 0.25
    assert copy.model_.optimizer.momentum == 0.5
    np.testing.assert_array_equal(
        copy.predict_proba(few_digits.X_test), clf.predict_proba(few_digits.X_test)
    )
