"""The tasks with Keras on TensorFlow."""

from __future__ import annotations

from collections.abc import Callable

import keras

from benchmarks.peers import measuring, settings
from benchmarks.peers.keras_networks import (
    IMAGE,
    EpochEnds,
    compiled,
    make_cnn,
    make_mlp,
    make_small_cnn,
)

keras.utils.set_random_seed(settings.SEED)


def mlp_epoch() -> float:
    return _epoch(make_mlp(784), settings.scaled_mnist(settings.MLP_IMAGES))


def cnn_epoch() -> float:
    data = settings.scaled_mnist(settings.CNN_IMAGES, "train", *IMAGE)
    return _epoch(make_cnn(), data)


def _epoch(network: keras.Model, data: settings.Data) -> float:
    ends = EpochEnds()
    _fit(network, data, 1 + settings.EPOCHS_TIMED, callbacks=[ends])
    return measuring.later_epochs(ends.times)


def predict_one_mlp() -> float:
    network = _fit(make_mlp(784), settings.scaled_mnist(settings.SMALL_IMAGES), 1)
    X = settings.scaled_mnist(1, "test").X
    return measuring.median_milliseconds(lambda: network.predict(X, verbose=0))


def predict_one_cnn() -> float:
    data = settings.scaled_mnist(settings.SMALL_IMAGES, "train", *IMAGE)
    network, X = _fit(make_cnn(), data, 1), settings.scaled_mnist(1, "test", *IMAGE).X
    return measuring.median_milliseconds(lambda: network.predict(X, verbose=0))


def predict_many_mlp() -> float:
    network = _fit(make_mlp(784), settings.scaled_mnist(settings.SMALL_IMAGES), 1)
    X = settings.scaled_mnist(settings.PREDICTED, "test").X
    return measuring.median_seconds(lambda: network.predict(X, verbose=0))


def predict_many_cnn() -> float:
    data = settings.scaled_mnist(settings.SMALL_IMAGES, "train", *IMAGE)
    network = _fit(make_cnn(), data, 1)
    X = settings.scaled_mnist(settings.PREDICTED, "test", *IMAGE).X
    return measuring.median_seconds(lambda: network.predict(X, verbose=0))


def memory_mlp() -> float:
    return _memory(lambda: make_mlp(64), settings.scaled_digits())


def memory_cnn() -> float:
    X, y = settings.scaled_digits()
    return _memory(make_small_cnn, settings.Data(X.reshape(-1, 8, 8, 1), y))


def _memory(make: Callable[[], keras.Model], data: settings.Data) -> float:
    def fit() -> None:
        network = _fit(make(), data, settings.SMALL_EPOCHS)
        network.predict(data.X[:1], verbose=0)

    return measuring.megabytes_kept(fit)


def memory_of_imports() -> float:
    return measuring.peak_megabytes()


def peak_memory() -> float:
    data = settings.scaled_mnist(settings.MLP_IMAGES)
    _fit(make_mlp(784), data, 1 + settings.EPOCHS_TIMED)
    return measuring.peak_megabytes()


def _fit(
    network: keras.Model, data: settings.Data, epochs: int, **options: list
) -> keras.Model:
    compiled(network).fit(
        *data,
        batch_size=settings.BATCH_SIZE,
        epochs=epochs,
        verbose=0,
        **options,
    )
    return network
