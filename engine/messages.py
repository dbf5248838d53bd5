"""Texts for people: made in English, and translated where somebody reads them.

What refuses something deep in the engine doesn't know who will read why. It raises an
error with a message of :func:`_lt`, which keeps its source text, the code that the
catalogue knows it by, and its values. Whoever shows it calls :func:`translated`;
everybody else, like the server's log and project code, sees English.

Odoo's export finds what stands in a call of ``_lt`` by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .protocols import Environment


class Message(str):
    """A sentence in English, with what its translation is made of."""

    __slots__ = ("code", "values")
    code: str
    values: dict[str, str]

    def __new__(cls, code: str, values: Mapping[str, object] | None = None) -> Message:
        """Keep ``code``, the source text, and ``values`` as texts or messages."""
        kept = {name: _text(value) for name, value in (values or {}).items()}
        message = super().__new__(cls, code % kept if kept else code)
        message.code, message.values = code, kept
        return message

    def masked(self, mask: Callable[[str], str]) -> str:
        """Return the message without secrets; as plain text if that is safer."""
        values = {name: _masked(value, mask) for name, value in self.values.items()}
        message, text = Message(self.code, values), mask(str(self))
        return message if message == text else text


def _lt(source: str, /, **values: object) -> Message:
    """Return a message; ``%(name)s`` in its source text stands for a value."""
    return Message(source, values)


def joined(separator: str, parts: Iterable[str]) -> Message:
    """Return one message made of several."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Message(separator.join(f"%({name})s" for name in values), values)


def reason(error: BaseException) -> object:
    """Return what can stand for an error in a message: its own one, or the error."""
    only = error.args[0] if len(error.args) == 1 else None
    return only if isinstance(only, Message) else error


def translated(env: Environment, said: object) -> str:
    """Return what a message, or an error with one, says in the language of ``env``."""
    if isinstance(said, BaseException):
        return _translated_error(env, said)
    if not isinstance(said, Message):
        return said if isinstance(said, str) else str(said)
    values = {name: translated(env, value) for name, value in said.values.items()}
    return env._(said.code, **values)


def _translated_error(env: Environment, error: BaseException) -> str:
    text = str(error)
    # An HTTP error has it there, and adds to it.
    for message in (*error.args, getattr(error, "description", None)):
        if isinstance(message, Message):
            text = text.replace(message, translated(env, message))
    return text


def _text(value: object) -> str:
    return value if isinstance(value, Message) else str(value)


def _masked(value: str, mask: Callable[[str], str]) -> str:
    return value.masked(mask) if isinstance(value, Message) else mask(value)
