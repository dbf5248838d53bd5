"""How many events triggers have looked at: counted in memory, written once a minute.

A process that is killed loses its last minute, which nobody's decision hangs on.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timezone
from typing import Any

from odoo import tools
from odoo.tools import SQL

from ..protocols import Cursor, Registry

_logger = logging.getLogger(__name__)

INTERVAL = 60.0  # seconds
DAYS = 7  # that are shown
KEPT = 31  # days

Counts = Counter[tuple[int, date]]

_lock = threading.Lock()
_counts: dict[str, tuple[Any, Counts]] = {}
_thread: tuple[int, threading.Thread] | None = None


def add(registry: Registry, looked: Mapping[int, int]) -> None:
    """Count events by the ids of the triggers that looked at them."""
    today = datetime.now(timezone.utc).date()
    with _lock:
        _, counts = _counts.setdefault(registry.db_name, (registry, Counter()))
        for trigger_id, number in looked.items():
            counts[trigger_id, today] += number
    if not tools.config["test_enable"]:
        _ensure_thread()


def waiting(registry: Registry, trigger_id: int) -> int:
    """Return what is counted in this process and not written yet."""
    with _lock:
        _, counts = _counts.get(registry.db_name, (None, Counter()))
        return sum(n for (counted, _), n in counts.items() if counted == trigger_id)


def write(cr: Cursor, counts: Counts) -> None:
    """Add counts to the table, of triggers that exist still."""
    rows = [(trigger_id, day, number) for (trigger_id, day), number in counts.items()]
    cr.execute(
        SQL(
            """
            INSERT INTO sync_trigger_count (trigger_id, date, events)
            SELECT new.* FROM (VALUES %s) AS new (trigger_id, date, events)
              JOIN sync_trigger trigger ON trigger.id = new.trigger_id
             ORDER BY new.trigger_id, new.date
            ON CONFLICT (trigger_id, date) DO UPDATE
               SET events = sync_trigger_count.events + excluded.events
            """,
            SQL(", ").join(SQL("%s", row) for row in rows),
        )
    )


def _ensure_thread() -> None:
    """Start the thread once in each process: threads don't survive a fork."""
    global _thread
    if _thread and _thread[0] == os.getpid() and _thread[1].is_alive():
        return
    thread = threading.Thread(target=_loop, name="sync.eventcount", daemon=True)
    _thread = (os.getpid(), thread)
    thread.start()


def _loop() -> None:
    pause = threading.Event()
    while not pause.wait(INTERVAL):
        with _lock:
            found = dict(_counts)
            _counts.clear()
        for registry, counts in found.values():
            _write_apart(registry, counts)


def _write_apart(registry: Registry, counts: Counts) -> None:
    try:
        with registry.cursor() as cr:
            write(cr, counts)
    except Exception:
        # Two processes at once, or a database that is gone: a count isn't worth more.
        _logger.info("Counts of %s could not be written", registry.db_name)
