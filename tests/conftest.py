"""What the tests share: real digits, and both estimators in a small, quick form."""

import functools
import os
from typing import NamedTuple

# TensorFlow reads this once, when it is first imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import digitclf
from digitclf.datasets import load_mnist

QUICK_PARAMS = {
    "MLPDigitClassifier": {"hidden_layer_sizes": (64,)},
    "CNNDigitClassifier": {
        "filters": (8,),
        "hidden_layer_sizes": (32,),
        "hidden_dropout": 0.0,
    },
}
TRAINING_PARAMS = {
    "epochs": 6,
    "batch_size": 25,
    "learning_rate": 0.01,
    "random_state": 0,
}
"""Together, settings that learn 8 x 8 digits in about a second, well above 0.9."""


class Split(NamedTuple):
    """Images and their labels, to train on and to test on; nobody can write to them."""

    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


def read_only(arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


@pytest.fixture(scope="session")
def digits():
    """Return the 8 x 8 digits of scikit-learn: 1297 to train on, 500 to test on."""
    X, y = load_digits(return_X_y=True)
    return Split(
        *read_only(train_test_split(X, y, test_size=500, stratify=y, random_state=0))
    )


@pytest.fixture(scope="session")
def few_digits(digits):
    """Return 600 of the 8 x 8 digits to train on, and the same 500 to test on."""
    X, _, y, _ = train_test_split(
        digits.X_train,
        digits.y_train,
        train_size=600,
        stratify=digits.y_train,
        random_state=0,
    )
    return Split(*read_only([X, digits.X_test, y, digits.y_test]))


@pytest.fixture(scope="session")
def mnist():
    """Return 1000 of MNIST's training images and 500 of its test images, as uint8."""
    X_train, _, y_train, _ = few_of_mnist("train", 1000)
    X_test, _, y_test, _ = few_of_mnist("test", 500)
    return Split(*read_only([X_train, X_test, y_train, y_test]))


def few_of_mnist(subset, size):
    X, y = load_mnist(subset=subset, return_X_y=True)
    return train_test_split(X, y, train_size=size, stratify=y, random_state=0)


@pytest.fixture(
    scope="session", params=sorted(QUICK_PARAMS), ids=lambda name: name[:3].lower()
)
def estimator_class(request):
    """Return each of the two estimator classes in turn."""
    # Looked up here: tests that need no network do not wait for TensorFlow.
    return getattr(digitclf, request.param)


@pytest.fixture(scope="session")
def make_classifier(estimator_class):
    """Return a function that makes quick classifiers of one class."""
    return functools.partial(make_quick, estimator_class.__name__)


@pytest.fixture(scope="session")
def make_each_classifier():
    """Return a function that makes a list with a quick classifier of each class."""
    return lambda **params: [make_quick(name, **params) for name in QUICK_PARAMS]


def make_quick(name, **params):
    quick = QUICK_PARAMS[name] | TRAINING_PARAMS
    return getattr(digitclf, name)(**(quick | params))


@pytest.fixture
def clf(make_classifier):
    """Return a quick classifier that is not fitted."""
    return make_classifier()
