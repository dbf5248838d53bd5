import time

from odoo import api, fields, models
from odoo.tools import SQL

from . import queue_job_names
from .runner import Runner

# Asking PostgreSQL for the runner's lock on each enqueueing would cost more than the
# answer, which seldom changes, is worth.
RUNNER_CACHE = 5.0  # seconds
_runner_seen = {}


class SyncJobCron(models.Model):
    """How jobs run where no job runner is alive: by a scheduled action of ours."""

    _inherit = "sync.job"

    def _wake_cron(self, eta=None):
        if self._is_runner_alive():
            return
        cron = self.env.ref("sync.cron_run_jobs", raise_if_not_found=False)
        if cron:
            # sudo: anybody's event may queue a job
            cron.sudo()._trigger(at=eta)

    @api.model
    def _is_runner_alive(self):
        """Tell whether a job runner of ``queue_job`` serves this database."""
        name = self.env.cr.dbname
        seen, alive = _runner_seen.get(name, (0.0, False))
        if time.monotonic() - seen > RUNNER_CACHE:
            alive = self._find_runner()
            _runner_seen[name] = (time.monotonic(), alive)
        return alive

    def _find_runner(self):
        self.env.cr.execute(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM pg_locks
                     WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                       AND classid = %s AND objid = %s
                       AND database = (SELECT oid FROM pg_database
                                        WHERE datname = current_database()))
                """,
                *queue_job_names.runner_lock(),
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _cron_run_jobs(self):
        """Run what is pending, as long as no job runner is alive."""
        if self._find_runner():
            return
        self._requeue_dead_jobs()
        while uuids := self._next_pending():
            for done, job_uuid in enumerate(uuids, 1):
                self._run_pending(job_uuid)
                left = len(uuids) - done
                if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                    return

    def _requeue_dead_jobs(self):
        queue_job_names.requeue_dead_jobs(self.env.cr)
        # The cron's transaction must not hold what the jobs are about to change.
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _next_pending(self):
        # A new snapshot: jobs that other transactions have queued meanwhile.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.cr.execute(
            """
            SELECT uuid FROM queue_job
             WHERE state = 'pending' AND model_name = 'sync.job'
               AND (eta IS NULL OR eta <= now() AT TIME ZONE 'UTC')
             ORDER BY priority, date_created LIMIT 100
            """
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _run_pending(self, job_uuid):
        """Run one job as the job runner's controller does, in its own cursor."""
        with self.env.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            cr.execute(
                "UPDATE queue_job SET state = %s, date_enqueued = %s "
                "WHERE uuid = %s AND state = 'pending'",
                (queue_job_names.ENQUEUED, fields.Datetime.now(), job_uuid),
            )
            # The controller takes over in a transaction of its own.
            cr.commit()  # pylint: disable=invalid-commit
            try:
                Runner._run_sent(env, job_uuid)
            except Exception as error:
                # The queue has recorded the failure in the job, if it could.
                env["sync.job"]._ensure_ended(job_uuid, error)
