"""A logged request as a command for a shell."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from shlex import quote
from urllib.parse import urlencode

from werkzeug.http import parse_options_header
from werkzeug.urls import iri_to_uri

from ..vault.masking import MASK
from . import forms, transcript
from .transcript import Told

# What belongs to the connection on which the request came, to its packing or session.
_NOT_SENT = re.compile(
    r"(host|cookie|content-length|content-encoding|connection|keep-alive|te|trailer|upgrade"
    r"|transfer-encoding|accept-encoding|expect|forwarded|via|x-forwarded-.*|x-real-ip"
    r"|proxy-.*)$"
)
_DOTS = re.compile(r"/\.\.?(/|\?|$)")
_FILE = re.compile(r"([^=\n]*): file (.*) \(([^,()\s]*?)(?:, )?[\d,]+ bytes\)")


def command(text: str, url: str) -> str:
    """Return a command that sends a logged request to the webhook at ``url``."""
    told = transcript.read(text)
    method, _, path = told.first.partition(" ")
    place = path.removeprefix(transcript.WEBHOOK + transcript.HIDDEN)
    words = [*_method(method), *_headers(told), *_body(told)]
    literal = "--path-as-is " if _DOTS.search(place) else ""
    lines = [f"curl {literal}{quote(iri_to_uri(url + place))}", *words]
    return _notes(told) + _input(told) + " \\\n  ".join(lines)


def _method(method: str) -> list[str]:
    return ["--head"] if method == "HEAD" else [f"-X {quote(method)}"]


def _headers(told: Told) -> Iterator[str]:
    multipart = told.mimetype == forms.MULTIPART and _is_form(told)
    for name, value in told.headers:
        # curl makes a boundary of its own.
        if (
            multipart
            and name.lower() == "content-type"
            or _NOT_SENT.match(name.lower())
        ):
            continue
        # With a colon, curl would take an empty one for one that is to be left out.
        yield f"-H {quote(f'{name}: {value}' if value else f'{name};')}"
    if told.body and not told.mimetype:
        yield "-H 'Content-Type:'"


def _body(told: Told) -> list[str]:
    if not told.body:
        return []
    kept = _coded(told)
    if kept is not None:
        return ["--data-binary @-" if kept else "--data-binary @body"]
    if _is_form(told) and told.mimetype == forms.URLENCODED:
        # The usual way of encoding: a signature of the form stays right.
        pairs = [field.partition("=")[::2] for field in _fields(told)]
        return [f"--data-raw {quote(urlencode(pairs))}"]
    if _is_form(told):
        return [_part(field) for field in _fields(told)]
    return [f"--data-raw {quote(told.body)}"]


def _is_form(told: Told) -> bool:
    """Tell whether the body is told as a form's fields, not as it came."""
    if told.mimetype not in (forms.URLENCODED, forms.MULTIPART):
        return False
    if forms.looks_like_json(told.body.encode()):
        return False
    return all("=" in field or _FILE.fullmatch(field) for field in _fields(told))


def _fields(told: Told) -> list[str]:
    fields = re.split(r"\n(?!    )", told.body)
    return [field.replace("\n    ", "\n") for field in fields]


def _part(field: str) -> str:
    file = _FILE.fullmatch(field)
    if not file:
        return f"--form-string {quote(field)}"
    name, filename, kind = file.groups()
    escaped = filename.replace("\\", "\\\\").replace('"', '\\"')
    spec = f'{name}=@"{escaped}"' + (f";type={kind}" if kind else "")
    return f"-F {quote(spec)}"


def _coded(told: Told) -> str | None:
    """Return a body that isn't UTF-8 in base64, empty if it was not kept."""
    kept = transcript.binary(told.body)
    if kept is not None or _is_form(told):
        return kept
    options = parse_options_header(told.header("content-type"))[1]
    charset = forms.known_charset(options.get("charset")) or "utf-8"
    try:
        data = told.body.encode(charset)
    except UnicodeEncodeError:
        return None
    return None if data == told.body.encode() else b64encode(data).decode()


def _input(told: Told) -> str:
    kept = _coded(told)
    return f"echo {quote(kept)} | base64 -d | " if kept else ""


def _notes(told: Told) -> str:
    """Return comments on what the log doesn't have."""
    parts = _is_form(told) and told.mimetype == forms.MULTIPART
    notes = [
        ("The log has only the start of the body.", told.cut),
        ("The log doesn't have the body: take a file.", _is_missing(told)),
        (f"Put the real values in the place of {MASK}.", _is_masked(told)),
        (
            "The files must be in the present folder.",
            parts and any(map(_FILE.fullmatch, _fields(told))),
        ),
    ]
    return "".join(f"# {note}\n" for note, needed in notes if needed)


def _is_missing(told: Told) -> bool:
    return transcript.binary(told.body) == ""


def _is_masked(told: Told) -> bool:
    values = (
        value for name, value in told.headers if not _NOT_SENT.match(name.lower())
    )
    return MASK in told.body or MASK in told.first or any(MASK in v for v in values)
