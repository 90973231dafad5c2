"""Comparison of fitted classifiers, bit by bit."""

import numpy as np


def same_weights(clf, other):
    return all(
        np.array_equal(one, another)
        for one, another in zip(
            clf.model_.get_weights(), other.model_.get_weights(), strict=True
        )
    )


def assert_same_fit(clf, other, X):
    """Assert that two fits are equal, except for the paths of their checkpoints."""
    assert type(clf) is type(other)
    np.testing.assert_array_equal(clf.predict_proba(X), other.predict_proba(X))
    np.testing.assert_equal(fitted_attributes(clf), fitted_attributes(other))
    assert clf.classes_.dtype == other.classes_.dtype


def fitted_attributes(clf):
    return {
        name: value
        for name, value in vars(clf).items()
        if name.endswith("_") and name not in ("model_", "checkpoint_path_")
    }
