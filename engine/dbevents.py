"""Records of database events: collected in a transaction, handed over as one batch.

Automation rules report records again and again while a transaction goes on. Here
they wait in the cursor's precommit data and become one job for each trigger, user
and set of companies. Flushing a savepoint runs the precommit hooks too, so the job
of a transaction is remembered and gets further batches.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from odoo.tools import DEFAULT_SERVER_DATETIME_FORMAT

from . import companies

_DATA = "sync.dbevents"
_SKIPPED_TYPES = ("binary", "properties", "properties_definition")

Snapshot = dict[int, dict[str, Any]]

# Not in the cursor's own cache, which a savepoint that is rolled back clears.
_jobs: WeakKeyDictionary = WeakKeyDictionary()


class Event(NamedTuple):
    """What distinguishes two jobs of one transaction."""

    trigger_id: int
    uid: int
    model: str
    company_ids: tuple[int, ...]


def collect(env: Any, trigger_id: int, records: Any, snapshot: Snapshot | None) -> None:
    """Add ``records`` to the batch of a trigger in this transaction."""
    waiting = env.cr.precommit.data.setdefault(_DATA, {})
    if not waiting:
        env.cr.precommit.add(lambda: _hand_over(env))
    event = Event(trigger_id, env.uid, records._name, tuple(companies.present(env)))
    ids, snapshots = waiting.setdefault(event, ({}, {}))
    ids.update(dict.fromkeys(records.ids))
    snapshots.update(snapshot or {})


def _hand_over(env: Any) -> None:
    waiting = env.cr.precommit.data.pop(_DATA, {})
    for event, (ids, snapshot) in waiting.items():
        job = _job(env(user=event.uid, su=True, context=_context(env, event)), event)
        job._add_batch(event.model, list(ids), snapshot)


def _context(env: Any, event: Event) -> dict[str, Any]:
    own = {key: env.context[key] for key in ("lang", "tz") if key in env.context}
    return {**own, "allowed_company_ids": list(event.company_ids)}


def _job(env: Any, event: Event) -> Any:
    jobs = _transaction_jobs(env.cr)
    # A savepoint that was rolled back may have taken the job along.
    job = env["sync.job"].browse(jobs.get(event)).exists()
    if not job:
        job = env["sync.trigger"].browse(event.trigger_id)._enqueue()
        jobs[event] = job.id
    return job


def _transaction_jobs(cr: Any) -> dict[Event, int]:
    jobs = _jobs.get(cr)
    if jobs is None:
        jobs = _jobs[cr] = {}
        cr.postcommit.add(lambda: forget(cr))
        cr.postrollback.add(lambda: forget(cr))
    return jobs


def forget(cr: Any) -> None:
    """Forget the jobs of a transaction that is over."""
    _jobs.pop(cr, None)


def snapshot(records: Any) -> Snapshot:
    """Return the stored values of records that are about to be deleted."""
    names = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and field.type not in _SKIPPED_TYPES
    ]
    # sudo: the task that gets them runs in superuser mode
    rows = records.sudo().read(names, load="")
    return {
        row.pop("id"): {name: _storable(value) for name, value in row.items()}
        for row in rows
    }


def _storable(value: Any) -> Any:
    """Return a value in the form that both JSON and Odoo's fields accept."""
    if isinstance(value, datetime):
        return value.strftime(DEFAULT_SERVER_DATETIME_FORMAT)
    return str(value) if isinstance(value, date | Decimal) else value


def restore(records: Any, values: Snapshot) -> None:
    """Put the values of deleted records into the cache, so that they can be read."""
    for record in records:
        for name, value in values.get(record.id, {}).items():
            field = record._fields.get(name)
            if field is not None and field.store:
                cached = field.convert_to_cache(value, record, validate=False)
                field._update_cache(record, cached)
