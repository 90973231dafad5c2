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


def make_dense(**params):
    """Return a classifier with a dense network, where that makes no difference."""
    return MLPDigitClassifier(**(DENSE | params))


def make_small(estimator_class, **params):
    """Return a classifier of either class."""
    dense = estimator_class is MLPDigitClassifier
    return estimator_class(**((DENSE if dense else CONVOLUTIONAL) | params))
