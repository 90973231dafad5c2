"""Training and prediction give the results that Keras itself gives."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from support.classifiers import FULL_BATCH, quick_cnn, quick_mlp
from support.comparing import same_weights

from digitclf import CNNDigitClassifier, MLPDigitClassifier
from digitclf._compiled.program_cache import PROGRAMS
from digitclf._layers import KerasLayers


def weights_by_keras(clf, X, y, optimizer):
    """Return the weights after Keras has trained the initial network of a fit."""
    network = clone(clf).initialize(X, y).model_
    network.compile(optimizer, keras.losses.CategoricalCrossentropy())
    targets = np.eye(10, dtype=np.float32)[y]
    pixels = X.reshape(-1, *network.input_shape[1:])
    network.fit(
        pixels, targets, batch_size=len(X), epochs=clf.epochs, shuffle=False, verbose=0
    )
    return network.get_weights()


OPTIMIZERS = {
    "sgd": (keras.optimizers.SGD(0.01), {"optimizer": "sgd"}),
    "adam": (keras.optimizers.Adam(0.01), {"optimizer": "adam"}),
    "adamw": (
        keras.optimizers.AdamW(0.01, weight_decay=0.1, clipnorm=0.01),
        {"optimizer": "adamw", "optimizer__clipnorm": 0.01, "weight_decay": 0.1},
    ),
    "amsgrad": (
        keras.optimizers.Adam(0.01, amsgrad=True),
        {"optimizer": "adam", "optimizer__amsgrad": True},
    ),
    "rmsprop": (keras.optimizers.RMSprop(0.01), {"optimizer": "rmsprop"}),
}
CNN = {"filters": (4,), "hidden_dropout": 0.0}
NETWORKS = {
    "mlp": (MLPDigitClassifier, {"hidden_layer_sizes": (16,)}),
    "mlp of 100,000 weights": (MLPDigitClassifier, {"hidden_layer_sizes": (1400,)}),
    "cnn": (CNNDigitClassifier, CNN),
    "cnn that cannot pool first": (CNNDigitClassifier, CNN | {"activation": "gelu"}),
}


@pytest.mark.parametrize(
    ("network", "optimizer"),
    [
        *(("mlp", optimizer) for optimizer in OPTIMIZERS),
        *((network, "adam") for network in NETWORKS if network != "mlp"),
        ("cnn", "adamw"),
    ],
)
def test_training_gives_the_weights_of_keras(network, optimizer, handful):
    X, y = handful
    estimator_class, params = NETWORKS[network]
    of_keras, routed = OPTIMIZERS[optimizer]
    settings = {
        "dropout": 0.0,
        "epochs": 3,
        "batch_size": 200,
        "validation_split": 0,
        "ema_momentum": None,
        "learning_rate": 0.01,
        "weight_decay": 0.0,
        "random_state": 0,
    }
    clf = estimator_class(**settings | params | routed)
    of_keras = type(of_keras).from_config(of_keras.get_config())

    ours = clf.fit(X, y).model_.get_weights()

    theirs = weights_by_keras(clf, X, y, of_keras)
    for one, another in zip(ours, theirs, strict=True):
        # Where a gradient is almost 0, rounding decides the sign of a step of Adam.
        assert np.mean(np.abs(one - another) > 1e-4) < 1e-3


@pytest.mark.parametrize("make", [quick_mlp, quick_cnn])
def test_history_has_the_losses_of_keras(make, handful):
    X, y = handful
    network = make(**FULL_BATCH).initialize(X, y).model_
    network.compile(keras.optimizers.SGD(0.1), "categorical_crossentropy")

    losses = network.fit(
        X.reshape(-1, *network.input_shape[1:]),
        keras.utils.to_categorical(y, 10),
        batch_size=200,
        epochs=3,
        verbose=0,
    ).history["loss"]

    clf = make(**FULL_BATCH, epochs=3).fit(X, y)
    assert clf.history_["loss"] == pytest.approx(losses, rel=1e-4)


def test_batch_of_one_image_is_trained_on(make_quick, handful):
    X, y = handful[0][:21], np.arange(21) % 10
    clf = make_quick(batch_size=20, epochs=1)

    history = clf.fit(X, y).history_
    without_the_last = make_quick(batch_size=20, epochs=1).fit(
        X, y, sample_weight=np.arange(21) < 20
    )

    assert history["accuracy"][0] * 21 == pytest.approx(
        round(history["accuracy"][0] * 21)
    )
    assert not same_weights(clf, without_the_last)


def test_predictions_follow_changed_weights(handful):
    X, _ = handful
    clf = quick_mlp().fit(*handful)
    clf.predict(X)

    clf.model_.set_weights([0 * weight for weight in clf.model_.get_weights()])

    assert clf.predict_proba(X) == pytest.approx(0.1)


# Networks of subclasses


def network_with(hidden_layers, base=MLPDigitClassifier):
    """Return a classifier whose network has these hidden layers."""

    class Own(base):
        def _hidden_layers(self, settings):
            initializer = keras.initializers.GlorotUniform(0)
            return [KerasLayers("own", lambda x, seeds: hidden_layers(x, initializer))]

    return Own(
        epochs=3,
        optimizer="adam",
        learning_rate=0.01,
        weight_decay=0.0,
        ema_momentum=None,
        validation_split=0,
        batch_size=200,
        random_state=0,
    )


def residual(x, initializer):
    x = keras.layers.Dense(16, "relu", kernel_initializer=initializer)(x)
    return x + 0.5 * keras.layers.Dense(16, kernel_initializer=initializer)(x)


def scaled_by_column(x, initializer):
    return keras.layers.Rescaling(np.linspace(0.5, 2, x.shape[-1]).tolist())(x)


def bounded_bias(x, initializer):
    x = keras.layers.Conv2D(
        4,
        3,
        activation="relu",
        kernel_initializer=initializer,
        bias_constraint=keras.constraints.MaxNorm(1e-3),
    )(x)
    return keras.layers.Flatten()(keras.layers.MaxPooling2D()(x))


@pytest.mark.parametrize(
    ("hidden_layers", "base"),
    [
        (residual, MLPDigitClassifier),
        (scaled_by_column, MLPDigitClassifier),
        (bounded_bias, CNNDigitClassifier),
    ],
)
def test_networks_of_subclasses_get_the_weights_of_keras(hidden_layers, base, handful):
    X, y = handful
    PROGRAMS.clear()
    clf = network_with(hidden_layers, base)

    ours = clf.fit(X, y).model_.get_weights()
    clone(clf).fit(X, y)

    assert len(PROGRAMS) == 1
    theirs = weights_by_keras(clf, X, y, keras.optimizers.Adam(0.01))
    for one, another in zip(ours, theirs, strict=True):
        assert np.mean(np.abs(one - another) > 1e-4) < 1e-2


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.Dense(16, kernel_regularizer="l2"),
        lambda: keras.layers.ActivityRegularization(l1=0.1),
    ],
    ids=["weights", "activity"],
)
def test_layers_that_add_to_the_loss_are_an_error(layer, handful):
    clf = network_with(lambda x, _: layer()(x))

    with pytest.raises(ValueError, match=r"add to the loss.*weight_decay"):
        clf.fit(*handful)
