import json
from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import SyncCase

FAILING = """
def handle_button():
    raise UserError("no stock")
"""


@tagged("post_install", "-at_install")
class TestBulkActions(SyncCase):
    """Retry and Cancel of many jobs do what can be done, and say what was not."""

    def _jobs(self, count, code=FAILING, project=None):
        trigger = self.make_trigger(self.make_task(code, project))
        return sum((trigger._enqueue() for _ in range(count)), self.env["sync.job"])

    def _failed(self, count, project=None):
        jobs = self._jobs(count, project=project)
        self.run_jobs()
        self.assertEqual(set(jobs.mapped("state")), {"failed"})
        return jobs

    def _of_webhook(self):
        job = self._failed(1)
        job.handler = "handle_webhook"
        return job

    def _told(self, action):
        self.assertEqual(action["tag"], "display_notification")
        return action["params"]["message"]

    def test_retry_leaves_out_what_cannot_be_retried(self):
        failed = self._failed(3)
        webhooks = self._of_webhook() + self._of_webhook()
        archived = self._failed(1)
        archived.project_id.active = False
        done = self._jobs(1, "def handle_button():\n    pass")
        self.run_jobs()
        jobs = failed + webhooks + archived + done
        message = self._told(jobs.with_user(self.developer).action_retry())
        self.assertIn("3 of 7 jobs are queued again. Not: 2 jobs: A webhook's", message)
        self.assertIn("its caller must call again", message)
        self.assertIn('1 jobs: The project "Shop" is archived', message)
        self.assertIn("1 jobs: Only failed and cancelled jobs", message)
        self.assertEqual(failed.mapped("state"), ["pending"] * 3)
        self.assertEqual(
            (webhooks + archived + done).mapped("state")[:3], ["failed"] * 3
        )

    def test_retry_of_jobs_whose_context_is_damaged(self):
        for damage in ("{", "[]", '"x"', '{"allowed_company_ids": 1}', '{"a": NaN'):
            with self.subTest(damage):
                broken, kept = self._failed(2)
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE sync_job SET context = %s WHERE id = %s",
                    (damage, broken.id),
                )
                self.env.invalidate_all()
                message = self._told((broken + kept).action_retry())
                self.assertIn("1 of 2 jobs are queued again", message)
                self.assertIn("can't be read any more", message)
                self.assertEqual(kept.state, "pending")
                kept.action_cancel()

    def test_retry_of_a_user_who_is_gone(self):
        user = self._user("leaver", "base.group_user")
        gone, kept = self._failed(2)
        gone.user_id = user
        self.env.flush_all()
        user.unlink()
        self.env.invalidate_all()
        message = self._told((gone + kept).action_retry())
        self.assertIn("The user of this job was deleted", message)
        self.assertEqual((gone.state, kept.state), ("failed", "pending"))
        with self.assertRaisesRegex(UserError, "user of this job was deleted"):
            gone.action_retry()

    def test_retry_in_a_company_that_is_gone(self):
        company = self.env["res.company"].create({"name": "Sold"})
        gone, kept = self._failed(1), self._failed(1)
        gone.context = json.dumps({"allowed_company_ids": company.ids})
        (gone + kept)._queue_jobs().unlink()
        company.unlink()
        message = self._told((gone + kept).action_retry())
        self.assertIn("The company of this job was deleted", message)
        self.assertEqual((gone.state, kept.state), ("failed", "pending"))

    def test_nothing_to_retry(self):
        webhooks = self._of_webhook() + self._of_webhook()
        with self.assertRaisesRegex(UserError, "its caller must call again"):
            webhooks.action_retry()

    def test_all_are_retried(self):
        jobs = self._failed(2)
        jobs[0]._queue_jobs().unlink()
        action = jobs.action_retry()
        self.assertEqual(self._told(action), "2 jobs are queued again.")
        self.assertEqual(action["params"]["type"], "success")
        jobs.task_id.code = "def handle_button():\n    log('fixed')"
        self.run_jobs()
        self.assert_done(jobs)

    def test_jobs_that_were_deleted_meanwhile(self):
        gone, kept = self._failed(2)
        both = gone + kept
        gone.unlink()
        message = self._told(both.with_user(self.developer).action_retry())
        self.assertIn("1 of 2 jobs are queued again", message)
        self.assertIn("The job was deleted", message)

    def test_cancel_leaves_out_what_has_started(self):
        pending, started, done = self._jobs(1), self._jobs(1), self._jobs(1)
        started._queue_jobs().state = "started"
        done._queue_jobs().state = "done"
        self.env.flush_all()
        self.env.invalidate_all()
        jobs = pending + started + done
        message = self._told(jobs.with_user(self.developer).action_cancel())
        self.assertIn("1 of 3 jobs are cancelled. Not: 2 jobs: Only pending", message)
        self.assertEqual(jobs.mapped("state"), ["cancelled", "started", "done"])
        self.assertIn("sync_developer", pending._queue_jobs().result)

    def test_cancel_of_what_another_transaction_starts(self):
        jobs = self._jobs(3)
        jobs_class = self.registry["sync.job"]
        origin, tries = jobs_class._cancel_pending, []

        def lose(records, ids):
            # As if a worker had started one between our look and our change.
            tries.append(ids)
            if len(tries) == 1:
                self.env.cr.execute(
                    "UPDATE queue_job SET state = 'started' WHERE uuid = %s",
                    (jobs[0].queue_job_uuid,),
                )
                raise psycopg2.errors.SerializationFailure
            return origin(records, ids)

        with (
            patch.object(jobs_class, "_cancel_pending", lose),
            patch("odoo.addons.sync.models.job.sync_job_actions.is_concurrency", bool),
        ):
            message = self._told(jobs.action_cancel())
        self.assertIn("2 of 3 jobs are cancelled", message)
        self.assertEqual(jobs.mapped("state"), ["started", "cancelled", "cancelled"])

    def test_users_change_nothing(self):
        jobs = self._failed(1) + self._jobs(1)
        for action in ("action_retry", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(jobs.with_user(self.user_user), action)()
        self.assertEqual(jobs.mapped("state"), ["failed", "pending"])

    def test_filter_of_what_can_be_retried(self):
        failed, webhook = self._failed(1), self._of_webhook()
        pending, cancelled = self._jobs(1), self._jobs(1)
        cancelled.action_cancel()
        jobs = failed + pending + webhook + cancelled
        domain = [("id", "in", jobs.ids)]
        search = self.env["sync.job"].search
        found = search([*domain, ("can_retry", "=", True)])
        self.assertEqual(found, (failed + cancelled).sorted("id", reverse=True))
        self.assertEqual(jobs.filtered("can_retry"), failed + cancelled)
        others = search([*domain, ("can_retry", "=", False)])
        self.assertEqual(others, (pending + webhook).sorted("id", reverse=True))
