"""The log lines of one run, kept until they are written in one go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple

from .. import plaintext
from ..messages import _lt

LEVELS = ("debug", "info", "warning", "error", "critical")
# A longer message is cut: one line must not fill the table or the browser.
MAX_LENGTH = 200_000


class Entry(NamedTuple):
    """One log line; ``time`` is naive UTC, as Odoo stores it."""

    time: datetime
    level: str
    type: str
    recipient: str | None
    message: str


Writer = Callable[[list[Entry]], None]


class LogBuffer:
    """Mask and collect entries, and hand them to whoever writes them."""

    def __init__(
        self, mask: Callable[[str], str], tell: Callable[[str], str] = str
    ) -> None:
        """Let ``tell`` translate messages for who reads the log."""
        self._mask = mask
        self._tell = tell
        self._entries: list[Entry] = []
        self._alarms: list[Entry] = []
        self._lock = threading.Lock()

    def add(
        self, level: str, kind: str, message: str, recipient: str | None = None
    ) -> None:
        """Append a line of the type ``message``, ``data_out`` or ``data_in``."""
        entry = self._entry(level, kind, message, recipient)
        with self._lock:
            self._entries.append(entry)

    def add_alarm(self, level: str, message: str) -> None:
        """Append a message that is written when the run is over, and not before.

        What stands in the table already, project code can delete.
        """
        entry = self._entry(level, "message", message)
        with self._lock:
            self._alarms.append(entry)

    def _entry(
        self, level: str, kind: str, message: str, recipient: str | None = None
    ) -> Entry:
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        # Masked at once, and before it is cut: half a secret can't be recognised.
        text = _cut(self._mask(self._tell(message)))
        sender = recipient and _cut(self._mask(recipient))
        return Entry(now, level, kind, sender, text)

    def take(self) -> list[Entry]:
        """Return the entries, alarms among them by their time, and forget them."""
        with self._lock:
            entries = [*self._entries, *self._alarms]
            self._entries, self._alarms = [], []
        return sorted(entries, key=lambda entry: entry.time)

    def drain(self, write: Writer) -> None:
        """Hand what is there to ``write``; keep it if that fails."""
        with self._lock:
            entries, self._entries = self._entries, []
        if not entries:
            return
        try:
            write(entries)
        except Exception:
            with self._lock:
                self._entries[:0] = entries
            raise


def check_level(level: Any) -> str:
    """Return ``level``, or explain which levels there are."""
    if level not in LEVELS:
        raise ValueError(
            _lt(
                "Unknown log level %(level)s; use one of %(levels)s",
                level=f"{level!r}",
                levels=", ".join(LEVELS),
            )
        )
    return level


def _cut(message: str) -> str:
    message = plaintext.clean(message)
    if len(message) <= MAX_LENGTH:
        return message
    return f"{message[:MAX_LENGTH]}\n… {len(message) - MAX_LENGTH:,} more characters"
