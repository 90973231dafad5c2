"""Named sets of parameters for the classifiers.

A recipe is a read-only mapping of parameters. Pass it to a classifier, with the
parameters that it leaves open:

>>> from digitclf import CNNDigitClassifier, recipes
>>> clf = CNNDigitClassifier(**recipes.STANDARD, random_state=0)

``|`` returns a dict with some of the parameters replaced:

>>> clf = CNNDigitClassifier(**recipes.STANDARD | {"epochs": 8}, random_state=0)

`QUICK`, `STANDARD` and `ACCURATE` are for `CNNDigitClassifier`; `MLPDigitClassifier`
trains in half a minute with its defaults. The numbers of epochs are for MNIST's 60,000
training images (`QUICK`: for 15,000 of them). Fewer images need more epochs.

Accuracies are on the 10,000 test images of MNIST, times for two cores.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["ACCURATE", "LECTURE_CNN", "LECTURE_MLP", "QUICK", "STANDARD"]

# Written out in full, so that a changed default of a classifier does not change them.
_LECTURE_TRAINING = {
    "activation": "relu",
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "schedule": "constant",
    "ema_momentum": None,
    "augment": None,
    "epochs": 30,
    "batch_size": 200,
    "patience": 10,
}

LECTURE_MLP: Mapping[str, Any] = MappingProxyType(
    {**_LECTURE_TRAINING, "hidden_layer_sizes": (512,), "dropout": 0.0}
)
"""The settings of the lecture's dense network, for `MLPDigitClassifier`.

Accuracy 0.9820, in 0.7 minutes.
"""

LECTURE_CNN: Mapping[str, Any] = MappingProxyType(
    {
        **_LECTURE_TRAINING,
        "filters": (32, 64),
        "kernel_size": 3,
        "pool_size": 2,
        "padding": "valid",
        "batch_normalization": False,
        "dropout": 0.25,
        "hidden_layer_sizes": (128,),
        "hidden_dropout": 0.5,
    }
)
"""The settings of the lecture's convolutional network, for `CNNDigitClassifier`.

Accuracy 0.9917, in 6.4 minutes.
"""

QUICK: Mapping[str, Any] = MappingProxyType(
    {
        "epochs": 2,
        "batch_size": 32,
        "learning_rate": 3e-3,
        "schedule": "one_cycle",
    }
)
"""A first impression, from 15,000 training images.

`digitclf train --quick` uses it and finishes in half a minute, testing included.
"""

STANDARD: Mapping[str, Any] = MappingProxyType(
    {
        "epochs": 3,
        "batch_size": 100,
        "learning_rate": 4e-3,
        "ema_momentum": 0.998,
        "schedule": "one_cycle",
        # A short run needs less dropout.
        "dropout": 0.15,
        "hidden_dropout": 0.15,
        "loss__label_smoothing": 0.05,
        "augment": "light",
    }
)
"""A short run of the convolutional network on slightly distorted images.

Accuracy 0.9938 ± 0.0002 (three seeds), in about two minutes. `digitclf train` uses it.
Chosen on held-out training images.
"""

ACCURATE: Mapping[str, Any] = MappingProxyType(
    {
        "filters": ((32, 32), (64, 64)),
        "batch_normalization": True,
        "dropout": 0.2,
        "hidden_dropout": 0.4,
        "augment": "light",
        "epochs": 24,
        "batch_size": 100,
        "learning_rate": 4e-3,
        "schedule": "one_cycle",
        "patience": None,
    }
)
"""A network of two blocks with batch normalization, trained on distorted images.

Accuracy 0.9967 ± 0.0003 (three seeds), in about 20 minutes.
"""
