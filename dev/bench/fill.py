"""Rows in bulk, as years of use would leave them, made by PostgreSQL itself.

All of it is from the last three weeks. A job that has logs has ten of them, and in each
size enough jobs have failed, with an error each, to fill a list's page. After it the
tables are vacuumed, as autovacuum does in a table that grows in its own time.
"""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """How many rows there are, and of how many jobs one has failed."""

    jobs: int
    logs: int
    links: int
    failing: int


SMALL = Size(jobs=1_000, logs=1_000, links=1_000, failing=10)
LARGE = Size(jobs=100_000, logs=1_000_000, links=1_000_000, failing=100)
# Links of one relation that is read as a whole.
PAGE = 10_000
# Contacts, as a company has them: PostgreSQL plans otherwise for an empty table.
PARTNERS = 10_000

# VACUUM takes no row for settled whose commit is not on the disk yet.
_DURABLE = "SET synchronous_commit = on;"
# One by one, a million rows would be checked and entered nine times each.
_BARE = """
    CREATE TEMP TABLE made AS
        SELECT conname AS name, contype = 'f' AS late,
               format('ALTER TABLE {table} DROP CONSTRAINT %I', conname) AS take,
               format('ALTER TABLE {table} ADD CONSTRAINT %I %s', conname,
                      pg_get_constraintdef(oid)) AS give
          FROM pg_constraint
         WHERE conrelid = '{table}'::regclass AND contype IN ('f', 'u')
         UNION ALL
        SELECT relname, false, format('DROP INDEX %I', relname),
               pg_get_indexdef(indexrelid)
          FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
         WHERE indrelid = '{table}'::regclass
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid);
    SELECT take FROM made \\gexec
    {rows}
    SELECT give FROM made ORDER BY late \\gexec
    VACUUM ANALYZE {table};
"""
_PARTNERS = """
    INSERT INTO res_partner
        (name, complete_name, email, active, type, color, create_date, write_date)
    SELECT 'Partner ' || n, 'Partner ' || n, 'partner-' || n || '@example.com', true,
           'contact', 0, now(), now()
      FROM generate_series(1, {partners}) AS n;
    VACUUM ANALYZE res_partner;
"""
_JOBS = """
    INSERT INTO sync_job (
        project_id, task_id, trigger_id, handler, user_id, state, error, date_created,
        date_start, date_end, duration, queue_job_uuid, record_count
    )
    SELECT t.project_id, t.task_id, t.id, 'handle_button', 2,
           CASE WHEN n % {failing} = 0 THEN 'failed' ELSE 'done' END,
           CASE WHEN n % {failing} = 0 THEN 'ValueError: no such order' END,
           at, at, at + interval '0.2 s', 0.2, 'bench-' || n, 0
      FROM generate_series((SELECT count(*) FROM sync_job) + 1, {jobs}) AS n
      JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS i
              FROM sync_trigger WHERE type = 'button' AND name = 'Bench button') AS t
        ON t.i = n % 40,
           LATERAL (SELECT now() AT TIME ZONE 'UTC' - interval '21 days'
                           + n % 20000 * interval '90 s') AS times (at);
    VACUUM ANALYZE sync_job;
"""
_QUEUE = """
    BEGIN;
    ALTER TABLE queue_job DISABLE TRIGGER queue_job_notify;
    INSERT INTO queue_job (
        uuid, user_id, company_id, name, model_name, method_name, func_string, state,
        channel, channel_method_name, priority, retry, max_retries, date_created,
        date_enqueued, date_started, date_done, exec_time, dependencies
    )
    SELECT queue_job_uuid, 2, 1, 'Bench', 'sync.job', '_run_queued',
           'sync.job(' || id || ',)._run_queued()', state, 'root.sync',
           '<sync.job>._run_queued', 10, 0, 5, date_created, date_created, date_start,
           date_end, duration, '{{"depends_on": [], "reverse_depends_on": []}}'
      FROM sync_job j
     WHERE queue_job_uuid LIKE 'bench-%'
       AND NOT EXISTS (SELECT FROM queue_job q WHERE q.uuid = j.queue_job_uuid);
    ALTER TABLE queue_job ENABLE TRIGGER queue_job_notify;
    COMMIT;
    VACUUM ANALYZE queue_job;
"""
_LOGS = """
    INSERT INTO sync_log (
        job_id, project_id, task_id, trigger_id, time, level, type, recipient, message
    )
    SELECT j.id, j.project_id, j.task_id, j.trigger_id, j.date_start,
           CASE WHEN j.state = 'failed' AND n % 10 = 0 THEN 'error' ELSE 'info' END,
           CASE n % 3 WHEN 0 THEN 'data_in' WHEN 1 THEN 'data_out' ELSE 'message' END,
           CASE WHEN n % 3 < 2 THEN '203.0.113.7' END,
           'Order ' || n || ' has been paid, and its lines are: one, two and three'
      FROM generate_series((SELECT count(*) FROM sync_log) + 1, {logs}) AS n
      JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS i FROM sync_job
             WHERE queue_job_uuid LIKE 'bench-%') AS j
        ON j.i = ((n - 1) / 10 + 1) * (10 * {jobs} / {logs}) - 1;
"""
_LINKS = """
    INSERT INTO sync_link
        (relation, system1, ref1, system2, ref2, model, many, date)
    SELECT 'bench', 'odoo:record', n::text, 'odoo:external', 'ref-' || n,
           'res.partner', false, now()
      FROM generate_series(
          (SELECT count(*) FROM sync_link WHERE relation = 'bench') + 1, {links}) AS n;
    INSERT INTO sync_link
        (relation, system1, ref1, system2, ref2, model, many, date)
    SELECT 'bench_page', 'odoo:record', n::text, 'odoo:external', 'ref-' || n,
           'res.partner', false, now()
      FROM generate_series(1, {page}) AS n
     WHERE NOT EXISTS (SELECT FROM sync_link WHERE relation = 'bench_page');
"""
_XMLIDS = """
    INSERT INTO ir_model_data
        (module, name, model, res_id, noupdate, create_date, write_date)
    SELECT 'bench', 'ref-' || n, 'res.partner', n, false, now(), now()
      FROM generate_series(
          (SELECT count(*) FROM ir_model_data WHERE module = 'bench') + 1, {links}
      ) AS n;
"""


def statements(size: Size) -> list[tuple[str, str]]:
    """Return what to run, with what it does in words."""
    numbers = {**size._asdict(), "page": PAGE, "partners": PARTNERS}
    jobs, logs, links = (f"{n:,}" for n in (size.jobs, size.logs, size.links))
    steps = [
        (f"{PARTNERS:,} contacts", _PARTNERS),
        (f"{jobs} jobs", _JOBS),
        (f"{jobs} jobs in the queue's table", _QUEUE),
        (f"{logs} logs", _BARE.format(table="sync_log", rows=_LOGS)),
        (f"{links} links", _BARE.format(table="sync_link", rows=_LINKS)),
        (f"{links} XML ids", _BARE.format(table="ir_model_data", rows=_XMLIDS)),
    ]
    return [
        (title, _DURABLE + statement.format(**numbers)) for title, statement in steps
    ]
