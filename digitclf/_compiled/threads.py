"""TensorFlow's threads in a worker process: no more than its share of the cores."""

from __future__ import annotations

import multiprocessing
import os
import sys

import tensorflow as tf

STATED_SHARE = "OMP_NUM_THREADS"
"""Where joblib and Dask state how many threads a task may use."""

MAIN_PROCESS = "MainProcess"


def limit_threads_in_worker() -> None:
    """Limit TensorFlow to the threads that its worker process was given.

    joblib and Dask limit the threads of OpenMP and BLAS in their workers. TensorFlow
    has threads of its own, one a core, in every worker: with as many workers as cores,
    they get in each other's way. In any other process, or once TensorFlow has started,
    nothing is changed.
    """
    share = _share_of_worker()
    if share is None:
        return
    try:
        if not tf.config.threading.get_intra_op_parallelism_threads():
            tf.config.threading.set_intra_op_parallelism_threads(share)
        if not tf.config.threading.get_inter_op_parallelism_threads():
            tf.config.threading.set_inter_op_parallelism_threads(share)
    except RuntimeError:
        return  # it has started already, and keeps the threads that it has


def _share_of_worker() -> int | None:
    """Return the threads that this process may use, None if it is no worker."""
    if multiprocessing.current_process().name == MAIN_PROCESS:
        return None
    stated = os.environ.get(STATED_SHARE, "")
    if not stated.isdigit() or int(stated) == 0:
        return None
    return int(stated) * _tasks_at_once()


def _tasks_at_once() -> int:
    """Return how many tasks run in this process at the same time: threads of Dask."""
    worker = sys.modules.get("distributed.worker")
    if worker is None:
        return 1
    try:
        return int(worker.get_worker().state.nthreads)
    except ValueError:  # not in a task
        return 1
