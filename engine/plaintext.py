"""Text as UTF-8 and PostgreSQL can hold it."""

from __future__ import annotations

from collections.abc import Callable


def clean(text: str) -> str:
    r"""Return ``text`` with what can't be kept written as an escape.

    These are the NUL character (``\0``), which PostgreSQL refuses, and halves of
    surrogate pairs (``\ud83d``), which no encoding has. JavaScript makes them when it
    cuts a text within an emoji.
    """
    return clean_halves(text.replace("\0", "\\0") if "\0" in text else text)


def clean_halves(text: str) -> str:
    """Return ``text`` with halves of surrogate pairs written as escapes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="backslashreplace").decode()
    return text


def told(value: object, tell: Callable[[object], str] = str) -> str:
    """Return ``tell(value)``, whatever the value's class makes of that."""
    try:
        return tell(value)
    except Exception as error:
        return f"<{type(value).__name__}, whose text fails: {type(error).__name__}>"
