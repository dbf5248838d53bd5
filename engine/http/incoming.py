"""A webhook's request: its body as it came, and what can be read in it.

Nothing is read before it is asked for, so that whatever is wrong with a body becomes
the failure of a job. What was read is kept: the bytes are the same before and after
something else has read them, and when Odoo runs the request again.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from werkzeug.datastructures import EnvironHeaders, ImmutableMultiDict
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    ClientDisconnected,
    HTTPException,
    RequestEntityTooLarge,
)
from werkzeug.utils import cached_property
from werkzeug.wrappers import Request
from werkzeug.wsgi import get_input_stream

from ..messages import _lt, reason
from . import forms

_CHUNK = 64 * 1024
_LENGTH = re.compile("[0-9]{1,18}")
# Nobody packs twice but to do harm.
_MAX_CODINGS = 2
# Reading an empty piece takes as long as reading thousands of bytes.
_MAX_PIECES = 10_000
_GZIP_START = b"\x1f\x8b\x08"


class Body:
    """A request's body, read once: as it was sent, and unpacked.

    :raise HTTPException: whenever it is asked for, if it can't be read
    """

    def __init__(self, environ: dict[str, Any], limit: int | None) -> None:
        self._environ = environ
        self._limit = limit
        self._known: dict[str, bytes | HTTPException] = {}

    @property
    def sent(self) -> bytes:
        """The bytes that were sent."""
        return self._once("sent", lambda: _read(self._environ, self._limit))

    @property
    def data(self) -> bytes:
        """The bytes that were meant: unpacked, if they were sent with gzip or so."""
        return self._once("data", lambda: _unpack(self.sent, self.packed, self._limit))

    @property
    def packed(self) -> list[str]:
        """How the bytes were packed, in the order in which it was done."""
        names = self._environ.get("HTTP_CONTENT_ENCODING", "").lower().split(",")
        names = [name.strip().removeprefix("x-") for name in names]
        return [name for name in names if name not in ("", "identity")]

    def _once(self, key: str, read: Callable[[], bytes]) -> bytes:
        if key not in self._known:
            try:
                self._known[key] = read()
            except HTTPException as error:
                self._known[key] = error
        outcome = self._known[key]
        if isinstance(outcome, HTTPException):
            raise outcome.with_traceback(None)
        return outcome


class Incoming(Request):
    """A werkzeug request whose body can be read in any order, and again."""

    parameter_storage_class = ImmutableMultiDict

    def __init__(self, environ: dict[str, Any], body: Body) -> None:
        super().__init__(environ, populate_request=False)
        self.headers = _Headers(environ)
        self._body = body

    @property
    def raw_data(self) -> bytes:
        """The body as it was sent, packed if it was."""
        return self._body.sent

    @property
    def data(self) -> bytes:
        """The body, whatever it is."""
        return self._body.data

    def get_data(
        self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False
    ) -> Any:
        """Return the body, whatever it is and whatever was read of it."""
        return forms.text(self.data, self._charset) if as_text else self.data

    @cached_property
    def stream(self) -> io.BytesIO:
        """The body as a file."""
        return io.BytesIO(self.data)

    @property
    def form_error(self) -> str | None:
        """Why the form is not, or not all, there."""
        self._load_form_data()
        return self.__dict__["_form_error"]

    @property
    def form_fields(self) -> list[tuple[str, str]]:
        """The form's fields in the order in which they came."""
        self._load_form_data()
        return self.__dict__["_form_fields"]

    @property
    def problems(self) -> list[str]:
        """What of the body can't be had as it was meant, in sentences."""
        unknown = [name for name in self._body.packed if name not in _UNPACK]
        found = [
            _lt("The body is packed as %(name)s: it stays packed.", name=name)
            for name in unknown
        ]
        try:
            return found + ([self.form_error] if self.form_error else [])
        except RequestEntityTooLarge as error:
            return [*found, error.description or ""]

    def get_json(
        self, force: bool = False, silent: bool = False, cache: bool = True
    ) -> Any:
        """Return what stands in the body as JSON; ``None`` if there is no body.

        Many senders call JSON a form, text or nothing at all. So an object or a list
        is read whatever it is called.
        """
        if cache and "_json" in self.__dict__:
            return self.__dict__["_json"]
        failure = None
        is_json = force or self.is_json
        if self.data and (is_json or forms.looks_like_json(self.data)):
            try:
                value = _load(self.data, self._charset)
            except ValueError as error:
                failure = error if is_json else None
            else:
                self.__dict__["_json"] = value
                return value
        if silent or not self.data:
            return None
        return self.on_json_loading_failed(failure)

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        form = forms.parse(self.data, self.mimetype, self.mimetype_params)
        kind = self.parameter_storage_class
        self.__dict__.update(form=kind(form.fields), files=kind(form.files))
        self.__dict__.update(_form_fields=form.fields, _form_error=form.error)

    @property
    def _charset(self) -> str | None:
        return forms.known_charset(self.mimetype_params.get("charset"))


class _Headers(EnvironHeaders):
    """Headers of which a missing one is the caller's mistake, like a missing field."""

    def __getitem__(self, key: str, *options: Any) -> str:
        try:
            return super().__getitem__(key, *options)
        except KeyError:
            raise BadRequestKeyError(key) from None


def _read(environ: dict[str, Any], limit: int | None) -> bytes:
    length = environ.get("CONTENT_LENGTH", "").strip()
    if length and not _LENGTH.fullmatch(length):
        raise BadRequest(
            _lt(
                "The header Content-Length is no number: %(length)s", length=length[:50]
            )
        )
    if limit is not None and length and int(length) > limit:
        raise _too_large(limit)
    stream = get_input_stream(environ)
    try:
        return _bounded(iter(lambda: stream.read(_CHUNK), b""), limit)
    except (ClientDisconnected, OSError):
        raise BadRequest(
            _lt("The body ends too early, or its chunks are broken.")
        ) from None


def _unpack(data: bytes, codings: list[str], limit: int | None) -> bytes:
    if not data or not set(codings) <= _UNPACK.keys():
        return data
    if len(codings) > _MAX_CODINGS:
        raise BadRequest(_lt("The body is packed %(count)s times.", count=len(codings)))
    for coding in reversed(codings):
        try:
            data = _UNPACK[coding](data, limit)
        except (OSError, EOFError, zlib.error) as error:
            raise BadRequest(
                _lt(
                    "The body is no valid %(coding)s: %(error)s",
                    coding=coding,
                    error=reason(error),
                )
            ) from None
    return data


def _gunzip(data: bytes, limit: int | None) -> bytes:
    if data.count(_GZIP_START) > _MAX_PIECES:
        raise BadRequest(
            _lt(
                "The body has more than %(most)s pieces of gzip.",
                most=f"{_MAX_PIECES:,}",
            )
        )
    # It may consist of several pieces, each of which gzip checks.
    unpacker = gzip.GzipFile(fileobj=io.BytesIO(data))
    return _bounded(iter(lambda: unpacker.read(_CHUNK), b""), limit, unpacked=True)


def _inflate(data: bytes, limit: int | None) -> bytes:
    try:
        return _inflate_as(zlib.MAX_WBITS, data, limit)
    except zlib.error:
        # RFC 9110, 8.4.1.2: some senders leave out what zlib puts around it.
        return _inflate_as(-zlib.MAX_WBITS, data, limit)


def _inflate_as(wbits: int, data: bytes, limit: int | None) -> bytes:
    unpacker = zlib.decompressobj(wbits)
    unpacked = _bounded(_inflated(unpacker, data), limit, unpacked=True)
    if not unpacker.eof:
        raise EOFError(_lt("it ends too early"))
    return unpacked


def _inflated(unpacker: Any, data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        rest = data[start : start + _CHUNK]
        while rest and not unpacker.eof:
            yield unpacker.decompress(rest, _CHUNK)
            rest = unpacker.unconsumed_tail
    yield unpacker.flush()


_UNPACK = {"gzip": _gunzip, "deflate": _inflate}


def _bounded(
    pieces: Iterable[bytes], limit: int | None, unpacked: bool = False
) -> bytes:
    found, size = [], 0
    for piece in pieces:
        size += len(piece)
        if limit is not None and size > limit:
            raise _too_large(limit, unpacked)
        found.append(piece)
    return b"".join(found)


def _too_large(limit: int, unpacked: bool = False) -> RequestEntityTooLarge:
    most = f"{limit:,}"
    if unpacked:
        text = _lt("The unpacked body has more than %(most)s bytes.", most=most)
    else:
        text = _lt("The body has more than %(most)s bytes.", most=most)
    return RequestEntityTooLarge(text)


def _load(data: bytes, charset: str | None) -> Any:
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        if charset is None:
            raise
        return json.loads(data.decode(charset))
    except RecursionError:
        raise ValueError(_lt("it is nested too deeply")) from None
