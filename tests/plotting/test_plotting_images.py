"""Displays compared with the images in tests/images.

pytest-mpl compares the figure that a test returns.
To update the images, run ``python -m pytest tests/plotting/test_plotting_images.py
--mpl-generate-path=tests/images``, and look at them before committing.
"""

import numpy as np
import pytest

from digitclf.datasets import load_mnist
from digitclf.plotting import (
    DigitsDisplay,
    FeatureMapsDisplay,
    FiltersDisplay,
    PredictionDisplay,
    TrainingHistoryDisplay,
)

matches_image = pytest.mark.mpl_image_compare(tolerance=6, savefig_kwargs={"dpi": 60})

HISTORY = {
    "loss": [0.9, 0.5, 0.3, 0.2, 0.15, 0.12],
    "accuracy": [0.7, 0.85, 0.91, 0.94, 0.96, 0.97],
    "val_loss": [0.7, 0.45, 0.35, 0.3, 0.32, 0.36],
    "val_accuracy": [0.78, 0.87, 0.9, 0.92, 0.915, 0.91],
}
FILTERS = np.linspace(-1, 1, 3 * 3 * 10).reshape(3, 3, 10)


@pytest.fixture(scope="module")
def images():
    """Return the first ten training images of MNIST and their labels."""
    X, y = load_mnist(return_X_y=True)
    return X[:10].reshape(-1, 28, 28), y[:10]


def test_this_run_compares_figures_with_images(pytestconfig):
    assert pytestconfig.getoption("--mpl")


@matches_image
def test_history_with_validation():
    display = TrainingHistoryDisplay(HISTORY, best_epoch=4, stopped_early=True)
    return display.plot().figure_


@matches_image
def test_history_without_validation():
    history = {name: HISTORY[name] for name in ("loss", "accuracy")}
    return TrainingHistoryDisplay(history, best_epoch=6).plot(metrics="loss").figure_


@matches_image
def test_digits_with_errors_and_confidence(images):
    X, y = images
    y_pred = np.where(np.arange(10) % 4 == 0, 8, y)
    y_proba = np.full((10, 10), 0.05)
    y_proba[:, 0] = np.linspace(0.5, 1, 10)
    return DigitsDisplay.from_predictions(
        X, y, y_pred, y_proba=y_proba, which="all"
    ).figure_


@matches_image
def test_digits_without_errors(images):
    X, y = images
    return DigitsDisplay.from_predictions(X, y, y).figure_


@matches_image
def test_prediction_that_is_wrong(images):
    X, _ = images
    y_proba = [0.01, 0.02, 0.05, 0.52, 0.0, 0.3, 0.02, 0.03, 0.04, 0.01]
    return PredictionDisplay.from_predictions(X[0], y_proba, y=5).figure_


@matches_image
def test_filters():
    return FiltersDisplay(FILTERS, "convolution_1").plot().figure_


@matches_image
def test_feature_maps(images):
    X, _ = images
    edges = np.stack([np.roll(X[0], shift, axis=1) - X[0] / 2 for shift in range(3)], 2)
    maps = {"convolution_1": np.maximum(edges, 0), "pooling": edges[::2, ::2]}
    return FeatureMapsDisplay(X[0], maps).plot().figure_
