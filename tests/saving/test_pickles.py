"""Pickles, joblib dumps and deep copies: the same classifier, and equal pickles."""

import copy
import io
import pickle
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.classifiers import quick_cnn, quick_mlp
from support.comparing import assert_same_fit, same_weights

# Copies


def through_pickle(clf):
    return pickle.loads(pickle.dumps(clf))


def through_joblib(clf):
    file = io.BytesIO()
    joblib.dump(clf, file)
    file.seek(0)
    return joblib.load(file)


ways_to_copy = pytest.mark.parametrize(
    "copied",
    [through_pickle, through_joblib, copy.deepcopy],
    ids=["pickle", "joblib", "deepcopy"],
)


@ways_to_copy
def test_copy_of_an_unfitted_classifier_fits_the_same_weights(
    handful, fitted_mlp, copied
):
    original = quick_mlp(optimizer__learning_rate=0.1)

    duplicate = copied(original)

    assert duplicate.get_params() == original.get_params()
    with pytest.raises(NotFittedError):
        duplicate.predict(handful[0])
    assert same_weights(duplicate.fit(*handful), fitted_mlp)


@ways_to_copy
def test_copy_of_a_fitted_classifier_is_the_same(fitted, handful, copied):
    duplicate = copied(fitted)

    assert_same_fit(duplicate, fitted, handful[0])
    assert duplicate.get_params() == fitted.get_params()


@ways_to_copy
def test_training_a_copy_leaves_the_original_alone(fitted_mlp, handful, copied):
    before = fitted_mlp.predict_proba(handful[0])

    duplicate = copied(fitted_mlp).partial_fit(*handful)

    np.testing.assert_array_equal(fitted_mlp.predict_proba(handful[0]), before)
    assert duplicate.n_iter_ == fitted_mlp.n_iter_ + 1


def test_shallow_copy_shares_the_network(fitted_mlp):
    assert copy.copy(fitted_mlp).model_ is fitted_mlp.model_
    assert not hasattr(clone(fitted_mlp), "model_")


def test_joblib_loads_memory_mapped(fitted_mlp, handful, tmp_path):
    joblib.dump(fitted_mlp, tmp_path / "fitted.joblib")

    mapped = joblib.load(tmp_path / "fitted.joblib", mmap_mode="r")

    assert same_weights(mapped, fitted_mlp)
    mapped.partial_fit(*handful)


def test_skops_dumps_and_loads(fitted_mlp, handful):
    skops_io = pytest.importorskip("skops.io")

    content = skops_io.dumps(fitted_mlp)
    loaded = skops_io.loads(content, trusted=skops_io.get_untrusted_types(data=content))

    assert_same_fit(loaded, fitted_mlp, handful[0])


# Training after a pickle


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("start", ["fit", "partial_fit"])
def test_training_continues_after_a_pickle_as_without_one(handful, start, optimizer):
    clf = quick_mlp(optimizer=optimizer, learning_rate=0.01)
    if start == "fit":
        clf.fit(*handful)
    else:
        clf.partial_fit(*handful, classes=range(10))

    duplicate = through_pickle(clf).partial_fit(*handful)

    assert same_weights(duplicate, clf.partial_fit(*handful))
    assert duplicate.history_ == clf.history_


def test_frozen_layers_stay_frozen_in_a_pickle(handful):
    clf = quick_mlp().fit(*handful)
    clf.model_.get_layer("hidden_1").trainable = False

    copy = pickle.loads(pickle.dumps(clf)).partial_fit(*handful)

    np.testing.assert_array_equal(
        copy.model_.get_layer("hidden_1").kernel,
        clf.model_.get_layer("hidden_1").kernel,
    )


# Equality


def test_pickles_do_not_depend_on_the_time(fitted_mlp, monkeypatch):
    before = joblib.hash(fitted_mlp), pickle.dumps(fitted_mlp)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10_000)

    assert (joblib.hash(fitted_mlp), pickle.dumps(fitted_mlp)) == before


def test_equal_fits_have_equal_hashes(fitted, make_quick, handful):
    assert joblib.hash(make_quick().fit(*handful)) == joblib.hash(fitted)
    assert joblib.hash(make_quick(random_state=1).fit(*handful)) != joblib.hash(fitted)


def test_joblib_memory_recognises_a_fitted_classifier(fitted_mlp, handful, tmp_path):
    calls = []

    def score(clf, X, y):
        calls.append(1)
        return clf.score(X, y)

    remembered = joblib.Memory(tmp_path, verbose=0).cache(score)
    copy = pickle.loads(pickle.dumps(fitted_mlp))

    assert remembered(fitted_mlp, *handful) == remembered(copy, *handful)
    assert len(calls) == 1


# Other processes


IN_A_NEW_PROCESS = """
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np

folder = Path(sys.argv[1])
digits = np.load(folder / "digits.npz")
probabilities = {}
for path in folder.glob("*.pickle"):
    probabilities[path.name] = pickle.loads(path.read_bytes())
for path in folder.glob("*.joblib"):
    probabilities[path.name] = joblib.load(path)
for name, clf in probabilities.items():
    if "unfitted" in name:
        clf.fit(digits["X_train"], digits["y_train"])
    probabilities[name] = clf.predict_proba(digits["X_test"])
np.savez(folder / "probabilities.npz", **probabilities)
"""


@pytest.mark.slow
def test_new_process_predicts_the_same(few_digits, tmp_path):
    X, y, X_test = few_digits.X_train, few_digits.y_train, few_digits.X_test
    np.savez(tmp_path / "digits.npz", X_train=X, y_train=y, X_test=X_test)
    expected = {}
    for clf in (quick_mlp(), quick_cnn()):
        kind = type(clf).__name__
        fitted = clone(clf).fit(X, y)
        pipeline = make_pipeline(StandardScaler(), clone(clf)).fit(X, y)
        for name, stored, same in [
            (f"unfitted {kind}", clf, fitted),
            (f"fitted {kind}", fitted, fitted),
            (f"pipeline with {kind}", pipeline, pipeline),
        ]:
            (tmp_path / f"{name}.pickle").write_bytes(pickle.dumps(stored))
            joblib.dump(stored, tmp_path / f"{name}.joblib")
            for suffix in ("pickle", "joblib"):
                expected[f"{name}.{suffix}"] = same.predict_proba(X_test)

    subprocess.run([sys.executable, "-c", IN_A_NEW_PROCESS, tmp_path], check=True)

    probabilities = np.load(tmp_path / "probabilities.npz")
    assert set(probabilities) == set(expected)
    for name in expected:
        np.testing.assert_array_equal(probabilities[name], expected[name], err_msg=name)
