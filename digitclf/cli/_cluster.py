"""Worker processes for a command: those of a Dask cluster, or of this machine."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker
from typing import Any

from digitclf.cli._stderr import shown

IGNORE_INTERRUPTS = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
"""
"""Run by local workers, for Windows, where signals cannot be blocked."""

SECONDS_TO_CONNECT = 10
SECONDS_FOR_WORKERS = 30


@contextlib.contextmanager
def on_cluster(address: str | None, n_workers: int | None) -> Iterator[bool]:
    """Let joblib run calls on a cluster, and yield whether there is one.

    Parameters
    ----------
    address : str, optional
        Address of the scheduler of a Dask cluster.
    n_workers : int, optional
        Number of worker processes to start on this machine.
    """
    if address is None and n_workers is None:
        yield False
        return
    from joblib import parallel_config

    from digitclf.cluster import register_dask

    register_dask()
    # Its messages would be written over the progress bar. Errors are raised as well.
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    with contextlib.ExitStack() as stack:
        if address is None:
            address = stack.enter_context(_local_cluster(n_workers))
        client = stack.enter_context(_connect(address))
        stack.enter_context(client.as_current())
        _wait_for_workers(client, address)
        stack.enter_context(parallel_config(backend="dask"))
        yield True


@contextlib.contextmanager
def _local_cluster(n_workers: int | None) -> Iterator[str]:
    """Start workers on this machine, and stop them at the end.

    A terminal sends Ctrl-C to them as well. Only the program is interrupted, and stops
    its workers. They inherit the signals that are blocked in the thread that starts
    them, so that Ctrl-C cannot end them before they are able to ignore it.
    """
    from distributed import LocalCluster
    from joblib import cpu_count

    with ThreadPoolExecutor(1, initializer=_block_interrupts) as thread:
        starting = thread.submit(
            LocalCluster,
            n_workers=n_workers,
            threads_per_worker=1,
            dashboard_address=":0",
            silence_logs=logging.CRITICAL + 1,
            preload=IGNORE_INTERRUPTS,
            env={"OMP_NUM_THREADS": str(max(1, cpu_count() // (n_workers or 1)))},
        )
        try:
            yield starting.result().scheduler_address
        finally:
            if starting.exception() is None:
                starting.result().close()


def _block_interrupts() -> None:
    if sys.platform != "win32":
        # Starting this process later would unblock the signal.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _connect(address: str) -> Any:
    from distributed import Client

    try:
        # A default client without a connection would remain the scheduler of arrays.
        return Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"There is no Dask scheduler at {shown(address)} ({error}). Start one with "
            "dask scheduler, which prints its address, and workers with dask worker "
            "ADDRESS."
        ) from error


def _wait_for_workers(client: Any, address: str) -> None:
    from distributed import TimeoutError as DaskTimeoutError

    try:
        client.wait_for_workers(1, timeout=SECONDS_FOR_WORKERS)
    except DaskTimeoutError as error:
        raise ConnectionError(
            f"The cluster at {shown(address)} has no workers. Start them with dask "
            f"worker {shown(address)}."
        ) from error
