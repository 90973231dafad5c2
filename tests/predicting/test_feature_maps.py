"""Feature maps without TensorFlow."""

import numpy as np
import pytest

from digitclf import CNNDigitClassifier, save_model
from digitclf._feature_maps import FeatureMaps
from digitclf._inference import read_classifier
from digitclf.plotting import FeatureMapsDisplay

PARAMETERS = {"filters": (4, 6), "hidden_layer_sizes": (8,), "epochs": 1}


@pytest.fixture
def read(handful, tmp_path):
    """Return a function that fits a network and returns it with its stored form."""

    def fit_and_read(**parameters):
        clf = CNNDigitClassifier(**PARAMETERS | parameters, random_state=0)
        save_model(clf.fit(*handful), tmp_path / "cnn.keras")
        return clf, FeatureMaps(read_classifier(tmp_path / "cnn.keras"))

    return fit_and_read


def test_they_are_those_of_the_display(read, few_digits):
    clf, feature_maps = read()
    image = few_digits.X_test[0]

    maps = feature_maps.of(image)

    expected = FeatureMapsDisplay.from_estimator(clf, image).maps
    assert list(maps) == list(expected) == feature_maps.layers
    for layer, array in expected.items():
        np.testing.assert_allclose(maps[layer], array, atol=1e-5)


def test_those_of_a_convolution_are_normalized_and_activated(read, few_digits):
    clf, feature_maps = read(batch_normalization=True)
    image = few_digits.X_test[0]

    maps = feature_maps.of(image)

    layers = ["activation_1", "activation_2", "pooling"]
    expected = FeatureMapsDisplay.from_estimator(clf, image, layers=layers).maps
    for found, array in zip(maps.values(), expected.values(), strict=True):
        np.testing.assert_allclose(found, array, atol=1e-5)


def test_kernels_are_those_of_the_network(read):
    clf, feature_maps = read()

    assert list(feature_maps.kernels) == ["convolution_1", "convolution_2"]
    for layer, kernel in feature_maps.kernels.items():
        np.testing.assert_array_equal(kernel, clf.model_.get_layer(layer).kernel)


def test_a_dense_network_has_none(fitted_mlp, few_digits, tmp_path):
    save_model(fitted_mlp, tmp_path / "mlp.keras")

    feature_maps = FeatureMaps(read_classifier(tmp_path / "mlp.keras"))

    assert feature_maps.layers == []
    assert feature_maps.of(few_digits.X_test[0]) == {}
