"""Pickles of fitted classifiers: equal for equal classifiers, with their optimizer."""

import pickle
import time

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from support.comparing import assert_same_fit, same_weights
from support.small_classifiers import make_dense


def test_pickles_do_not_depend_on_the_time(fitted, monkeypatch):
    before = joblib.hash(fitted), pickle.dumps(fitted)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10_000)

    assert (joblib.hash(fitted), pickle.dumps(fitted)) == before


def test_equal_fits_have_equal_hashes(fitted, make, handful):
    assert joblib.hash(make().fit(*handful)) == joblib.hash(fitted)
    assert joblib.hash(make(random_state=1).fit(*handful)) != joblib.hash(fitted)


def test_joblib_memory_recognises_a_fitted_classifier(fitted, handful, tmp_path):
    calls = []

    def score(clf, X, y):
        calls.append(1)
        return clf.score(X, y)

    remembered = joblib.Memory(tmp_path, verbose=0).cache(score)
    copy = pickle.loads(pickle.dumps(fitted))

    assert remembered(fitted, *handful) == remembered(copy, *handful)
    assert len(calls) == 1


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_training_continues_after_a_pickle_as_without_one(handful, optimizer):
    clf = make_dense(optimizer=optimizer).partial_fit(*handful, classes=range(10))

    copy = pickle.loads(pickle.dumps(clf))

    assert same_weights(copy.partial_fit(*handful), clf.partial_fit(*handful))


def test_frozen_layers_stay_frozen_in_a_pickle(handful):
    clf = make_dense().fit(*handful)
    clf.model_.get_layer("hidden_1").trainable = False

    copy = pickle.loads(pickle.dumps(clf)).partial_fit(*handful)

    np.testing.assert_array_equal(
        copy.model_.get_layer("hidden_1").kernel,
        clf.model_.get_layer("hidden_1").kernel,
    )


def test_shallow_copy_shares_the_network(fitted):
    import copy

    assert copy.copy(fitted).model_ is fitted.model_
    assert not hasattr(clone(fitted), "model_")


def test_skops_dumps_and_loads(fitted, handful):
    skops_io = pytest.importorskip("skops.io")

    content = skops_io.dumps(fitted)
    loaded = skops_io.loads(content, trusted=skops_io.get_untrusted_types(data=content))

    assert_same_fit(loaded, fitted, handful[0])
