from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import SyncCase

MODELS = (
    "sync.project",
    "sync.project.param",
    "sync.project.text",
    "sync.task",
    "sync.trigger",
    "sync.job",
    "sync.log",
    "sync.link",
)


@tagged("post_install", "-at_install")
class TestAccess(SyncCase):
    """What each group can see and change, logged in as one of its users."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.project = cls.make_project(
            protected_code="def size():\n    return len(secrets.TOKEN)",
            params={"URL": "http://x"},
            texts={"HI": "Hello"},
            secrets={"TOKEN": "hunter22"},
        )
        cls.task = cls.make_task("def handle_button():\n    log(size())", cls.project)
        cls.button = cls.make_trigger(cls.task)
        cls.nobody = cls._user("nobody", "base.group_user")

    def test_strangers_see_nothing(self):
        for model in (*MODELS, "sync.project.secret", "sync.job.batch"):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(self.nobody).search([])

    def test_users_read_and_change_nothing(self):
        self.button.action_run_now()
        self.run_jobs()
        self.env.user.partner_id.set_link("shop", 1)
        for model in MODELS:
            records = self.env[model].with_user(self.user_user).search([], limit=1)
            field = records._rec_name or "id"
            records.read([field])
            for attempt in (
                lambda records=records: records.write({"active": False}),
                lambda records=records: records.unlink(),
                lambda records=records: records.create({}),
            ):
                with self.assertRaises(AccessError, msg=model):
                    attempt()
        with self.assertRaises(AccessError):
            self.button.with_user(self.user_user).action_run_now()

    def test_users_dont_see_secrets(self):
        with self.assertRaises(AccessError):
            self.env["sync.project.secret"].with_user(self.user_user).search([])
        with self.assertRaises(AccessError):
            self.project.with_user(self.user_user).read(["protected_code"])

    def test_users_dont_see_the_urls_of_webhooks(self):
        self.task.code += "\ndef handle_webhook(request):\n    return ''"
        hook = self.make_trigger(self.task, "webhook", name="Inbox")
        for field in ("webhook_url", "webhook_token"):
            with self.assertRaises(AccessError):
                hook.with_user(self.user_user).read([field])
        Form(hook.with_user(self.user_user))
        self.assertTrue(hook.with_user(self.developer).webhook_url)

    def test_developers_see_the_keys_of_secrets_only(self):
        secrets = self.project.with_user(self.developer).secret_ids
        self.assertEqual(secrets.read(["key", "is_set"])[0]["key"], "TOKEN")
        for field in ("value", "token"):
            with self.assertRaises(AccessError):
                secrets.read([field])
        for change in ({"value": "mine"}, {"key": "X"}):
            with self.assertRaises(AccessError):
                secrets.write(change)
        with self.assertRaises(AccessError):
            secrets.unlink()
        with self.assertRaises(AccessError):
            secrets.create({"key": "X", "project_id": self.project.id})

    def test_developers_dont_touch_protected_code(self):
        project = self.project.with_user(self.developer)
        for field in ("protected_code", "protected_signature"):
            with self.assertRaises(AccessError):
                project.read([field])
            with self.assertRaises(AccessError):
                project.write({field: "x = 1"})
        with self.assertRaises(AccessError):
            project.create({"name": "P", "protected_code": "x = 1"})

    def test_developer_builds_a_whole_project(self):
        env = self.env(user=self.developer)
        project = env["sync.project"].create(
            {
                "name": "Mine",
                "common_code": "RATE = 2\n",
                "param_ids": [(0, 0, {"key": "URL", "value": "http://y"})],
                "text_ids": [(0, 0, {"key": "HI", "value": "Hello"})],
            }
        )
        code = "\n".join(
            f"def {head}:\n    log(RATE)\n"
            for head in (
                "handle_cron()",
                "handle_db(records)",
                "handle_webhook(r)",
                "handle_button()",
            )
        )
        model = self.env["ir.model"]._get_id("res.partner")
        task = env["sync.task"].create(
            {
                "name": "All",
                "project_id": project.id,
                "code": code,
                "cron_trigger_ids": [(0, 0, {"name": "C", "type": "cron"})],
                "db_trigger_ids": [
                    (0, 0, {"name": "D", "type": "db", "model_id": model})
                ],
                "webhook_trigger_ids": [(0, 0, {"name": "W", "type": "webhook"})],
                "button_trigger_ids": [(0, 0, {"name": "B", "type": "button"})],
            }
        )
        task.cron_trigger_ids.write({"interval_number": 5})
        task.cron_trigger_ids.nextcall = "2030-01-01 00:00:00"
        task.db_trigger_ids.write({"condition": "on_write"})
        task.cron_trigger_ids.action_run_manually()
        task.button_trigger_ids.action_run_now()
        jobs = self.run_jobs()
        self.assertEqual(set(jobs.mapped("state")), {"done"})
        self.assertEqual(
            jobs.with_user(self.developer).log_ids.mapped("message"), ["2", "2"]
        )
        technical = task.sudo().trigger_ids
        cron, rule = technical.cron_id, technical.automation_id
        project.unlink()
        self.assertFalse(cron.exists() or rule.exists())

    def test_developer_runs_protected_functions(self):
        self.button.with_user(self.developer).action_run_now()
        job = self.run_jobs()
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["8"])

    def test_scheduler_user_needs_no_right_on_the_studio(self):
        self.task.code = (
            "def handle_button():\n    pass\ndef handle_cron():\n    log(1)"
        )
        cron = self.make_trigger(
            self.task, "cron", name="Nightly", user_id=self.nobody.id
        )
        cron.cron_id.method_direct_trigger()
        self.assertEqual(self.run_jobs().user_id, self.nobody)

    def test_jobs_and_logs_are_written_by_the_studio_alone(self):
        self.button.action_run_now()
        job = self.run_jobs()
        for user in (self.developer, self.manager):
            with self.assertRaises(AccessError):
                job.with_user(user).write({"state": "done"})
            with self.assertRaises(AccessError):
                job.log_ids.with_user(user).write({"message": "x"})
        with self.assertRaises(AccessError):
            job.with_user(self.developer).unlink()
        job.with_user(self.manager).unlink()

    def test_manager_writes_protected_code_and_secrets(self):
        project = self.project.with_user(self.manager)
        project.protected_code = "def size():\n    return secrets.TOKEN[:2]"
        project.secret_ids.value = "zz-new-value"
        self.button.action_run_now()
        job = self.run_jobs()
        self.assertEqual(self.messages(job), ["zz"])

    def test_other_companies_projects_stay_hidden(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.button.action_run_now()
        self.run_jobs()
        self.project.company_id = company
        for record in (self.project, self.project.param_ids, self.task, self.button):
            model = self.env[record._name].with_user(self.developer)
            self.assertNotIn(record.id, model.search([]).ids, record)
        for model in ("sync.job", "sync.log"):
            domain = [("task_id", "=", self.task.id)]
            self.assertFalse(self.env[model].with_user(self.user_user).search(domain))

    def test_jobs_and_logs_follow_their_project_to_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.button.action_run_now()
        job = self.run_jobs()
        for record in (job, job.log_ids[0]):
            seen = record.with_user(self.user_user)
            for company, sees in ((self.env.company, True), (other, False)):
                self.project.company_id = company
                self.assertEqual(seen.search([("id", "=", seen.id)]) == seen, sees)
                self.assertEqual(seen.has_access("read"), sees)
                self.assertEqual(record.company_id, company)

    def test_jobs_and_logs_are_found_by_company(self):
        self.button.action_run_now()
        job = self.run_jobs()
        self.project.company_id = company = self.env.company
        for record in (job, job.log_ids[0]):
            for operator, value, found in (
                ("=", company.id, True),
                ("in", [company.id, False], True),
                ("ilike", company.name, True),
                ("=", False, False),
                ("!=", company.id, False),
                ("not in", [company.id], False),
            ):
                domain = [("id", "=", record.id), ("company_id", operator, value)]
                with self.subTest(model=record._name, term=domain[1]):
                    self.assertEqual(bool(record.search_count(domain)), found)

    def test_link_helpers_are_not_callable_from_outside(self):
        from odoo.service.model import get_public_method

        for name in ("set_link", "get_link", "set_links", "search_links"):
            with self.assertRaises(AccessError):
                get_public_method(self.env["res.partner"], name)

    def test_form_of_a_developer_saves_without_the_hidden_fields(self):
        with Form(self.project.with_user(self.developer)) as form:
            form.name = "Renamed"
        self.assertEqual(self.project.name, "Renamed")
        self.assertIn("def size", self.project.protected_code)
