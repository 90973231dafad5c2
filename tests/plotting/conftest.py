"""Fixtures for tests of displays: fitted classifiers, and closing of figures."""

import matplotlib
import matplotlib.pyplot as plt
import pytest

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def close_figures():
    """Close the figures of a test."""
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def cnn(few_digits):
    """Return a fitted convolutional network with two convolutions."""
    from digitclf import CNNDigitClassifier

    clf = CNNDigitClassifier(
        filters=(4, 6), hidden_layer_sizes=(8,), epochs=3, random_state=0
    )
    return clf.fit(few_digits.X_train, few_digits.y_train)


@pytest.fixture(scope="session")
def weak(few_digits):
    """Return a fitted classifier that makes many mistakes."""
    from support.small_classifiers import make_dense

    return make_dense(epochs=1).fit(few_digits.X_train, few_digits.y_train)
