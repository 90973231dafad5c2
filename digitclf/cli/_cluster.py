"""Worker processes for a command: those of a Dask cluster, or of this machine."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from digitclf.cli._stderr import shown

IGNORE_INTERRUPTS = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
"""
"""Run by local workers. A terminal sends Ctrl-C to them, too; the program ends them."""

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
    from distributed import LocalCluster
    from joblib import cpu_count

    with LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        dashboard_address=":0",
        silence_logs=logging.CRITICAL + 1,
        preload=IGNORE_INTERRUPTS,
        env={"OMP_NUM_THREADS": str(max(1, cpu_count() // (n_workers or 1)))},
    ) as cluster:
        yield cluster.scheduler_address


def _connect(address: str) -> Any:
    from distributed import Client

    try:
        # A default client that cannot connect would remain the scheduler of Dask arrays.
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
