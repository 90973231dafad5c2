"""Fixtures for tests of displays: fitted classifiers, and closing of figures."""

import matplotlib
import matplotlib.pyplot as plt
import pytest
from support.classifiers import quick_mlp

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
    return quick_mlp(epochs=1, validation_split=0.1).fit(
        few_digits.X_train, few_digits.y_train
    )
