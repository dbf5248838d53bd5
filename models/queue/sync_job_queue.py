import json
import uuid

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import plaintext
from ...engine.events import companies
from ...engine.runs import payloads
from ...engine.runs.job_options import checked as checked_options
from . import queue_job_names, sql_objects
from .execution import Execution

OPTIONS = {
    "priority",
    "eta",
    "max_retries",
    "description",
    "channel",
    "identity_key",
    "replace",
}


class SyncJobQueue(models.Model):
    """How jobs travel through ``queue_job``."""

    _inherit = "sync.job"

    def init(self):
        result = super().init()
        sql_objects.create(self.env.cr)
        return result

    def _register_hook(self):
        result = super()._register_hook()
        queue_job_names.check(self.env)
        return result

    # -- into the queue --------------------------------------------------------

    @api.model
    def _enqueue(
        self, task, handler, trigger=None, payload=None, options=None, parent=None
    ):
        """Queue a call of the function ``handler`` of a task; return the job."""
        project = self.env["sync.project"].browse(task._snapshot().project_id)
        options = self._disguise(self._check_options(options or {}), project)
        replaces = bool(options.pop("replace", False))
        key = options.get("identity_key")
        if key and not replaces and (waiting := self._find_waiting(project, key)):
            return waiting
        # sudo: jobs are made by the studio alone, whoever causes them
        job = self.sudo()._insert_pending(
            {
                "project_id": project.id,
                "task_id": task.id,
                "trigger_id": trigger.id if trigger else None,
                "handler": handler,
                "user_id": self.env.uid,
                "parent_id": parent.id if parent else None,
                "queue_job_uuid": str(uuid.uuid4()),
                "context": json.dumps(self._job_prepare_context_before_enqueue()),
                "identity_key": key,
                "replaces": replaces,
                **self._prepare_payload(payload, project),
            }
        )
        return job._send(options)

    @api.model
    def _check_options(self, options):
        if unknown := options.keys() - OPTIONS:
            raise UserError(
                self.env._(
                    "Unknown job options: %(unknown)s. There are: %(known)s.",
                    unknown=", ".join(sorted(unknown)),
                    known=", ".join(sorted(OPTIONS)),
                )
            )
        return self._check_identity(checked_options(options))

    def _send(self, options):
        """Store the queue's job."""
        project = self.project_id._snapshot()
        options = {"description": project.masker()(self._describe()), **options}
        queued = queue_job_names.Job(
            self._run_queued, job_uuid=self.queue_job_uuid, **options
        )
        queue_job_names.insert(self.env, queued)
        self._wake_cron(queued.eta)
        return self

    @api.model
    def _disguise(self, options, project):
        """Return the options without secrets in what the queue shows."""
        snapshot = project._snapshot()
        mask = {
            "description": lambda text: plaintext.clean(snapshot.masker()(text)),
            "identity_key": lambda key: payloads.disguise(snapshot, key),
        }
        return {
            name: mask[name](value)
            if name in mask and isinstance(value, str)
            else value
            for name, value in options.items()
        }

    @api.model
    def _job_prepare_context_before_enqueue(self):
        """Add the companies, which else would be looked up when the job runs."""
        # The queue takes a dict in it for what it says it is, and PostgreSQL no NUL.
        context = {
            key: plaintext.clean(value) if isinstance(value, str) else value
            for key, value in super()._job_prepare_context_before_enqueue().items()
            if isinstance(value, str | int | None)
        }
        return {**context, "allowed_company_ids": companies.present(self.env)}

    def _describe(self):
        task = self.task_id._snapshot()
        return f"{self.project_id._snapshot().name} / {task.name}: {self.handler}"

    # -- out of the queue ------------------------------------------------------

    def _run_queued(self):
        """Run the job; called by ``queue_job`` in the job's own transaction."""
        self.ensure_one()
        Execution(self).perform()
        self._take_next()

    # -- out of the tables -----------------------------------------------------

    @api.model
    def _forget_queue(self, domain):
        """Take the queue's jobs of sync jobs that are about to go."""
        # sudo: whoever may delete a project may delete what is queued for it
        if self.sudo().search_count([*domain, ("state", "=", "started")], limit=1):
            raise UserError(
                self.env._("A job is running. Wait for its end, then try again.")
            )
        jobs = self.sudo()._search(domain)
        self.env.cr.execute(
            SQL(
                "DELETE FROM queue_job WHERE uuid IN %s",
                jobs.subselect("queue_job_uuid"),
            )
        )
        self.env["queue.job"].invalidate_model()

    @api.autovacuum
    def _gc_jobs(self):
        """Delete finished jobs, and so their logs, that are older than kept."""
        limit = 1000
        self.env.cr.execute(
            """
            DELETE FROM sync_job WHERE id IN (
                SELECT job.id FROM sync_job job
                  JOIN sync_project project ON project.id = job.project_id
                 WHERE project.log_days > 0
                   AND job.state IN ('done', 'failed', 'cancelled')
                   AND job.date_created < now() AT TIME ZONE 'UTC'
                       - project.log_days * interval '1 day'
                 ORDER BY job.date_created LIMIT %s
                   FOR UPDATE OF job SKIP LOCKED)
            """,
            (limit,),
        )
        deleted = self.env.cr.rowcount
        return deleted, deleted == limit
