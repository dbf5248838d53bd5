from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import SQL

from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestIdentity(SyncCase, HttpCase):
    """Identity keys: one job waits at a time, the first one or the last one."""

    CODE = """
        def handle_webhook(request):
            options = {"identity_key": request.args.get("key", "order")}
            if "replace" in request.args:
                options["replace"] = True
            job = add_job(store, **options)(request.args["version"])
            return str(job.id)

        def store(version):
            log(f"version {version}")
    """

    def setUp(self):
        super().setUp()
        self.trigger = self.make_trigger(self.make_task(self.CODE), "webhook")

    def queue(self, version, trigger=None, **params):
        """Deliver a version; return the job that its webhook got."""
        trigger = trigger or self.trigger
        query = "&".join(f"{k}={v}" for k, v in {"version": version, **params}.items())
        url = f"/sync/webhook/{trigger.webhook_token}?{query}"
        response = self.url_open(url, timeout=20)
        self.env.invalidate_all()
        return self.env["sync.job"].browse(int(response.text))

    def states(self, *jobs):
        return [job.state for job in jobs]

    def test_the_first_one_wins(self):
        first, second = self.queue(1), self.queue(2)
        self.assertEqual(first, second)
        self.assertEqual(self.messages(self.run_jobs()), ["version 1"])
        self.queue(3)
        self.assertEqual(self.messages(self.run_jobs()), ["version 3"])

    def test_the_last_one_wins_with_replace(self):
        jobs = [self.queue(n, replace=1) for n in (1, 2, 3)]
        self.assertEqual(self.states(*jobs), ["cancelled", "cancelled", "pending"])
        self.assertEqual(self.messages(jobs[0]), [f"Replaced by job {jobs[1].id}"])
        self.assertEqual(self.messages(jobs[1]), [f"Replaced by job {jobs[2].id}"])
        self.assertEqual(self.run_jobs(), jobs[2])
        self.assertEqual(self.messages(jobs[2]), ["version 3"])

    def test_one_without_replace_is_replaced_as_well(self):
        first, last = self.queue(1), self.queue(2, replace=1)
        self.assertEqual(self.states(first, last), ["cancelled", "pending"])
        self.assertEqual(self.queue(3), last)

    def test_other_keys_and_projects_are_left_alone(self):
        other = self.make_trigger(self.make_task(self.CODE), "webhook")
        jobs = [
            self.queue(1),
            self.queue(2, key="other", replace=1),
            self.queue(3, trigger=other, replace=1),
            self.queue(4, trigger=other, key="other"),
        ]
        self.assertEqual(self.states(*jobs), ["pending"] * 4)
        self.assertEqual(self.run_jobs(), self.env["sync.job"].union(*jobs))

    def test_what_has_started_is_not_replaced(self):
        started = self.queue(1)
        started._queue_jobs().state = "started"
        self.env.flush_all()
        waiting, last = self.queue(2, replace=1), self.queue(3, replace=1)
        self.env.invalidate_all()
        self.assertEqual(
            self.states(started, waiting, last), ["started", "cancelled", "pending"]
        )

    def test_one_that_could_not_be_cancelled_sees_its_replacement(self):
        jobs = self.registry["sync.job"]
        clash = SQL("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")
        with patch.object(jobs, "_replaced_query", lambda jobs: clash):
            queued = [self.queue(n, replace=1) for n in (1, 2, 3)]
        self.run_jobs()
        self.assertEqual(self.states(*queued), ["done"] * 3)
        not_run = f"Not run: replaced by job {queued[2].id}"
        self.assertEqual(
            [self.messages(job) for job in queued],
            [[not_run], [not_run], ["version 3"]],
        )

    def test_an_old_version_that_is_retried_does_not_overwrite(self):
        first, last = self.queue(1), self.queue(2, replace=1)
        self.run_jobs()
        first.action_retry()
        self.run_jobs()
        self.assertIn(f"Not run: replaced by job {last.id}", self.messages(first))

    def test_of_those_of_one_run_only_the_last_is_queued(self):
        waiting = self.queue(0, replace=1)
        task = self.make_task(
            """
            def handle_button():
                for version in range(5):
                    add_job(store, identity_key="order", replace=True)(version)

            def store(version):
                log(version)
            """,
            self.trigger.project_id,
        )
        self.make_trigger(task).action_run_now()
        task.job_ids._queue_jobs().priority = 1
        jobs = self.run_jobs()
        self.assert_done(jobs)
        self.assertEqual(self.messages(jobs), ["4"])
        self.assertEqual(waiting.state, "cancelled")

    def test_replacements_that_are_undone_replace_nothing(self):
        task = self.make_task(
            """
            def handle_button():
                add_job(store, identity_key="a", replace=True)(1)
                try:
                    with env.cr.savepoint():
                        add_job(store, identity_key="a", replace=True)(2)
                        raise ValueError("undone")
                except ValueError:
                    pass

            def store(version):
                log(version)
            """
        )
        self.make_trigger(task).action_run_now()
        jobs = self.run_jobs()
        self.assert_done(jobs)
        self.assertEqual(self.messages(jobs), ["1"])

    def test_wrong_keys_are_explained(self):
        for options, part in (
            ("replace=True", "replace=True needs an identity_key"),
            ("identity_key='', replace=True", "replace=True needs an identity_key"),
            ("identity_key=['a']", "must be a text"),
            ("identity_key=lambda job: 'a'", "must be a text"),
        ):
            job = self.run_lines(f"add_job('x', {options})()")
            self.assertIn(part, job.error, options)

    def test_numbers_and_odd_texts_are_keys(self):
        job = self.run_button(
            r"""
            def handle_button():
                for key in (7, "7", "a\x00b", "a\x00b", "\ud83d", "\ud83d", ""):
                    add_job(work, identity_key=key)()

            def work():
                pass
            """
        )
        self.assert_done(job)
        self.assertEqual(len(job.child_ids), 4)
