"""Exceptions of Protected Code, as sandboxed code may catch them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg2
import requests

from . import crossing, plaintext

Mask = Callable[[str], str]
_NUMBERS = (bool, int, float, type(None))


def stripped(error: BaseException, mask: Mask) -> Any:
    """Return a copy of ``error`` that has its masked message and leads nowhere.

    The copy has the same class, and those of its attributes that are numbers, text,
    or a response: requests, connections and frames stay behind.
    """
    if isinstance(error, psycopg2.Error):
        # Odoo and the queue decide by its code whether to try again; a copy has none.
        return without_frames(error)
    message = mask(plaintext.told(error))
    for kind in _classes(error):
        for args in (tuple(_told(arg, mask) for arg in error.args), (message,)):
            copy = _copy(kind, args, error, mask)
            if copy is not None and _says(copy, message):
                return copy
    return RuntimeError(message)


def without_frames(error: BaseException) -> Any:
    """Return ``error`` with nothing that leads to the frames it came through."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    error.__suppress_context__ = True
    return error


def _classes(error: BaseException) -> list[Any]:
    kinds = type(error).__mro__
    return list(kinds[: kinds.index(Exception) + 1])


def _told(value: Any, mask: Mask) -> Any:
    return value if isinstance(value, _NUMBERS) else mask(plaintext.told(value))


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
            found[name] = crossing.detached(value, mask)
    return found


def _says(error: BaseException, message: str) -> bool:
    try:
        return str(error) == message
    except Exception:  # a class whose text is made of what the copy lacks
        return False
