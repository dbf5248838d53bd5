"""What a webhook handler may return, and the HTTP response that it becomes."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections import deque
from collections.abc import Iterator, KeysView, Mapping, ValuesView
from typing import Any, NamedTuple

from werkzeug.http import HTTP_STATUS_CODES, parse_options_header

from .. import plaintext
from ..errors import ResponseError
from ..messages import _lt, reason
from . import headers as fields
from . import transcript

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"
# RFC 9110, 15.3.5, 15.3.6 and 15.4.5: answers that have no body.
BODILESS = (204, 205, 304)

_FORMS = _lt(
    "data; (data, headers); (data, status) or (data, status, "
    "headers), where data is a str, bytes, dict, list or None, "
    "status a number and headers a list of pairs"
)
_AS_TEXT = (
    *(datetime.date, datetime.time, datetime.timedelta),
    *(decimal.Decimal, uuid.UUID),
)
_LISTS = (Iterator, KeysView, ValuesView, range, set, frozenset, deque)


class Response(NamedTuple):
    """An HTTP response before it is sent; ``dropped`` bytes of a body are not."""

    body: bytes
    status: int
    headers: list[tuple[str, str]]
    dropped: int = 0

    def text(self) -> str:
        """Return the response as it is logged."""
        first = f"{self.status} {HTTP_STATUS_CODES.get(self.status, '')}".rstrip()
        body, unread = transcript.content(self.body, self.content_type)
        more = f"\n… {unread:,} more characters" if unread else ""
        return transcript.message(first, self.headers, body + more)

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        return fields.get(self.headers, "content-type") or ""


def make_response(result: Any) -> Response:
    """Return the response for what a handler returned.

    :raise ResponseError: if it is none that is allowed, or that HTTP can carry
    """
    data, status, headers = _split(result)
    found = fields.clean(headers, _FORMS)
    given = fields.get(found, "content-type")
    body, content_type = _body(data, given)
    if content_type != given:
        found = [(key, v) for key, v in found if key.lower() != "content-type"]
        found.insert(0, ("Content-Type", content_type))
    if status in BODILESS:
        return Response(b"", status, found, len(body))
    return Response(body, status, found)


def _split(result: Any) -> tuple[Any, int, Any]:
    if not isinstance(result, tuple):
        return result, 200, []
    match result:
        case (data, int(status), headers):
            return data, _status(status), headers
        case (data, int(status)):
            return data, _status(status), []
        case (data, headers):
            return data, 200, headers
    raise ResponseError(
        _lt(
            "The handler returned %(count)s values; return %(allowed)s.",
            count=len(result),
            allowed=_FORMS,
        )
    )


def _status(status: int) -> int:
    if isinstance(status, bool) or not 200 <= status <= 599:
        raise ResponseError(
            _lt(
                "%(status)s is not an HTTP status from 200 to 599.",
                status=f"{status!r}",
            )
        )
    return int(status)


def _body(data: Any, given: str | None) -> tuple[bytes, str]:
    """Return a body and its content type: the given one, completed, or the usual."""
    if data is None:
        return b"", given or TEXT
    if isinstance(data, str):
        return _text(data, given)
    if isinstance(data, bytes | bytearray):
        return bytes(data), given or BINARY
    if isinstance(data, dict | list | int | float | Iterator):
        text = _json(data)
        return _text(text, given) if given else (text.encode(), JSON)
    raise ResponseError(
        _lt(
            "A %(type)s is no response; return %(allowed)s.",
            type=type(data).__name__,
            allowed=_FORMS,
        )
    )


def _text(data: str, given: str | None) -> tuple[bytes, str]:
    kind, options = parse_options_header(given or TEXT)
    charset = options.get("charset")
    if charset is None:
        unsaid = kind.startswith("text/") and not data.isascii()
        said = f"{given}; charset=utf-8" if unsaid else given or TEXT
        return plaintext.clean_halves(data).encode(), said
    try:
        return plaintext.clean_halves(data).encode(charset), given or TEXT
    except LookupError:
        raise ResponseError(
            _lt("%(charset)s is no charset that is known.", charset=charset)
        ) from None
    except UnicodeEncodeError as error:
        part = data[error.start : error.end][:50]
        raise ResponseError(
            _lt(
                "The text can't be sent as %(charset)s: %(part)s",
                charset=charset,
                part=f"{part!r}",
            )
        ) from None


def _json(data: Any) -> str:
    try:
        return json.dumps(data, default=_plain, allow_nan=False)
    except RecursionError:
        why: object = _lt("it is nested too deeply")
    except (TypeError, ValueError) as error:
        why = reason(error)
    raise ResponseError(
        _lt("The data can't be written as JSON: %(reason)s.", reason=why)
    )


def _plain(value: Any) -> Any:
    """Return what JSON has for a value that is none of its own."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, _LISTS):
        return list(value)
    if isinstance(value, _AS_TEXT):
        return str(value)
    raise TypeError(
        _lt(
            "%(value)s is a %(type)s",
            value=f"{value!r:.100}",
            type=type(value).__name__,
        )
    )
