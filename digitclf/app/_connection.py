"""Connections to the server: how many, and how long they may wait for a request."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 200
"""Many systems allow a process 256 or 1,024 files."""

SECONDS_TO_ASK = 20
"""Time in which the headers of a request have to arrive."""


class BoundedConnection(H11Protocol):
    """A connection that is closed if no complete request arrives in time.

    If there are too many, the one that has waited longest is closed. uvicorn limits
    only the time between two requests.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._expect_request()
        if len(self.connections) > MAX_CONNECTIONS:
            min(self._waiting(), key=BoundedConnection._deadline_time).transport.abort()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._expect_request()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(SECONDS_TO_ASK, self._close_if_waiting)

    def _close_if_waiting(self) -> None:
        if self._is_waiting():
            self.transport.close()

    def _is_waiting(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _waiting(self) -> list[BoundedConnection]:
        """Return the connections without a request, among them this one."""
        return [
            connection
            for connection in self.connections
            if isinstance(connection, BoundedConnection) and connection._is_waiting()
        ]

    def _deadline_time(self) -> float:
        return 0.0 if self._deadline is None else self._deadline.when()
