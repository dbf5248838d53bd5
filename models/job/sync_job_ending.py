import logging
import os
from contextlib import suppress

import psycopg2
from odoo import api, models
from odoo.tools import SQL

from ...engine.errors import is_transient
from ...engine.logs import tracebacks

_logger = logging.getLogger(__name__)


class SyncJobEnding(models.Model):
    """How a job ends that can't be loaded, or whose failure can't be recorded.

    Left as it is, it would be run again and again, and hold a place of its channel
    meanwhile. So what carries jobs ends here whatever ``queue_job`` could not.
    """

    _inherit = "sync.job"

    @api.model
    def _ensure_ended(self, job_uuid, error):
        """Fail the job after ``error``, unless somebody has it or it has ended.

        This ends the current transaction. It tells whether the job has failed here.
        """
        cr = self.env.cr
        try:
            cr.rollback()
            reason = self._broken_reason(job_uuid) or tracebacks.describe(error)
            failed = self._fail_unended(job_uuid, error, reason)
            cr.commit()  # pylint: disable=invalid-commit
        except psycopg2.Error:
            # The database is away: the job is found dead later, and runs again.
            _logger.exception("The failure of job %s could not be recorded", job_uuid)
            with suppress(psycopg2.Error):
                cr.rollback()
            return False
        if failed:
            _logger.warning("Job %s has failed: %s", job_uuid, reason, exc_info=error)
        return failed

    def _fail_unended(self, job_uuid, error, reason):
        # Before its start, an error of the connection says nothing about the job.
        waiting = [] if is_transient(error) else ["enqueued"]
        self.env.cr.execute(
            SQL(
                """
                UPDATE queue_job SET state = 'failed', exc_name = %(name)s,
                       exc_message = %(reason)s, exc_info = %(reason)s
                 WHERE uuid = %(uuid)s AND model_name = 'sync.job'
                   AND (state = ANY(%(waiting)s)
                        OR state = 'started' AND worker_pid = %(pid)s AND id IN (
                           -- Whoever runs it holds this lock.
                           SELECT queue_job_id FROM queue_job_lock
                            WHERE queue_job_id = queue_job.id
                              FOR NO KEY UPDATE SKIP LOCKED))
                """,
                name=type(error).__name__,
                reason=reason,
                uuid=job_uuid,
                waiting=waiting,
                pid=os.getpid(),
            )
        )
        return bool(self.env.cr.rowcount)

    @api.model
    def _broken_reason(self, job_uuid):
        """Say what a job lacks that no run can do without, if anything."""
        self.env.cr.execute(
            SQL(
                """
                SELECT job.id, job.user_id, queued.company_id
                  FROM queue_job queued
                  LEFT JOIN sync_job job ON job.queue_job_uuid = queued.uuid
                 WHERE queued.uuid = %s
                """,
                job_uuid,
            )
        )
        row = self.env.cr.fetchone()
        return self._lacking(*row) if row else None

    @api.model
    def _lacking(self, job_id, user_id, company_id):
        if not job_id:
            return self.env._(
                "The job was deleted, and its entry in the queue was not."
            )
        if not user_id:
            return self.env._(
                "The user of this job was deleted, so there is nobody in whose name it "
                "could run. Cause its event again."
            )
        if not company_id:
            return self.env._(
                "The company of this job was deleted. Cause its event again in another "
                "one."
            )
        return None

    @api.autovacuum
    def _gc_orphans(self):
        """End jobs whose entry in the queue is gone: nothing would ever run them."""
        self.env.cr.execute(
            """
            UPDATE sync_job job
               SET state = CASE state WHEN 'pending' THEN 'cancelled'
                                      ELSE 'failed' END,
                   error = 'Its entry in the queue was deleted.',
                   date_end = now() AT TIME ZONE 'UTC'
             WHERE state IN ('pending', 'started') AND queue_job_uuid IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM queue_job WHERE uuid = job.queue_job_uuid)
            """
        )
        self.invalidate_model(["state", "error", "date_end"])
