"""The rows of the table: what is measured, against what, and within which budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import core_rows, event_rows, http_rows, queue_rows, table_rows
from .lab import Labs
from .result import Result


@dataclass(frozen=True)
class Row:
    """One measurement, which may give several lines of the table."""

    name: str
    help: str
    measure: Callable[[Labs, int], list[Result]]


ROWS = (
    Row("webhook", "a delivery, against a bare controller", http_rows.webhook),
    Row("webhook-rule", "a delivery, against an automation rule", http_rows.rule),
    Row("engine", "a run of 240 lines, against safe_eval", core_rows.engine),
    Row("boundary", "what the protection of secrets costs", core_rows.boundary),
    Row("bulk-create", "2,000 partners under a trigger", core_rows.bulk_create),
    Row("events", "work under 0, 1 and 50 triggers", event_rows.events),
    Row("saves", "webhooks while others save a project", event_rows.saves),
    Row("enqueue", "queueing a job, against bare queue_job", queue_rows.enqueue),
    Row("queue", "running queued jobs, against bare queue_job", queue_rows.run),
    Row("links", "links, with a million", table_rows.links),
    Row("lookup", "a link among a million, and a thousand", table_rows.lookup),
    Row("run", "a run with a million logs, and a thousand", table_rows.run),
    Row("views", "views with a million logs, and a thousand", table_rows.views),
    Row("memory", "a worker's memory over 10,000 runs", http_rows.memory),
    Row("retention", "deleting a million logs", http_rows.retention),
)
