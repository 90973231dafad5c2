"""The command ``digitclf app``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitclf.cli._model_file import check_is_model, open_model
from digitclf.cli._options import ReadingModel
from digitclf.cli._stderr import complain

if TYPE_CHECKING:
    from starlette.types import ASGIApp

NEEDED = ("starlette", "uvicorn")
"""Packages of the extra ``app``."""


def app(
    model: ReadingModel = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Name or address to listen on. By default, only this machine can "
            "open the app.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, max=65535, help="Port to listen on, 0 for any free one."
        ),
    ] = 8000,
    no_browser: Annotated[
        bool,
        typer.Option("--no-browser", help="Only print the address of the app."),
    ] = False,
) -> None:
    """Open an app in the browser: draw digits, read pages, train networks.

    The app runs on this machine and needs no network. Ctrl-C ends it.
    """
    _check_can_serve()
    if model is not None:
        check_is_model(model)
    from digitclf.app._server import (
        address_of,
        leave_training,
        open_browser,
        open_socket,
        serve,
    )

    listening = open_socket(host, port)
    with listening:
        application = _application(model, host)
        address = address_of(listening, host)

        def announce() -> None:
            typer.echo(f"The app runs at {address} (Ctrl-C to end it)")
            if not no_browser:
                open_browser(address)

        _warn_if_reachable(host)
        try:
            serve(application, listening, announce)
        except KeyboardInterrupt:
            typer.echo("The app has ended.")
            leave_training(0)
        except SystemExit as end:  # SIGTERM
            leave_training(int(end.code or 0))
            raise


def _check_can_serve() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"The app needs {' and '.join(missing)}, which is not installed. Install "
            'it with: pip install "digitclf[app]"'
        )


def _application(path: Path | None, host: str) -> ASGIApp:
    from digitclf.app._application import application
    from digitclf.app._models import Model

    stored = open_model(path)
    if path is None:
        return application(Model(stored, "pretrained", ""), host)
    return application(Model(stored, "file", path.name), host)


def _warn_if_reachable(host: str) -> None:
    from digitclf.app._security import is_loopback

    if not is_loopback(host):
        complain(
            "Warning: other machines in the network can open the app. There are no "
            "passwords, and connections are not encrypted. Leave out --host to prevent "
            "this."
        )
