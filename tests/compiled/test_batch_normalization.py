"""Statistics of batch normalization at prediction."""

import keras
import numpy as np
import pytest
from support.classifiers import quick_cnn

NORMALIZED = {
    "filters": ((4, 6), (8,)),
    "batch_normalization": True,
    "padding": "same",
    "dropout": 0.4,
}


def statistics_of(network, X):
    """Return mean and variance of the inputs of each normalization, one at a time."""
    x = X.reshape(-1, *network.input_shape[1:])
    for layer in network.layers[1:]:
        if isinstance(layer, keras.layers.BatchNormalization):
            inputs = np.asarray(x, np.float64)
            yield layer, inputs.mean(axis=(0, 1, 2)), inputs.var(axis=(0, 1, 2))
        x = layer(x)


@pytest.mark.parametrize("ema_momentum", [None, 0.9])
def test_statistics_are_those_of_the_training_images(ema_momentum, digits):
    X, y = digits.X_train, digits.y_train
    clf = quick_cnn(**NORMALIZED, ema_momentum=ema_momentum, epochs=3)

    network = clf.fit(X, y).model_

    checked = 0
    for layer, mean, variance in statistics_of(network, X):
        deviation = np.sqrt(variance)
        # All images are measured, in batches that are normalized by themselves.
        assert np.abs(layer.moving_mean - mean).max() < 0.03 * deviation.max()
        assert np.abs(np.sqrt(layer.moving_variance) / deviation - 1).max() < 0.05
        checked += 1
    assert checked == 3


def test_statistics_belong_to_the_best_epoch(digits):
    X, y = digits.X_train, digits.y_train
    clf = quick_cnn(
        **NORMALIZED, epochs=6, patience=1, learning_rate=5.0, validation_split=0.2
    )
    clf.fit(X, y)

    loss = -np.log(clf.predict_proba(X)[np.arange(len(y)), y]).mean()

    assert clf.n_iter_ > clf.best_epoch_
    assert loss < 1.5 * clf.best_validation_loss_ + 0.5


def test_predictions_are_those_of_keras(digits):
    X, y = digits.X_train, digits.y_train
    clf = quick_cnn(**NORMALIZED, epochs=2).fit(X, y)

    of_keras = clf.model_.predict(X[:50].reshape(50, 8, 8, 1), verbose=0)

    np.testing.assert_allclose(clf.predict_proba(X[:50]), of_keras, atol=1e-6)


def test_a_step_is_that_of_keras(handful):
    X, y = handful
    clf = quick_cnn(
        **NORMALIZED | {"dropout": 0.0},
        epochs=1,
        batch_size=len(X),
        learning_rate=0.01,
    )
    network = clf.initialize(X, y).model_
    network.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    network.fit(
        X.reshape(-1, *network.input_shape[1:]), y, batch_size=len(X), verbose=0
    )

    trained = clf.fit(X, y).model_

    for ours, of_keras in zip(
        trained.trainable_variables, network.trainable_variables, strict=True
    ):
        np.testing.assert_allclose(ours, of_keras, atol=1e-5)


def test_frozen_normalization_keeps_its_statistics(digits):
    X, y = digits.X_train, digits.y_train
    clf = quick_cnn(**NORMALIZED, epochs=1, warm_start=True).fit(X, y)
    layer = clf.model_.get_layer("normalization_1_1")
    layer.trainable = False
    before = layer.moving_mean.numpy()

    after = clf.fit(X, y).model_.get_layer("normalization_1_1").moving_mean.numpy()

    np.testing.assert_array_equal(after, before)


def test_fits_with_one_seed_have_the_same_bits(digits):
    X, y = digits.X_train, digits.y_train
    one, another = (
        quick_cnn(**NORMALIZED, epochs=2).fit(X, y).model_.get_weights()
        for _ in range(2)
    )

    for first, second in zip(one, another, strict=True):
        np.testing.assert_array_equal(first, second)
