"""joblib's backend for Dask, which sends again what was lost with a worker."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future as Outcome
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

from dask.sizeof import sizeof
from distributed import Client, Future, get_worker
from distributed.client import FutureCancelledError
from distributed.protocol.pickle import dumps, loads
from joblib import parallel_config
from joblib._dask import DaskDistributedBackend

from digitclf.cluster._errors import check_workers, explained, has_lost_scheduler

LARGE = 1_000
"""Bytes from which on an argument is sent apart from its tasks, as in joblib."""

MOST_SENDINGS = 20
"""Maximum number of times that a call is sent."""

AVAILABLE = {"pending", "finished"}
"""States of a future whose data is on the cluster, or on its way."""

Item = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class DaskBackend(DaskDistributedBackend):
    """Runs the calls of `joblib.Parallel` on a Dask cluster.

    Parameters are those of joblib's backend. Lost workers cost only the calls that
    were running there or were waiting for data there: Dask repeats the former, and the
    latter are sent again together with their data.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not _in_task():
            check_workers(self.client)
        self._arguments = SentArguments(self.client)
        self._running: set[Call] = set()

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return DaskBackend, ()

    def get_nested_backend(self) -> tuple[DaskBackend, int]:
        """Return the backend of calls inside of a task: the same cluster."""
        return DaskBackend(client=self.client), -1

    def effective_n_jobs(self, n_jobs: int) -> int:
        """Return the number of threads of all workers, but at least 2.

        joblib runs a single job in its own process, and not on the cluster.
        """
        return max(super().effective_n_jobs(n_jobs), 2)

    def start_call(self) -> None:
        """Do nothing: calls report back by themselves."""

    def stop_call(self) -> None:
        """Do nothing: arguments stay for the next call."""

    def submit(
        self, func: Any, callback: Callable[[Any], None] | None = None
    ) -> Outcome[Any]:
        """Send a batch of calls.

        Parameters
        ----------
        func : joblib.parallel.BatchedCalls
        callback : callable
            Called with the results or the error.

        Returns
        -------
        concurrent.futures.Future
        """
        call = Call(func.items, callback)
        self._send(call)
        return call.outcome

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """Cancel all calls that have not been started."""
        running, self._running = self._running, set()
        self.client.cancel([call.future for call in running if call.future], force=True)

    def _send(self, call: Call) -> None:
        self._running.add(call)
        call.sendings += 1
        try:
            items, arguments = call.prepare(self._arguments)
            call.future = self.client.submit(
                run, items, arguments, key=call.key(), pure=False, **self.submit_kwargs
            )
        except Exception as error:
            self._send_again(call, error)
            return
        call.future.add_done_callback(partial(self._receive, call))

    def _receive(self, call: Call, future: Future) -> None:
        if call not in self._running:  # aborted
            return
        try:
            result = future.result()
        except Exception as error:
            if isinstance(error, FutureCancelledError) or call.has_lost_data():
                self._send_again(call, error)
            else:
                self._end(call, explained(error, self.client))
        else:
            self._end(call, result)

    def _send_again(self, call: Call, error: Exception) -> None:
        """Send a call that failed because of lost data, if the cluster can take it."""
        if call.sendings < MOST_SENDINGS and not has_lost_scheduler(error, self.client):
            try:
                check_workers(self.client)
            except Exception as worse:
                error = worse
            else:
                self._send(call)
                return
        self._end(call, explained(error, self.client))

    def _end(self, call: Call, result: Any) -> None:
        self._running.discard(call)
        call.future = None
        call.end(result)


class Call:
    """A batch of calls that are run together, and their data on the cluster."""

    def __init__(
        self, items: list[Item], callback: Callable[[Any], None] | None
    ) -> None:
        self.future: Future | None = None
        self.outcome: Outcome[Any] = Outcome()
        self.sendings = 0
        self._items = items
        self._callback = callback
        self._data: list[Future] = []

    def key(self) -> str:
        """Return a name for the dashboard of the cluster."""
        function = self._items[0][0]
        name = getattr(function, "__name__", type(function).__name__)
        return f"{name}-{uuid4().hex}"

    def prepare(self, sent: SentArguments) -> tuple[bytes, list[Future]]:
        """Return the pickled items, and futures of their large arguments."""
        self._data = []

        def placed(value: Any) -> Any:
            if not sent.are_for(value):
                return value
            self._data.append(sent.send(value))
            return Place(len(self._data) - 1)

        items = [
            (
                function,
                tuple(map(placed, args)),
                {name: placed(value) for name, value in kwargs.items()},
            )
            for function, args, kwargs in self._items
        ]
        return dumps(items), self._data

    def has_lost_data(self) -> bool:
        """Return whether an argument is no longer on the cluster."""
        return any(future.status not in AVAILABLE for future in self._data)

    def end(self, result: Any) -> None:
        """Pass on the results of the items, or an error."""
        self._data = []
        # joblib learns of errors, too, by what its callback is called with.
        self.outcome.set_result(result)
        if self._callback is not None:
            self._callback(result)


class Place(NamedTuple):
    """The place of a large argument, which is sent apart."""

    number: int


class SentArguments:
    """Large arguments on the cluster, each sent once as long as it is there."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._futures: dict[int, tuple[weakref.ref[Any], Future]] = {}
        self._lock = threading.RLock()

    @staticmethod
    def are_for(value: Any) -> bool:
        """Return whether a value is large enough to be sent apart from its tasks."""
        try:
            weakref.ref(value)
        except TypeError:
            return False
        return sizeof(value) > LARGE

    def send(self, value: Any) -> Future:
        """Return the future of an argument, which is sent if it is not there."""
        with self._lock:
            known = self._futures.get(id(value))
            if known is not None:
                reference, future = known
                if reference() is value and future.status in AVAILABLE:
                    return future
            # Without a hash: the key of data that was lost must not be used again.
            [future] = self._client.scatter([value], hash=False)
            self._futures[id(value)] = weakref.ref(value, self._forget), future
            return future

    def _forget(self, reference: weakref.ref[Any]) -> None:
        with self._lock:
            self._futures = {
                key: entry
                for key, entry in self._futures.items()
                if entry[0] is not reference
            }


def _in_task() -> bool:
    try:
        get_worker()
    except ValueError:
        return False
    return True


def run(pickled: bytes, arguments: list[Any]) -> list[Any]:
    """Run a batch in a worker.

    Its items are pickled, because a worker that cannot read a task, for want of a
    module for example, would be disconnected by Dask. Here it is an error of the task.
    """
    from digitclf.cluster import register_dask

    def filled(value: Any) -> Any:
        return arguments[value.number] if isinstance(value, Place) else value

    try:
        items = loads(pickled)
    except (ImportError, AttributeError) as error:
        raise ModuleNotFoundError(
            f"The worker {get_worker().address} cannot read a task: {error}. Modules "
            "that define estimators, callbacks or scorers have to be installed on "
            "every worker, or sent there by Client.upload_file."
        ) from error
    register_dask()
    with parallel_config(backend="dask"):
        return [
            function(
                *map(filled, args),
                **{name: filled(value) for name, value in kwargs.items()},
            )
            for function, args, kwargs in items
        ]
