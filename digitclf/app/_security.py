"""Requests of other sites are refused, and browsers are told what the page may do."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitclf.app._errors import RequestError

LOOPBACK_NAME = "localhost"

ANY_ADDRESS = ("0.0.0.0", "::", "")
"""Hosts that stand for all addresses of the machine."""

MAX_SHOWN = 100
"""Characters of a header in an error."""

OWN_SITE = ("same-origin", "none")
"""Values of ``Sec-Fetch-Site``: requests of the page itself, and of the user."""

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class SecurityHeaders:
    """Middleware that adds headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class OwnSiteOnly:
    """Middleware that refuses requests which other web sites may have caused.

    A site can send requests to a server on the user's machine. Its pages have another
    ``Origin``. By DNS rebinding they can have the same one, but then ``Host`` is the
    name of that site.

    Parameters
    ----------
    app : ASGI application
    host : str
        Name or address that the server listens on.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._names = _own_names(host)
        self._any_address = not is_loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            try:
                self._check(Headers(scope=scope), scope["path"])
            except RequestError as error:
                await error.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, headers: Headers, path: str) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            raise RequestError(
                403,
                "foreign_host",
                f"The header Host is {_shown(hosts)}, which is not a name of this "
                "server. Open the address that digitclf app has printed.",
            )
        origins = headers.getlist("origin")
        same = {f"http://{hosts[0]}", f"https://{hosts[0]}"}
        if not same.issuperset(origins):
            raise RequestError(
                403,
                "foreign_origin",
                f"The header Origin is {_shown(origins)}: requests of other web sites "
                "are refused.",
            )
        # Links on other sites may lead to the page, but not to anything else.
        if path != "/" and headers.get("sec-fetch-site", "none") not in OWN_SITE:
            raise RequestError(
                403, "foreign_origin", "Requests of other web sites are refused."
            )

    def _is_own(self, host: str) -> bool:
        name = _without_port(host).lower()
        if name in self._names:
            return True
        # No site can pretend to be an address.
        return self._any_address and _is_address(name)


def is_loopback(host: str) -> bool:
    """Return whether only programs on this machine can reach a host."""
    if host.lower() == LOOPBACK_NAME:
        return True
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _own_names(host: str) -> Collection[str]:
    names = {LOOPBACK_NAME, "127.0.0.1", "::1", host.lower()}
    if not is_loopback(host):
        names.add(socket.gethostname().lower())
    return names - set(ANY_ADDRESS)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _shown(values: Collection[str]) -> str:
    return repr(", ".join(values)[:MAX_SHOWN]) if values else "missing"
