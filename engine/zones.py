"""Which kind of code is on top of the stack: the boundary that secrets stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Zone = Literal["outside", "protected", "sandbox"]

# Sandboxed code can't reach a context variable's value by attribute or item:
# it takes a call of a function that nothing hands to it.
_zone: ContextVar[Zone] = ContextVar("sync_zone", default="outside")


@contextmanager
def zone(name: Zone) -> Iterator[None]:
    """Mark the code that runs inside as ``name``."""
    token = _zone.set(name)
    try:
        yield
    finally:
        _zone.reset(token)


def in_sandbox() -> bool:
    """Tell whether sandboxed code is on top of the stack."""
    return _zone.get() == "sandbox"


def in_run() -> bool:
    """Tell whether any project code is on the stack."""
    return _zone.get() != "outside"
