import json
import uuid
from collections import Counter

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import MAX_TRIES_ON_CONCURRENCY_FAILURE
from odoo.tools import SQL, split_every

from ...engine.errors import is_concurrency
from ...engine.sandbox.trigger_types import AWAITED

CHUNK = 200  # jobs that are cancelled in one transaction
SHOWN_REASONS = 5


class SyncJobActions(models.Model):
    """What people do with jobs, one or many: what can be done is, the rest is told."""

    _inherit = "sync.job"

    can_retry = fields.Boolean(compute="_compute_can_retry", search="_search_can_retry")

    @api.depends("state", "handler", "user_id")
    def _compute_can_retry(self):
        for job in self:
            ended = job.state in ("failed", "cancelled")
            awaited = job.handler in AWAITED
            job.can_retry = ended and not awaited and job.user_id

    def _search_can_retry(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            ("state", "in", ("failed", "cancelled")),
            ("handler", "not in", AWAITED),
            ("user_id", "!=", False),
        ]

    # -- actions ---------------------------------------------------------------

    def action_retry(self):
        """Queue failed or cancelled jobs again, those that can be."""
        self._check_developer()
        jobs = self.exists()
        # sudo: whoever retries a job may not see its company
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        present = {*companies.search([]).ids}  # pylint: disable=no-search-all
        refused = {
            job: reason for job in jobs if (reason := job._no_retry_reason(present))
        }
        retried = jobs.filtered(lambda job: job not in refused)
        retried.sudo()._requeue()
        reasons = Counter(refused.values())
        outcome = self._outcome(len(retried), reasons, self.env._("queued again"))
        return self._tell_outcome() if len(self) == 1 else outcome

    def action_cancel(self):
        """Cancel jobs that have not started."""
        self._check_developer()
        cancelled = self.exists().sudo()._cancel()
        refused = len(self.exists()) - len(cancelled)
        reason = self.env._("Only pending jobs can be cancelled.")
        reasons = Counter({reason: refused} if refused else {})
        return self._outcome(len(cancelled), reasons, self.env._("cancelled"))

    def _check_developer(self):
        self.exists().check_access("read")
        if not self.env.user.has_group("sync.group_developer"):
            raise AccessError(
                self.env._("Only Developers and Managers can retry or cancel jobs.")
            )

    def _no_retry_reason(self, companies):
        """Say why the job can't be retried, if so; ``companies`` are all their ids."""
        if self.handler in AWAITED:
            return self.env._(
                "A webhook's job can't be retried here: its caller must call again."
            )
        if self.state not in ("failed", "cancelled"):
            return self.env._("Only failed and cancelled jobs can be retried.")
        context = self._stored_context()
        if context is None:
            return self.env._("What it was queued with can't be read any more.")
        chosen = context.get("allowed_company_ids")
        company = not chosen or chosen[0] in companies
        if lacking := self._lacking(self.id, self.user_id.id, company):
            return lacking
        try:
            self.task_id._ensure_runnable()
        except UserError as error:
            return str(error)
        return None

    def _outcome(self, done, reasons, what):
        """Tell what was done with how many jobs, and why not with the others."""
        if gone := len(self) - len(self.exists()):
            reasons[self.env._("The job was deleted.")] = gone
        if not done and len(reasons) == 1:
            raise UserError(next(iter(reasons)))
        if len(self) == 1:
            return True
        message = self._describe_outcome(done, reasons, what)
        if not done:
            raise UserError(message)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning" if reasons else "success",
                "sticky": bool(reasons),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _describe_outcome(self, done, reasons, what):
        values = {"done": done, "total": len(self), "what": what}
        if not reasons:
            return self.env._("%(total)s jobs are %(what)s.", **values)
        rest = " ".join(
            self.env._("%(count)s jobs: %(reason)s", count=count, reason=reason)
            for reason, count in reasons.most_common(SHOWN_REASONS)
        )
        return self.env._(
            "%(done)s of %(total)s jobs are %(what)s. Not: %(rest)s",
            rest=rest,
            **values,
        )

    # -- business --------------------------------------------------------------

    def _queue_jobs(self):
        uuids = [job.queue_job_uuid for job in self if job.queue_job_uuid]
        return self.env["queue.job"].sudo().search([("uuid", "in", uuids)])

    def _requeue(self):
        queued = self._queue_jobs()
        queued.requeue()
        # The queue forgets its jobs earlier than we may.
        known = set(queued.mapped("uuid"))
        for job in self.filtered(lambda job: job.queue_job_uuid not in known):
            job.write({"queue_job_uuid": str(uuid.uuid4()), "state": "pending"})
            # Whoever retries it has another language, and other companies.
            context = job._stored_context()
            env = self.env(user=job.user_id.id, su=True, context=context)
            job.with_env(env)._send({})
        if self:
            self._wake_cron()
        self.env.flush_all()
        self.invalidate_recordset()

    def _stored_context(self):
        """Return the context of the job's event; None if SQL has damaged it."""
        try:
            context = json.loads(self.context or "{}")
        except ValueError:
            return None
        if not isinstance(context, dict):
            return None
        companies = context.get("allowed_company_ids") or []
        known = isinstance(companies, list) and all(map(_is_id, companies))
        return context if known else None

    def _cancel(self):
        """Cancel those of the jobs that are pending; return them."""
        self.env.flush_all()
        cancelled = []
        for ids in split_every(CHUNK, self.ids, list):
            cancelled += self._cancel_apart(ids)
        self.invalidate_recordset()
        return self.browse(cancelled)

    def _cancel_apart(self, ids):
        """Cancel the pending ones of a few jobs in a transaction of their own.

        Workers start jobs all the time. In a long transaction, which doesn't see what
        others have done since, the first job that has started meanwhile would undo all.
        """
        for attempt in range(1, MAX_TRIES_ON_CONCURRENCY_FAILURE + 1):
            try:
                with self.env.registry.cursor() as cr:
                    return self.with_env(self.env(cr=cr))._cancel_pending(ids)
            except psycopg2.OperationalError as error:
                last = attempt == MAX_TRIES_ON_CONCURRENCY_FAILURE
                if last or not is_concurrency(error):
                    raise
        return []

    def _cancel_pending(self, ids):
        result = self.env._("Cancelled by %s", self.env.user.name)
        self.env.cr.execute(
            SQL(
                """
                WITH chosen AS (
                    SELECT queued.id, job.id AS job_id
                      FROM sync_job job
                      JOIN queue_job queued ON queued.uuid = job.queue_job_uuid
                     WHERE job.id = ANY(%(ids)s)
                       AND queued.state IN ('pending', 'enqueued', 'wait_dependencies')
                       FOR NO KEY UPDATE OF queued SKIP LOCKED
                ), cancelled AS (
                    UPDATE queue_job queued
                       SET state = 'cancelled', result = %(result)s,
                           date_cancelled = now() AT TIME ZONE 'UTC'
                      FROM chosen WHERE queued.id = chosen.id
                    RETURNING chosen.job_id AS id
                ), forgotten AS (
                    -- Those that the queue has lost wait for nothing.
                    UPDATE sync_job job
                       SET state = 'cancelled', date_end = now() AT TIME ZONE 'UTC'
                     WHERE id = ANY(%(ids)s) AND state = 'pending' AND NOT EXISTS (
                           SELECT FROM queue_job WHERE uuid = job.queue_job_uuid)
                    RETURNING id
                )
                SELECT id FROM cancelled UNION ALL SELECT id FROM forgotten
                """,
                ids=ids,
                result=result,
            ),
            log_exceptions=False,
        )
        return [row[0] for row in self.env.cr.fetchall()]


def _is_id(value):
    return type(value) is int
