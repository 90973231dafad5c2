"""Two families of small classifiers: quick ones, and accurate ones."""

import digitclf

# Looked up when they are called: tests that need no network do not wait for TensorFlow.

QUICK = {
    "hidden_layer_sizes": (16,),
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
QUICK_CONVOLUTION = {"filters": (4,), "hidden_dropout": 0.0}

ACCURATE = {"epochs": 6, "batch_size": 25, "learning_rate": 0.01, "random_state": 0}
"""Accuracies well above 0.9 on the 8 x 8 digits after about a second of training."""
ACCURATE_MLP = {"hidden_layer_sizes": (64,)}
ACCURATE_CNN = {"filters": (8,), "hidden_layer_sizes": (32,), "hidden_dropout": 0.0}

ADAM = {"optimizer": "adam", "learning_rate": 0.01}
"""Lets a quick classifier learn more in the same few epochs."""
FULL_BATCH = {"dropout": 0.0, "batch_size": 200}
"""Makes a quick classifier deterministic but for its first weights."""


def quick_mlp(**params):
    return digitclf.MLPDigitClassifier(**(QUICK | params))


def quick_cnn(**params):
    return digitclf.CNNDigitClassifier(**(QUICK | QUICK_CONVOLUTION | params))


def accurate_mlp(**params):
    return digitclf.MLPDigitClassifier(**(ACCURATE | ACCURATE_MLP | params))


def accurate_cnn(**params):
    return digitclf.CNNDigitClassifier(**(ACCURATE | ACCURATE_CNN | params))
