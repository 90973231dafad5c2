"""Classifiers that train in a moment, for tests of everything but accuracy."""

from digitclf import MLPDigitClassifier

DENSE = {
    "hidden_layer_sizes": (16,),
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "weight_decay": 0.0,
    "ema_momentum": None,
    "epochs": 2,
    "batch_size": 50,
    "random_state": 0,
}
CONVOLUTIONAL = DENSE | {"filters": (4,), "hidden_dropout": 0.0}

TINY = {
    "hidden_layer_sizes": (),
    "optimizer": "sgd",
    "ema_momentum": None,
    "epochs": 1,
    "batch_size": 20,
    "validation_split": 0,
    "random_state": 0,
}
"""Settings for tests that look at what arrives in a network, not at what it learns."""
TINY_CONVOLUTIONAL = TINY | {"filters": (2,)}

ADAM = {"optimizer": "adam", "learning_rate": 0.01}
"""Settings that learn more in the same few epochs."""
WHOLE = {"dropout": 0.0, "batch_size": 200, "validation_split": 0}
"""Settings without chance but that of the first weights: all images in each step."""


def make_dense(**params):
    """Return a classifier with a dense network, where that makes no difference."""
    return MLPDigitClassifier(**(DENSE | params))


def make_small(estimator_class, **params):
    """Return a classifier of either class."""
    dense = estimator_class is MLPDigitClassifier
    return estimator_class(**((DENSE if dense else CONVOLUTIONAL) | params))


def make_tiny_dense(**params):
    """Return a classifier with a dense network that hardly learns."""
    return MLPDigitClassifier(**(TINY | params))


def make_tiny(estimator_class, **params):
    """Return a classifier of either class that hardly learns."""
    dense = estimator_class is MLPDigitClassifier
    return estimator_class(**((TINY if dense else TINY_CONVOLUTIONAL) | params))
