"""States of TensorFlow: those that fits work in, and errors in the others."""

import subprocess
import sys

import pytest
import tensorflow as tf
from support.classifiers import quick_mlp
from support.command_line import plain_environment

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
child = os.fork()
if child == 0:
    try:
        {in_child}
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


@pytest.mark.parametrize("in_child", ["clf.predict(X)", "clf.fit(X, y)"])
def test_forked_process_says_what_to_do(in_child):
    shown = run_program("clf.fit(X, y)", FORKING.format(in_child=in_child))

    assert "forked" in shown
    assert "Load the model in each worker process" in shown
    assert 'multiprocessing.get_context("spawn")' in shown


def test_process_forked_before_tensorflow_ran_can_fit():
    in_child = "print('score', clf.fit(X, y).score(X, y))"

    assert run_program(FORKING.format(in_child=in_child)).startswith("score 0.")


@pytest.mark.parametrize(
    "switch",
    [
        "tf.debugging.enable_check_numerics()",
        "tf.experimental.numpy.experimental_enable_numpy_behavior()",
        "tf.config.run_functions_eagerly(True)",
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
