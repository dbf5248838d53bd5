"""Characters that a reader doesn't see, or that change what is seen.

A review is worth what its reader can see. Bidirectional controls show code in another
order than it runs in (CVE-2021-42574), and a line separator that Python takes for an
ordinary character ends a line for others.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

# Controls, formats, line and paragraph separators, half characters, private ones.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"})


def shown(text: str) -> str:
    """Return ``text`` with an escape in the place of each character of that kind."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _is_unseen(char) else char for char in text)


def unseen(code: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each such character; line ends are none."""
    for number, line in enumerate(code.replace("\r\n", "\n").split("\n"), 1):
        for char in line:
            if _is_unseen(char):
                yield number, f"{_escape(char)} ({unicodedata.name(char, 'control')})"


def _is_unseen(char: str) -> bool:
    return char != "\t" and unicodedata.category(char) in _UNSEEN


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
