"""States of TensorFlow: those that fits work in, and errors in the others."""

import subprocess
import sys

import pytest
import tensorflow as tf
from support.classifiers import quick_mlp
from support.command_line import plain_environment
from support.posix import NEEDS_FORK

PROGRAM = """
import os, sys
from sklearn.datasets import load_digits
import tensorflow as tf
from digitclf import CNNDigitClassifier, MLPDigitClassifier, load_model, save_model
X, y = load_digits(return_X_y=True)
X, y = X[:100], y[:100]
clf = MLPDigitClassifier(hidden_layer_sizes=(8,), epochs=1, random_state=0)
cnn = CNNDigitClassifier(
    filters=(2,), hidden_layer_sizes=(8,), epochs=1, random_state=0
)
"""


FORKING = """
import copy, pickle, tempfile
folder = tempfile.mkdtemp()
path = os.path.join(folder, "model.keras")
save_model(clf, path)
pickled = pickle.dumps(clf)
ENTRIES = {
    "fit": lambda: MLPDigitClassifier().fit(X, y),
    "fit of a CNN": lambda: cnn.fit(X, y),
    "partial_fit": lambda: clf.partial_fit(X, y),
    "initialize": lambda: MLPDigitClassifier().initialize(X, y),
    "predict": lambda: clf.predict(X),
    "predict_proba": lambda: clf.predict_proba(X),
    "score": lambda: clf.score(X, y),
    "load_model": lambda: load_model(path),
    "save_model": lambda: save_model(clf, path),
    "pickle.loads": lambda: pickle.loads(pickled),
    "pickle.dumps": lambda: pickle.dumps(clf),
    "deepcopy": lambda: copy.deepcopy(clf),
}
child = os.fork()
if child == 0:
    for name, entry in ENTRIES.items():
        try:
            entry()
            print(name, "returned")
        except RuntimeError as error:
            if "forked" not in str(error):
                raise
    try:
        clf.predict(X)
    except RuntimeError as error:
        print(error)
    sys.stdout.flush()
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
"""


def run_program(*parts):
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([PROGRAM, *parts])],
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# Even loading a network would hang, from some size on.
LARGE = "clf.set_params(hidden_layer_sizes=(3000, 1000))"
LOADED = """
import subprocess, tempfile
path = os.path.join(tempfile.mkdtemp(), "model.keras")
code = "\\n".join([PROGRAM, f"save_model(clf.initialize(X, y), {path!r})"])
subprocess.run([sys.executable, "-c", code], check=True)
clf = load_model(path)
"""


@NEEDS_FORK
@pytest.mark.parametrize(
    "before",
    [
        "clf.fit(X, y)",
        pytest.param("clf.fit(X, y).predict(X)", marks=pytest.mark.slow),
        pytest.param(f"{LARGE}.initialize(X, y)", marks=pytest.mark.slow),
        pytest.param(
            f"PROGRAM = {PROGRAM + LARGE!r}\n{LOADED}",
            id="load_model",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_forked_process_says_what_to_do(before):
    shown = run_program(before, FORKING)

    assert "returned" not in shown
    assert "forked" in shown
    assert "Load the model in each worker process" in shown
    assert 'multiprocessing.get_context("spawn")' in shown


@pytest.mark.slow
@NEEDS_FORK
def test_process_forked_before_tensorflow_ran_can_fit():
    program = """
child = os.fork()
if child == 0:
    print('score', clf.fit(X, y).score(X, y), flush=True)
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
"""

    assert run_program(program).startswith("score 0.")


@pytest.mark.parametrize(
    "switch",
    [
        "tf.debugging.enable_check_numerics()",
        pytest.param(
            "tf.experimental.numpy.experimental_enable_numpy_behavior()",
            marks=pytest.mark.slow,
        ),
        pytest.param("tf.config.run_functions_eagerly(True)", marks=pytest.mark.slow),
    ],
)
def test_fits_and_predicts_with_other_behaviour_of_tensorflow(switch):
    train = "print(clf.fit(X, y).predict(X).shape, cnn.fit(X, y).predict(X).shape)"

    assert run_program(switch, train).strip() == "(100,) (100,)"


def test_strategy_scope_is_an_error(handful):
    with (
        tf.distribute.OneDeviceStrategy("/cpu:0").scope(),
        pytest.raises(RuntimeError, match=r"outside of strategy\.scope"),
    ):
        quick_mlp().fit(*handful)


def test_graph_is_an_error(handful, fitted_mlp):
    with tf.Graph().as_default():
        with pytest.raises(RuntimeError, match="not executing eagerly"):
            quick_mlp().fit(*handful)
        with pytest.raises(RuntimeError, match="not executing eagerly"):
            fitted_mlp.predict(handful[0])
