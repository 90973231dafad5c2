"""The server of ``digitclf app``: address, browser, start and end."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import warnings
import webbrowser
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from digitclf.app._connection import BoundedConnection
from digitclf.app._training_session import is_training

SECONDS_TO_FINISH = 3
"""Time that requests get to end with the server."""


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises
    ------
    OSError
        If the address does not exist, or the port is in use.
    """
    family, _, _, _, address = _resolve(host, port)
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        # On Windows it would allow a second server on the same port.
        if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                f"Port {port} is in use, perhaps by another digitclf app. Choose "
                "another one with --port, or any free one with --port 0."
            ) from error
        raise OSError(
            f"Cannot listen on {host} port {port}: {error.strerror}."
        ) from error
    return listening


def _resolve(host: str, port: int) -> tuple:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise OSError(
            f"Cannot listen on {host!r}: it is neither an address nor a name of this "
            "machine."
        ) from error


def address_of(listening: socket.socket, host: str) -> str:
    """Return the address to open in a browser on this machine."""
    port = listening.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def open_browser(address: str) -> None:
    """Open the page in the user's browser, without waiting for it."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


class Server(uvicorn.Server):
    """The server of the app.

    Parameters
    ----------
    app : ASGI application
    on_start : callable
        Called when the server answers requests. Signals are handled by then: a Ctrl-C
        a moment earlier could be raised in a destructor, where it is printed and lost.
    """

    def __init__(self, app: ASGIApp, on_start: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            access_log=False,
            http=BoundedConnection,
            log_level="warning",
            lifespan="on",
            loop="asyncio",
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
            ws="none",
        )
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_start()


def serve(app: ASGIApp, listening: socket.socket, on_start: Callable[[], None]) -> None:
    """Answer requests until the process is interrupted.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, when the server has ended.
    """
    # About pictures, such as that there are no digits. The answers say so, too.
    warnings.simplefilter("ignore", UserWarning)
    Server(app, on_start).run(sockets=[listening])


def leave_training(code: int) -> None:
    """End the process at once if a training is still running.

    Python cannot end properly while TensorFlow computes in a thread.
    """
    if is_training():
        sys.stdout.flush()
        os._exit(code)
