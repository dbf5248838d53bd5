"""The table of logs, in SQL: whoever inserts lines names the same columns."""

from __future__ import annotations

from collections.abc import Iterable

from odoo.tools import SQL

from .buffer import Entry

# What a line belongs to, then what an Entry holds.
COLUMNS = SQL(
    "job_id, project_id, task_id, trigger_id, time, level, type, recipient, message"
)


def lines(entries: Iterable[Entry]) -> SQL:
    """Return entries as a table, for any number of them in one statement."""
    columns = list(zip(*entries, strict=True)) or [()] * len(Entry._fields)
    return SQL(
        "unnest(%s::timestamp[], %s::varchar[], %s::varchar[], %s::varchar[],"
        " %s::text[])",
        *map(list, columns),
    )
