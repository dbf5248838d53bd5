"""The log lines of one run, kept until they are written in one go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple

LEVELS = ("debug", "info", "warning", "error", "critical")
# A longer message is cut: one line must not fill the table or the browser.
MAX_LENGTH = 200_000
# No text holds it: see _cut().
_BETWEEN = "\0"


class Entry(NamedTuple):
    """One log line; ``time`` is naive UTC, as Odoo stores it."""

    time: datetime
    level: str
    type: str
    recipient: str | None
    message: str


Writer = Callable[[list[Entry]], None]


class LogBuffer:
    """Collect entries and hand them, masked, to whoever writes them."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        self._mask = mask
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(
        self, level: str, kind: str, message: str, recipient: str | None = None
    ) -> None:
        """Append a line of the type ``message``, ``data_out`` or ``data_in``."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        with self._lock:
            sender = recipient and _cut(recipient)
            self._entries.append(Entry(now, level, kind, sender, _cut(message)))

    def take(self) -> list[Entry]:
        """Return the masked entries and forget them."""
        with self._lock:
            entries, self._entries = self._entries, []
        return self._masked(entries)

    def drain(self, write: Writer) -> None:
        """Hand what is there to ``write``; keep it if that fails."""
        with self._lock:
            entries, self._entries = self._entries, []
        if not entries:
            return
        try:
            write(self._masked(entries))
        except Exception:
            with self._lock:
                self._entries[:0] = entries
            raise

    def _masked(self, entries: list[Entry]) -> list[Entry]:
        """Mask all texts in one go, because each call opens the secrets anew."""
        if not entries:
            return []
        texts = [text for entry in entries for text in _texts(entry)]
        masked = iter(self._mask(_BETWEEN.join(texts)).split(_BETWEEN))
        return [
            entry._replace(message=message, recipient=recipient or None)
            for entry, message, recipient in zip(entries, masked, masked, strict=True)
        ]


def check_level(level: Any) -> str:
    """Return ``level``, or explain which levels there are."""
    if level not in LEVELS:
        raise ValueError(f"Unknown log level {level!r}; use one of {', '.join(LEVELS)}")
    return level


def _texts(entry: Entry) -> tuple[str, str]:
    return entry.message, entry.recipient or ""


def _cut(message: str) -> str:
    # PostgreSQL refuses the NUL character in text.
    message = message.replace("\0", "\\0")
    if len(message) <= MAX_LENGTH:
        return message
    return f"{message[:MAX_LENGTH]}\n… {len(message) - MAX_LENGTH:,} more characters"
