"""How a webhook's request and answer are told in a log, and read again from there.

The text looks like the message itself: a line that says what was asked or answered,
the headers, an empty line, the body. Of a form it has a line for each field, and of a
file its size. What opens doors is hidden.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_options_header

from ..vault.masking import MASK
from . import forms

BODY_LIMIT = 20_000  # characters of a body that are logged
HEADER_LIMIT = 2_000
BINARY_LIMIT = 3_000  # bytes of a binary body that are logged
HIDDEN = "..."  # what stands in the place of the webhook's token
WEBHOOK = "/sync/webhook/"
# Longer than any secret: one that begins within the limit is there as a whole.
_SAMPLE = 10 * BODY_LIMIT

_TOKEN = re.compile(rf"{WEBHOOK}([^/?]+)")
_UNSAFE_IN_PATH = re.compile(r"[%?#\x00-\x20\x7f]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f]")
_CUT = re.compile(r"\n… [\d,]+ more characters$")
_BINARY = re.compile(r"<([\d,]+) bytes(?:>|, base64>\n(.*))", re.DOTALL)
_SECRET_NAME = re.compile(
    r"authorization|authentication|bearer|cookie|passw|passphrase|passcode|secret"
    r"|credential|token|session|jwt|(^|[-_])(auth|pass|pwd|pin|otp)$"
    r"|(api|access)[-_]?key|key$"
)
# Keys that name things. What isn't known may be one that opens a door.
_PLAIN_KEY = re.compile(
    r"(^|[-_])(cache|event|group|idempotency|issue|message|object|order|partition"
    r"|project|request|routing|sort|surrogate)[-_]?key$"
)
_ARGUMENT = re.compile(r"([^&=]+)=([^&]+)")
_SCHEMES = ("basic", "bearer", "digest", "token", "apikey")
_FORMS = (forms.URLENCODED, forms.MULTIPART)
_TEXTUAL = re.compile(r"text/|.*[/+](json|xml|javascript|yaml)$")

Pairs = Iterable[tuple[str, str]]
Mask = Callable[[str], str]


class Told(NamedTuple):
    """A message as a log has it; ``cut`` tells whether the log has only its start."""

    first: str
    headers: list[tuple[str, str]]
    body: str
    cut: bool

    def header(self, name: str) -> str:
        """Return the value of a header, empty if there is none."""
        return next((v for key, v in self.headers if key.lower() == name), "")

    @property
    def mimetype(self) -> str:
        """The kind of content, in small letters."""
        return self.header("content-type").partition(";")[0].strip().lower()


def request(httprequest: Any, mask: Mask) -> str:
    """Return what a request said, with nothing that lets a reader call the webhook."""
    path = _UNSAFE_IN_PATH.sub(lambda m: f"%{ord(m[0]):02X}", httprequest.path)
    query = _ARGUMENT.sub(_argument, forms.text(httprequest.query_string))
    first = f"{httprequest.method} {path}{'?' if query else ''}{query}"
    # Services repeat the address that they call in headers and payloads.
    token = _TOKEN.match(httprequest.path)

    def hide(text: str) -> str:
        return mask(text.replace(token[1], HIDDEN) if token else text)

    told = message(hide(first), httprequest.headers.items(), "")
    body = _limited(*_body(httprequest), hide)
    return hide(told) + (f"\n\n{body}" if body else "")


def message(first: str, headers: Pairs, body: str) -> str:
    """Return a request or an answer as one text."""
    lines = [first, *(f"{key}: {shown(key, value)}" for key, value in headers)]
    return "\n".join(lines) + (f"\n\n{body}" if body else "")


def shown(name: str, value: str) -> str:
    """Return a header's value as everybody may see it."""
    if value and _is_secret(name.lower()):
        scheme, _, rest = value.partition(" ")
        return f"{scheme} {MASK}" if rest and scheme.lower() in _SCHEMES else MASK
    value = _BREAKS.sub(" ", value)
    if len(value) > HEADER_LIMIT:
        return f"{value[:HEADER_LIMIT]}…"
    return value


def read(text: str) -> Told:
    """Return the parts of a message that was logged."""
    whole = _CUT.sub("", text)
    head, _, body = whole.partition("\n\n")
    first, *lines = head.split("\n")
    headers = [(key, value) for key, _, value in (x.partition(": ") for x in lines)]
    return Told(first, headers, body, whole != text)


def binary(body: str) -> str | None:
    """Return the base64 of a body that is no text, empty if it was not kept."""
    found = _BINARY.fullmatch(body)
    return found[2] or "" if found else None


def _argument(found: re.Match[str]) -> str:
    secret = _is_secret(unquote_plus(found[1]).lower())
    return f"{found[1]}={MASK}" if secret else found[0]


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(name)) and not _PLAIN_KEY.search(name)


def _limited(body: str, unread: int, hide: Mask) -> str:
    # Before it is cut: half a secret can't be recognised.
    body = hide(body)
    more = len(body) - BODY_LIMIT
    if more <= 0:
        return body
    return f"{body[:BODY_LIMIT]}\n… {more + unread:,} more characters"


def _body(httprequest: Any) -> tuple[str, int]:
    """Return what can be told of a body, and how many bytes were not looked at."""
    try:
        data = httprequest.get_data()
        if httprequest.mimetype in _FORMS and not forms.looks_like_json(data):
            lines, whole = _form_lines(httprequest)
            if lines and not httprequest.form_error:
                return lines, 0 if whole else len(data) - len(lines)
        return content(data, httprequest.content_type or "", BINARY_LIMIT)
    except HTTPException as error:
        return f"<{error.description}>", 0


def content(data: bytes, kind: str, binary_limit: int = 0) -> tuple[str, int]:
    """Return the text that ``data`` is, or what can be said of it.

    Only the start is looked at, which is more than can be logged; the second value is
    the number of bytes after it. ``kind`` is the content type.
    """
    mimetype, options = parse_options_header(kind)
    start = data[:_SAMPLE] if len(data) <= _SAMPLE else data[: _character_start(data)]
    try:
        if not mimetype or _TEXTUAL.match(mimetype) or mimetype in _FORMS:
            charset = forms.known_charset(options.get("charset"))
            return forms.text(start, charset), len(data) - len(start)
        text = start.decode()
    except UnicodeDecodeError:
        text = "\0"
    if not _CONTROLS.search(text):
        return text, len(data) - len(start)
    size = f"{len(data):,} bytes"
    if len(data) > binary_limit:
        return f"<{size}>", 0
    return f"<{size}, base64>\n{base64.b64encode(data).decode()}", 0


def _character_start(data: bytes) -> int:
    """Return where a sample of ``data`` ends that has no half character."""
    end = _SAMPLE
    while data[end] & 0xC0 == 0x80 and end > _SAMPLE - 4:
        end -= 1
    return end


def _form_lines(httprequest: Any) -> tuple[str, bool]:
    """Return a form's fields and files, and whether these are all of them."""
    lines, size = [], 0
    fields, files = httprequest.form_fields, httprequest.files
    for line in (*_field_lines(fields), *_file_lines(files)):
        lines.append(line)
        size += len(line)
        if size > _SAMPLE:
            return "\n".join(lines), False
    return "\n".join(lines), True


def _field_lines(fields: Pairs) -> Iterator[str]:
    for name, value in fields:
        # What follows a line break is indented, so that it is no field of its own.
        yield f"{name}={value}".replace("\n", "\n    ")


def _file_lines(files: Any) -> Iterator[str]:
    for name, file in files.items(multi=True):
        file.seek(0, 2)
        size = file.tell()
        file.seek(0)
        kind = f"{file.mimetype}, " if file.mimetype else ""
        yield f"{name}: file {file.filename} ({kind}{size:,} bytes)"
