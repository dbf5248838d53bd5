"""Say in the running job's log, and in the server's, that the boundary held."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn

from ..errors import SecretRefused
from .buffer import LogBuffer

_logger = logging.getLogger(__name__)
# Of the run and of those around it: what code runs within its run tells them all.
_logs: ContextVar[tuple[LogBuffer, ...]] = ContextVar("sync_alarm", default=())
_rehearsing: ContextVar[bool] = ContextVar("sync_rehearsal", default=False)


@contextmanager
def heard_by(logs: LogBuffer) -> Iterator[None]:
    """Let alarms go to ``logs`` meanwhile."""
    token = _logs.set((*_logs.get(), logs))
    try:
        yield
    finally:
        _logs.reset(token)


@contextmanager
def rehearsal() -> Iterator[None]:
    """Keep the server's log free of what our own attacks are refused meanwhile."""
    token = _rehearsing.set(True)
    try:
        yield
    finally:
        _rehearsing.reset(token)


def report(message: str) -> None:
    """Log what was refused, even if the code catches the exception and goes on."""
    if not _rehearsing.get():
        _logger.warning("%s", message)
    for logs in _logs.get():
        logs.add_alarm("error", message)


def tell(message: str, level: str) -> None:
    """Log something in the running job, if there is one."""
    for logs in _logs.get():
        logs.add_alarm(level, message)


def refuse(message: str) -> NoReturn:
    """Report an attempt and end it.

    :raise SecretRefused: always
    """
    report(message)
    raise SecretRefused(message)
