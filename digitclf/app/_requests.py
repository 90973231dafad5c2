"""Requests, read within bounds of size and time, and their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
from starlette.requests import Request

from digitclf._model_file.members import read_json
from digitclf.app._errors import RequestError

SECONDS_TO_SEND = 30
"""Time in which the body of a request has to arrive."""

MAX_PICTURE_BYTES = 50_000_000
MAX_JSON_BYTES = 10_000

INKS = ("auto", "dark", "light")

MEDIA_TYPE_OF_FORMS = "multipart/form-data"


async def read_picture_file(request: Request) -> bytes:
    """Return the body of a request, which is the content of an image file."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type in (MEDIA_TYPE_OF_FORMS, "application/json"):
        raise RequestError(
            415,
            "not_a_picture",
            f"The body has the type {media_type}, expected the content of an image "
            "file itself: curl --data-binary @photo.jpg",
        )
    body = await _read_body(request, MAX_PICTURE_BYTES)
    if not body:
        raise RequestError(
            400, "empty", "The body is empty, expected the content of an image file."
        )
    return body


async def read_json_object(request: Request) -> dict[str, Any]:
    """Return the body of a request, which is a JSON object."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type != "application/json":
        raise RequestError(
            415,
            "not_json",
            "The body should be JSON, with the header Content-Type: application/json.",
        )
    body = await _read_body(request, MAX_JSON_BYTES)
    try:
        value = read_json(body)
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


async def _read_body(request: Request, limit: int) -> bytes:
    """Return the body, which is refused as soon as it is longer than the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared[:20]) > limit:
        raise _too_large(limit)
    body = bytearray()
    with anyio.move_on_after(SECONDS_TO_SEND) as waiting:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
    if waiting.cancelled_caught:
        raise RequestError(
            408,
            "too_slow",
            f"The body did not arrive within {SECONDS_TO_SEND} seconds.",
        )
    return bytes(body)


def _too_large(limit: int) -> RequestError:
    return RequestError(
        413,
        "too_large",
        f"The body has more than {limit:,} bytes. Reduce the picture, or save it as "
        "JPEG.",
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
