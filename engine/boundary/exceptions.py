"""Exceptions of Protected Code, as sandboxed code may catch them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg2
import requests

from .. import plaintext
from ..messages import Message
from . import transfer

Mask = Callable[[str], str]
_NUMBERS = (bool, int, float, type(None))


def stripped(
    error: BaseException, mask: Mask, shown: Callable[[type], type] = lambda kind: kind
) -> Any:
    """Return a copy of ``error`` that has its masked message and leads nowhere.

    The copy has the same class, or what ``shown`` says stands for it, and those of its
    attributes that are numbers, text, or a response: requests, connections and frames
    stay behind.
    """
    if isinstance(error, psycopg2.Error):
        return _database_error(error, mask)
    message = mask(plaintext.told(error))
    if not isinstance(error, Exception):
        # SystemExit and its kin would end the worker.
        return RuntimeError(f"{type(error).__name__}: {message}")
    for kind in map(shown, _classes(error)):
        for args in (tuple(_told(arg, mask) for arg in error.args), (message,)):
            copy = _copy(kind, args, error, mask)
            if copy is not None and _says(copy, message):
                return copy
    return RuntimeError(message)


def _database_error(error: psycopg2.Error, mask: Mask) -> psycopg2.Error:
    """Return a copy without the cursor, which has the query with its values.

    It has its code: Odoo and the queue decide by that whether to try again.
    """
    message = mask(plaintext.told(error))
    copy = type(error)(message)
    state = {"pgcode": error.pgcode, "pgerror": mask(error.pgerror or message)}
    copy.__setstate__(state)  # type: ignore[no-untyped-call]
    return copy


def _classes(error: BaseException) -> list[Any]:
    kinds = type(error).__mro__
    return list(kinds[: kinds.index(Exception) + 1])


def _told(value: Any, mask: Mask) -> Any:
    if isinstance(value, Message):
        return value.masked(mask)
    text = plaintext.told(value)
    masked = mask(text)
    # A number may be a secret as well.
    return value if isinstance(value, _NUMBERS) and masked == text else masked


def _copy(kind: Any, args: tuple[Any, ...], error: Any, mask: Mask) -> Any:
    try:
        # Not its own __init__, which may want anything.
        copy = kind.__new__(kind, *args)
        copy.args = args
        copy.__dict__.update(_attributes(error, mask))
    except (TypeError, AttributeError, ValueError):
        return None
    return copy


def _attributes(error: BaseException, mask: Mask) -> dict[str, Any]:
    found = {}
    for name, value in error.__dict__.items():
        if name.startswith("_"):
            continue
        if isinstance(value, (*_NUMBERS, str)):
            found[name] = _told(value, mask)
        elif isinstance(value, requests.Response):
            found[name] = transfer.detached(value, mask)
    return found


def _says(error: BaseException, message: str) -> bool:
    try:
        return str(error) == message
    except Exception:  # a class whose text is made of what the copy lacks
        return False
