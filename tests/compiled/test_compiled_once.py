"""What is compiled serves later fits, and nothing of one gets into another."""

import _thread
import gc
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from support.comparing import same_weights
from support.small_classifiers import ADAM, make_dense

from digitclf import CNNDigitClassifier, MLPDigitClassifier
from digitclf._compiled.program_cache import MOST_PROGRAMS, PROGRAMS

EVERYTHING = ADAM | {"dropout": 0.2, "ema_momentum": 0.9}


@pytest.fixture(autouse=True)
def cold():
    """Forget what earlier tests have compiled."""
    PROGRAMS.clear()


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_a_fit_is_the_same_whatever_was_fitted_before(
    schedule, make, handful, few_digits
):
    clf = make(**EVERYTHING, schedule=schedule)
    cold_fit = clf.fit(*handful).history_, clf.model_.get_weights()

    X, y = 100 + 3 * few_digits.X_train, few_digits.y_train
    others = {"dropout": 0.4, "learning_rate": 0.1, "ema_momentum": 0.5}
    make(**EVERYTHING | others, schedule=schedule, epochs=3).fit(X, y)
    warm_fit = clf.fit(*handful).history_, clf.model_.get_weights()

    assert len(PROGRAMS) == 1
    assert warm_fit[0] == cold_fit[0]
    for warm, cold in zip(warm_fit[1], cold_fit[1], strict=True):
        np.testing.assert_array_equal(warm, cold)


def test_the_values_of_a_grid_share_what_is_compiled(make, handful):
    losses = {
        make(**EVERYTHING | params).fit(*handful).history_["loss"][0]
        for params in (
            {"dropout": 0.1},
            {"dropout": 0.6},
            {"learning_rate": 0.05},
            {"ema_momentum": 0.5, "random_state": 1},
        )
    }

    assert len(PROGRAMS) == 1
    assert len(losses) == 4


def test_a_rate_of_dropout_is_that_of_the_network(handful):
    without = make_dense(dropout=0.0).fit(*handful).history_["loss"]
    little = make_dense(dropout=1e-7).fit(*handful).history_["loss"]
    much = make_dense(dropout=0.9).fit(*handful).history_["loss"]

    assert little == pytest.approx(without, rel=1e-4)
    assert min(much) > max(without)


@pytest.mark.parametrize(
    "params",
    [
        {"hidden_layer_sizes": (17,)},
        {"activation": "tanh"},
        {"optimizer": "adam"},
        {"optimizer__momentum": 0.9},
        {"loss__label_smoothing": 0.1},
        {"schedule": "one_cycle"},
        {"ema_momentum": 0.9},
    ],
    ids=str,
)
def test_what_is_another_computation_is_compiled_anew(params, handful):
    make_dense().fit(*handful)
    make_dense(**params).fit(*handful)

    assert len(PROGRAMS) == 2


def test_only_so_much_is_kept(sixty_digits):
    for size in range(1, MOST_PROGRAMS + 3):
        make_dense(hidden_layer_sizes=(size,), epochs=1).fit(*sixty_digits)

    assert len(PROGRAMS) == MOST_PROGRAMS


def test_what_is_not_kept_is_gone(make, sixty_digits):
    def fit_each(decays):
        for decay in decays:
            make(optimizer="adamw", weight_decay=decay, epochs=1).fit(*sixty_digits)
        PROGRAMS.clear()
        gc.collect()
        return sum(issubclass(type(each), tf.Graph) for each in gc.get_objects())

    # Fewer, where graphs of other tests go in the meantime.
    left_by_one = fit_each([0.4])
    assert fit_each([0.1, 0.2, 0.3]) <= left_by_one


def test_nothing_is_kept_of_a_fit_that_failed(handful):
    with pytest.raises(ValueError, match="diverged"):
        make_dense(learning_rate=1e30).fit(*handful)

    assert len(PROGRAMS) == 0


@pytest.mark.parametrize(
    "optimizer", ["adam", "nadam", "muon", keras.optimizers.ScheduleFreeAdamW]
)
def test_the_state_of_an_optimizer_is_that_of_its_own_fit(optimizer, handful):
    clf = make_dense(optimizer=optimizer, learning_rate=0.01)
    cold_fit = clone(clf).fit(*handful)
    PROGRAMS.clear()

    clone(clf).set_params(random_state=1).fit(*handful)
    warm_fit = clone(clf).fit(*handful)

    assert len(PROGRAMS) == 1
    assert same_weights(warm_fit, cold_fit)


def test_a_fit_under_another_precision_leaves_nothing_behind(handful):
    clf = make_dense(optimizer="adam", learning_rate=0.01)
    before = clone(clf).fit(*handful)

    PROGRAMS.clear()
    keras.config.set_floatx("bfloat16")
    try:
        clone(clf).fit(*handful)
    finally:
        keras.config.set_floatx("float32")

    assert same_weights(clone(clf).fit(*handful), before)


def test_an_optimizer_of_ones_own_is_compiled_for_each_fit(handful):
    class Own(keras.optimizers.SGD):
        pass

    one = make_dense(optimizer=Own).fit(*handful)
    another = make_dense().fit(*handful)

    assert len(PROGRAMS) == 1
    assert same_weights(one, another)


def test_fits_in_threads_are_the_fits_one_after_the_other(make, handful):
    seeds = [0, 1, 2, 3]
    alone = [make(**EVERYTHING, random_state=seed).fit(*handful) for seed in seeds]
    PROGRAMS.clear()

    with ThreadPoolExecutor(len(seeds)) as pool:
        together = list(
            pool.map(
                lambda seed: make(**EVERYTHING, random_state=seed).fit(*handful), seeds
            )
        )

    assert all(map(same_weights, together, alone))


def test_predictions_in_threads_are_not_mixed_up(make, handful):
    X, y = handful
    clfs = [make(random_state=seed).fit(X, y) for seed in range(4)]
    expected = [clf.predict_proba(X) for clf in clfs]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda clf: clf.predict_proba(X), clfs * 5))

    for found, right in zip(together, expected * 5, strict=True):
        np.testing.assert_array_equal(found, right)


def test_a_prediction_during_another_fit_is_that_of_one_fit(handful):
    X, y = handful
    clf = make_dense(epochs=1).fit(X, y)
    fits = [0, 1] * 10
    are_done = threading.Event()

    def predict():
        found = set()
        while not are_done.is_set():
            found |= set(clf.predict(X))
        return found

    with ThreadPoolExecutor(2) as pool:
        predictions = [pool.submit(predict) for _ in range(2)]
        try:
            for few in fits:
                # Labels that are counted from 100 where there are five of them.
                clf.fit(X[y < 5], y[y < 5] + 100) if few else clf.fit(X, y)
        finally:
            are_done.set()

    for each in predictions:
        assert each.result() <= {*range(10), *range(100, 105)}


def test_changed_weights_change_the_predictions(handful):
    X, _ = handful
    clf = make_dense().fit(*handful)
    clf.predict(X)

    clf.model_.set_weights([0 * each for each in clf.model_.get_weights()])

    assert clf.predict_proba(X) == pytest.approx(0.1)


class InterruptIn(keras.callbacks.Callback):
    """Does what Ctrl-C does, a moment after an epoch began; notes epochs that ended."""

    def __init__(self):
        super().__init__()
        self.ended = []

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            threading.Timer(0.3, _thread.interrupt_main).start()

    def on_epoch_end(self, epoch, logs=None):
        self.ended.append(epoch)


@pytest.fixture
def hears_ctrl_c():
    """Let Ctrl-C raise KeyboardInterrupt, which a shell's background jobs ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("hears_ctrl_c")
def test_ctrl_c_is_heard_in_the_middle_of_an_epoch(mnist):
    # Ten times the same thousand images: an epoch of seconds.
    X, y = np.tile(mnist.X_train, (10, 1)), np.tile(mnist.y_train, 10)
    interrupt = InterruptIn()
    clf = CNNDigitClassifier(epochs=2, validation_split=0, callbacks=interrupt)

    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y)

    assert interrupt.ended == [0]
    assert not hasattr(clf, "model_")


# The same as Keras


def weights_by_keras(clf, X, y, optimizer):
    """Train the network that a fit begins with, all images in a batch, with Keras."""
    network = clone(clf).initialize(X, y).model_
    network.compile(optimizer, keras.losses.CategoricalCrossentropy())
    targets = np.eye(10, dtype=np.float32)[y]
    pixels = X.reshape(-1, *network.input_shape[1:])
    network.fit(
        pixels, targets, batch_size=len(X), epochs=clf.epochs, shuffle=False, verbose=0
    )
    return network.get_weights()


@pytest.mark.parametrize(
    ("estimator_class", "params"),
    [
        (MLPDigitClassifier, {"hidden_layer_sizes": (16,)}),
        (MLPDigitClassifier, {"hidden_layer_sizes": (1400,)}),
        (CNNDigitClassifier, {"filters": (4,), "hidden_dropout": 0.0}),
        (
            CNNDigitClassifier,
            {"filters": (4,), "hidden_dropout": 0.0, "activation": "gelu"},
        ),
    ],
    ids=["mlp", "mlp of 100,000 weights", "cnn", "cnn that cannot pool first"],
)
@pytest.mark.parametrize(
    ("optimizer", "routed"),
    [
        (keras.optimizers.Adam(0.01), {"optimizer": "adam"}),
        (
            keras.optimizers.AdamW(0.01, weight_decay=0.1, clipnorm=0.01),
            {
                "optimizer": "adamw",
                "optimizer__clipnorm": 0.01,
                "weight_decay": 0.1,
            },
        ),
        (
            keras.optimizers.Adam(0.01, amsgrad=True),
            {"optimizer": "adam", "optimizer__amsgrad": True},
        ),
        (keras.optimizers.RMSprop(0.01), {"optimizer": "rmsprop"}),
    ],
    ids=["adam", "adamw", "amsgrad", "rmsprop"],
)
def test_training_is_what_keras_does(
    estimator_class, params, optimizer, routed, handful
):
    X, y = handful
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
    optimizer = type(optimizer).from_config(optimizer.get_config())

    ours = clf.fit(X, y).model_.get_weights()

    theirs = weights_by_keras(clf, X, y, optimizer)
    for one, another in zip(ours, theirs, strict=True):
        # Where a gradient is next to nothing, rounding decides where Adam steps.
        assert np.mean(np.abs(one - another) > 1e-4) < 1e-3


def test_a_batch_of_one_image_is_trained_on(make, handful):
    X, y = handful[0][:21], np.arange(21) % 10
    clf = make(batch_size=20, epochs=1, validation_split=0)

    history = clf.fit(X, y).history_
    without_the_last = make(batch_size=20, epochs=1, validation_split=0).fit(
        X, y, sample_weight=np.arange(21) < 20
    )

    assert history["accuracy"][0] * 21 == pytest.approx(
        round(history["accuracy"][0] * 21)
    )
    assert not same_weights(clf, without_the_last)


def test_a_frozen_convolution_stays_as_it_is(handful):
    clf = CNNDigitClassifier(filters=(4,), epochs=1, random_state=0).fit(*handful)
    frozen = clf.model_.get_layer("convolution_1")
    frozen.trainable = False
    before = frozen.get_weights(), clf.model_.layers[-1].get_weights()
    clf.model_.compile("sgd", keras.losses.CategoricalCrossentropy())

    clf.partial_fit(*handful)

    np.testing.assert_array_equal(frozen.get_weights()[0], before[0][0])
    np.testing.assert_array_equal(frozen.get_weights()[1], before[0][1])
    assert not np.array_equal(clf.model_.layers[-1].get_weights()[0], before[1][0])


def test_scaling_the_loss_changes_nothing(handful):
    without = make_dense().fit(*handful).model_.get_weights()
    scaled = make_dense(optimizer__loss_scale_factor=8.0).fit(*handful)

    for one, another in zip(scaled.model_.get_weights(), without, strict=True):
        np.testing.assert_allclose(one, another, atol=1e-6)


# Networks of ones own


def network_with(hidden_layers, base=MLPDigitClassifier):
    """Return a class whose network has such layers."""

    class Own(base):
        def _hidden_layers(self, x, settings, seeds):
            return hidden_layers(x, keras.initializers.GlorotUniform(0))

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
def test_networks_of_ones_own_are_trained_as_keras_does(hidden_layers, base, handful):
    X, y = handful
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
def test_what_adds_to_the_loss_is_refused(layer, handful):
    clf = network_with(lambda x, _: layer()(x))

    with pytest.raises(ValueError, match=r"add to the loss.*weight_decay"):
        clf.fit(*handful)


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", keras.losses.CategoricalFocalCrossentropy()]
)
def test_a_network_compiled_with_another_loss_is_refused(loss, handful):
    clf = make_dense().fit(*handful)
    clf.model_.compile("sgd", loss)

    with pytest.raises(ValueError, match=r"categorical.*CategoricalCrossentropy alone"):
        clf.partial_fit(*handful)
