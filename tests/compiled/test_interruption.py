"""Ctrl-C: never lost, and raised where TensorFlow is not at work."""

import signal
import subprocess
import sys
import textwrap
import threading

import keras
import numpy as np
import pytest
from sklearn.callback import ProgressBar
from support.classifiers import quick_mlp
from support.command_line import plain_environment

from digitclf._compiled.predictor import Predictor
from digitclf._compiled.program import TrainingProgram
from digitclf._compiled.program_cache import PROGRAMS
from digitclf._compiled.trainer import Trainer
from digitclf._compiled.variables import ProgramVariables


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def _default_handler():
    """Enable Ctrl-C, and check that its handler is back in place in the end."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    handler = signal.signal(signal.SIGINT, before)
    assert handler is signal.default_int_handler


@pytest.fixture
def reached():
    """Return a list for what has happened."""
    return []


def do_first(monkeypatch, owner, name, action):
    """Let a method do something before its work."""
    method = getattr(owner, name)

    def changed(*args, **kwargs):
        action()
        return method(*args, **kwargs)

    monkeypatch.setattr(owner, name, changed)


class PressesInDestructor:
    """Presses Ctrl-C where Python ignores exceptions."""

    def __del__(self):
        press_ctrl_c()


lost_at_first = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (TrainingProgram, "__init__"),
        (Trainer, "_step"),
        (TrainingProgram, "load"),
        (ProgramVariables, "hand_out"),
    ],
)
def test_interrupt_is_not_lost_in_a_fit(owner, name, handful, monkeypatch):
    PROGRAMS.clear()  # so that a program is made and compiled
    clf = quick_mlp()
    before = vars(clf).copy()
    do_first(monkeypatch, owner, name, PressesInDestructor)

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful)

    assert vars(clf) == before


def test_interrupted_fit_leaves_the_earlier_one(handful, monkeypatch):
    X, y = handful
    clf = quick_mlp().fit(X, y)
    before = vars(clf).copy()
    do_first(monkeypatch, ProgramVariables, "hand_out", press_ctrl_c)

    with pytest.raises(KeyboardInterrupt):
        clf.fit(X[::-1], y[::-1])

    assert vars(clf) == before


@pytest.mark.parametrize(
    ("owner", "name"), [(TrainingProgram, "finish"), (ProgramVariables, "show")]
)
def test_interrupted_partial_fit_leaves_the_earlier_one(
    owner, name, handful, monkeypatch
):
    X, y = handful
    clf = quick_mlp().partial_fit(X, y, range(10))
    before, weights = vars(clf).copy(), clf.model_.get_weights()
    do_first(monkeypatch, owner, name, press_ctrl_c)

    with pytest.raises(KeyboardInterrupt):
        clf.partial_fit(X[::-1], y[::-1])

    assert vars(clf) == before
    np.testing.assert_equal(clf.model_.get_weights(), weights)


def test_interrupt_while_the_fit_ends_is_not_lost(handful, monkeypatch):
    clf = quick_mlp()
    do_first(monkeypatch, type(clf), "_take_fitted", press_ctrl_c)

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful)

    assert clf.predict(handful[0]).shape == (200,)


def test_interrupted_initialize_has_no_effect(handful, monkeypatch):
    clf = quick_mlp()
    do_first(monkeypatch, type(clf), "_new_network", press_ctrl_c)

    with pytest.raises(KeyboardInterrupt):
        clf.initialize(*handful)

    assert not hasattr(clf, "model_")


def test_interrupt_is_not_lost_in_predict(fitted_mlp, handful, monkeypatch):
    do_first(monkeypatch, Predictor, "_graph_for", PressesInDestructor)

    with pytest.raises(KeyboardInterrupt):
        fitted_mlp.predict(handful[0])


def test_error_that_ctrl_c_has_caused_becomes_an_interrupt(handful, monkeypatch):
    def fail():
        press_ctrl_c()
        raise TypeError("from a function that TensorFlow calls")

    do_first(monkeypatch, Trainer, "_step", fail)
    PROGRAMS.clear()

    with pytest.raises(KeyboardInterrupt) as caught:
        quick_mlp().fit(*handful)

    assert isinstance(caught.value.__cause__, TypeError)


def test_second_ctrl_c_is_raised_at_once(handful, monkeypatch, reached):
    def press_twice():
        press_ctrl_c()
        reached.append("after the first")
        press_ctrl_c()
        reached.append("after the second")

    do_first(monkeypatch, TrainingProgram, "finish", press_twice)

    with pytest.raises(KeyboardInterrupt):
        quick_mlp().fit(*handful)

    assert reached == ["after the first"]


def test_callback_is_interrupted_at_once(handful, reached):
    class Pressing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            press_ctrl_c()
            reached.append("after Ctrl-C")

    with pytest.raises(KeyboardInterrupt):
        quick_mlp(callbacks=[Pressing()]).fit(*handful)

    assert reached == []


@lost_at_first
def test_interrupt_is_not_lost_in_a_callback(handful, reached):
    class Pressing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            PressesInDestructor()
            reached.append(epoch)

    with pytest.raises(KeyboardInterrupt):
        quick_mlp(callbacks=[Pressing()]).fit(*handful)

    assert reached == [0]


def test_prediction_in_a_callback_can_be_interrupted(
    fitted_mlp, handful, monkeypatch, reached
):
    class Predicting(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            fitted_mlp.predict(handful[0])
            reached.append("after the prediction")

    do_first(monkeypatch, Predictor, "_graph_for", PressesInDestructor)

    with pytest.raises(KeyboardInterrupt):
        quick_mlp(callbacks=[Predicting()]).fit(*handful)

    assert reached == []


def test_own_handler_is_called_at_once(handful, reached):
    class Pressing(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            press_ctrl_c()
            assert len(reached) == epoch + 1

    signal.signal(signal.SIGINT, lambda *_: reached.append("own handler"))
    try:
        quick_mlp(callbacks=[Pressing()]).fit(*handful)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    assert reached == ["own handler"] * 2


def test_handler_that_a_callback_installs_stays(handful, reached):
    class Installing(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            signal.signal(signal.SIGINT, lambda *_: reached.append("own handler"))

    quick_mlp(callbacks=[Installing()]).fit(*handful)
    press_ctrl_c()
    signal.signal(signal.SIGINT, signal.default_int_handler)

    assert reached == ["own handler"]


def test_handler_is_back_in_place_after_an_error(handful):
    with pytest.raises(ValueError, match="epochs"):
        quick_mlp(epochs=0).fit(*handful)

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_fit_in_a_thread_leaves_signals_alone(handful, reached):
    class Noting(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            reached.append(signal.getsignal(signal.SIGINT))

    clf = quick_mlp(callbacks=[Noting()])
    thread = threading.Thread(target=clf.fit, args=handful)
    thread.start()
    thread.join()

    assert reached == [signal.default_int_handler] * 2
    assert clf.n_iter_ == 2


@lost_at_first
def test_interrupt_of_the_main_thread_leaves_other_threads_alone(
    handful, monkeypatch, reached
):
    class InOtherThread(keras.callbacks.Callback):
        """Fits another classifier in a thread, after Ctrl-C in the main thread."""

        def on_epoch_end(self, epoch, logs=None):
            PressesInDestructor()
            thread = threading.Thread(target=other.fit, args=handful)
            thread.start()
            thread.join()

    other = quick_mlp()
    with pytest.raises(KeyboardInterrupt):
        quick_mlp(callbacks=[InOtherThread()]).fit(*handful)

    assert other.n_iter_ == 2


@pytest.mark.parametrize("hook", ["setup", "teardown"])
def test_progress_bar_of_scikit_learn_leaves_no_thread(hook, handful, monkeypatch):
    before = running_threads()
    do_first(monkeypatch, ProgressBar, hook, press_ctrl_c)

    with pytest.raises(KeyboardInterrupt):
        quick_mlp().set_callbacks(ProgressBar()).fit(*handful)

    assert running_threads() == before


def running_threads():
    """Return the threads that keep a program from ending."""
    return {thread for thread in threading.enumerate() if not thread.daemon}


INTERRUPTED_FITS = """
    import json, signal, sys, threading
    from sklearn.datasets import load_digits
    from digitclf import CNNDigitClassifier, MLPDigitClassifier

    signal.signal(signal.SIGINT, signal.default_int_handler)
    lost = []
    sys.unraisablehook = lambda ignored: lost.append(repr(ignored.exc_value))
    X, y = load_digits(return_X_y=True)
    X, y = X[:400], y[:400]
    mlp = MLPDigitClassifier(epochs=5, random_state=0)
    cnn = CNNDigitClassifier(filters=(2,), epochs=2, random_state=0)
    random = __import__("random").Random(0)
    n_threads = threading.active_count()
    outcomes = []
    mlp.fit(X, y)
    for number in range(100):
        # Architectures that are compiled anew, and others that are not.
        mlp.set_params(hidden_layer_sizes=(8 + number % 3 * number,))
        cnn.set_params(hidden_layer_sizes=(8 + number % 3 * number,))
        timer = threading.Timer(
            random.uniform(0, 2), signal.pthread_kill,
            (threading.main_thread().ident, signal.SIGINT),
        )
        before = None
        try:
            timer.start()
            while True:
                for clf in (mlp, cnn):
                    before = vars(clf).copy()
                    clf.fit(X, y)
                    before = None
        except KeyboardInterrupt:
            outcomes.append("interrupted")
        except BaseException as error:
            outcomes.append(repr(error))
        timer.join()
        if before is not None and before != vars(clf):
            outcomes.append("changed")
    threads = threading.active_count() - n_threads
    print(json.dumps([outcomes, lost, threads]))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(signal, "pthread_kill"), reason="Windows has no signals to threads."
)
def test_hundred_interrupts_at_random_moments():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED_FITS)],
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        timeout=900,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([["interrupted"] * 100, [], 0]).replace("'", '"')
