"""Two families of small classifiers: quick ones, and accurate ones."""

import digitclf

QUICK = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "weight_decay": 0.0,
    "ema_momentum": None,
    "epochs": 2,
    "batch_size": 50,
    "validation_split": 0,
    "random_state": 0,
}
"""Training takes a moment. Everything optional is off, for a test to switch on."""
QUICK_NETWORKS = {
    "MLPDigitClassifier": {"hidden_layer_sizes": (16,)},
    "CNNDigitClassifier": {
        "filters": (4,),
        "hidden_layer_sizes": (16,),
        "hidden_dropout": 0.0,
    },
}

ACCURATE = {"epochs": 6, "batch_size": 25, "learning_rate": 0.01, "random_state": 0}
"""Accuracies well above 0.9 on the 8 x 8 digits after about a second of training."""
ACCURATE_NETWORKS = {
    "MLPDigitClassifier": {"hidden_layer_sizes": (64,)},
    "CNNDigitClassifier": {
        "filters": (8,),
        "hidden_layer_sizes": (32,),
        "hidden_dropout": 0.0,
    },
}

ADAM = {"optimizer": "adam", "learning_rate": 0.01}
"""Lets a quick classifier learn more in the same few epochs."""
FULL_BATCH = {"dropout": 0.0, "batch_size": 200}
"""Makes a quick classifier deterministic but for its initial weights."""


def make_quick(name, **params):
    return _make(name, QUICK | QUICK_NETWORKS[name] | params)


def make_accurate(name, **params):
    return _make(name, ACCURATE | ACCURATE_NETWORKS[name] | params)


def _make(name, params):
    # Looked up here: tests that need no network do not wait for TensorFlow.
    return getattr(digitclf, name)(**params)


def quick_mlp(**params):
    return make_quick("MLPDigitClassifier", **params)


def quick_cnn(**params):
    return make_quick("CNNDigitClassifier", **params)


def accurate_mlp(**params):
    return make_accurate("MLPDigitClassifier", **params)
