"""TensorFlow's threads: all of them in one process, a share of them in a worker."""

import os
import subprocess
import sys
import textwrap

import pytest

from digitclf._compiled.threads import STATED_SHARE, limit_threads_in_worker

THREADS = """
    import sys
    from multiprocessing import current_process
    current_process().name = sys.argv[1]
    import digitclf._base
    import tensorflow as tf
    threading = tf.config.threading
    print(threading.get_intra_op_parallelism_threads(),
          threading.get_inter_op_parallelism_threads())
"""


@pytest.mark.parametrize(
    ("process", "stated", "threads"),
    [
        ("LokyProcess-1", "1", "1 1"),
        ("Dask Worker process (from Nanny)", "3", "3 3"),
        ("LokyProcess-1", None, "0 0"),
        ("LokyProcess-1", "many", "0 0"),
        ("MainProcess", "1", "0 0"),
    ],
)
@pytest.mark.slow
def test_worker_has_its_share_of_threads(process, stated, threads):
    env = os.environ | ({STATED_SHARE: stated} if stated else {})
    if stated is None:
        env.pop(STATED_SHARE, None)

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(THREADS), process],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == threads


@pytest.mark.slow
def test_workers_of_joblib_share_the_cores():
    code = """
        from joblib import Parallel, delayed

        def threads():
            import digitclf._base
            import tensorflow as tf
            return tf.config.threading.get_intra_op_parallelism_threads()

        print(set(Parallel(2)(delayed(threads)() for _ in range(4))))
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    if cores is None:
        pytest.skip("The number of cores that joblib sees is known on Linux only.")
    env = {name: value for name, value in os.environ.items() if name != STATED_SHARE}

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == f"{{{max(cores // 2, 1)}}}"


class Worker:
    """A process that a pool has started."""

    name = "LokyProcess-1"


def test_threads_stay_as_they_are_once_tensorflow_has_started(monkeypatch, fitted_mlp):
    monkeypatch.setenv(STATED_SHARE, "1")
    monkeypatch.setattr("multiprocessing.current_process", lambda: Worker)

    limit_threads_in_worker()

    assert fitted_mlp.n_iter_ == 2
