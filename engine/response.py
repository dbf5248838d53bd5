"""What a webhook handler may return, and the HTTP response that it becomes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

from . import plaintext
from .errors import ResponseError

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"

_FORMS = (
    "data; (data, headers); (data, status) or (data, status, headers), where data is "
    "a str, bytes, dict, list or None, status a number and headers a list of pairs"
)


class Response(NamedTuple):
    """An HTTP response before it is sent."""

    body: bytes
    status: int
    headers: list[tuple[str, str]]

    def text(self) -> str:
        """Return the response as it is logged."""
        size = f"<{len(self.body)} bytes>"
        try:
            body = self.body.decode()
        except UnicodeDecodeError:
            body = size
        head = "\n".join(f"{key}: {value}" for key, value in self.headers)
        return f"{self.status} {_phrase(self.status)}\n{head}\n\n{body}".rstrip()


def make_response(result: Any) -> Response:
    """Return the response for what a handler returned.

    :raise ResponseError: if it has none of the forms that are allowed
    """
    data, status, headers = _split(result)
    body, content_type = _body(data)
    if not any(key.lower() == "content-type" for key, _ in headers):
        headers.insert(0, ("Content-Type", content_type))
    return Response(body, status, headers)


def _split(result: Any) -> tuple[Any, int, list[tuple[str, str]]]:
    if not isinstance(result, tuple):
        return result, 200, []
    match result:
        case (data, int(status), headers):
            return data, _status(status), _headers(headers)
        case (data, int(status)):
            return data, _status(status), []
        case (data, headers):
            return data, 200, _headers(headers)
    raise ResponseError(f"The handler returned {len(result)} values; return {_FORMS}.")


def _status(status: int) -> int:
    if isinstance(status, bool) or not 200 <= status <= 599:
        raise ResponseError(f"{status!r} is not an HTTP status from 200 to 599.")
    return status


def _headers(headers: Any) -> list[tuple[str, str]]:
    pairs: Iterable[Any] = headers.items() if isinstance(headers, dict) else headers
    try:
        found = [(str(key), str(value)) for key, value in pairs]
    except (TypeError, ValueError):
        raise ResponseError(f"{headers!r} are no headers; return {_FORMS}.") from None
    for key, value in found:
        if "\n" in key + value or "\r" in key + value:
            raise ResponseError(f"The header {key!r} contains a line break.")
    return found


def _body(data: Any) -> tuple[bytes, str]:
    if data is None:
        return b"", TEXT
    if isinstance(data, str):
        return plaintext.clean_halves(data).encode(), TEXT
    if isinstance(data, bytes | bytearray):
        return bytes(data), BINARY
    if isinstance(data, dict | list | int | float):
        return json.dumps(data, default=str).encode(), JSON
    raise ResponseError(f"A {type(data).__name__} is no response; return {_FORMS}.")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
