"""Randomness: reproducible with random_state, and separate from global generators."""

import functools
import hashlib
import os
import random
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.classifiers import quick_mlp
from support.comparing import same_weights

from digitclf import CNNDigitClassifier

RANDOM = {
    "dropout": 0.2,
    "optimizer": "adam",
    "ema_momentum": 0.9,
    "validation_split": 0.1,
}
"""Parameters of a classifier that draws random numbers wherever it can."""

random_mlp = functools.partial(quick_mlp, **RANDOM)


@pytest.fixture(scope="session")
def make_random(estimator_class, make_quick):
    """Return a function that makes classifiers of one class with RANDOM parameters."""
    more = {"hidden_dropout": 0.2} if estimator_class is CNNDigitClassifier else {}
    return functools.partial(make_quick, **RANDOM, **more)


@pytest.fixture(scope="session")
def fitted(handful):
    """Return a dense network that was fitted with random_state=0."""
    return random_mlp().fit(*handful)


def test_same_int_gives_the_same_fit(make_random, handful):
    X, y = handful

    one, another = make_random().fit(X, y), make_random().fit(X, y)

    assert same_weights(one, another)
    assert one.history_ == another.history_
    np.testing.assert_array_equal(one.predict_proba(X), another.predict_proba(X))


def test_refit_of_the_same_object_gives_the_same_fit(fitted, handful):
    clf = random_mlp()

    clf.fit(*handful).fit(*handful)

    assert same_weights(clf, fitted)


def test_numpy_int_gives_the_same_fit_as_an_int(fitted, handful):
    assert same_weights(random_mlp(random_state=np.int64(0)).fit(*handful), fitted)


def test_another_int_gives_another_fit(fitted, handful):
    assert not same_weights(random_mlp(random_state=1).fit(*handful), fitted)


def test_none_gives_another_fit_each_time(handful):
    clf = random_mlp(random_state=None)

    one = clf.fit(*handful).model_.get_weights()
    another = clf.fit(*handful).model_.get_weights()

    assert not np.array_equal(one[0], another[0])


def test_a_generator_in_the_same_state_gives_the_same_fit(handful):
    one = random_mlp(random_state=np.random.RandomState(3)).fit(*handful)
    another = random_mlp(random_state=np.random.RandomState(3)).fit(*handful)

    assert same_weights(one, another)


def test_generator_that_advances_gives_another_fit(handful):
    clf = random_mlp(random_state=np.random.RandomState(3))

    one = clf.fit(*handful).model_.get_weights()
    another = clf.fit(*handful).model_.get_weights()

    assert not np.array_equal(one[0], another[0])


def test_partial_fits_in_the_same_order_give_the_same_weights(handful):
    X, y = handful
    one, another = random_mlp(), random_mlp()

    for clf in (one, another):
        clf.partial_fit(X[:100], y[:100], range(10)).partial_fit(X[100:], y[100:])

    assert same_weights(one, another)


def test_epoch_does_not_depend_on_how_many_follow(handful):
    short = random_mlp(epochs=2).fit(*handful).history_
    long = random_mlp(epochs=4).fit(*handful).history_

    assert {name: values[:2] for name, values in long.items()} == short


FITS = """
    import hashlib
    from digitclf import CNNDigitClassifier, MLPDigitClassifier
    from digitclf.datasets import load_mnist

    X, y = load_mnist(return_X_y=True)
    X, y = X[:2000], y[:2000]
    for clf in (
        MLPDigitClassifier(dropout=0.2, epochs=2, random_state=42),
        CNNDigitClassifier(filters=(4, 8), epochs=1, random_state=42),
    ):
        clf.fit(X, y)
        digest = hashlib.md5()
        for weight in clf.model_.get_weights():
            digest.update(weight.tobytes())
        digest.update(clf.predict_proba(X).tobytes())
        print(digest.hexdigest(), clf.best_validation_loss_)
"""


@pytest.mark.slow
def test_new_processes_give_the_same_fit(capsys):
    script = textwrap.dedent(FITS)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    one, another = (process.communicate()[0] for process in processes)
    exec(script, {})

    assert len(one.splitlines()) == 2
    assert another == one
    assert capsys.readouterr().out == one


FITS_WITH_CALLBACKS = """
    import hashlib
    import keras
    from digitclf import CNNDigitClassifier, MLPDigitClassifier
    from digitclf.datasets import load_mnist

    class Epochs(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            pass

    class Batches(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    X, y = load_mnist(return_X_y=True)
    X, y = X[:1500], y[:1500]
    for clf in (
        MLPDigitClassifier(dropout=0.2, epochs=2, random_state=42),
        CNNDigitClassifier(filters=(4, 8), epochs=1, random_state=42),
    ):
        for callbacks in (None, [Epochs()], [Batches()], [Epochs(), Batches()]):
            clf.set_params(callbacks=callbacks).fit(X, y)
            digest = hashlib.md5(clf.predict_proba(X).tobytes())
            for weight in clf.model_.get_weights():
                digest.update(weight.tobytes())
            print(digest.hexdigest(), *clf.history_["loss"], *clf.history_["val_loss"])
"""


@pytest.mark.slow
def test_same_bits_with_callbacks_and_any_number_of_operations_at_once():
    outputs = {}
    for within in ("1", "2"):
        for at_once in ("1", "2"):
            done = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(FITS_WITH_CALLBACKS)],
                capture_output=True,
                encoding="utf-8",
                env=os.environ
                | {"TF_NUM_INTRAOP_THREADS": within, "TF_NUM_INTEROP_THREADS": at_once},
                check=True,
            )
            outputs[within, at_once] = done.stdout.splitlines()

    for within in ("1", "2"):
        lines = outputs[within, "1"]
        assert len(lines) == 8
        assert len(set(lines[:4])) == len(set(lines[4:])) == 1
        assert lines == outputs[within, "2"]
    for one, two in zip(outputs["1", "1"], outputs["2", "1"], strict=True):
        np.testing.assert_allclose(losses(one), losses(two), rtol=1e-4)


def losses(line):
    return [float(loss) for loss in line.split()[1:]]


def seed_global_generators(seed):
    keras.utils.set_random_seed(seed)
    tf.random.set_global_generator(tf.random.Generator.from_seed(seed))


def draws():
    """Return the next random numbers of every global generator."""
    return {
        # NumPy's legacy generator is one of those that must not change.
        "NumPy": np.random.random(3).tolist(),  # noqa: NPY002
        "Python": [random.random() for _ in range(3)],
        "TensorFlow": tf.random.uniform([3]).numpy().tolist(),
        "TensorFlow's generator": tf.random.get_global_generator()
        .uniform([3])
        .numpy()
        .tolist(),
        "Keras": keras.ops.convert_to_numpy(keras.random.uniform([3])).tolist(),
    }


def test_global_generators_are_left_as_they_were(make_random, handful):
    seed_global_generators(5)
    expected = draws()

    seed_global_generators(5)
    clf = make_random(random_state=None).fit(*handful)
    clf.set_params(random_state=0).partial_fit(*handful)
    clf.predict(handful[0])

    assert draws() == expected


def test_global_generators_do_not_change_a_fit(make_random, handful):
    digests = set()
    for seed in (1, 2):
        seed_global_generators(seed)
        clf = make_random().fit(*handful)
        digests.add(hashlib.md5(clf.predict_proba(handful[0])).hexdigest())

    assert len(digests) == 1
