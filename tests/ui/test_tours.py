from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import SyncCase, run_jobs


@tagged("post_install", "-at_install")
class TestTours(SyncCase, HttpCase):
    """What people do in the browser, with no right but those of their group."""

    def tour(self, name, user=None):
        self.env.flush_all()
        self.start_tour("/odoo", name, login=(user or self.developer).login)
        self.env.invalidate_all()

    def test_write_a_project_from_nothing_run_it_and_read_its_log(self):
        self.tour("sync_write_project")
        job = self.run_jobs()
        self.assert_done(job)
        self.assertEqual(job.user_id, self.developer)
        self.tour("sync_read_log")

    @contextmanager
    def worker_on_call(self):
        """Let tours say when a worker runs what is pending."""

        def work(jobs):
            run_jobs(jobs.sudo().env)
            return True

        with patch.object(self.registry["sync.job"], "work", work, create=True):
            yield

    @mute_logger("odoo.addons.queue_job.job")
    def test_a_click_tells_the_outcome_and_a_form_follows_its_job(self):
        task = self.make_task(
            """
            def handle_button(data):
                log("%s products" % len(data))

            def handle_cron():
                log("Good morning")
            """
        )
        self.make_trigger(task)
        self.make_trigger(task, "cron", name="Nightly")
        with self.worker_on_call():
            self.tour("sync_hear_the_outcome")
        jobs = self.env["sync.job"].search([])
        self.assertEqual(jobs.mapped("state"), ["failed", "done"])

    def test_a_webhook_is_answered_by_a_handler(self):
        self.make_project()
        self.tour("sync_webhook")
        job = self.env["sync.job"].search([])
        self.assert_done(job)
        self.assertEqual(job.user_id, self.env.ref("base.public_user"))

    @mute_logger("odoo.addons.queue_job.job")
    def test_a_failing_job_its_traceback_the_fix_and_the_retry(self):
        task = self.make_task(
            """\
            def handle_button(data):
                log("%s products" % len(data))
            """
        )
        self.make_trigger(task)
        self.tour("sync_run_from_project")
        job = self.run_jobs()
        self.assertEqual(job.state, "failed")
        self.tour("sync_fix_and_retry")
        self.assertEqual(self.run_jobs(), job)
        self.assert_done(job)
        self.tour("sync_see_it_done")

    def test_a_task_is_not_deleted_by_one_click(self):
        task = self.make_task("def handle_button():\n    log(1)\n    log(2)")
        button = self.make_trigger(task)
        for _ in range(3):
            button.action_run_now()
            self.run_jobs()
        self.tour("sync_delete_task")
        self.assertFalse(task.exists())

    def test_a_manager_sets_a_secret_and_the_protected_code_that_uses_it(self):
        project = self.make_project()
        self.tour("sync_set_secret", self.manager)
        self.assertTrue(project.secret_ids.is_set)
        self.assertFalse(project.vault_warning)
        task = self.make_task("def handle_button():\n    log(len(ask()))", project)
        self.make_trigger(task).action_run_now()
        self.assertIn("11", self.messages(self.run_jobs()))

    def test_lists_read_like_runs_and_say_why_they_are_empty(self):
        self.run_lines("""
            log("first")
            log("second")
            log("third")
        """)
        self.tour("sync_read_lists", self.user_user)

    # -- code ------------------------------------------------------------------

    def test_code_is_saved_when_asked_for_and_otherwise_kept_as_a_draft(self):
        code = "def handle_button():\n    log('the beginning')\n"
        task = self.make_task(code)
        self.tour("sync_keep_code")
        self.assertEqual(task.code, code)

    def test_code_of_a_new_record_is_kept_as_a_draft_too(self):
        project = self.make_project()
        self.tour("sync_keep_new_code")
        self.assertIn("half", project.task_ids.code)

    def test_protected_code_is_kept_as_a_draft_in_its_tab_only(self):
        project = self.make_project(protected_code="A = 1\n")
        self.tour("sync_keep_protected_code", self.manager)
        self.assertEqual(project.protected_code, "A = 1\nB = 2")
        self.assertFalse(project.vault_warning)

    def test_who_saves_code_later_is_told(self):
        task = self.make_task("def handle_button():\n    log('the beginning')\n")
        self.tour("sync_save_meanwhile")
        self.assertEqual(task.code, 'def handle_button():\n    log("whole")\n')

    def test_a_reader_finds_something_in_code(self):
        many = "    pass\n" * 150
        self.make_task(f"def handle_button():\n    log('a')\n{many}    log('b')\n")
        self.tour("sync_find_in_code", self.user_user)
