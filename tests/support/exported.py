"""Classifiers to export: networks of every kind, for images of every kind."""

import functools
import warnings
from typing import Any, NamedTuple

import numpy as np
from keras import layers

from digitclf import MLPDigitClassifier
from digitclf._layers import KerasLayers
from support.classifiers import quick_cnn, quick_mlp
from support.strided_classifier import StridedDigitClassifier

N_IMAGES = 12
TEN_CLASSES = np.arange(N_IMAGES) % 10


class Exported(NamedTuple):
    """A classifier, images as its exported network takes them, and the answers."""

    clf: Any
    images: np.ndarray
    probabilities: np.ndarray


class OwnLayersClassifier(MLPDigitClassifier):
    """Classifier whose layers are built by a function."""

    def _hidden_layers(self, settings):
        return [
            KerasLayers("own", lambda x, seeds: layers.Dense(6, name="hidden_1")(x))
        ]


def grey(*shape, low=0, high=255, n_images=N_IMAGES):
    """Return images of random grey levels, with both limits among them."""
    images = np.random.default_rng(0).integers(low, high + 1, (n_images, *shape))
    images.flat[:2] = low, high
    return images.astype(np.uint8)


def floats(*shape, low, high):
    levels = grey(*shape) / 255
    return (low + (high - low) * levels).astype(np.float32)


def centred(*shape):
    return np.random.default_rng(0).normal(size=(N_IMAGES, *shape)).astype(np.float32)


MAKERS = {
    "mlp": lambda: (quick_mlp(), grey(8, 8)),
    "cnn": lambda: (quick_cnn(), grey(8, 8)),
    "mlp without hidden layers": lambda: (
        quick_mlp(hidden_layer_sizes=()),
        grey(8, 8),
    ),
    "mlp with dropout": lambda: (
        quick_mlp(hidden_layer_sizes=(16, 8), dropout=0.5),
        grey(8, 8),
    ),
    "several convolutions": lambda: (
        quick_cnn(filters=(3, 5), kernel_size=2, pool_size=3, hidden_layer_sizes=()),
        grey(9, 12),
    ),
    "one filter": lambda: (quick_cnn(filters=(1,)), grey(8, 8)),
    "margin": lambda: (quick_cnn(filters=(4, 4)), grey(3, 4)),
    "blocks": lambda: (quick_cnn(filters=((3, 4), (5,))), grey(16, 20)),
    "padding": lambda: (quick_cnn(filters=((3,), (5,)), padding="same"), grey(9, 12)),
    "batch normalization": lambda: (
        quick_cnn(filters=((3,), (5,)), batch_normalization=True),
        grey(12, 12),
    ),
    "strides": lambda: (
        StridedDigitClassifier(random_state=0),
        grey(8, 8),
    ),
    "mlp for images that are not square": lambda: (quick_mlp(), grey(10, 6)),
    "mlp for rows that form no square": lambda: (quick_mlp(), grey(50)),
    "cnn for rows that form no square": lambda: (quick_cnn(), grey(50)),
    "mlp for light paper": lambda: (quick_mlp(), grey(8, 8, low=140)),
    "cnn for range 0 to 16": lambda: (quick_cnn(), floats(8, 8, low=0, high=16)),
    "mlp for range 0 to 1": lambda: (quick_mlp(), floats(8, 8, low=0, high=1)),
    "mlp for negative values": lambda: (quick_mlp(), floats(8, 8, low=-9, high=-1)),
    "cnn for centred values": lambda: (quick_cnn(), centred(8, 8)),
    "mlp for one class": lambda: (quick_mlp(), grey(8, 8), np.zeros(N_IMAGES)),
    "cnn for one class": lambda: (quick_cnn(), grey(8, 8), np.zeros(N_IMAGES)),
    "two classes": lambda: (quick_mlp(), grey(8, 8), np.arange(N_IMAGES) % 2),
}


@functools.cache
def exported_case(name):
    """Return a classifier with random weights, biases among them, without a fit."""
    return with_random_weights(*MAKERS[name]())


@functools.cache
def own_layers_case():
    return with_random_weights(OwnLayersClassifier(random_state=0), grey(8, 8))


def with_random_weights(clf, images, labels=TEN_CLASSES):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "50 features do not form a square")
        clf.initialize(images, labels)
    rng = np.random.default_rng(1)
    for variable in clf.model_.weights:
        values = rng.normal(0, 0.3, variable.shape)
        variable.assign(abs(values) if "variance" in variable.name else values)
    return Exported(clf, images, clf.predict_proba(images))
