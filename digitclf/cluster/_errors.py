"""Errors of a Dask cluster, explained."""

from __future__ import annotations

from distributed import Client
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

import digitclf

PACKAGE = "digitclf"
MOST_SHOWN = 5
"""Maximum number of workers that a message names."""


def check_workers(client: Client) -> None:
    """Raise an error if a worker does not have digitclf.

    Such a worker cannot read its tasks. Dask then disconnects it, the data that it
    holds is lost, and neither says why.

    Raises
    ------
    ModuleNotFoundError
    """

    # Nested, and so pickled by value: this module is what may be missing.
    def is_installed() -> bool:
        try:
            import digitclf  # noqa: F401 - whether it is installed
        except ImportError:
            return False
        return True

    answers = client.run(is_installed, on_error="return")
    without = [address for address, answer in answers.items() if answer is False]
    if without:
        raise ModuleNotFoundError(
            f"{PACKAGE} is not installed on {len(without)} of {len(answers)} workers "
            f"of the cluster: {_listed(without)}. Install the same version as here on "
            f'each of them: pip install "{PACKAGE}[dask]=={digitclf.__version__}".',
            name=PACKAGE,
        )


def has_lost_scheduler(error: Exception, client: Client) -> bool:
    """Return whether an error is due to the loss of the scheduler."""
    reason = getattr(error, "reason", None)
    return client.status != "running" or reason == "scheduler-connection-lost"


def explained(error: Exception, client: Client) -> Exception:
    """Return an error that says what happened on the cluster and what to do."""
    if has_lost_scheduler(error, client):
        explanation: Exception = ConnectionError(
            f"The connection to the Dask scheduler at {_address(client)} was lost, and "
            "the results of unfinished tasks with it. Check that the scheduler is "
            "running and can be reached, and start again with a new Client."
        )
    elif isinstance(error, KilledWorker):
        explanation = RuntimeError(
            "A task was given up, because several workers died one after the other "
            f"while it was running there, the last of them {error.last_worker.address}."
            " The usual cause is a lack of memory: each worker needs about 700 MB for "
            "TensorFlow, in addition to the images. Use fewer workers per machine or "
            "raise their memory_limit, and see the logs of the worker."
        )
    elif isinstance(error, FutureCancelledError):
        explanation = RuntimeError(f"A task was cancelled on the cluster: {error}")
    else:
        return error
    explanation.__cause__ = error
    return explanation


def _address(client: Client) -> str:
    return client.scheduler.address if client.scheduler else "an unknown address"


def _listed(addresses: list[str]) -> str:
    more = ", …" if len(addresses) > MOST_SHOWN else ""
    return ", ".join(sorted(addresses)[:MOST_SHOWN]) + more
