"""Forms in a request's body, read so that nothing of them is lost silently.

Werkzeug's own parser leaves a form empty if anything in it is not UTF-8 or broken.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO, Any, NamedTuple
from urllib.parse import parse_qsl

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import default_stream_factory
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, File, MultipartDecoder, NeedData

from ..messages import _lt, reason

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
# A part of a multipart form takes ten times the memory of a field in a plain form.
MAX_FIELDS = 100_000
MAX_PARTS = 10_000
_CHUNK = 64 * 1024
# What text that isn't UTF-8 is nearly always written in, whatever it calls itself.
_LEGACY = "cp1252"
_CHARSETS = (
    *("ascii", "cp125", "cp932", "cp949", "cp1361", "iso8859", "koi8", "utf", "big5"),
    *("euc_", "gb", "shift_jis"),
)


class Form(NamedTuple):
    """What stands in a form; ``error`` says why that isn't all."""

    fields: list[tuple[str, str]]
    files: list[tuple[str, FileStorage]]
    error: str | None = None


def parse(body: bytes, mimetype: str, options: dict[str, str]) -> Form:
    """Return the form in ``body``, with as much of it as can be read.

    :raise RequestEntityTooLarge: if it has more fields than anybody can want
    """
    charset = known_charset(options.get("charset"))
    if mimetype == URLENCODED:
        return _urlencoded(body, charset)
    if mimetype == MULTIPART:
        return _multipart(body, options.get("boundary", ""), charset)
    return Form([], [])


def looks_like_json(body: bytes) -> bool:
    """Tell whether a body begins as a JSON object or list does, and no form."""
    start = body[:1000].removeprefix(codecs.BOM_UTF8).lstrip()
    return start[:1] in (b"{", b"[")


def text(data: bytes, charset: str | None = None) -> str:
    """Return ``data`` as text: in its charset, else UTF-8, else Windows-1252."""
    for encoding in (charset or "utf-8", "utf-8"):
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    return data.decode(_LEGACY, "replace")


def known_charset(name: str | None) -> str | None:
    """Return the codec for a charset's name; ``None`` for one that is no charset."""
    try:
        codec = codecs.lookup(name or "").name
    except (LookupError, ValueError):
        return None
    # Browsers read ISO 8859-1 like this too.
    if codec in ("iso8859-1", "ascii"):
        return _LEGACY
    return codec if codec.startswith(_CHARSETS) else None


def _urlencoded(body: bytes, charset: str | None) -> Form:
    if body.count(b"&") >= MAX_FIELDS:
        raise RequestEntityTooLarge(
            _lt("The form has more than %(most)s fields.", most=f"{MAX_FIELDS:,}")
        )
    # Latin-1 stands for bytes here: what they mean is seen when they are put together.
    pairs = parse_qsl(body.decode("latin-1"), True, encoding="latin-1")
    read = [
        (text(name.encode("latin-1"), charset), text(value.encode("latin-1"), charset))
        for name, value in pairs
    ]
    return Form(read, [])


def _multipart(body: bytes, boundary: str, charset: str | None) -> Form:
    form = Form([], [])
    try:
        if not boundary:
            raise ValueError(_lt("The content type names no boundary"))
        for part, content in _parts(body, boundary.encode("ascii")):
            if isinstance(part, File):
                form.files.append((part.name or "", _file(part, content)))
            else:
                value = text(content.read(), _part_charset(part) or charset)
                form.fields.append((part.name or "", value))
    except ValueError as error:
        return form._replace(
            error=_lt("The form is broken: %(error)s.", error=reason(error))
        )
    return form


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[Any, IO[bytes]]]:
    """Yield each part that is whole, and a file with its content."""
    decoder = _Decoder(boundary)
    part: Any = None
    content: Any = None
    count = 0
    for event in _events(decoder, body):
        if not isinstance(event, Data):
            part, count = event, count + 1
            if count > MAX_PARTS:
                raise RequestEntityTooLarge(
                    _lt("The form has more than %(most)s parts.", most=f"{MAX_PARTS:,}")
                )
            content = default_stream_factory(len(body), None, None)
            continue
        content.write(event.data)
        if not event.more_data:
            content.seek(0)
            yield part, content


def _events(decoder: MultipartDecoder, body: bytes) -> Iterator[Any]:
    """Yield what begins a part, and the data that follow it."""
    for start in (*range(0, len(body), _CHUNK), None):
        chunk = None if start is None else body[start : start + _CHUNK]
        decoder.receive_data(chunk)
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Data) or hasattr(event, "headers"):
                yield event


class _Decoder(MultipartDecoder):
    def _parse_headers(self, data: Any) -> Any:
        # Names of fields and files may be in another charset than UTF-8.
        return super()._parse_headers(text(bytes(data)).encode())


def _file(part: File, content: IO[bytes]) -> FileStorage:
    return FileStorage(content, part.filename, part.name, headers=part.headers)


def _part_charset(part: Any) -> str | None:
    options = parse_options_header(part.headers.get("content-type", ""))[1]
    return known_charset(options.get("charset"))
