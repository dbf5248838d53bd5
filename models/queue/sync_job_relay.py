import logging
import os
from functools import cache

import psycopg2
from odoo import api, models
from odoo.addons.queue_job.controllers.main import RunJobController, _prevent_commit
from odoo.addons.queue_job.job import Job
from odoo.addons.queue_job.jobrunner import _channels
from odoo.addons.queue_job.jobrunner.channels import ChannelManager
from odoo.tools import SQL

from ...engine.errors import JobFailed
from ...engine.runs import relay

_logger = logging.getLogger(__name__)

# The fields of a job that its run reads: one query brings them with the lock.
_READ = (
    *("project_id", "task_id", "trigger_id", "handler", "record_count"),
    *("payload", "payload_token", "queue_job_uuid", "identity_key"),
    "user_id",
)


@cache
def _paced_channels():
    """Return the channels in which only the job runner knows when a job may start."""
    return relay.paced_channels(ChannelManager.parse_simple_config(_channels()))


class SyncJobRelay(models.Model):
    """How a worker goes on to the next job without another request for it.

    A job is taken by the one before it, in a transaction of its own, before that one
    is done: the job runner frees its place in the channel only when it has seen that
    the next one has it, and so there are never more jobs than the channel allows.
    """

    _inherit = "sync.job"

    def init(self):
        result = super().init()
        self._create_relay()
        return result

    def _create_relay(self):
        """Let PostgreSQL take the next job, and keep the job runner off taken ones.

        ``sync_job_take`` starts the job that comes first in the runner's order, if it
        is ours and in the given job's channel. If another one comes first, the choice
        is the runner's, which knows what the channels allow.

        Between the runner's choice of a job and its UPDATE, a worker may have taken
        that job, and even finished it: then the runner must not queue it once more.
        """
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS sync_queue_job_next
                ON queue_job (priority, date_created, id) WHERE state = 'pending';

            CREATE OR REPLACE FUNCTION sync_job_take(
                after_uuid varchar, pid integer, paced text[]) RETURNS varchar AS $$
            DECLARE
                now_utc timestamp := now() AT TIME ZONE 'UTC';
                next record;
            BEGIN
                SELECT id, uuid, model_name, method_name, channel INTO next
                  FROM queue_job
                 WHERE state = 'pending' AND (eta IS NULL OR eta <= now_utc)
                 ORDER BY priority, date_created, id LIMIT 1
                   FOR NO KEY UPDATE SKIP LOCKED;
                IF next.model_name = 'sync.job' AND next.method_name = '_run_queued'
                    AND starts_with(next.channel || '.', 'root.')
                    AND next.channel = (SELECT channel FROM queue_job
                                         WHERE uuid = after_uuid)
                    AND NOT EXISTS (
                        SELECT FROM unnest(paced) AS name
                         WHERE starts_with(next.channel || '.', name || '.'))
                THEN
                    UPDATE queue_job
                       SET state = 'started', date_started = now_utc, worker_pid = pid,
                           date_enqueued = date_trunc('seconds', now_utc)
                     WHERE id = next.id;
                    INSERT INTO queue_job_lock (id, queue_job_id)
                    VALUES (next.id, next.id) ON CONFLICT (id) DO NOTHING;
                    RETURN next.uuid;
                END IF;
                RETURN NULL;
            END $$ LANGUAGE plpgsql;

            CREATE OR REPLACE FUNCTION sync_job_keep() RETURNS trigger AS $$
            BEGIN
                RETURN NULL;
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS sync_job_keep ON queue_job;
            CREATE TRIGGER sync_job_keep BEFORE UPDATE OF state ON queue_job
                FOR EACH ROW
                WHEN (NEW.model_name = 'sync.job' AND NEW.state = 'enqueued'
                      AND OLD.state NOT IN ('pending', 'enqueued', 'wait_dependencies'))
                EXECUTE FUNCTION sync_job_keep();
            """
        )

    # -- taking ----------------------------------------------------------------

    def _take_next(self):
        """Take the job after this one, if a request runs it and has time for more."""
        line = relay.current()
        if not line or not line.has_time():
            return
        try:
            job_uuid = self._claim_next(line.cursor(self.env.registry.cursor))
        except psycopg2.Error as error:
            # Somebody else was faster, or there is no connection left: this job is
            # done all the same, and the next one is the runner's.
            _logger.debug("No next job was taken: %s", error)
        else:
            line.add(job_uuid)

    def _claim_next(self, cr):
        """Mark the next job as started, at once; return its UUID, if there is one."""
        arguments = (self.queue_job_uuid, os.getpid(), _paced_channels())
        query = SQL("SELECT sync_job_take(%s, %s, %s)", *arguments)
        try:
            cr.execute(query, log_exceptions=False)
            (job_uuid,) = cr.fetchone()
            # The job runner has to see it before this job is done.
            cr.commit()  # pylint: disable=invalid-commit
        except psycopg2.Error:
            cr.rollback()
            raise
        return job_uuid

    @api.model
    def _is_taken(self, job_uuid):
        """Tell whether a worker has gone on to one of our jobs before it was asked."""
        self.env.cr.execute(
            SQL(
                """
                SELECT FROM queue_job
                 WHERE uuid = %s AND model_name = 'sync.job'
                   AND state IN ('started', 'done', 'failed')
                """,
                job_uuid,
            )
        )
        return bool(self.env.cr.rowcount)

    # -- running ---------------------------------------------------------------

    @api.model
    def _run_taken(self, job_uuid):
        """Run a job that this worker has taken, as ``queue_job`` runs one.

        What fails is handed to ``queue_job``, which tries again or gives up.
        """
        cr = self.env.cr
        if not (job := self._lock_taken(job_uuid)):
            return
        try:
            with _prevent_commit(cr):
                job.with_context(job_uuid=job_uuid)._run_queued()
                self._set_done(job_uuid)
            cr.commit()  # pylint: disable=invalid-commit
        except Exception as error:
            cr.rollback()
            # The lock went with the transaction. Who has it now runs the job anew.
            if self._lock_taken(job_uuid):
                self._fail_taken(job_uuid, error)

    def _lock_taken(self, job_uuid):
        """Return the job, if it is still ours, with what its run reads of it.

        Its lock in the queue shows the job runner that its worker is alive.
        """
        columns = [SQL.identifier("job", name) for name in _READ]
        self.env.cr.execute(
            SQL(
                """
                SELECT queued.records, job.id, job.user_id, queued.company_id, %s
                  FROM queue_job queued
                  JOIN queue_job_lock lock ON lock.queue_job_id = queued.id
                  LEFT JOIN sync_job job ON job.queue_job_uuid = queued.uuid
                 WHERE queued.uuid = %s AND queued.state = 'started'
                   AND queued.worker_pid = %s
                   FOR NO KEY UPDATE OF lock SKIP LOCKED
                """,
                SQL(", ").join(columns),
                job_uuid,
                os.getpid(),
            )
        )
        if not (row := self.env.cr.fetchone()):
            return self.browse()
        records, job_id, user_id, company_id, *values = row
        if lacking := self._lacking(job_id, user_id, company_id):
            raise JobFailed(lacking)
        queued = self.env["queue.job"]
        job = queued._fields["records"].convert_to_record(records, queued)
        job._update_cache(dict(zip(_READ, values, strict=True)), validate=False)
        return job

    def _set_done(self, job_uuid):
        self.env.cr.execute(
            """
            UPDATE queue_job
               SET state = 'done', retry = retry + 1,
                   date_done = clock_timestamp() AT TIME ZONE 'UTC',
                   exec_time = EXTRACT(EPOCH FROM
                       clock_timestamp() AT TIME ZONE 'UTC' - date_started),
                   exc_name = NULL, exc_message = NULL, exc_info = NULL
             WHERE uuid = %s
            """,
            (job_uuid,),
        )

    def _fail_taken(self, job_uuid, error):
        queued = Job.load(self.env, job_uuid)
        queued.method_name, queued.args = "_fail_again", (error,)
        RunJobController._runjob(self.env, queued)

    def _fail_again(self, error):
        raise error
