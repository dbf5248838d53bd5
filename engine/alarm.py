"""Say in the running job's log, and in the server's, that the boundary held."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn

from .errors import SecretRefused
from .logbuffer import LogBuffer

_logger = logging.getLogger(__name__)
_logs: ContextVar[LogBuffer | None] = ContextVar("sync_alarm", default=None)


@contextmanager
def heard_by(logs: LogBuffer) -> Iterator[None]:
    """Let alarms go to ``logs`` meanwhile."""
    token = _logs.set(logs)
    try:
        yield
    finally:
        _logs.reset(token)


def report(message: str) -> None:
    """Log what was refused, even if the code catches the exception and goes on."""
    _logger.warning("%s", message)
    tell(message, "error")


def tell(message: str, level: str) -> None:
    """Log something in the running job, if there is one."""
    logs = _logs.get()
    if logs is not None:
        logs.add(level, "message", message)


def refuse(message: str) -> NoReturn:
    """Report an attempt and end it.

    :raise SecretRefused: always
    """
    report(message)
    raise SecretRefused(message)
