"""Progress with `verbose`: a bar in a terminal or notebook, lines anywhere else."""

import contextlib
import io
import re
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from support.classifiers import quick_mlp
from support.command_line import CONTROL_CHARACTERS, plain_environment
from support.terminal import show_in_terminal

from digitclf._training import pace, progress

LINE = (
    r"Epoch \d/\d - \d+\.\d s - loss: \d\.\d{4} - accuracy: \d\.\d{4}"
    r" - val_loss: \d\.\d{4} - val_accuracy: \d\.\d{4}"
)
SHORT = r"loss \d\.\d{3} acc \d\.\d{3} val_loss \d\.\d{3} val_acc \d\.\d{3}"
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
import threading
from sklearn.datasets import load_digits
from digitclf import MLPDigitClassifier
X, y = load_digits(return_X_y=True)
try:
    MLPDigitClassifier(learning_rate=1e30, verbose=1).fit(X, y)
except ValueError:
    print("caught, with", threading.active_count(), "thread")
"""


def program(verbose=1, n_jobs=1):
    return [sys.executable, "-c", PROGRAM.format(verbose=verbose, n_jobs=n_jobs)]


def test_nothing_is_printed_by_default(make_accurate, handful, capfd):
    make_accurate(epochs=1).fit(*handful).predict(handful[0])

    assert capfd.readouterr() == ("", "")


def test_file_gets_one_plain_line_per_epoch(handful, capsys):
    quick_mlp(verbose=1, validation_split=0.1, epochs=3).fit(*handful)

    shown = capsys.readouterr().out
    assert re.fullmatch(rf"({LINE}\n){{3}}", shown)
    assert not CONTROL_CHARACTERS.search(shown)


@pytest.mark.slow
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


def test_terminal_gets_a_bar_per_fit():
    code, shown = show_in_terminal(program())

    assert code == 0, shown
    assert re.search(rf"Epoch 3/3 ━+ {SHORT}", shown)
    assert not re.search(LINE, shown)
    assert len(re.findall(r"^\[CV \d/2\] END.*s\s*$", shown, re.MULTILINE)) == 4


@pytest.mark.slow
def test_workers_print_lines_in_a_terminal_too():
    code, shown = show_in_terminal(program(n_jobs=2))

    assert code == 0, shown
    before_the_refit = shown.split("━")[0]
    # scikit-learn writes its messages and their line ends one after the other, so a
    # line of another process may begin after a message.
    assert len(re.findall(rf"{LINE}\s*$", before_the_refit, re.MULTILINE)) == 4 * 3


@pytest.mark.slow
def test_verbose_2_prints_lines_in_a_terminal():
    code, shown = show_in_terminal(program(verbose=2))

    assert code == 0, shown
    assert "━" not in shown
    assert len(re.findall(rf"^{LINE}\s*$", shown, re.MULTILINE)) == 5 * 3


def test_thread_prints_lines(handful, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    clf = quick_mlp(verbose=1, validation_split=0.1)

    thread = threading.Thread(target=clf.fit, args=handful)
    thread.start()
    thread.join()

    assert re.fullmatch(rf"({LINE}\n){{2}}", capsys.readouterr().out)


class KernelStream(io.StringIO):
    """A stream that looks like stdout in a notebook."""

    __module__ = "ipykernel.iostream"


@pytest.fixture
def page(monkeypatch):
    """Return the outputs on the page of a notebook, with their latest content."""
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


def test_notebook_gets_one_output_per_fit(page, handful):
    with contextlib.redirect_stdout(KernelStream()) as stdout:
        clf = quick_mlp(verbose=1, validation_split=0.1, epochs=3).fit(*handful)

    last = {name: values[-1] for name, values in clf.history_.items()}
    text = (
        f"Epoch 3/3 loss {last['loss']:.3f} acc {last['accuracy']:.3f} "
        f"val_loss {last['val_loss']:.3f} val_acc {last['val_accuracy']:.3f}"
    )
    assert page == [
        {
            "text/plain": text,
            "text/html": f'<progress value="3.000" max="3"></progress> {text}',
        }
    ]
    assert stdout.getvalue() == ""


def test_redirected_output_of_a_notebook_gets_lines(page, handful):
    log = io.StringIO()

    with contextlib.redirect_stdout(log):
        quick_mlp(verbose=1, validation_split=0.1).fit(*handful)

    assert re.fullmatch(rf"({LINE}\n){{2}}", log.getvalue())
    assert page == []


def test_stdout_with_only_a_write_method_gets_lines(handful, monkeypatch):
    written = []
    writer = SimpleNamespace(write=written.append, flush=lambda: None)
    monkeypatch.setattr(sys, "stdout", writer)

    quick_mlp(verbose=1, validation_split=0.1).fit(*handful)

    assert re.fullmatch(rf"({LINE}\n){{2}}", "".join(written))


@pytest.mark.slow
def test_bar_of_a_stopped_fit_shows_no_remaining_time():
    code, shown = show_in_terminal([sys.executable, "-c", STOPPING_PROGRAM])

    assert code == 0, shown
    last = shown.rsplit("Epoch ", 1)[1]
    assert re.match(r"\d+/400 ", last)
    assert "left" not in last


@pytest.mark.slow
def test_failed_fit_releases_the_terminal():
    code, shown = show_in_terminal([sys.executable, "-c", FAILING_PROGRAM])

    assert code == 0, shown
    assert "caught, with 1 thread" in shown


class FailingStream(io.StringIO):
    """A stdout that fails when it is written to or flushed."""

    def __init__(self, method, error):
        super().__init__()
        setattr(self, method, self.fail)
        self.error = error

    def fail(self, *args):
        raise self.error


@pytest.mark.parametrize("method", ["write", "flush"])
@pytest.mark.parametrize("error", [OSError(28, "No space left"), ValueError("closed")])
def test_fit_survives_a_stdout_that_fails(handful, method, error):
    with (
        contextlib.redirect_stdout(FailingStream(method, error)),
        pytest.warns(UserWarning, match="progress of this fit is no longer shown") as w,
    ):
        clf = quick_mlp(verbose=1, validation_split=0.1, epochs=3).fit(*handful)

    assert clf.n_iter_ == 3
    assert len(w) == 1


def test_fit_survives_a_closed_stdout(handful):
    stdout = io.StringIO()
    stdout.close()

    with contextlib.redirect_stdout(stdout), pytest.warns(UserWarning, match="stdout"):
        clf = quick_mlp(verbose=1, validation_split=0.1).fit(*handful)

    assert clf.n_iter_ == 2


def test_bar_moves_within_an_epoch(page, handful, monkeypatch):
    monkeypatch.setattr(pace, "MULTIPLICATIONS_AT_FIRST", 0)
    monkeypatch.setattr(pace, "SECONDS_PER_CALL", 0.0)
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_FRAMES", 0.0)
    drawn = []
    monkeypatch.setattr(
        progress.NotebookBar, "_draw", lambda bar: drawn.append(bar._bundle())
    )

    with contextlib.redirect_stdout(KernelStream()):
        quick_mlp(verbose=1, validation_split=0.1, epochs=1).fit(*handful)

    texts = [bundle["text/plain"] for bundle in drawn]
    assert texts[0] == "Epoch 1/1 compiling"
    assert all(
        re.fullmatch(r"Epoch 1/1 loss \d\.\d{3} acc \d\.\d{3}", text)
        for text in texts[1:-2]
    )
    values = [
        float(re.search(r'value="([\d.]+)"', bundle["text/html"])[1])
        for bundle in drawn
    ]
    assert values == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
