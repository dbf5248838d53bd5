"""Replace secret values by ``***`` in whatever is kept or shown."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

MASK = "***"
# Shorter values would turn ordinary text into stars; they are refused as secrets.
MIN_LENGTH = 4
# A shorter piece of base64 would be found in texts that have nothing to do with it.
MIN_PARTIAL = 6
_ESCAPED_UNIT = re.compile(r"(\\u)([0-9a-f]{4})")
_ESCAPED_BYTE = re.compile("%(?:25)*[0-9A-F]{2}")


def forms(value: str) -> set[str]:
    """Return the ways in which ``value`` may stand in a text."""
    raw = value.encode(errors="surrogatepass")
    found = {
        value,
        repr(value)[1:-1],
        repr(raw)[2:-1],
        raw.hex(),
        raw.hex().upper(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        base64.b32encode(raw).decode().rstrip("="),
        *_wide(value),
        *_quoted(raw),
        *_html(value),
        *_json(value),
    }
    for offset in range(3):
        found |= _base64_forms(raw, offset)
    return {form for form in found if len(form) >= MIN_LENGTH}


def _quoted(raw: bytes) -> Iterator[str]:
    """Yield the forms of a URL, in capitals as Python writes it and without."""
    once = quote(raw, safe="")
    each = "".join(f"%{byte:02X}" for byte in raw)
    for text in (quote(raw), once, quote_plus(raw), quote(once, safe=""), each):
        yield text
        yield _ESCAPED_BYTE.sub(lambda found: found[0].lower(), text)


def _wide(value: str) -> Iterator[str]:
    """Yield the forms of UTF-16, as Windows has it, and of UTF-32."""
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        raw = value.encode(encoding, errors="surrogatepass")
        yield repr(raw)[2:-1]
        yield raw.decode("latin-1")
        yield raw.hex()
        yield base64.b64encode(raw).decode()


def _html(value: str) -> Iterator[str]:
    escaped = html.escape(value)
    yield escaped
    yield escaped.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    yield html.escape(value, quote=False)
    yield "".join(f"&#{ord(char)};" for char in value)
    yield "".join(f"&#x{ord(char):x};" for char in value)
    yield "".join(f"&#x{ord(char):X};" for char in value)


def _json(value: str) -> Iterator[str]:
    """Yield the forms of JSON: Python's, PHP's, that for HTML, and JSON in JSON."""
    yield "".join(f"\\u{ord(char):04x}" for char in value)
    yield "".join(f"\\u{ord(char):04X}" for char in value)
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        capitals = _ESCAPED_UNIT.sub(lambda found: found[1] + found[2].upper(), text)
        whole = (text, text.replace("/", "\\/"), capitals)
        for form in (*whole, _for_html(text), _for_html(capitals, "04X")):
            yield form
            yield json.dumps(form, ensure_ascii=ascii_only)[1:-1]


def _for_html(text: str, digits: str = "04x") -> str:
    for char in "&<>'":
        text = text.replace(char, f"\\u{ord(char):{digits}}")
    return text


def _base64_forms(raw: bytes, offset: int) -> set[str]:
    """Return the characters that ``raw`` alone decides, ``offset`` bytes into a text.

    In base64 three bytes make four characters, so the value's neighbours decide the
    first and last ones: these are left out, and the rest is enough to recognise it.
    """
    start = (0, 2, 3)[offset]
    whole = (len(raw) + offset) // 3 * 4
    encoded = base64.b64encode(b"\0" * offset + raw).decode()[start:whole]
    urlsafe = encoded.replace("+", "-").replace("/", "_")
    return {form for form in (encoded, urlsafe) if len(form) >= MIN_PARTIAL}


def all_forms(values: Iterable[str]) -> tuple[str, ...]:
    """Return every form of every value, the longest first."""
    found = {form for value in values if value for form in forms(value)}
    return tuple(sorted(found, key=len, reverse=True))


def star(text: str, found: Iterable[str]) -> str:
    """Return ``text`` with each of the forms that were found replaced by ``***``."""
    # No regular expression: `re` keeps the patterns that it has compiled.
    longest = len(text)
    for form in found:
        # Most forms are longer than a line of the log.
        if len(form) <= longest:
            text = text.replace(form, MASK)
    return text
