"""The rows of the table: what is measured, against what, and within which budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import core_rows, http_rows, queue_rows, table_rows
from .lab import Lab
from .result import Result


@dataclass(frozen=True)
class Row:
    """One measurement, which may give several lines of the table.

    `before` measures while the tables are small; what it returns is handed on to
    `measure`, which finds them full if `large` is set.
    """

    name: str
    help: str
    measure: Callable[..., list[Result]]
    large: bool = False
    before: Callable[[Lab, int], Any] | None = None


ROWS = (
    Row("webhook", "a delivery, against a bare controller", http_rows.webhook),
    Row("webhook-rule", "a delivery, against an automation rule", http_rows.rule),
    Row("engine", "a run of 240 lines, against safe_eval", core_rows.engine),
    Row("boundary", "what the protection of secrets costs", core_rows.boundary),
    Row("bulk-create", "2,000 partners under a trigger", core_rows.bulk_create),
    Row("enqueue", "queueing a job, against bare queue_job", queue_rows.enqueue),
    Row("queue", "running queued jobs, against bare queue_job", queue_rows.run),
    Row("links", "links, with a million", table_rows.links, large=True),
    Row(
        "lookup",
        "a link among a million, against one among a thousand",
        table_rows.lookup,
        large=True,
        before=table_rows.lookup_before,
    ),
    Row(
        "run",
        "a queued run with a million logs, against a thousand",
        table_rows.run,
        large=True,
        before=table_rows.run_before,
    ),
    Row(
        "views",
        "opening views with a million logs, against a thousand",
        table_rows.views,
        large=True,
        before=table_rows.views_before,
    ),
    Row("memory", "a worker's memory over 10,000 runs", http_rows.memory),
    Row("retention", "deleting a million logs", http_rows.retention, large=True),
)
