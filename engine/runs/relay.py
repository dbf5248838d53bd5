"""What a worker runs next in the same request, after a job that took a moment.

The job runner asks a worker for one job by one HTTP request, which costs more than a
small job does. So a job that is about to end takes the next one, if the runner would
give that to the same place of the same channel, and the request goes on with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from ..protocols import Cursor

# The last job of a request begins within this time, in seconds: so long at most, other
# requests and other databases wait for a worker that goes from job to job.
LIMIT = 0.25
_PACES = {"sequential", "throttle", "paused"}


class Relay:
    """The jobs that follow the one that a request was sent for."""

    def __init__(self, stack: ExitStack) -> None:
        self._end = time.monotonic() + LIMIT
        self._stack = stack
        self._cursor: Cursor | None = None
        self._next: str | None = None

    def has_time(self) -> bool:
        """Tell whether this request may begin another job."""
        return time.monotonic() < self._end

    def cursor(self, connect: Callable[[], Cursor]) -> Cursor:
        """Return the cursor in which jobs are taken: one for the whole request."""
        if self._cursor is None:
            self._cursor = connect()
            self._stack.callback(self._cursor.close)
        return self._cursor

    def add(self, job_uuid: str | None) -> None:
        """Run this job, if there is one, after the current one."""
        self._next = job_uuid

    def __iter__(self) -> Iterator[str]:
        while self._next:
            job_uuid, self._next = self._next, None
            yield job_uuid


_current: ContextVar[Relay | None] = ContextVar("sync_relay", default=None)


@contextmanager
def opened() -> Iterator[Relay]:
    """Let jobs take their successors, for the time of a request."""
    with ExitStack() as stack:
        relay = Relay(stack)
        token = _current.set(relay)
        try:
            yield relay
        finally:
            _current.reset(token)


def current() -> Relay | None:
    """Return the relay of the request that runs this job, if there is one."""
    return _current.get()


def paced_channels(configured: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the full names of the channels whose pace only the job runner knows.

    ``configured`` is what ``ChannelManager.parse_simple_config`` returns.
    """
    names = [str(channel["name"]) for channel in configured if channel.keys() & _PACES]
    return [name if name.split(".")[0] == "root" else f"root.{name}" for name in names]
