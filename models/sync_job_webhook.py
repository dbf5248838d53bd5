import re
from datetime import datetime, timezone

from odoo import api, models
from odoo.addons.queue_job.exception import RetryableJobError
from werkzeug.exceptions import HTTPException

from ..engine.errors import is_concurrency
from ..engine.response import Response, make_response

RETRY_AFTER = 60  # seconds
TOKEN_IN_PATH = re.compile(r"(?<=/sync/webhook/)[^/?]+")
BODY_LIMIT = 20_000  # characters of a request's body that are logged


class SyncJobWebhook(models.Model):
    """How a webhook's job runs: at once, in the request's own transaction."""

    _inherit = "sync.job"

    @api.model
    def _run_webhook(self, trigger, httprequest):
        """Answer a delivery; return the engine's :class:`Response`.

        The job is kept whatever happens. What the handler did is undone if it fails.
        """
        trigger = trigger._in_project_company()
        delivery = _Delivery(self.with_env(trigger.env), trigger)
        run = delivery.run
        try:
            described = _describe_request(httprequest, run.mask)
            run.logs.add("info", "data_in", *described)
            trigger._ensure_live()
            response = make_response(run.call(delivery.snapshot.handler, httprequest))
            self.env.flush_all()
            run.queue.settle()
        except Exception as error:
            if is_concurrency(error):
                raise  # Odoo runs the whole request again
            self.env.cr.rollback()
            return delivery.fail(error)
        run.logs.add("info", "data_out", response.text(), httprequest.remote_addr)
        delivery.finish("done")
        return response


class _Delivery:
    """One request received by a webhook, and the job that it becomes."""

    def __init__(self, jobs, trigger):
        self.jobs = jobs
        self.trigger = trigger
        self.started = _now()
        self.job = None
        queue = jobs._sub_job_queue(self._ensure_job)
        self.snapshot = trigger._snapshot()
        self.task = jobs.env["sync.task"].browse(self.snapshot.task_id)
        self.run = jobs._prepare_run(self.task, self.snapshot.name, queue)

    def _ensure_job(self):
        """Return the job's record: sub-jobs need it before the run is over."""
        if not self.job:
            self.job = self.jobs.sudo().create(self._values("started"))
        return self.job

    def fail(self, error):
        """Keep the failed job and its logs; return what the caller is told."""
        self.job = None
        run = self.run
        run.logs.add("error", "message", run.traceback(error))
        job_id = self.finish("failed", run.summary(error))
        if isinstance(error, RetryableJobError):
            wait = str(error.seconds or RETRY_AFTER)
            return _error(503, f"Try again later (job {job_id}).", wait)
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
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if retry_after:
        headers.append(("Retry-After", retry_after))
    return Response(text.encode(), status, headers)


def _describe_request(httprequest, mask):
    """Return the text and the sender of a request, as they are logged."""
    body = httprequest.get_data(as_text=True, cache=True) or _form(httprequest)
    # Before it is cut: half a secret can't be recognised.
    body = mask(body)
    kind = httprequest.content_type
    # Whoever reads the log must not be able to call the webhook.
    path = TOKEN_IN_PATH.sub("...", httprequest.full_path.rstrip("?"), count=1)
    head = f"{httprequest.method} {path}"
    lines = [head, *([f"Content-Type: {kind}"] if kind else [])]
    text = "\n".join(lines) + (f"\n\n{body[:BODY_LIMIT]}" if body else "")
    return text, httprequest.remote_addr


def _form(httprequest):
    fields = [f"{key}={value}" for key, value in httprequest.form.items(multi=True)]
    files = [f"{key}: file {f.filename}" for key, f in httprequest.files.items()]
    return "\n".join(fields + files)


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None)
