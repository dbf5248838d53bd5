"""A place in memory that no attribute and no item leads into.

Python's sandboxes forbid calls and imports, but a format string may still walk from
any object to its module's globals. What is hidden here can only be had by a call.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")


class _Box(Generic[T]):
    """A value that its own representation doesn't show."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "<hidden>"


Hidden = ContextVar[_Box[T]]


def hide(value: T) -> Hidden[T]:
    """Put ``value`` away; keep the result in a module's global and nowhere else."""
    # The default of a context variable has no attribute, and is meant to be shared.
    return ContextVar("hidden", default=_Box(value))  # noqa: B039


def reveal(hidden: Hidden[T]) -> T:
    """Return what :func:`hide` has put away."""
    return hidden.get().value
