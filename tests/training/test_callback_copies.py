"""Classifiers whose callbacks hold files and networks are copied and pickled."""

import copy
import pickle

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from support.classifiers import quick_mlp

COPIES = [clone, copy.deepcopy, lambda clf: pickle.loads(pickle.dumps(clf))]


class OpensFile(keras.callbacks.Callback):
    """A callback that forgets to close its file."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_train_begin(self, logs=None):
        self.log = open(self.path, "w")  # noqa: SIM115 - what the test is about

    def on_train_end(self, logs=None):
        self.log.close()


class AddsToLogs(keras.callbacks.Callback):
    """Adds a metric to the logs of every second epoch, and a text."""

    def on_epoch_end(self, epoch, logs=None):
        logs["note"] = "text"
        if epoch % 2:
            logs["f1"] = epoch / 10


@pytest.fixture(params=["csv", "tensorboard"])
def logging_callback(request, tmp_path):
    if request.param == "csv":
        return keras.callbacks.CSVLogger(tmp_path / "log.csv")
    pytest.importorskip("tensorboard")
    return keras.callbacks.TensorBoard(tmp_path / "logs")


@pytest.mark.parametrize("make_copy", COPIES, ids=["clone", "deepcopy", "pickle"])
def test_copy_of_a_classifier_with_open_files_trains(
    logging_callback, handful, make_copy
):
    clf = quick_mlp(callbacks=[logging_callback]).fit(*handful)

    again = make_copy(clf).fit(*handful)

    assert again.n_iter_ == clf.n_iter_
    assert again.callbacks[0] is not logging_callback


def test_search_with_a_logging_callback_is_dumped(logging_callback, handful, tmp_path):
    clf = quick_mlp(callbacks={"log": logging_callback})
    search = GridSearchCV(clf, {"dropout": [0.0]}, cv=2).fit(*handful)

    joblib.dump(search, tmp_path / "search.joblib")

    loaded = joblib.load(tmp_path / "search.joblib")
    assert loaded.score(*handful) == search.score(*handful)


def test_copies_do_not_hold_the_network(handful):
    clf = quick_mlp(callbacks=keras.callbacks.History()).fit(*handful)

    assert clone(clf).callbacks.model is None
    assert clone(clf).callbacks.history == clf.callbacks.history


def test_callback_that_cannot_be_copied_is_named(handful, tmp_path):
    clf = quick_mlp(callbacks=[OpensFile(tmp_path / "log.txt")]).fit(*handful)

    with pytest.raises(TypeError, match="callbacks: the attribute 'log' of OpensFile"):
        clone(clf)


def test_numbers_that_callbacks_add_to_the_logs_are_in_the_history(handful):
    clf = quick_mlp(epochs=4, callbacks=[AddsToLogs()]).fit(*handful)

    np.testing.assert_equal(clf.history_["f1"], [np.nan, 0.1, np.nan, 0.3])
    assert "note" not in clf.history_
