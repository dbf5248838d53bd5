from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from psycopg2 import OperationalError

from ...engine import plaintext
from ...engine.errors import is_concurrency
from ...engine.logs.table import COLUMNS


class SyncJobIdentity(models.Model):
    """Jobs with an identity key, of which one waits at a time: the first or the last.

    A job that *replaces* others is queued beside them. When what queued it is about to
    be committed, those that still wait are cancelled. One that another transaction
    holds is not waited for: when its turn comes, it sees that a later one replaces it.
    """

    _inherit = "sync.job"

    identity_key = fields.Char(readonly=True)
    replaces = fields.Boolean(
        readonly=True, help="Takes the place of jobs that wait with the same key."
    )

    _identity_index = models.Index(
        "(project_id, identity_key, id) WHERE identity_key IS NOT NULL"
    )

    @api.model
    def _check_identity(self, options):
        """Return the options with an identity key that is a text, if there is one."""
        key = options.get("identity_key")
        if key in (None, ""):
            if options.get("replace"):
                raise UserError(self.env._("replace=True needs an identity_key."))
            return {**options, "identity_key": None}
        if not isinstance(key, str | int):
            raise UserError(self.env._("The identity_key must be a text."))
        return {**options, "identity_key": plaintext.clean(str(key))}

    @api.model
    def _find_waiting(self, project, key):
        """Return the project's job that waits with this key, if there is one."""
        domain = [
            ("project_id", "=", project.id),
            ("identity_key", "=", key),
            ("state", "=", "pending"),
        ]
        # sudo: whoever queues a job need not be allowed to see others
        return self.sudo().search(domain, limit=1)

    def _find_replacement(self):
        """Return the id of the last job that was queued to replace this one, if any."""
        if not self.identity_key:
            return None
        self.env.cr.execute(
            SQL(
                """
                SELECT max(id) FROM sync_job
                 WHERE project_id = %s AND identity_key = %s AND id > %s
                   AND replaces AND state <> 'cancelled'
                """,
                *(self.project_id.id, self.identity_key, self.id),
            )
        )
        return self.env.cr.fetchone()[0]

    def _keep_latest(self):
        """Delete those that one of the others replaces, unseen; return the others.

        A savepoint may have undone some.
        """
        if len(self) == 1:
            return self
        jobs = self.exists().sorted("id")
        latest = {(job.project_id, job.identity_key): job for job in jobs}
        kept = self.browse().union(*latest.values())
        (jobs - kept).unlink()
        return kept

    def _cancel_replaced(self):
        """Cancel what waits and is replaced by these jobs; say so in its log.

        The caller commits at once: until then, the job runner would wait for the rows.
        """
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(self._replaced_query(), log_exceptions=False)
        except OperationalError as error:
            # Somebody has just started one: it will look for its replacement, or it
            # was too late for that.
            if not is_concurrency(error):
                raise
        for model in ("sync.job", "queue.job", "sync.log"):
            self.env[model].invalidate_model()

    def _replaced_query(self):
        return SQL(
            """
            WITH latest AS (
                SELECT project_id, identity_key, max(id) AS id FROM sync_job
                 WHERE id = ANY(%(ids)s) GROUP BY project_id, identity_key
            ), old AS (
                SELECT old.id, old.project_id, old.task_id, old.trigger_id,
                       queued.id AS queued_id,
                       %(text)s || latest.id AS message
                  FROM latest
                  JOIN sync_job old ON old.project_id = latest.project_id
                   AND old.identity_key = latest.identity_key
                   AND old.id < latest.id AND old.state = 'pending'
                  JOIN queue_job queued ON queued.uuid = old.queue_job_uuid
                   AND queued.state IN ('pending', 'enqueued', 'wait_dependencies')
                   FOR NO KEY UPDATE OF queued SKIP LOCKED
            ), cancelled AS (
                UPDATE queue_job
                   SET state = 'cancelled', result = old.message,
                       date_cancelled = now() AT TIME ZONE 'UTC'
                  FROM old WHERE queue_job.id = old.queued_id
            )
            INSERT INTO sync_log (%(columns)s)
            SELECT id, project_id, task_id, trigger_id,
                   now() AT TIME ZONE 'UTC', 'info', 'message', NULL, message FROM old
            """,
            columns=COLUMNS,
            ids=self.ids,
            text="Replaced by job ",
        )


class SubJobs:
    """Queues the sub-jobs of ``parent()``, and lets them replace others in the end."""

    def __init__(self, jobs, parent):
        self._jobs = jobs
        self._parent = parent
        self._replacing = jobs.browse()

    def __call__(self, name, options, args, kwargs):
        parent = self._parent()
        job = self._jobs._enqueue(
            parent.task_id,
            name,
            parent.trigger_id,
            {"args": list(args), "kwargs": kwargs},
            options,
            parent=parent,
        )
        if options.get("replace"):
            self._replacing |= job
        return job

    def settle(self):
        """Take the place of other jobs, when nothing is left to do but to commit."""
        if self._replacing:
            # sudo: jobs are the studio's, whoever causes them
            self._replacing.sudo()._keep_latest()._cancel_replaced()
