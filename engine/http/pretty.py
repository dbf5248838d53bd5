"""Logged messages as people like to read them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import transcript

INDENT = "  "
# Nobody reads deeper, and a hostile text would be as long as its depth squared.
MAX_DEPTH = 40
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


def message(text: str) -> str:
    """Return a logged request or answer with its JSON spread over lines."""
    told = transcript.read(text)
    if not told.body.lstrip().startswith(("{", "[")):
        return text
    head = text[: text.index("\n\n") + 2]
    rest = text[len(head) + len(told.body) :]
    return f"{head}{spread(told.body)}{rest}"


def spread(text: str) -> str:
    """Return JSON with a line for each value.

    It works on the text, not on the values: a cut text is spread as far as it goes, and
    no number, order or repeated key gets lost.
    """
    return "".join(_spread(_TOKENS.findall(text)))


def _spread(pieces: list[str]) -> Iterator[str]:
    depth = 0
    for number, piece in enumerate(pieces):
        after = pieces[number + 1] if number + 1 < len(pieces) else ""
        before = pieces[number - 1] if number else ""
        if piece in _CLOSING:
            depth += 1
            empty = after == _CLOSING[piece]
            yield piece if empty else f"{piece}\n{_indent(depth)}"
        elif piece in _CLOSING.values():
            depth = max(depth - 1, 0)
            empty = _CLOSING.get(before) == piece
            yield piece if empty else f"\n{_indent(depth)}{piece}"
        elif piece == ",":
            yield f",\n{_indent(depth)}"
        else:
            yield ": " if piece == ":" else piece


def _indent(depth: int) -> str:
    return INDENT * min(depth, MAX_DEPTH)
