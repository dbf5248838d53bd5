"""A queued job while it runs: from the queue to the handler, and back."""

import logging
from contextlib import nullcontext
from functools import partial

from odoo import SUPERUSER_ID, api, tools
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.exceptions import UserError

from ...engine import plaintext
from ...engine.errors import JobFailed, SyncError, is_concurrency, is_transient, is_wait
from ...engine.logs import tracebacks, writer
from ...engine.messages import translated
from ..job.sync_job_identity import SubJobs

_logger = logging.getLogger(__name__)


class Execution:
    """One try of a job, in the job's own transaction.

    ``perform`` is the whole of it. What fails becomes the exception by which the queue
    tries again or gives up, and carries the log that can be written when the run is
    undone.
    """

    def __init__(self, job):
        self._job = job
        trigger = job.trigger_id and job.trigger_id._snapshot().name
        queue = SubJobs(job, lambda: job)
        self._run = job._prepare_run(job.task_id, trigger or "", queue)
        self._logs = self._run.logs

    def perform(self):
        """Run the job's function, and write its log."""
        try:
            if newer := self._job._find_replacement():
                self._log("info", self._job.env._("Not run: replaced by job %s", newer))
            else:
                self._call_function()
        except Exception as error:
            failure = self._failure(error)
            # They are written when the run is undone, and holds no row any more.
            failure.sync_logs = self._logs.take()
            raise failure from None
        self._job.env["sync.log"]._write_entries(self._job, self._logs.take())

    def _call_function(self):
        job = self._job.with_env(self._run.env)
        # In tests there is no second connection that could see the job.
        watched = nullcontext() if tools.config["test_enable"] else self._watched()
        with watched:
            _ensure_runnable(job)
            args, kwargs = _arguments(job, self._logs)
            self._run.call(job.handler, *args, **kwargs)
            job.env.flush_all()
        self._run.queue.settle()

    def _watched(self):
        """Let the log be read while the job runs."""
        job = self._job
        registry = job.env.registry
        ids = (job.id, job.project_id.id, job.task_id.id, job.trigger_id.id)

        def write(entries):
            with registry.cursor() as cr:
                # The job may hold a lock on its own project, and wait for us.
                cr.execute("SET LOCAL lock_timeout = '500ms'")
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["sync.log"]._write_rows(ids, entries)

        return writer.watched(self._logs, write)

    def _failure(self, error):
        """Return the exception for the queue, after logging what is to be said."""
        if is_concurrency(error):
            self._log("warning", self._job.env._("To be retried: %s", error))
            return error
        if isinstance(error, RetryableJobError):
            return self._postponed(error)
        self._log("error", self._run.traceback(error))
        return JobFailed(self._run.summary(error))

    def _postponed(self, error):
        """Return the exception that lets the queue try again, if that can be done."""
        env, summary = self._job.env, self._run.summary(error)
        if not is_wait(error.seconds):
            wait = repr(error.seconds)
            problem = env._("%s is no number of seconds to wait", wait)
            self._log("error", f"{self._run.traceback(error)}\n{problem}")
            return JobFailed(f"{summary} ({problem})")
        text = plaintext.told(error, partial(translated, env))
        self._log("warning", env._("To be retried: %s", text))
        return RetryableJobError(summary, error.seconds, bool(error.ignore_retry))

    def _log(self, level, text):
        self._logs.add(level, "message", text)


def _ensure_runnable(job):
    # Its company was there a moment ago, when the queue loaded the job.
    if lacking := job._lacking(job.id, job.user_id.id, True):
        raise UserError(lacking)
    job.task_id._ensure_runnable()


def _arguments(job, logs):
    try:
        return job._arguments(logs)
    except Exception as error:
        if is_transient(error) or isinstance(error, SyncError):
            raise
        text = job.env._(
            "What this job is called with can't be read: %s",
            tracebacks.describe(error, partial(translated, job.env)),
        )
        raise UserError(text) from error


def write_failure(job, error):
    """Write the log of a try that failed with ``error``, which has been undone."""
    if not (entries := getattr(error, "sync_logs", None)):
        return
    try:
        write_apart(job, entries)
    except Exception:
        # The failure counts more than its log: the queue records that.
        _logger.exception("The log of job %s could not be written", job.id)


def write_apart(job, entries):
    """Write log lines in a transaction of their own."""
    with job.env.registry.cursor() as cr:
        job = job.with_env(job.env(cr=cr, su=True))
        job.env["sync.log"]._write_entries(job, entries)
