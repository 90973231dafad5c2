"""Requests, read within bounds of size and time, and their parameters."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import anyio
from starlette.requests import ClientDisconnect, Request

from digitclf._model_file.members import read_json
from digitclf.app._errors import RequestError

SECONDS_TO_SEND = 30
"""Time in which the body of a request has to arrive."""

MAX_PICTURE_BYTES = 50_000_000
MAX_JSON_BYTES = 10_000

SMALL_BODY = 500_000
"""Bytes of a body that are received without a turn. Drawings have some 5,000."""

LARGE_BODIES_AT_ONCE = 8
"""Larger bodies in memory. Others wait for their turn before the rest is received."""

INKS = ("auto", "dark", "light")

MEDIA_TYPE_OF_FORMS = "multipart/form-data"


class PictureUploads:
    """Receives image files. Only a few large ones are in memory at a time."""

    def __init__(self) -> None:
        self._turns = anyio.CapacityLimiter(LARGE_BODIES_AT_ONCE)

    @contextlib.asynccontextmanager
    async def receive(self, request: Request) -> AsyncIterator[bytes]:
        """Yield the body of a request, which is the content of an image file."""
        media_type = _media_type(request)
        if media_type in (MEDIA_TYPE_OF_FORMS, "application/json"):
            raise RequestError(
                415,
                "not_a_picture",
                f"The body has the type {media_type}, expected the content of an image "
                "file itself: curl --data-binary @photo.jpg",
            )
        body = _Body(request, MAX_PICTURE_BYTES)
        async with contextlib.AsyncExitStack() as turn:
            await body.receive(SMALL_BODY)
            if not body.is_complete:
                await turn.enter_async_context(self._turns)
                await body.receive(MAX_PICTURE_BYTES)
            if not body.content:
                raise RequestError(
                    400,
                    "empty",
                    "The body is empty, expected the content of an image file.",
                )
            yield bytes(body.content)


async def read_json_object(request: Request) -> dict[str, Any]:
    """Return the body of a request, which is a JSON object."""
    if _media_type(request) != "application/json":
        raise RequestError(
            415,
            "not_json",
            "The body should be JSON, with the header Content-Type: application/json.",
        )
    body = _Body(request, MAX_JSON_BYTES)
    await body.receive(MAX_JSON_BYTES)
    try:
        value = read_json(bytes(body.content))
    except ValueError as error:
        raise RequestError(
            400, "not_json", f"The body is not valid JSON: {error}."
        ) from None
    if not isinstance(value, dict):
        raise RequestError(
            400,
            "not_json",
            f"The body should be a JSON object, got a {type(value).__name__}.",
        )
    return value


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip()


class _Body:
    """The body of a request, refused as soon as it is longer than the limit.

    Parameters
    ----------
    request : Request
    limit : int
        Maximum number of bytes.
    """

    def __init__(self, request: Request, limit: int) -> None:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared[:20]) > limit:
            raise _too_large(limit)
        self.content = bytearray()
        self.is_complete = False
        self._limit = limit
        self._chunks = request.stream()

    async def receive(self, length: int) -> None:
        """Receive the body to its end, or until it is longer than some length."""
        try:
            with anyio.fail_after(SECONDS_TO_SEND):
                while len(self.content) <= length and not self.is_complete:
                    await self._receive_chunk()
        except TimeoutError:
            raise RequestError(
                408,
                "too_slow",
                f"The body did not arrive within {SECONDS_TO_SEND} seconds.",
            ) from None
        except ClientDisconnect:
            raise RequestError(
                400, "incomplete", "The client left before the body was complete."
            ) from None

    async def _receive_chunk(self) -> None:
        try:
            self.content += await anext(self._chunks)
        except StopAsyncIteration:
            self.is_complete = True
        if len(self.content) > self._limit:
            raise _too_large(self._limit)


def _too_large(limit: int) -> RequestError:
    remedy = ""
    if limit == MAX_PICTURE_BYTES:
        remedy = " Reduce the picture, or save it as JPEG."
    return RequestError(
        413, "too_large", f"The body has more than {limit:,} bytes.{remedy}"
    )


class Query:
    """The parameters in the address of a request, each read once.

    Parameters
    ----------
    request : Request
    known : str
        Names of all parameters that there may be.
    """

    def __init__(self, request: Request, *known: str) -> None:
        self._values: Mapping[str, str] = request.query_params
        for name in self._values:
            if name not in known:
                raise _bad_parameter(
                    f"There is no parameter {name[:50]!r}. The parameters are "
                    f"{list(known)}."
                )

    def probability(self, name: str, default: float) -> float:
        """Return a number from 0 to 1."""
        text = self._values.get(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = -1
        if not 0 <= value <= 1:
            raise _bad_parameter(
                f"{name} should be a number from 0 to 1, got {text[:50]!r}."
            )
        return value

    def number(self, name: str, default: int) -> int:
        """Return an integer from 0."""
        text = self._values.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise _bad_parameter(
                f"{name} should be an integer from 0, got {text[:50]!r}."
            )
        return int(text)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of some texts, by default the first."""
        value = self._values.get(name, choices[0])
        if value not in choices:
            raise _bad_parameter(
                f"{name} should be one of {list(choices)}, got {value[:50]!r}."
            )
        return value


def _bad_parameter(message: str) -> RequestError:
    return RequestError(400, "bad_parameter", message)
