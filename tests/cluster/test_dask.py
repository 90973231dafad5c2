"""Searches and cross-validation on a Dask cluster of several worker processes."""

import importlib
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import dask
import joblib
import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.ensemble import BaggingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_score,
    cross_validate,
)
from support.classifiers import ADAM, quick_mlp
from support.command_line import CONTROL_CHARACTERS
from support.counting_proxy import counting_proxy
from support.terminal import run_in_terminal
from support.workers import (
    CountedFits,
    hide_digitclf,
    received_bytes,
    tensorflow_threads,
)

from digitclf.cluster import register_dask

pytestmark = pytest.mark.slow

N_WORKERS = 2
GRID = {"dropout": [0.1, 0.3, 0.5], "learning_rate": [0.003, 0.01]}
N_FITS = 3 * 6
RANDOM = ADAM | {"ema_momentum": 0.9, "dropout": 0.2}

LOCAL_PROGRAM = f"""
import sys
import numpy as np
from sklearn.model_selection import cross_validate
from support.classifiers import quick_mlp
digits = np.load(sys.argv[1])
X, y = digits["X"], digits["y"]
results = cross_validate(quick_mlp(**{RANDOM}), X, y, cv=2, return_estimator=True)
np.save(sys.argv[2], [clf.predict_proba(X) for clf in results["estimator"]])
"""

VERBOSE_PROGRAM = """
import joblib
from distributed import Client, LocalCluster
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from digitclf.cluster import register_dask
from support.classifiers import quick_mlp
register_dask()
X, y = load_digits(return_X_y=True)
with (
    LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=100
    ) as cluster,
    Client(cluster),
    joblib.parallel_config(backend="dask"),
):
    search = GridSearchCV(
        quick_mlp(epochs=3, verbose=1), {"dropout": [0.1, 0.2, 0.3]}, cv=2, refit=False
    )
    search.fit(X, y)
"""

CLUSTER_PROGRAM = """
import sys
from distributed import LocalCluster
with LocalCluster(
    n_workers=1, threads_per_worker=1, dashboard_address=":0"
) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def registered():
    register_dask()


def cluster_of(n_workers):
    return LocalCluster(
        n_workers=n_workers, threads_per_worker=1, dashboard_address=":0"
    )


@pytest.fixture(scope="module")
def cluster():
    with cluster_of(N_WORKERS) as cluster:
        yield cluster


@pytest.fixture
def client(cluster):
    with Client(cluster) as client:
        client.wait_for_workers(N_WORKERS, timeout=120)
        yield client


def grid_search(**params):
    clf = quick_mlp(**RANDOM, **params)
    return GridSearchCV(clf, GRID, cv=3, refit=False, error_score="raise")


def scores_of(search):
    return [search.cv_results_[f"split{fold}_test_score"].tolist() for fold in range(3)]


@pytest.fixture(scope="module")
def local_scores(few_digits):
    return scores_of(grid_search().fit(few_digits.X_train, few_digits.y_train))


def test_a_search_has_the_scores_of_one_process(client, few_digits, local_scores):
    with joblib.parallel_config(backend="dask"):
        search = grid_search().fit(few_digits.X_train, few_digits.y_train)

    assert scores_of(search) == local_scores


def test_networks_equal_those_of_one_process_with_as_many_threads(
    client, handful, tmp_path
):
    with joblib.parallel_config(backend="dask"):
        results = cross_validate(
            quick_mlp(**RANDOM), *handful, cv=2, return_estimator=True
        )

    found = [clf.predict_proba(handful[0]) for clf in results["estimator"]]
    np.testing.assert_array_equal(found, found_alone(handful, tmp_path))


def found_alone(digits, folder):
    """Return the probabilities found by a process with one thread and no cluster."""
    given, found = folder / "digits.npz", folder / "found.npy"
    np.savez(given, X=digits[0], y=digits[1])
    subprocess.run(
        [sys.executable, "-c", LOCAL_PROGRAM, given, found],
        env=environment(TF_NUM_INTRAOP_THREADS="1"),
        check=True,
    )
    return np.load(found)


def environment(**variables):
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables


def test_each_worker_has_the_threads_that_the_cluster_gives_it(client, handful):
    with joblib.parallel_config(backend="dask"):
        cross_val_score(quick_mlp(), *handful, cv=4)

    assert set(client.run(tensorflow_threads).values()) == {1}


def test_a_killed_worker_costs_only_its_own_fits(
    client, few_digits, local_scores, tmp_path
):
    fits = CountedFits(tmp_path / "fits.txt", killed=5)

    with joblib.parallel_config(backend="dask"):
        search = grid_search(callbacks=fits)
        search.fit(few_digits.X_train, few_digits.y_train)

    assert scores_of(search) == local_scores
    # The result of the fit before may not have left the worker yet.
    assert N_FITS + 1 <= fits.count() <= N_FITS + 2


@pytest.fixture
def copies_stay(client):
    """Stop the scheduler from removing copies of data while they are not needed.

    It does so on a worker without a task, such as one that was restarted, which fetches
    them again for its next task.
    """
    client.amm.stop()
    yield
    client.amm.start()


@pytest.mark.usefixtures("copies_stay")
def test_images_are_sent_once_per_worker_and_not_with_every_task(
    cluster, client, mnist
):
    before = sum(client.run(received_bytes).values())
    port = int(cluster.scheduler_address.rpartition(":")[2])
    search = GridSearchCV(
        quick_mlp(), {"dropout": [0.1, 0.2, 0.3, 0.4]}, cv=2, refit=False
    )
    n_tasks, images = 4 * 2, mnist.X_train.nbytes

    with (
        counting_proxy("127.0.0.1", port) as proxy,
        Client(f"tcp://127.0.0.1:{proxy.port}"),
        joblib.parallel_config(backend="dask"),
    ):
        search.fit(mnist.X_train, mnist.y_train)
        n_sent = proxy.n_sent
        n_received = sum(client.run(received_bytes).values()) - before
        search.fit(mnist.X_train, mnist.y_train)
        n_sent_again = proxy.n_sent - n_sent

    anything_else = 20_000 * n_tasks
    assert images < n_sent < 1.1 * images + anything_else
    assert n_received < 1.1 * images * (N_WORKERS - 1) + anything_else
    assert n_sent_again < anything_else


def test_a_halving_search_has_the_scores_of_one_process(client, handful):
    halving = HalvingGridSearchCV(
        quick_mlp(),
        {"dropout": [0.1, 0.2, 0.3, 0.4]},
        resource="epochs",
        min_resources=1,
        max_resources=4,
        factor=2,
        cv=2,
    )
    expected = halving.fit(*handful).cv_results_["mean_test_score"]

    with joblib.parallel_config(backend="dask"):
        halving.fit(*handful)

    assert halving.n_resources_ == [1, 2, 4]
    assert halving.cv_results_["mean_test_score"].tolist() == expected.tolist()


def test_a_cluster_with_a_single_thread_is_used(handful, tmp_path):
    fits = CountedFits(tmp_path / "fits.txt")

    with (
        cluster_of(1) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        cross_val_score(quick_mlp(callbacks=fits), *handful, cv=2)

    assert fits.count() == 2
    assert str(os.getpid()) not in fits.path.read_text().splitlines()


def test_ensembles_inside_of_a_cross_validation_do_not_wait_for_each_other(
    client, handful
):
    ensemble = BaggingClassifier(quick_mlp(), n_estimators=2, random_state=0)
    expected = cross_val_score(ensemble, *handful, cv=3)

    with joblib.parallel_config(backend="dask"):
        scores = cross_val_score(ensemble, *handful, cv=3)

    assert scores.tolist() == expected.tolist()


def test_error_of_a_fit_is_that_of_one_process(client, handful):
    with (
        joblib.parallel_config(backend="dask"),
        pytest.raises(ValueError, match="'epochs' parameter"),
    ):
        cross_val_score(quick_mlp(epochs=-1), *handful, cv=2, error_score="raise")


def test_progress_of_workers_is_whole_lines_in_a_terminal():
    code, output = run_in_terminal(
        [sys.executable, "-c", VERBOSE_PROGRAM], environment()
    )

    assert code == 0
    lines = output.replace("\r\n", "\n").splitlines()
    assert len(lines) == 3 * 3 * 2, output
    for line in lines:
        assert re.fullmatch(r"Epoch \d/3 - \d+\.\d s - loss: \S+ - accuracy: \S+", line)
        assert not CONTROL_CHARACTERS.search(line)


def test_worker_without_digitclf_is_named(handful):
    with cluster_of(1) as cluster, Client(cluster) as client:
        client.run(hide_digitclf)
        (address,) = client.ncores()

        with (
            pytest.raises(ModuleNotFoundError, match="on 1 of 1 workers") as caught,
            joblib.parallel_config(backend="dask"),
        ):
            cross_val_score(quick_mlp(), *handful, cv=2)

    assert address in str(caught.value)
    assert 'pip install "digitclf[dask]==' in str(caught.value)


@pytest.fixture
def process_of_a_cluster():
    """Start a cluster in a process of its own; return the process and the address."""
    process = subprocess.Popen(
        [sys.executable, "-c", CLUSTER_PROGRAM],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_module_that_a_worker_lacks_is_named(
    process_of_a_cluster, handful, monkeypatch, tmp_path
):
    (tmp_path / "own_scorer.py").write_text("def score(clf, X, y): return 0.5")
    monkeypatch.syspath_prepend(tmp_path)
    scorer = importlib.import_module("own_scorer").score

    with (
        Client(process_of_a_cluster[1]),
        joblib.parallel_config(backend="dask"),
        pytest.raises(ModuleNotFoundError, match=r"No module named 'own_scorer'. Mod"),
    ):
        cross_val_score(quick_mlp(), *handful, cv=2, scoring=scorer)


def test_a_cluster_that_is_lost_ends_the_search_with_an_error(
    process_of_a_cluster, handful, tmp_path
):
    process, address = process_of_a_cluster
    fits = CountedFits(tmp_path / "fits.txt")
    search = quick_mlp(epochs=100_000, callbacks=fits)

    def kill_in_mid_search():
        while not fits.path.exists():
            time.sleep(0.1)
        process.kill()

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        Client(address),
        ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(kill_in_mid_search)
        with (
            pytest.raises(ConnectionError, match=f"scheduler at {address} was lost"),
            joblib.parallel_config(backend="dask"),
        ):
            cross_val_score(search, *handful, cv=4)
