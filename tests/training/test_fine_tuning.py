"""Fine-tuning: some layers of a fitted network are frozen before training continues."""

import numpy as np
import pytest
from support.classifiers import ADAM, quick_cnn


@pytest.fixture
def clf(handful):
    return quick_cnn(**ADAM).fit(*handful)


def weights_of(clf, layer):
    return [variable.numpy() for variable in clf.model_.get_layer(layer).weights]


def is_changed(before, after):
    return not all(map(np.array_equal, before, after))


def continue_by_partial_fit(clf, X, y):
    return clf.partial_fit(X, y)


def continue_by_warm_start(clf, X, y):
    return clf.set_params(warm_start=True).fit(X, y)


WAYS = pytest.mark.parametrize(
    "continue_training", [continue_by_partial_fit, continue_by_warm_start]
)


@WAYS
def test_frozen_layer_keeps_its_weights(clf, handful, continue_training):
    clf.model_.get_layer("convolution_1").trainable = False
    before = {name: weights_of(clf, name) for name in ("convolution_1", "hidden_1")}

    for _ in range(2):
        continue_training(clf, *handful)

    assert not is_changed(before["convolution_1"], weights_of(clf, "convolution_1"))
    assert is_changed(before["hidden_1"], weights_of(clf, "hidden_1"))
    assert not clf.model_.get_layer("convolution_1").trainable


@WAYS
def test_unfrozen_layer_is_trained_again(clf, handful, continue_training):
    clf.model_.get_layer("convolution_1").trainable = False
    continue_training(clf, *handful)
    before = weights_of(clf, "convolution_1")

    clf.model_.get_layer("convolution_1").trainable = True
    continue_training(clf, *handful)

    assert is_changed(before, weights_of(clf, "convolution_1"))


def test_freezing_keeps_the_state_of_the_optimizer(clf, handful):
    iterations = int(clf.model_.optimizer.iterations)

    clf.model_.get_layer("convolution_1").trainable = False
    clf.partial_fit(*handful)

    assert int(clf.model_.optimizer.iterations) > iterations


def test_other_digits_are_learnt_with_frozen_convolutions(few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    clf = quick_cnn(epochs=5, **ADAM).fit(X, y)
    mirrored = X.reshape(-1, 8, 8)[:, ::-1].reshape(len(X), -1)
    before = clf.score(mirrored, y)

    clf.model_.get_layer("convolution_1").trainable = False
    clf.set_params(warm_start=True).fit(mirrored, y)

    assert clf.score(mirrored, y) > before + 0.2


def test_all_layers_frozen_is_an_error(clf, handful):
    clf.model_.trainable = False

    with pytest.raises(ValueError, match="nothing to train"):
        clf.partial_fit(*handful)
