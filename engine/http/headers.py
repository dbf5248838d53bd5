"""Headers of a webhook's answer: what HTTP can carry, or why it can't."""

from __future__ import annotations

import datetime
import decimal
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from werkzeug.http import (
    http_date,
    parse_date,
    parse_options_header,
    quote_header_value,
)
from werkzeug.urls import iri_to_uri

from .. import plaintext
from ..errors import ResponseError
from ..messages import _lt, joined

Pairs = list[tuple[str, str]]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110, 5.5: no control characters but the tabulator.
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MEDIA_TYPE = re.compile(rf"{_TOKEN.pattern}/{_TOKEN.pattern}\s*(;.*)?")
# What says where a message ends, and what belongs to the connection.
_OF_THE_SERVER = (
    *("connection", "content-length", "date", "keep-alive", "proxy-connection"),
    *("server", "te", "trailer", "transfer-encoding", "upgrade"),
)
# RFC 9110, 5.3: one value each, where clients choose the first or the last.
_ONCE = (
    *("content-disposition", "content-encoding", "content-location", "content-type"),
    *("etag", "expires", "last-modified", "location", "retry-after"),
)
_ADDRESSES = ("content-location", "link", "refresh")
# What isn't in quotes may have blanks all the same: who writes names forgets them.
_BARE_NAME = re.compile(r"(;\s*filename\s*=\s*)([^\s\";][^;]*)", re.IGNORECASE)


def get(headers: Pairs, name: str) -> str | None:
    """Return the value of a header whose name is in small letters."""
    return next((value for key, value in headers if key.lower() == name), None)


def clean(headers: Any, allowed: str) -> Pairs:
    """Return headers as they are sent.

    :param allowed: says what may be returned, for an error
    :raise ResponseError: if HTTP can't carry them
    """
    found = [(_name(name), value) for name, value in _pairs(headers, allowed)]
    names = [name.lower() for name, value in found]
    for name in _ONCE:
        if names.count(name) > 1:
            raise ResponseError(
                _lt("The header %(name)s is there more than once.", name=f"{name!r}")
            )
    return [(name, _value(name, value)) for name, value in found]


def retry_after(value: Any) -> str:
    """Return seconds, or a time, as the header Retry-After has them.

    :raise ValueError: if it is neither
    """
    if isinstance(value, str) and parse_date(value):
        return value
    seconds = math.ceil(float(value))
    if seconds < 0:
        raise ValueError(_lt("it is in the past"))
    return str(seconds)


def _pairs(headers: Any, allowed: str) -> list[tuple[Any, Any]]:
    try:
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        if any(isinstance(pair, str) for pair in pairs):
            raise TypeError
        return [(name, value) for name, value in pairs]
    except (TypeError, ValueError):
        shown = f"{headers!r:.200}"
        raise ResponseError(
            _lt(
                "%(shown)s are no headers; return %(allowed)s.",
                shown=shown,
                allowed=allowed,
            )
        ) from None


def _name(name: Any) -> str:
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ResponseError(
            _told(_lt("%(name)s is no name of a header.", name=f"{name!r:.100}"), name)
        )
    if name.lower() in _OF_THE_SERVER:
        raise ResponseError(
            _lt("The header %(name)s is set by the server alone.", name=f"{name!r}")
        )
    return str(name)


def _value(name: str, value: Any) -> str:
    text = _text(name, value).strip(" \t")
    if _CONTROLS.search(text):
        raise ResponseError(
            _told(
                _lt(
                    "The header %(name)s contains a control character.",
                    name=f"{name!r}",
                ),
                text,
            )
        )
    text = _encoded(name.lower(), text)
    try:
        text.encode("latin-1")
    except UnicodeEncodeError as error:
        part = text[error.start : error.end][:50]
        raise ResponseError(
            _lt(
                "The header %(name)s can't carry %(part)s: HTTP knows Latin-1 "
                "only. Use an encoding that its receiver understands.",
                name=f"{name!r}",
                part=f"{part!r}",
            )
        ) from None
    return text


def _text(name: str, value: Any) -> str:
    if name.lower() == "retry-after" and not isinstance(value, datetime.date):
        try:
            return retry_after(value)
        except (TypeError, ValueError, OverflowError):
            raise ResponseError(
                _lt(
                    "Retry-After is %(value)s, neither seconds nor a time.",
                    value=f"{value!r:.100}",
                )
            ) from None
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, datetime.date):
        return http_date(value)
    if isinstance(value, float) and not math.isfinite(value):
        value = None
    if not isinstance(value, str | int | float | decimal.Decimal):
        raise ResponseError(
            _lt(
                "The header %(name)s is %(value)s, which is no text.",
                name=f"{name!r}",
                value=f"{value!r:.100}",
            )
        )
    return plaintext.clean_halves(str(value))


def _encoded(name: str, text: str) -> str:
    """Return a value in the encoding that the header's own standard has for it."""
    if name == "content-type" and not _MEDIA_TYPE.fullmatch(text):
        raise ResponseError(_lt("%(text)s is no content type.", text=f"{text!r:.100}"))
    if name == "location":
        return _address(text)
    if name in _ADDRESSES:
        # RFC 3986; a Link has an address, too, in angle brackets.
        return quote(text, _ASCII)
    if name == "content-disposition" and not text.isascii():
        return _disposition(text)
    return text


_ASCII = "".join(map(chr, range(0x20, 0x7F)))


def _address(text: str) -> str:
    try:
        return iri_to_uri(text)
    except ValueError as error:
        raise ResponseError(
            _lt(
                "The header 'Location' is %(text)s, which is no address: %(error)s.",
                text=f"{text!r:.100}",
                error=error,
            )
        ) from None


def _disposition(text: str) -> str:
    """Return a Content-Disposition by RFC 6266, with its parameters by RFC 8187."""
    text = _BARE_NAME.sub(lambda m: m[1] + _quoted(m[2].strip()), text)
    kind, options = parse_options_header(text)
    if not options:
        return text
    parts = [kind]
    for key, value in options.items():
        plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", value)
        parts.append(f"{key}={_quoted(plain)}")
        if plain != value:
            parts.append(f"{key}*=UTF-8''{quote(value, safe='')}")
    return "; ".join(parts)


def _quoted(text: str) -> str:
    # A token needs no quotes, but not every client knows that of names of files.
    return quote_header_value(text, allow_token=False)


def _told(problem: str, text: Any) -> str:
    """Return a problem, with a hint if ``text`` has what is easily overlooked."""
    if isinstance(text, str) and ("\n" in text or "\r" in text):
        return joined(" ", [problem, _lt("It is a line break.")])
    return problem
