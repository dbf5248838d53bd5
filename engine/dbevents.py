"""Records of database events: collected in a transaction, handed over as one batch.

Automation rules report records again and again while a transaction goes on. Here
they wait in the cursor's precommit data and become one job for each trigger, user
and set of companies. Flushing a savepoint runs the precommit hooks too, so the job
of a transaction is remembered and gets further batches.
"""

from __future__ import annotations

from typing import Any, NamedTuple

_DATA = "sync.dbevents"
_JOBS = "sync.dbevents.jobs"
_CONTEXT = ("allowed_company_ids", "lang", "tz")
_SKIPPED_TYPES = ("binary", "properties", "properties_definition")

Snapshot = dict[int, dict[str, Any]]


class Event(NamedTuple):
    """What distinguishes two jobs of one transaction."""

    trigger_id: int
    uid: int
    model: str
    context: tuple[tuple[str, Any], ...]


def collect(env: Any, trigger_id: int, records: Any, snapshot: Snapshot | None) -> None:
    """Add ``records`` to the batch of a trigger in this transaction."""
    waiting = env.cr.precommit.data.setdefault(_DATA, {})
    if not waiting:
        env.cr.precommit.add(lambda: _hand_over(env))
    event = Event(trigger_id, env.uid, records._name, _context(env))
    ids, snapshots = waiting.setdefault(event, ({}, {}))
    ids.update(dict.fromkeys(records.ids))
    snapshots.update(snapshot or {})


def _context(env: Any) -> tuple[tuple[str, Any], ...]:
    context = {key: env.context[key] for key in _CONTEXT if key in env.context}
    if "allowed_company_ids" in context:
        context["allowed_company_ids"] = tuple(context["allowed_company_ids"])
    return tuple(context.items())


def _hand_over(env: Any) -> None:
    waiting = env.cr.precommit.data.pop(_DATA, {})
    for event, (ids, snapshot) in waiting.items():
        own_env = env(user=event.uid, su=True, context=_thawed(event.context))
        job = _job(own_env, event)
        job._add_batch(event.model, list(ids), snapshot)


def _thawed(context: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, tuple) else v for key, v in context}


def _job(env: Any, event: Event) -> Any:
    jobs = _transaction_jobs(env.cr)
    # A savepoint that was rolled back may have taken the job along.
    job = env["sync.job"].browse(jobs.get(event)).exists()
    if not job:
        job = env["sync.trigger"].browse(event.trigger_id)._enqueue()
        jobs[event] = job.id
    return job


def _transaction_jobs(cr: Any) -> dict[Event, int]:
    jobs = cr.cache.get(_JOBS)
    if jobs is None:
        jobs = cr.cache[_JOBS] = {}
        cr.postcommit.add(lambda: cr.cache.pop(_JOBS, None))
        cr.postrollback.add(lambda: cr.cache.pop(_JOBS, None))
    return jobs


def snapshot(records: Any) -> Snapshot:
    """Return the stored values of records that are about to be deleted."""
    names = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and field.type not in _SKIPPED_TYPES
    ]
    # sudo: the task that gets them runs in superuser mode
    rows = records.sudo().read(names, load="")
    return {row.pop("id"): row for row in rows}


def restore(records: Any, values: Snapshot) -> None:
    """Put the values of deleted records into the cache, so that they can be read."""
    for record in records:
        for name, value in values.get(record.id, {}).items():
            field = record._fields.get(name)
            if field is not None and field.store:
                cached = field.convert_to_cache(value, record, validate=False)
                field._update_cache(record, cached)
