"""Errors of requests, answered as JSON with a status, a code and a message."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

CODES = {404: "not_found", 405: "method_not_allowed"}


class RequestError(Exception):
    """A request that cannot be answered.

    Parameters
    ----------
    status : int
        Status of HTTP.
    code : str
        Name of the error. The page shows a text in its own language for it.
    message : str
        What happened, why, and what to do.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> Response:
        """Return the answer."""
        content = {"error": {"code": self.code, "message": self.message}}
        return JSONResponse(content, self.status)


async def answer_request_error(request: Request, error: Exception) -> Response:
    """Answer a request with what is wrong with it."""
    assert isinstance(error, RequestError)
    return error.response()


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Answer a request for a path or a method that does not exist."""
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "bad_request")
    response = RequestError(error.status_code, code, f"{error.detail}.").response()
    response.headers.update(error.headers or {})
    return response


async def answer_unexpected_error(request: Request, error: Exception) -> Response:
    """Answer a request that failed because of a bug. The server logs the error."""
    message = "The server failed to answer. Its terminal shows the error."
    return RequestError(500, "internal", message).response()
