"""The lecture's networks as Keras models."""

from __future__ import annotations

import time

import keras
from keras import layers

from benchmarks.peers import settings

IMAGE = (28, 28, 1)


class EpochEnds(keras.callbacks.Callback):
    """Records when epochs end, in a list that copies of the callback share."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def __deepcopy__(self, memo: dict) -> EpochEnds:
        return self

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.times.append(time.perf_counter())


def make_mlp(n_features: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((n_features,)),
            layers.Dense(settings.UNITS, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def make_cnn(dropout: float = settings.DROPOUT) -> keras.Model:
    return _convolutional(IMAGE, settings.FILTERS, dropout)


def make_small_cnn() -> keras.Model:
    return _convolutional((8, 8, 1), (8, 8), settings.DROPOUT)


def _convolutional(
    shape: tuple[int, int, int], filters: tuple[int, ...], dropout: float
) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(shape),
            *(layers.Conv2D(n_filters, 3, activation="relu") for n_filters in filters),
            layers.MaxPooling2D(2),
            layers.Dropout(dropout),
            layers.Flatten(),
            layers.Dense(settings.CNN_UNITS, activation="relu"),
            layers.Dropout(settings.HIDDEN_DROPOUT),
            layers.Dense(10, activation="softmax"),
        ]
    )


def compiled(network: keras.Model) -> keras.Model:
    network.compile(
        keras.optimizers.Adam(settings.LEARNING_RATE),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return network
