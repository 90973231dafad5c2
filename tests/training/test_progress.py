"""What `verbose` shows: a bar in a terminal and in a notebook, lines anywhere else."""

import contextlib
import io
import re
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from support.command_line import CONTROL_CHARACTERS, plain_environment
from support.small_classifiers import make_dense
from support.terminal import show_in_terminal

LINE = (
    r"Epoch \d/\d - \d+\.\d s - loss: \d\.\d{4} - accuracy: \d\.\d{4}"
    r" - val_loss: \d\.\d{4} - val_accuracy: \d\.\d{4}"
)
PROGRAM = """
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from digitclf import MLPDigitClassifier
X, y = load_digits(return_X_y=True)
clf = MLPDigitClassifier(
    hidden_layer_sizes=(16,), epochs=3, verbose={verbose}, random_state=0
)
search = GridSearchCV(clf, {{"dropout": [0.1, 0.2]}}, cv=2, verbose=3, n_jobs={n_jobs})
search.fit(X[:400], y[:400])
"""

STOPPING_PROGRAM = """
from sklearn.datasets import load_digits
from digitclf import MLPDigitClassifier
X, y = load_digits(return_X_y=True)
MLPDigitClassifier(
    epochs=400, patience=1, learning_rate=0.05, verbose=1, random_state=0
).fit(X[:300], y[:300])
"""
FAILING_PROGRAM = """
import threading, time
from sklearn.datasets import load_digits
from digitclf import MLPDigitClassifier
X, y = load_digits(return_X_y=True)
try:
    MLPDigitClassifier(learning_rate=1e30, verbose=1).fit(X, y)
except ValueError:
    time.sleep(1)  # the thread that draws looks up a few times a second
    print("caught, with", threading.active_count(), "thread")
"""


def program(verbose=1, n_jobs=1):
    return [sys.executable, "-c", PROGRAM.format(verbose=verbose, n_jobs=n_jobs)]


def test_file_gets_one_plain_line_an_epoch(handful, capsys):
    make_dense(verbose=1, epochs=3).fit(*handful)

    shown = capsys.readouterr().out
    assert re.fullmatch(rf"({LINE}\n){{3}}", shown)
    assert not CONTROL_CHARACTERS.search(shown)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_lines_of_a_search_do_not_tear(n_jobs):
    done = subprocess.run(
        program(n_jobs=n_jobs),
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        check=True,
    )

    lines = done.stdout.splitlines()
    epochs = [line for line in lines if re.fullmatch(LINE, line)]
    ends = [line for line in lines if re.fullmatch(r"\[CV \d/2\] END.*s", line)]
    assert (len(epochs), len(ends)) == (5 * 3, 4)
    assert len(lines) == 5 * 3 + 4 + 1
    assert lines[0].startswith("Fitting 2 folds")
    assert not CONTROL_CHARACTERS.search(done.stdout)


def test_terminal_gets_a_bar_a_fit():
    code, shown = show_in_terminal(program())

    assert code == 0, shown
    assert re.search(r"Epoch 3/3 ━+ loss \d\.\d{4} val_loss \d\.\d{4}", shown)
    assert not re.search(LINE, shown)
    assert len(re.findall(r"^\[CV \d/2\] END.*s\s*$", shown, re.MULTILINE)) == 4


def test_workers_print_lines_in_a_terminal_too():
    code, shown = show_in_terminal(program(n_jobs=2))

    assert code == 0, shown
    before_the_refit = shown.split("━")[0]
    assert len(re.findall(rf"^{LINE}\s*$", before_the_refit, re.MULTILINE)) == 4 * 3


def test_verbose_2_prints_lines_in_a_terminal():
    code, shown = show_in_terminal(program(verbose=2))

    assert code == 0, shown
    assert "━" not in shown
    assert len(re.findall(rf"^{LINE}\s*$", shown, re.MULTILINE)) == 5 * 3


def test_thread_prints_lines(handful, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    clf = make_dense(verbose=1)

    thread = threading.Thread(target=clf.fit, args=handful)
    thread.start()
    thread.join()

    assert re.fullmatch(rf"({LINE}\n){{2}}", capsys.readouterr().out)


class KernelStream(io.StringIO):
    """What a notebook has as stdout, as far as anybody looks."""

    __module__ = "ipykernel.iostream"


@pytest.fixture
def page(monkeypatch):
    """Return what a notebook shows: each output with its latest content."""
    shown = []

    def display(bundle, *, raw, display_id):
        place = len(shown)
        shown.append(bundle)
        return SimpleNamespace(
            update=lambda bundle, *, raw: shown.__setitem__(place, bundle)
        )

    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=None))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(
        sys.modules, "IPython.display", SimpleNamespace(display=display)
    )
    return shown


def test_notebook_gets_one_output_a_fit(page, handful):
    with contextlib.redirect_stdout(KernelStream()) as stdout:
        clf = make_dense(verbose=1, epochs=3).fit(*handful)

    loss, val_loss = clf.history_["loss"][-1], clf.history_["val_loss"][-1]
    text = f"Epoch 3/3 loss {loss:.4f} val_loss {val_loss:.4f}"
    assert page == [
        {
            "text/plain": text,
            "text/html": f'<progress value="3" max="3"></progress> {text}',
        }
    ]
    assert stdout.getvalue() == ""


def test_output_of_a_notebook_that_is_redirected_gets_lines(page, handful):
    log = io.StringIO()

    with contextlib.redirect_stdout(log):
        make_dense(verbose=1).fit(*handful)

    assert re.fullmatch(rf"({LINE}\n){{2}}", log.getvalue())
    assert page == []


def test_stdout_that_can_only_write_gets_lines(handful, monkeypatch):
    written = []
    writer = SimpleNamespace(write=written.append, flush=lambda: None)
    monkeypatch.setattr(sys, "stdout", writer)

    make_dense(verbose=1).fit(*handful)

    assert re.fullmatch(rf"({LINE}\n){{2}}", "".join(written))


def test_bar_that_stopped_early_tells_no_time_left():
    code, shown = show_in_terminal([sys.executable, "-c", STOPPING_PROGRAM])

    assert code == 0, shown
    last = shown.rsplit("Epoch ", 1)[1]
    assert re.match(r"\d+/400 ", last)
    assert "left" not in last


def test_fit_that_fails_gives_the_terminal_back():
    code, shown = show_in_terminal([sys.executable, "-c", FAILING_PROGRAM])

    assert code == 0, shown
    assert "caught, with 1 thread" in shown
