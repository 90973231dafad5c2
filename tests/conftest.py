"""Fixtures for all tests: digits, classifiers and the command line."""

import functools
import os
from typing import NamedTuple

# TensorFlow reads this once, when it is first imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from support import classifiers
from support.classifiers import quick_mlp
from support.command_line import QUICK, run
from support.image_folders import as_grey_levels, save_images
from support.image_forms import as_images

import digitclf
from digitclf.cli import app
from digitclf.datasets import load_mnist

# Digits


class Split(NamedTuple):
    """Images and labels for training and for testing. The arrays are read-only."""

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
def handful(few_digits):
    """Return 200 of the 8 x 8 digits and their labels."""
    return few_digits.X_train[:200], few_digits.y_train[:200]


@pytest.fixture(scope="session")
def sixty_digits(few_digits):
    """Return 60 of the 8 x 8 digits and their labels."""
    return few_digits.X_train[:60], few_digits.y_train[:60]


@pytest.fixture(scope="session")
def validation(few_digits):
    """Return validation images and labels, as keyword arguments of `fit`."""
    return {"X_val": few_digits.X_test[:100], "y_val": few_digits.y_test[:100]}


@pytest.fixture(scope="session")
def mnist():
    """Return 1000 of MNIST's training images and 500 of its test images, as uint8."""
    X_train, _, y_train, _ = few_of_mnist("train", 1000)
    X_test, _, y_test, _ = few_of_mnist("test", 500)
    return Split(*read_only([X_train, X_test, y_train, y_test]))


def few_of_mnist(subset, size):
    X, y = load_mnist(subset=subset, return_X_y=True)
    return train_test_split(X, y, train_size=size, stratify=y, random_state=0)


@pytest.fixture(scope="session")
def mnist_test():
    """Return the Bunch of MNIST's test images."""
    return load_mnist(subset="test")


# Classifiers. What does not depend on the network is tested with the dense one alone.


@pytest.fixture(
    scope="session",
    params=classifiers.QUICK_NETWORKS,
    ids=lambda name: name[:3].lower(),
)
def estimator_class(request):
    """Return each of the estimator classes in turn."""
    return getattr(digitclf, request.param)


@pytest.fixture(scope="session")
def make_quick(estimator_class):
    """Return a function that makes classifiers of one class which train in a moment."""
    return functools.partial(classifiers.make_quick, estimator_class.__name__)


@pytest.fixture(scope="session")
def make_accurate(estimator_class):
    """Return a function that makes classifiers of one class with good accuracies."""
    return functools.partial(classifiers.make_accurate, estimator_class.__name__)


@pytest.fixture(scope="session")
def fitted(make_quick, handful):
    """Return a quick classifier of either class that was fitted on the handful."""
    return make_quick().fit(*handful)


@pytest.fixture(scope="session")
def fitted_mlp(handful):
    """Return a quick dense network that was fitted on the handful."""
    return quick_mlp().fit(*handful)


@pytest.fixture(scope="session")
def validated_mlp(handful, validation):
    """Return a quick dense network that was fitted with validation images."""
    return quick_mlp().fit(*handful, **validation)


@pytest.fixture(scope="session")
def fitted_on_images(make_quick, sixty_digits):
    """Return a quick classifier of either class, fitted on 8 x 8 images of float64."""
    X, y = sixty_digits
    return make_quick().fit(as_images(X), y)


@pytest.fixture(scope="session")
def mlp_fitted_on_images(sixty_digits):
    """Return a quick dense network that was fitted on 8 x 8 images of float64."""
    X, y = sixty_digits
    return quick_mlp().fit(as_images(X), y)


@pytest.fixture(scope="session", params=["estimator", "predictor"])
def mlp_or_predictor(request, mlp_fitted_on_images, tmp_path_factory):
    """Return that network as an estimator, and as a predictor without TensorFlow."""
    if request.param == "estimator":
        return mlp_fitted_on_images
    path = tmp_path_factory.mktemp("predictor") / "mlp.keras"
    digitclf.save_model(mlp_fitted_on_images, path)
    return digitclf.load_predictor(path)


# The command line


@pytest.fixture
def invoke(capsys):
    """Return a function that runs the program here: exit code, stdout and stderr."""

    def run_here(*args):
        with pytest.raises(SystemExit) as exit_:
            app([str(arg) for arg in args], prog_name="digitclf")
        return exit_.value.code, *capsys.readouterr()

    return run_here


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Return a finished run of `digitclf train` and the model that it saved."""
    path = tmp_path_factory.mktemp("trained") / "digits.keras"
    done = run(*QUICK, "--output", path)
    assert done.returncode == 0, done.stderr
    return done, path


@pytest.fixture(scope="session")
def model_file(trained):
    """Return the path of the model that `digitclf train` saved."""
    return trained[1]


@pytest.fixture(scope="session")
def trained_clf(model_file):
    """Return the classifier that `digitclf train` saved."""
    from digitclf import load_model

    return load_model(model_file)


@pytest.fixture(scope="session")
def own_images(few_digits, tmp_path_factory):
    """Return a folder with 600 of the 8 x 8 digits in subfolders 0 to 9."""
    folder = tmp_path_factory.mktemp("own") / "digits"
    save_images(folder, as_grey_levels(few_digits.X_train), few_digits.y_train)
    return folder


@pytest.fixture(scope="session")
def trained_on_own(own_images, tmp_path_factory):
    """Return a finished run of `digitclf train --data` and the model that it saved."""
    path = tmp_path_factory.mktemp("trained_on_own") / "own.keras"
    options = ["--raw", "--model", "mlp", "--schedule", "one_cycle", "--dropout", "0.1"]
    options += ["--augment", "light"]
    done = run("train", "--data", own_images, *options, "--plot", "--output", path)
    assert done.returncode == 0, done.stderr
    return done, path
