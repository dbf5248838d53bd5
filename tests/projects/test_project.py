from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ...models.mixins import sync_counted
from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestProject(SyncCase):
    def _full_project(self):
        project = self.make_project(
            protected_code="def size():\n    return len(secrets.TOKEN)",
            common_code="RATE = 2\n",
            params={"URL": "http://x"},
            texts={"HI": "Hello"},
            secrets={"TOKEN": "hunter22"},
        )
        task = self.make_task(
            "def handle_cron():\n    log(RATE)\ndef handle_webhook(r):\n    log(1)",
            project,
        )
        self.make_trigger(task, "cron")
        self.make_trigger(task, "webhook", name="Inbox")
        return project

    def test_duplicate_takes_all_but_the_secret_values(self):
        project = self._full_project()
        copy = project.copy()
        self.assertEqual(copy.name, "Shop (copy)")
        self.assertEqual(copy.param_ids.mapped("value"), ["http://x"])
        self.assertEqual(copy.text_ids.value, "Hello")
        self.assertEqual(copy.secret_ids.key, "TOKEN")
        self.assertFalse(copy.secret_ids.is_set or copy.secret_ids.token)
        self.assertEqual(len(copy.task_ids.trigger_ids), 2)
        old, new = project.trigger_ids, copy.trigger_ids
        self.assertFalse(
            set(old.mapped("webhook_token"))
            & set(new.mapped("webhook_token")) - {False}
        )
        self.assertFalse(old.cron_id & new.cron_id)
        self.assertEqual(len(new.cron_id), 1)
        self.assertFalse(copy.vault_warning)

    def test_duplicate_runs_nothing_until_it_is_unarchived(self):
        copy = self._full_project().copy()
        self.assertFalse(copy.active)
        self.assertTrue(copy.is_copy)
        self.assertFalse(copy.trigger_ids.cron_id.active)
        tokens = copy.trigger_ids.filtered("webhook_token").mapped("webhook_token")
        find = self.env["sync.trigger"]._find_webhook
        self.assertFalse([token for token in tokens if find(token)])
        copy.with_user(self.developer).action_unarchive()
        self.assertFalse(copy.is_copy)
        self.assertTrue(copy.trigger_ids.cron_id.active)
        self.assertTrue(all(find(token) for token in tokens))
        copy.active = False
        self.assertFalse(copy.is_copy)

    def test_duplicated_task_runs_nothing_until_it_is_unarchived(self):
        task = self._full_project().task_ids
        copy = task.copy()
        self.assertEqual((copy.active, copy.is_copy), (False, True))
        self.assertFalse(copy.cron_trigger_ids.cron_id.active)
        copy.active = True
        self.assertFalse(copy.is_copy)
        self.assertTrue(copy.cron_trigger_ids.cron_id.active)

    def test_webhooks_of_a_duplicated_task_get_names_and_urls_of_their_own(self):
        task = self._full_project().task_ids
        task = task.with_user(self.developer)
        hook = task.webhook_trigger_ids
        copies = task.copy() + task.copy()
        hooks = copies.with_context(active_test=False).webhook_trigger_ids
        self.assertEqual(hooks.mapped("trigger_name"), ["INBOX_2", "INBOX_3"])
        self.assertEqual(len(set((hook + hooks).mapped("webhook_url"))), 3)
        crons = copies.cron_trigger_ids.mapped("trigger_name")
        self.assertEqual(crons, task.cron_trigger_ids.mapped("trigger_name") * 2)

    def test_duplicated_trigger_waits_under_a_name_of_its_own(self):
        for trigger in self._full_project().trigger_ids:
            with self.subTest(trigger.type):
                copy = trigger.with_user(self.developer).copy()
                self.assertFalse(copy.active)
                self.assertEqual(copy.trigger_name, f"{trigger.trigger_name}_2")
                self.assertFalse(copy.sudo().cron_id.active)

    def test_tasks_of_a_duplicate_are_active_as_they_were(self):
        copy = self._full_project().copy()
        self.assertEqual(copy.task_ids.mapped("active"), [True])
        self.assertFalse(copy.task_ids.is_copy)

    def test_developers_duplicate_without_protected_code(self):
        project = self._full_project().with_user(self.developer)
        copy = project.copy()
        self.assertFalse(copy.sudo().protected_code)
        self.assertEqual(copy.common_code, "RATE = 2\n")

    def test_duplicated_task_has_triggers_of_its_own(self):
        task = self._full_project().task_ids
        copy = task.copy()
        self.assertTrue(copy.cron_trigger_ids.cron_id)
        self.assertNotEqual(
            copy.cron_trigger_ids.cron_id, task.cron_trigger_ids.cron_id
        )

    def test_counters_and_what_the_buttons_open(self):
        project = self.make_project()
        task = self.make_task("def handle_button():\n    log(1)", project)
        button = self.make_trigger(task)
        button.action_run_now()
        self.run_jobs()
        task.code = "def handle_button():\n    log(1)\n    raise UserError('x')"
        button.action_run_now()
        self.run_jobs()
        button.action_run_now()
        self.env.invalidate_all()
        for record in (project, task, button):
            self.assertEqual(record.job_total, "3", record)
            self.assertEqual(record.failed_count, 1, record)
            self.assertEqual(record.log_total, "3", record)
            for name, model in (("jobs", "sync.job"), ("logs", "sync.log")):
                action = getattr(record, f"action_open_{name}")()
                self.assertEqual(action["res_model"], model)
                found = self.env[model].search_count(action["domain"])
                self.assertEqual(found, 3)
        self.assertEqual(project.pending_count, 1)
        self.assertEqual(project.last_job_state, "pending")
        self.assertEqual(project.task_count, 1)
        with patch.object(sync_counted, "COUNT_LIMIT", 2):
            self.env.invalidate_all()
            self.assertEqual((project.job_total, task.log_total), ("2+", "2+"))
        failed = self.env["sync.project"].search([("failed_count", ">", 0)])
        self.assertIn(project, failed)

    def test_counts_follow_a_new_job(self):
        project = self.make_project()
        task = self.make_task("def handle_button():\n    log(1)", project)
        button = self.make_trigger(task)
        for record in (project, task, button):
            counts = (record.job_total, record.pending_count, record.failed_count)
            self.assertEqual(counts, ("0", 0, 0), record)
        self.assertFalse(project.last_job_state)
        button.action_run_now()
        for record in (project, task, button):
            counts = (record.job_total, record.pending_count, record.failed_count)
            self.assertEqual(counts, ("1", 1, 0), record)
            pending = self.env["sync.job"].search(
                record.action_open_pending_jobs()["domain"]
            )
            self.assertEqual(pending, record.job_ids, record)
        self.assertEqual(project.last_job_state, "pending")

    @mute_logger("odoo.sql_db")
    def test_keys_are_identifiers_and_unique(self):
        for key in ("my key", "1st", "_x", "a-b", "class", "None"):
            for kind in ("params", "texts", "secrets"):
                with self.assertRaises(ValidationError, msg=key):
                    self.make_project(**{kind: {key: "long enough"}})
        project = self.make_project(params={"A": "x"})
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            project.param_ids.copy()

    def test_secret_values_are_not_kept_readable(self):
        project = self.make_project(secrets={"TOKEN": "hunter22"})
        secret = project.secret_ids
        self.env.flush_all()
        self.assertFalse(secret.value)
        self.assertTrue(secret.is_set)
        self.env.cr.execute(
            "SELECT * FROM sync_project_secret WHERE id = %s", secret.ids
        )
        self.assertNotIn("hunter22", str(self.env.cr.fetchall()))
        self.assertNotIn("hunter22", str(secret.read()))

    def test_short_secrets_are_refused(self):
        with self.assertRaises(ValidationError) as caught:
            self.make_project(secrets={"PIN": "123"})
        self.assertIn("too short", str(caught.exception))

    def test_renamed_secret_keeps_its_value(self):
        project = self.make_project(
            protected_code="def size():\n    return len(secrets.NEW)",
            secrets={"OLD": "hunter22"},
        )
        project.secret_ids.key = "NEW"
        self.assertEqual(self.messages(self.run_lines("log(size())", project)), ["8"])

    def test_deletion_says_what_goes(self):
        task = self.make_task("def handle_button():\n    log(1)\n    log(2)")
        trigger = self.make_trigger(task)
        for _ in range(3):
            trigger.action_run_now()
            self.run_jobs()
        for record in (task, task.project_id):
            text = record.with_user(self.developer).deletion_warning()
            self.assertIn(f"{record.name}\n\nThe code, 3 jobs and 6 lines", text)
        self.assertIn(
            "3 jobs and 6 lines of their logs stay", trigger.deletion_warning()
        )

    def test_deleting_a_project_takes_everything_along(self):
        project = self._full_project()
        project.trigger_ids.filtered("cron_id").action_run_manually()
        self.run_jobs()
        project.trigger_ids.filtered("cron_id").action_run_manually()
        jobs = project.job_ids
        queued = jobs._queue_jobs()
        self.assertEqual(len(queued), 2)
        project.unlink()
        self.assertFalse(queued.exists() or jobs.exists())
        for model in ("sync.task", "sync.trigger", "sync.log", "sync.project.secret"):
            self.assertFalse(self.env[model].search([("project_id", "=", project.id)]))

    def test_uninstall_leaves_nothing_behind(self):
        from ...hooks import uninstall_hook

        project = self._full_project()
        model = self.env["ir.model"]._get_id("res.partner")
        task = self.make_task("def handle_db(records):\n    log(1)", project)
        rule = self.make_trigger(task, "db", model_id=model).automation_id
        cron = project.trigger_ids.cron_id
        project.trigger_ids.filtered("cron_id").action_run_manually()
        queued = project.job_ids._queue_jobs()
        uninstall_hook(self.env)
        self.assertFalse(cron.exists() or rule.exists() or queued.exists())
        self.env.cr.execute("SELECT 1 FROM pg_trigger WHERE tgname = 'sync_job_mirror'")
        self.assertFalse(self.env.cr.fetchall())
