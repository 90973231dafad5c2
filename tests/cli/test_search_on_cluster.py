"""`digitclf search` with its fits in the workers of a Dask cluster."""

import os
import re
import signal
import socket
import sys
import time

import pandas as pd
import psutil
import pytest
from distributed import LocalCluster
from support.command_line import (
    CONTROL_CHARACTERS,
    command,
    single_line,
    start,
)
from support.terminal import show_in_terminal

from digitclf.cli import _cluster

TINY = ["--model", "mlp", "--images", "300", "--epochs", "2", "--folds", "2"]
RATES = ["--dropout", "0.5", "--dropout", "0.1"]
MEASURED = ["dropout", "fold", "best_epoch", "epochs"]


@pytest.fixture
def search(invoke, tmp_path):
    """Return a function that runs a short search: its output and its sorted rows."""

    def search_briefly(*options):
        path = tmp_path / "search.csv"
        result = invoke("search", *TINY, *RATES, "--output", path, *options)
        return *result, pd.read_csv(path).sort_values(["dropout", "fold"])

    return search_briefly


@pytest.mark.slow
def test_rows_and_table_are_those_of_a_search_without_workers(search):
    _, table, _, alone = search()

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        code, stdout, stderr, rows = search("--cluster", cluster.scheduler_address)

    assert code == 0
    assert stdout == table
    assert rows[MEASURED].values.tolist() == alone[MEASURED].values.tolist()
    assert rows["accuracy"].tolist() == alone["accuracy"].tolist()
    lines = [line for line in stderr.splitlines() if line.startswith("Fit ")]
    assert [line[:7] for line in lines] == [f"Fit {n}/4" for n in (1, 2, 3, 4)]


@pytest.mark.slow
def test_local_workers_do_not_write_over_the_bar(tmp_path):
    args = ["search", *TINY, *RATES, "--workers", "2"]

    code, shown = show_in_terminal(command(*args), cwd=tmp_path)

    assert code == 0
    assert "Fits 0/4 ━" in shown
    for line in re.split(r"[\r\n]+", shown):
        assert re.fullmatch(
            r"|Fits \d/4 .*|Fit \d/4: dropout 0\.\d, fold \d: accuracy 0\.\d{4} .*"
            r"|Searching the dropout of .*|the 60,000 training .*|.*\(seed 0\)\."
            r"|dropout  folds  accuracy|    0\.\d    2/2  0\.\d{4} ± 0\.\d{4}"
            r"|Best rate: 0\.\d|Results saved to search.csv",
            line,
        ), line
        assert not CONTROL_CHARACTERS.search(line)
    assert os.listdir(tmp_path) == ["search.csv"]


@pytest.mark.slow
def test_ctrl_c_ends_local_workers_quietly_and_keeps_finished_fits(tmp_path):
    output = tmp_path / "search.csv"
    args = ["--model", "mlp", "--images", "1000", "--folds", "50", "--workers", "1"]

    with start("search", *args, "--output", output) as process:
        first = process.stderr.readline()
        press_ctrl_c(process)
        _, stderr = process.communicate(timeout=300)

    assert first.startswith("Fit 1/150")
    assert process.returncode == 130
    assert stderr.splitlines()[-2:] == [
        f"The results so far are kept in {output}",
        "Interrupted.",
    ]
    assert "Traceback" not in stderr
    assert len(pd.read_csv(output)) >= 1


@pytest.mark.slow
def test_ctrl_c_while_local_workers_start_ends_quietly(tmp_path):
    output = tmp_path / "search.csv"

    with start("search", *TINY, "--output", output, "--workers", "1") as process:
        while process.poll() is None and not has_worker(process):
            time.sleep(0.05)
        press_ctrl_c(process)
        _, stderr = process.communicate(timeout=300)

    assert process.returncode == 130
    assert stderr == "Interrupted.\n"
    assert not output.exists()


def has_worker(process):
    """Return whether a program has started a process by multiprocessing."""
    commands = [child.cmdline() for child in psutil.Process(process.pid).children()]
    return any("spawn_main" in argument for args in commands for argument in args)


def press_ctrl_c(process):
    """Interrupt a program and its children, as a terminal does."""
    for child in psutil.Process(process.pid).children(recursive=True):
        child.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)


def test_unreachable_cluster_is_named(invoke, tmp_path, monkeypatch):
    monkeypatch.setattr(_cluster, "SECONDS_TO_CONNECT", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"  # free once it is closed

    output = tmp_path / "search.csv"
    args = ["search", *TINY, "--cluster", address, "--output", output]
    code, _, stderr = invoke(*args)

    assert code == 1
    message = single_line(stderr)
    assert message.startswith(f"Error: There is no Dask scheduler at {address} (")
    assert "dask scheduler" in message
    assert not output.exists()


def test_cluster_without_workers_is_named(invoke, tmp_path, monkeypatch):
    monkeypatch.setattr(_cluster, "SECONDS_FOR_WORKERS", 1)
    with LocalCluster(n_workers=0, dashboard_address=":0") as cluster:
        address = cluster.scheduler_address
        code, _, stderr = invoke(
            "search", *TINY, "--cluster", address, "--output", tmp_path / "search.csv"
        )

    assert code == 1
    assert f"Error: The cluster at {address} has no workers." in stderr


@pytest.mark.parametrize("address", ["", "tcp://", "http://x:1", "nowhere", "a b:c"])
def test_what_is_not_an_address_is_named(invoke, tmp_path, monkeypatch, address):
    monkeypatch.setattr(_cluster, "SECONDS_TO_CONNECT", 1)
    code, _, stderr = invoke(
        "search", *TINY, "--cluster", address, "--output", tmp_path / "search.csv"
    )

    assert code == 1
    assert f"no Dask scheduler at {address}" in single_line(stderr)


def test_cluster_and_workers_exclude_each_other(invoke):
    code, _, stderr = invoke("search", "--cluster", "tcp://x:1", "--workers", "2")

    assert code == 2
    assert "either --cluster" in single_line(stderr)


def test_missing_distributed_is_named_with_the_command_that_installs_it(
    invoke, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, stderr = invoke(
        "search", *TINY, "--workers", "2", "--output", tmp_path / "search.csv"
    )

    assert code == 1
    assert 'pip install "digitclf[dask]"' in single_line(stderr)
