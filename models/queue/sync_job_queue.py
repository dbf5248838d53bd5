import json
import logging
import uuid
from contextlib import contextmanager, nullcontext
from functools import partial

from odoo import api, models, tools
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import plaintext
from ...engine.errors import JobFailed, SyncError, is_concurrency, is_transient, is_wait
from ...engine.events import companies
from ...engine.logs import tracebacks, writer
from ...engine.messages import translated
from ...engine.runs import payloads
from ...engine.runs.job_options import checked as checked_options
from ..job.sync_job_identity import SubJobs
from . import queue_job_names, sql_objects

_logger = logging.getLogger(__name__)

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

    @api.model
    def _sub_job_queue(self, parent):
        """Return the function that queues the sub-jobs of ``parent()``."""
        return SubJobs(self, parent)

    # -- out of the queue ------------------------------------------------------

    def _run_queued(self):
        """Run the job; called by ``queue_job`` in the job's own transaction."""
        self.ensure_one()
        run = self._prepare_run(
            self.task_id,
            self.trigger_id._snapshot().name if self.trigger_id else "",
            self._sub_job_queue(lambda: self),
        )
        try:
            self._call_handler(run)
        except Exception as error:
            raise self._handle_failure(run, error) from None
        self.env["sync.log"]._write_entries(self, run.logs.take())
        self._take_next()

    def _call_handler(self, run):
        if newer := self._find_replacement():
            run.logs.add(
                "info", "message", self.env._("Not run: replaced by job %s", newer)
            )
            return
        with self._live_logs(run):
            job = self.with_env(run.env)
            job._ensure_runnable()
            args, kwargs = job._read_arguments(run.logs)
            run.call(self.handler, *args, **kwargs)
            self.env.flush_all()
        run.queue.settle()

    def _ensure_runnable(self):
        # Its company was there a moment ago, when the queue loaded the job.
        if lacking := self._lacking(self.id, self.user_id.id, True):
            raise UserError(lacking)
        self.task_id._ensure_runnable()

    def _read_arguments(self, logs):
        try:
            return self._arguments(logs)
        except Exception as error:
            if is_transient(error) or isinstance(error, SyncError):
                raise
            text = self.env._(
                "What this job is called with can't be read: %s",
                tracebacks.describe(error, partial(translated, self.env)),
            )
            raise UserError(text) from error

    def _handle_failure(self, run, error):
        """Return the exception for the queue, with what the run has logged."""
        if is_concurrency(error):
            run.logs.add("warning", "message", self.env._("To be retried: %s", error))
            failure = error
        elif isinstance(error, RetryableJobError):
            failure = self._postponed(run, error)
        else:
            run.logs.add("error", "message", run.traceback(error))
            failure = JobFailed(run.summary(error))
        # They are written when the run is undone, and holds no row any more.
        failure.sync_logs = run.logs.take()
        return failure

    def _write_failure(self, error):
        """Write the logs of a run that has failed with ``error``, if there are any."""
        if not (entries := getattr(error, "sync_logs", None)):
            return
        try:
            self._write_apart(entries)
        except Exception:
            # The failure counts more than its log: the queue records that.
            _logger.exception("The log of job %s could not be written", self.id)

    def _postponed(self, run, error):
        """Return the exception that lets the queue try again, if that can be done."""
        text = plaintext.told(error, partial(translated, self.env))
        if not is_wait(error.seconds):
            problem = self.env._(
                "%s is no number of seconds to wait", repr(error.seconds)
            )
            run.logs.add("error", "message", f"{run.traceback(error)}\n{problem}")
            return JobFailed(f"{run.summary(error)} ({problem})")
        run.logs.add("warning", "message", self.env._("To be retried: %s", text))
        return RetryableJobError(
            run.summary(error), error.seconds, bool(error.ignore_retry)
        )

    def _write_apart(self, entries):
        """Write log lines in a transaction of their own: this one is lost, or long."""
        with self.env.registry.cursor() as cr:
            job = self.with_env(self.env(cr=cr, su=True))
            job.env["sync.log"]._write_entries(job, entries)

    @contextmanager
    def _live_logs(self, run):
        """Let the log be watched while the job runs."""
        # In tests there is no second connection that could see the job.
        testing = tools.config["test_enable"]
        context = nullcontext() if testing else self._watched(run)
        with context:
            yield

    def _watched(self, run):
        registry, ids = self.env.registry, self.id
        values = (self.project_id.id, self.task_id.id, self.trigger_id.id)

        def write(entries):
            with registry.cursor() as cr:
                # The job may hold a lock on its own project, and wait for us.
                cr.execute("SET LOCAL lock_timeout = '500ms'")
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                env["sync.log"]._write_rows((ids, *values), entries)

        return writer.watched(run.logs, write)

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
