"""`digitclf search`: its table, its file, and Ctrl-C."""

import os
import re
import signal
import time

import keras
import numpy as np
import pandas as pd
import pytest
from rich.progress import Progress
from sklearn.model_selection import StratifiedKFold, cross_val_score
from support.classifiers import quick_mlp
from support.command_line import CONTROL_CHARACTERS, command, start
from support.phone_photos import save_photos
from support.terminal import show_in_terminal

from digitclf.cli._data import mnist_to_train
from digitclf.cli._search import FitLog, Fits
from digitclf.datasets import load_mnist

COLUMNS = ["dropout", "fold", "accuracy", "val_loss", "best_epoch", "epochs", "seconds"]
TINY = ["--model", "mlp", "--images", "300", "--epochs", "2", "--folds", "2"]
RATES = ["--dropout", "0.5", "--dropout", "0.1", "--dropout", "0.5"]


@pytest.fixture
def search(invoke, tmp_path):
    """Return a function that runs a short search: its output and its rows."""

    def search_briefly(*options):
        path = tmp_path / "search.csv"
        args = ["search", *TINY, *RATES, "--output", path]
        return *invoke(*args, *options), pd.read_csv(path)

    return search_briefly


def test_each_fit_is_a_row(search):
    code, _, _, rows = search()

    assert code == 0
    assert rows.columns.tolist() == COLUMNS
    assert rows["dropout"].tolist() == [0.5, 0.5, 0.1, 0.1]
    assert rows["fold"].tolist() == [1, 2, 1, 2]
    assert rows["epochs"].tolist() == [2] * 4
    assert (rows["seconds"] > 0).all()
    assert not rows.isna().any(axis=None)


def test_accuracies_are_those_of_a_cross_validation(search):
    from digitclf import MLPDigitClassifier

    _, _, _, rows = search("--seed", "3", "--schedule", "one_cycle")

    X, y, _ = mnist_to_train(300, seed=3)
    clf = MLPDigitClassifier(
        dropout=0.1, epochs=2, schedule="one_cycle", random_state=3
    )
    folds = StratifiedKFold(2, shuffle=True, random_state=3)
    scores = cross_val_score(clf, X, y, cv=folds)
    assert rows["accuracy"][rows["dropout"] == 0.1].tolist() == pytest.approx(scores)


def test_own_pictures_of_mixed_sizes_are_searched_on(search, tmp_path):
    zeros_and_ones = np.flatnonzero(load_mnist().target < 2)
    save_photos(tmp_path / "own", zeros_and_ones[:40], labels=["zero", "one"])

    code, stdout, _, rows = search("--data", tmp_path / "own", "--epochs", "8")

    assert code == 0
    assert f"on the 40 pictures in {tmp_path / 'own'}: 2 rates x 2 folds" in stdout
    assert rows["accuracy"].mean() > 0.9


def test_the_table_has_mean_and_spread_per_rate_and_the_best_rate_follows(search):
    _, stdout, _, rows = search()

    assert "300 of the 60,000 training images of MNIST: 2 rates x 2 folds" in stdout
    groups = rows.groupby("dropout")["accuracy"]
    means, spreads = groups.mean(), groups.std(ddof=0)
    for rate in (0.1, 0.5):
        line = f"{rate} +2/2 +{means[rate]:.4f} ± {spreads[rate]:.4f}"
        assert re.search(line, stdout)
    assert f"Best rate: {means.idxmax()}\n" in stdout


def test_a_log_file_gets_one_plain_line_per_fit(search):
    _, _, stderr, rows = search()

    lines = stderr.splitlines()
    assert len(lines) == 4
    first = f"Fit 1/4: dropout 0.5, fold 1: accuracy {rows['accuracy'][0]:.4f} ("
    assert lines[0].startswith(first)
    assert not CONTROL_CHARACTERS.search(stderr)


@pytest.mark.slow
def test_a_terminal_shows_a_bar_and_one_line_per_fit(tmp_path):
    code, shown = show_in_terminal(command("search", *TINY, *RATES), cwd=tmp_path)

    assert code == 0
    assert "Fits 0/4 ━" in shown
    assert re.search(r"Fits 3/4 ━+.* 0:00:\d\d", shown)
    assert "Fit 4/4: dropout 0.1, fold 2: accuracy 0." in shown
    assert "Best rate: " in shown
    assert os.listdir(tmp_path) == ["search.csv"]


def test_the_bar_moves_with_every_epoch(handful, tmp_path):
    progress = Progress(disable=True)
    progress.add_task("", total=4)
    log = FitLog(tmp_path / "search.csv", progress)
    seen = []
    watching = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(progress.tasks[0].completed)
    )
    clf = quick_mlp(epochs=2, validation_split=0.1, callbacks=watching)

    fits = Fits(clf, *handful, rates=[0.0, 0.5], n_folds=2, seed=0)
    for row in fits.in_turn(log):
        log.add(row)

    assert seen == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    assert progress.finished


def test_results_of_an_earlier_search_are_replaced(search, tmp_path):
    (tmp_path / "search.csv").write_text("earlier\n" * 100)

    _, _, stderr, rows = search()

    assert "search.csv exists and will be replaced.\n" in stderr
    assert len(rows) == 4


@pytest.mark.slow
def test_ctrl_c_keeps_the_rows_of_finished_fits_and_prints_their_path(tmp_path):
    output = tmp_path / "search.csv"
    args = ["--model", "mlp", "--folds", "50", "--output", output]

    with start("search", *args) as process:
        wait_for_rows(output, process)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr.splitlines()[-2:] == [
        f"The results so far are kept in {output}",
        "Interrupted.",
    ]
    assert "Traceback" not in stderr
    assert re.search(r"^ +0 +\d+/50 +0\.\d{4}", stdout, re.MULTILINE)
    assert "Best rate" not in stdout
    rows = pd.read_csv(output)
    assert rows.columns.tolist() == COLUMNS
    assert not rows.isna().any(axis=None)


def wait_for_rows(path, process):
    for _ in range(2400):
        if path.exists() and len(path.read_text().splitlines()) > 1:
            return
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"{path} has no row")


@pytest.mark.parametrize("earlier", [None, "dropout,fold\n0.5,1\n"])
def test_ctrl_c_before_the_first_fit_leaves_the_folder_unchanged(tmp_path, earlier):
    output = tmp_path / "search.csv"
    if earlier:
        output.write_text(earlier)

    with start("search", "--output", output) as process:
        assert process.stdout.readline().startswith("Searching")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == 130
    assert stderr.splitlines()[-1] == "Interrupted."
    assert os.listdir(tmp_path) == (["search.csv"] if earlier else [])
    assert not earlier or output.read_text() == earlier
