"""The page with its styles and modules, read from the package once."""

from __future__ import annotations

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from digitclf.app._errors import RequestError

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

PAGE = "index.html"


class StaticFile(NamedTuple):
    """Content of a file, and what browsers need to know about it."""

    content: bytes
    media_type: str
    tag: str


class StaticFiles:
    """All files of the page by name. A request cannot reach any other file."""

    def __init__(self) -> None:
        folder = resources.files("digitclf.app") / "static"
        self._files = {name: _read(path) for name, path in _files_below(folder)}

    async def page(self, request: Request) -> Response:
        """Return the page."""
        return self._respond(request, PAGE)

    async def file(self, request: Request) -> Response:
        """Return one of the other files."""
        return self._respond(request, request.path_params["name"])

    def _respond(self, request: Request, name: str) -> Response:
        file = self._files.get(name)
        if file is None:
            raise RequestError(404, "not_found", "There is no such file.")
        headers = {"Cache-Control": "no-cache", "ETag": file.tag}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers=headers, media_type=file.media_type)


def _files_below(
    folder: Traversable, prefix: str = ""
) -> list[tuple[str, Traversable]]:
    files = []
    for item in folder.iterdir():
        name = f"{prefix}{item.name}"
        if item.is_dir():
            files += _files_below(item, f"{name}/")
        elif any(name.endswith(suffix) for suffix in MEDIA_TYPES):
            files.append((name, item))
    return files


def _read(path: Traversable) -> StaticFile:
    content = path.read_bytes()
    suffix = f".{path.name.rpartition('.')[2]}"
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    return StaticFile(content, MEDIA_TYPES[suffix], tag)
