"""Number of TensorFlow threads in a worker process."""

from __future__ import annotations

import multiprocessing
import os
import sys

import tensorflow as tf

STATED_SHARE = "OMP_NUM_THREADS"
"""Variable in which joblib, Dask and Ray state how many threads a task may use."""

MAIN_PROCESS = "MainProcess"


def limit_threads_in_worker() -> None:
    """Limit TensorFlow to the number of threads assigned to this worker process.

    joblib, Dask and Ray limit the threads of OpenMP and BLAS in workers. TensorFlow
    starts threads of its own, one per core in every worker, which slow each other down
    if there are as many workers as cores. Other processes are left as they are, and so
    are workers in which TensorFlow has already started.
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
        return  # TensorFlow has already started


def _share_of_worker() -> int | None:
    """Return how many threads this worker process may use, None in other processes."""
    is_child = multiprocessing.current_process().name != MAIN_PROCESS
    if not (is_child or _is_ray_worker()):
        return None
    stated = os.environ.get(STATED_SHARE, "")
    if not stated.isdigit() or int(stated) == 0:
        return None
    return int(stated) * _tasks_at_once()


def _is_ray_worker() -> bool:
    """Return whether Ray has started this process, which multiprocessing cannot say."""
    ray = sys.modules.get("ray")
    return (
        ray is not None
        and ray.is_initialized()
        and ray.get_runtime_context().worker.mode == ray.WORKER_MODE
    )


def _tasks_at_once() -> int:
    """Return how many tasks run in this process at once: threads of a Dask worker."""
    worker = sys.modules.get("distributed.worker")
    if worker is None:
        return 1
    try:
        return int(worker.get_worker().state.nthreads)
    except ValueError:  # not in a task
        return 1
