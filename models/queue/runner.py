"""How a job of ours is run, whoever has sent it."""

import logging
import os
from datetime import datetime

from odoo.tools import SQL

from ...engine.errors import JobFailed
from .execution import write_failure
from .queue_job_names import LOADED, RunJobController, commits_forbidden, load

_logger = logging.getLogger(__name__)

# The fields of a job that its run reads: one query brings them with the lock.
_READ = (
    *("project_id", "task_id", "trigger_id", "handler", "record_count"),
    *("payload", "payload_token", "queue_job_uuid", "identity_key"),
    "user_id",
)


class Runner(RunJobController):
    """What ``queue_job`` does around a job; one step, that of the call, is ours.

    The job runner's request, the worker that goes on to another job, the scheduled
    action and the tests: each gets hold of a job, and hands it to ``_runjob``, which
    counts tries, postpones, fails, and lets the jobs start that depend on it.
    """

    @classmethod
    def _run_sent(cls, env, job_uuid):
        """Run a job that has been enqueued, unless somebody else has it."""
        if job := cls._acquire_job(env, job_uuid):
            cls._runjob(env, job)

    @classmethod
    def _run_taken(cls, env, job_uuid):
        """Run a job that this process has started, unless somebody else has it."""
        if job := _acquire_taken(env, job_uuid):
            cls._runjob(env, job)

    @classmethod
    def _try_perform_job(cls, env, job):
        if job.model_name != "sync.job":
            return super()._try_perform_job(env, job)
        try:
            with commits_forbidden(env.cr):
                job.perform()
                job.set_done()
                _store_done(env.cr, job)
            env.cr.commit()  # pylint: disable=invalid-commit
        except Exception as error:
            _undo(env, job, error)
            if _lock(env.cr, job.uuid):
                raise
            # Whoever has it now runs it anew.
            _logger.warning("Job %s was given to another worker", job, exc_info=error)
        return None


def _undo(env, job, error):
    """Let go of what a job has changed, before its failure is recorded.

    That is done from another cursor, which would wait for the same rows for ever. A
    savepoint would do as well, but each job that succeeds would pay for it.
    """
    try:
        env.cr.rollback()
    finally:
        # The last try's error is one that queue_job makes of the handler's.
        write_failure(job.recordset, error.__cause__ or error)


def _store_done(cr, job):
    """Write what ``Job.store`` would, which reads first and tracks changes."""
    cr.execute(
        SQL(
            """
            UPDATE queue_job
               SET state = 'done', retry = %s, date_started = %s, date_done = %s,
                   exec_time = %s, exc_name = NULL, exc_message = NULL, exc_info = NULL
             WHERE uuid = %s
            """,
            *(job.retry, job.date_started, job.date_done, job.exec_time, job.uuid),
        )
    )


def _lock(cr, job_uuid, columns=()):
    """Lock a job that this process has started; return the columns, if it could.

    Its lock in the queue shows the job runner that its worker is alive.
    """
    cr.execute(
        SQL(
            """
            SELECT %s
              FROM queue_job queued
              JOIN queue_job_lock lock ON lock.queue_job_id = queued.id
              LEFT JOIN sync_job job ON job.queue_job_uuid = queued.uuid
             WHERE queued.uuid = %s AND queued.state = 'started'
               AND queued.worker_pid = %s
               FOR NO KEY UPDATE OF lock SKIP LOCKED
            """,
            SQL(", ").join([SQL("queued.id"), SQL("job.id"), *columns]),
            job_uuid,
            os.getpid(),
        )
    )
    return cr.fetchone()


def _acquire_taken(env, job_uuid):
    """Return the ``Job`` if it is this process's still, with what its run reads."""
    columns = [SQL.identifier("queued", name) for name in LOADED]
    columns += [SQL.identifier("job", name) for name in _READ]
    if not (row := _lock(env.cr, job_uuid, columns)):
        return None
    (queue_id, job_id), queued = row[:2], row[2 : -len(_READ)]
    values = dict(zip(_READ, row[-len(_READ) :], strict=True))
    company_id = queued[LOADED.index("company_id")]
    jobs = env["sync.job"]
    if lacking := jobs._lacking(job_id, values["user_id"], company_id):
        raise JobFailed(lacking)
    jobs.browse(job_id)._update_cache(values, validate=False)
    job = load(env, queue_id, queued)
    # By this server's clock, as its end.
    job.date_started = datetime.now()
    return job
