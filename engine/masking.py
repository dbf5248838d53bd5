"""Replace secret values by ``***`` in whatever is kept or shown."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
# Shorter values would turn ordinary text into stars; they are refused as secrets.
MIN_LENGTH = 4
# A shorter piece of base64 would be found in texts that have nothing to do with it.
MIN_PARTIAL = 6


def forms(value: str) -> set[str]:
    """Return the ways in which ``value`` may stand in a text."""
    raw = value.encode()
    found = {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        html.escape(value),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
    }
    for offset in range(3):
        found |= _base64_forms(raw, offset)
    return {form for form in found if len(form) >= MIN_LENGTH}


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
    for form in found:
        text = text.replace(form, MASK)
    return text
