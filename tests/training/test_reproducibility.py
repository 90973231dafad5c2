"""The same random_state gives the same network, to the bit, and nothing else moves."""

import functools
import hashlib
import random
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
from support import small_classifiers
from support.comparing import same_weights

from digitclf import MLPDigitClassifier

WITH_DROPOUT = {"dropout": 0.2, "validation_split": 0}

make_dense = functools.partial(small_classifiers.make_dense, **WITH_DROPOUT)


@pytest.fixture(scope="session")
def make(estimator_class):
    """Return a function that makes small classifiers which need chance everywhere."""
    if estimator_class is MLPDigitClassifier:
        return make_dense
    return functools.partial(
        small_classifiers.make_small,
        estimator_class,
        **WITH_DROPOUT,
        hidden_dropout=0.2,
    )


EVERYTHING = {"optimizer": "adam", "ema_momentum": 0.9, "validation_split": 0.1}


@pytest.fixture(scope="session")
def fitted(make, handful):
    """Return a classifier that was fitted on the handful with random_state=0."""
    return make().fit(*handful)


def test_an_int_gives_the_same_fit_again(make, handful):
    X, y = handful

    one, another = make(**EVERYTHING).fit(X, y), make(**EVERYTHING).fit(X, y)

    assert same_weights(one, another)
    assert one.history_ == another.history_
    np.testing.assert_array_equal(one.predict_proba(X), another.predict_proba(X))


def test_a_refit_of_the_same_object_gives_the_same_again(make, fitted, handful):
    clf = make()

    clf.fit(*handful).fit(*handful)

    assert same_weights(clf, fitted)


def test_a_numpy_int_is_an_int(make, fitted, handful):
    assert same_weights(make(random_state=np.int64(0)).fit(*handful), fitted)


def test_another_int_gives_another_fit(make, fitted, handful):
    assert not same_weights(make(random_state=1).fit(*handful), fitted)


def test_none_gives_another_fit_each_time(handful):
    clf = make_dense(random_state=None)

    one = clf.fit(*handful).model_.get_weights()
    another = clf.fit(*handful).model_.get_weights()

    assert not np.array_equal(one[0], another[0])


def test_a_generator_in_the_same_state_gives_the_same_fit(handful):
    one = make_dense(random_state=np.random.RandomState(3)).fit(*handful)
    another = make_dense(random_state=np.random.RandomState(3)).fit(*handful)

    assert same_weights(one, another)


def test_a_generator_that_goes_on_gives_another_fit(handful):
    clf = make_dense(random_state=np.random.RandomState(3))

    one = clf.fit(*handful).model_.get_weights()
    another = clf.fit(*handful).model_.get_weights()

    assert not np.array_equal(one[0], another[0])


def test_partial_fits_in_the_same_order_give_the_same(make, handful):
    X, y = handful
    one, another = make(), make()

    for clf in (one, another):
        clf.partial_fit(X[:100], y[:100], range(10)).partial_fit(X[100:], y[100:])

    assert same_weights(one, another)


def test_an_epoch_does_not_depend_on_how_many_follow(make, handful):
    short = make(**EVERYTHING, epochs=2).fit(*handful).history_
    long = make(**EVERYTHING, epochs=4).fit(*handful).history_

    assert {name: values[:2] for name, values in long.items()} == short


def test_a_fit_in_two_parts_is_the_fit_in_one(make, handful):
    whole = make(epochs=3).fit(*handful)

    parts = make(epochs=1, warm_start=True).fit(*handful)
    parts.set_params(epochs=2).fit(*handful)

    assert same_weights(parts, whole)
    assert parts.history_ == whole.history_


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
        for each in clf.model_.get_weights():
            digest.update(each.tobytes())
        digest.update(clf.predict_proba(X).tobytes())
        print(digest.hexdigest(), clf.best_validation_loss_)
"""


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


def seed_global_generators(seed):
    keras.utils.set_random_seed(seed)
    tf.random.set_global_generator(tf.random.Generator.from_seed(seed))


def draws():
    """Return what every global generator gives next."""
    return {
        # The global generator itself is what is looked at.
        "NumPy": np.random.random(3).tolist(),  # noqa: NPY002
        "Python": [random.random() for _ in range(3)],
        "TensorFlow": tf.random.uniform([3]).numpy().tolist(),
        "TensorFlow's generator": tf.random.get_global_generator()
        .uniform([3])
        .numpy()
        .tolist(),
        "Keras": keras.ops.convert_to_numpy(keras.random.uniform([3])).tolist(),
    }


def test_global_generators_are_left_as_they_were(make, handful):
    seed_global_generators(5)
    expected = draws()

    seed_global_generators(5)
    clf = make(random_state=None, **EVERYTHING).fit(*handful)
    clf.set_params(random_state=0).partial_fit(*handful)
    clf.predict(handful[0])

    assert draws() == expected


def test_global_generators_have_no_say(make, handful):
    digests = set()
    for seed in (1, 2):
        seed_global_generators(seed)
        clf = make().fit(*handful)
        digests.add(hashlib.md5(clf.predict_proba(handful[0])).hexdigest())

    assert len(digests) == 1
