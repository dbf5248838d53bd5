"""A request received by a webhook: from its arrival to the answer, and its job."""

from datetime import datetime, timezone

from odoo.addons.queue_job.exception import RetryableJobError
from werkzeug.exceptions import HTTPException

from ...engine.errors import is_concurrency
from ...engine.http import headers, transcript
from ...engine.http.response import TEXT, Response, make_response
from .sync_job_identity import SubJobs

RETRY_AFTER = 60  # seconds


class Delivery:
    """One request received by a webhook, and the job that it becomes.

    ``answer`` is the whole of it, in the request's own transaction.
    """

    def __init__(self, trigger):
        trigger = trigger._in_project_company()
        self.jobs = jobs = trigger.env["sync.job"]
        self.trigger = trigger
        self.started = _now()
        self.job = None
        self.sender = None
        self.snapshot = trigger._snapshot()
        self.task = jobs.env["sync.task"].browse(self.snapshot.task_id)
        queue = SubJobs(jobs, self._ensure_job)
        self.run = jobs._prepare_run(self.task, self.snapshot.name, queue)

    def answer(self, httprequest):
        """Return the engine's :class:`Response` to a request.

        The job is kept whatever happens. What the handler did is undone if it fails.
        """
        env, run = self.jobs.env, self.run
        try:
            self.log_request(httprequest)
            self.trigger._ensure_live()
            response = run.finish(make_response, self.snapshot.handler, httprequest)
            env.flush_all()
            run.queue.settle()
        except Exception as error:
            if is_concurrency(error):
                raise  # Odoo runs the whole request again
            env.cr.rollback()
            return self.fail(error)
        self.log_response(response)
        self.finish("done")
        return response

    def _ensure_job(self):
        """Return the job's record: sub-jobs need it before the run is over."""
        if not self.job:
            self.job = self.jobs.sudo().create(self._values("started"))
        return self.job

    def log_request(self, httprequest):
        """Log what was received; fail if its body can't be read."""
        self.sender = httprequest.remote_addr
        logs = self.run.logs
        logs.add(
            *("info", "data_in", transcript.request(httprequest, self.run.mask)),
            self.sender,
        )
        httprequest.get_data()
        for problem in getattr(httprequest, "problems", ()):
            logs.add("warning", "message", problem)

    def log_response(self, response):
        """Log what the caller gets."""
        if response.dropped:
            text = self.jobs.env._(
                "An answer of status %s has no body: what was returned is not sent.",
                response.status,
            )
            self.run.logs.add("warning", "message", text)
        self.run.logs.add("info", "data_out", response.text(), self.sender)

    def fail(self, error):
        """Keep the failed job and its logs; return what the caller is told."""
        self.job = None
        run = self.run
        run.logs.add("error", "message", run.traceback(error))
        job_id = self.finish("failed", run.summary(error))
        response = self._failure(error, job_id)
        self.log_response(response)
        # It names the job, which had to be there first.
        job = self.jobs.browse(job_id)
        self.jobs.env["sync.log"]._write_entries(job, run.logs.take())
        return response

    def _failure(self, error, job_id):
        if isinstance(error, RetryableJobError):
            return _error(503, f"Try again later (job {job_id}).", _wait(error))
        if isinstance(error, HTTPException) and 400 <= (error.code or 0) < 500:
            # What the handler read of the request isn't there, or isn't what it says.
            return _error(error.code, f"{error.name} (job {job_id}).")
        return _error(500, f"The webhook failed (job {job_id}).")

    def finish(self, state, error=None):
        """Write job and logs in one statement; return the job's id."""
        values = self._values(state, error)
        entries = self.run.logs.take()
        if not self.job:
            return self.jobs._insert_job(values, entries)
        self.job.write(values)
        self.jobs.env["sync.log"]._write_entries(self.job, entries)
        return self.job.id

    def _values(self, state, error=None):
        now = _now()
        done = state != "started"
        return {
            "project_id": self.run.project.id,
            "task_id": self.task.id,
            "trigger_id": self.trigger.id,
            "handler": self.snapshot.handler,
            "user_id": self.jobs.env.uid,
            "state": state,
            "error": error,
            "date_created": self.started,
            "date_start": self.started,
            "date_end": now if done else None,
            "duration": (now - self.started).total_seconds() if done else None,
        }


def _error(status, text, retry_after=None):
    found = [("Content-Type", TEXT)]
    if retry_after:
        found.append(("Retry-After", retry_after))
    return Response(text.encode(), status, found)


def _wait(error):
    """Return how long the caller of a job that may be retried is to wait."""
    try:
        return headers.retry_after(error.seconds or RETRY_AFTER)
    except (TypeError, ValueError, OverflowError):
        return str(RETRY_AFTER)


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None)
