"""Saves that fail or are interrupted: an earlier file is never lost."""

import copy
import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from support.classifiers import quick_mlp
from support.comparing import assert_same_fit
from support.full_disk import largest_file
from support.posix import NEEDS_LIMITS, NEEDS_SIGKILL
from support.tampering import (
    DESCRIPTION,
)

from digitclf import load_model, save_model


@pytest.fixture
def saved_mlp(fitted_mlp, tmp_path):
    """Return the path of a model file with a dense network."""
    path = tmp_path / "digits.keras"
    save_model(fitted_mlp, path)
    return path


def test_unfitted_classifier_cannot_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        save_model(quick_mlp(), tmp_path / "digits.keras")

    assert list(tmp_path.iterdir()) == []


def test_other_estimators_cannot_be_saved(tmp_path):
    with pytest.raises(TypeError, match="LogisticRegression"):
        save_model(LogisticRegression(), tmp_path / "digits.keras")


@pytest.mark.parametrize("name", ["digits.h5", "digits", "digits.pkl"])
def test_path_that_does_not_end_in_keras_is_an_error(name, fitted_mlp, tmp_path):
    with pytest.raises(ValueError, match=r"\.keras.*digits"):
        save_model(fitted_mlp, tmp_path / name)


def test_missing_folder_is_an_error(fitted_mlp, tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        save_model(fitted_mlp, tmp_path / "missing" / "digits.keras")


def test_saving_replaces_an_earlier_file(fitted_mlp, tmp_path, handful):
    path = tmp_path / "digits.keras"
    path.write_text("something else, that was there before")

    save_model(fitted_mlp, path)

    assert_same_fit(load_model(path), fitted_mlp, handful[0])
    assert list(tmp_path.iterdir()) == [path]


@NEEDS_LIMITS
@pytest.mark.parametrize("size", [0, 3000])
def test_failed_save_leaves_the_earlier_file_and_no_other(size, fitted_mlp, saved_mlp):
    before = saved_mlp.read_bytes()

    with pytest.raises(OSError, match="large"), largest_file(size):
        save_model(fitted_mlp, saved_mlp)

    assert saved_mlp.read_bytes() == before
    assert [path.name for path in saved_mlp.parent.iterdir()] == ["digits.keras"]


SAVES = """
    import sys
    from digitclf import MLPDigitClassifier, save_model
    from digitclf.datasets import load_mnist

    X, y = load_mnist(return_X_y=True)
    clf = MLPDigitClassifier(epochs=1, random_state=0).fit(X[:500], y[:500])
    print("ready", flush=True)
    while True:
        save_model(clf, sys.argv[1])
"""


@pytest.mark.slow
@NEEDS_SIGKILL
def test_killed_process_leaves_a_complete_file(tmp_path, mnist):
    path = tmp_path / "digits.keras"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SAVES), path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + 60
        while not path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        versions = set()
        for _ in range(40):
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert DESCRIPTION in archive.namelist()
            versions.add(path.stat().st_ino)
            time.sleep(0.01)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

    assert len(versions) > 1
    assert load_model(path).predict(mnist.X_test).shape == (500,)
    visible = [file for file in tmp_path.iterdir() if not file.name.startswith(".")]
    assert visible == [path]


# Classifiers that a model file cannot describe


def test_network_that_differs_from_the_parameters_is_not_saved(handful, tmp_path):
    clf = quick_mlp(epochs=1).fit(*handful)

    for params in ({"hidden_layer_sizes": (8,)}, {"activation": "tanh"}):
        changed = copy.deepcopy(clf).set_params(**params)
        with pytest.raises(ValueError, match=r"changed after the fit.*joblib"):
            save_model(changed, tmp_path / "digits.keras")

    save_model(clf.set_params(dropout=0.5, epochs=3), tmp_path / "digits.keras")


@pytest.mark.parametrize("checkpoint", [None, "models"])
def test_what_cannot_be_loaded_is_not_written(
    checkpoint, handful, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(
        keras.saving.get_custom_objects(), "own>double", lambda x: 2 * x
    )
    X, y = handful
    long_labels = np.array([f"{label}" * 2000 for label in y])

    for clf, labels, reason in [
        (quick_mlp(activation="own>double", checkpoint=checkpoint), y, "activation"),
        (quick_mlp(checkpoint=checkpoint), long_labels, "classes_"),
    ]:
        with pytest.raises(ValueError, match=reason):
            save_model(clf.fit(X, labels), "digits.keras")

    assert not list(tmp_path.rglob("*.keras"))
