from ast import literal_eval

from lxml import etree
from odoo.tests import Form, tagged

from ..common import SyncCase

MODELS = ("project", "task", "trigger", "job", "log", "link")


@tagged("post_install", "-at_install")
class TestViews(SyncCase):
    """What each group gets to see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.project = cls.make_project(
            protected_code="def ask():\n    return secrets.TOKEN",
            secrets={"TOKEN": "open sesame"},
        )
        cls.task = cls.make_task(
            """
            def handle_cron(): pass
            def handle_db(records): pass
            def handle_webhook(request): pass
            def handle_button():
                env.user.partner_id.set_link("contact", "C-1")
                log("Hello")
            """,
            cls.project,
        )
        cls.partner_model = cls.env["ir.model"]._get("res.partner")
        kinds = {
            "cron": {},
            "db": {
                "model_id": cls.partner_model.id,
                "condition": "on_write",
                "filter_pre_domain": "[('active', '=', True)]",
                "watched_field_ids": cls.env["ir.model.fields"]._get(
                    "res.partner", "city"
                ),
            },
            "webhook": {},
            "button": {"data": "a: 1"},
        }
        cls.triggers = {
            kind: cls.make_trigger(cls.task, kind, name=kind, **values)
            for kind, values in kinds.items()
        }

    def setUp(self):
        super().setUp()
        self.triggers["button"].with_user(self.developer).action_run_now()
        self.job = self.run_jobs()

    def records(self, user):
        """Return what there is to open, as ``user``."""
        trigger_ids = [trigger.id for trigger in self.triggers.values()]
        links = self.env["sync.link"].search([("relation", "=", "contact")])
        found = [
            self.project,
            self.task,
            *self.env["sync.trigger"].browse(trigger_ids),
            self.job,
            self.job.log_ids[:1],
            links,
        ]
        return [record.with_user(user) for record in found]

    def arch(self, user, model, kind="form"):
        env = self.env(user=user)
        return etree.fromstring(env[f"sync.{model}"].get_view(view_type=kind)["arch"])

    def buttons(self, user, model):
        return {node.get("name") for node in self.arch(user, model).iter("button")}

    def pages(self, user):
        return {node.get("name") for node in self.arch(user, "project").iter("page")}

    def test_each_group_can_open_every_form(self):
        for user in (self.user_user, self.developer, self.manager):
            for record in self.records(user):
                with self.subTest(user=user.login, record=str(record)):
                    self.assertEqual(len(record), 1)
                    self.assertEqual(Form(record).id, record.id)

    def test_each_menu_opens_a_list_that_says_what_to_do_first(self):
        menus = self.env.ref("sync.sync_menu_root").child_id
        menus -= self.env.ref("sync.sync_audit_menu")  # for Managers alone
        self.assertEqual(len(menus), len(MODELS))
        for menu in menus.with_user(self.user_user):
            with self.subTest(menu=menu.name):
                self.assertIn("nocontent", menu.action.sudo().help)
                self.env[menu.action.res_model].with_user(self.user_user).get_views(
                    [(False, kind) for kind in menu.action.view_mode.split(",")]
                    + [(False, "search")]
                )

    def test_users_get_no_button_that_runs_or_retries(self):
        for model in ("project", "task", "trigger", "job"):
            shown = self.buttons(self.user_user, model)
            forbidden = {
                "action_run_now",
                "action_run_manually",
                "action_retry",
                "action_cancel",
                "action_regenerate_url",
            }
            self.assertFalse(shown & forbidden, model)
        self.assertIn("action_retry", self.buttons(self.developer, "job"))
        for user, signs in ((self.developer, False), (self.manager, True)):
            widgets = self.arch(user, "project").xpath("//widget/@name")
            self.assertEqual("sync_sign" in widgets, signs)
            self.assertEqual("sync_show_secret" in widgets, signs)

    def test_secrets_and_protected_code_are_shown_by_group(self):
        self.assertFalse({"secrets", "protected_code"} & self.pages(self.user_user))
        self.assertIn("secrets", self.pages(self.developer))
        self.assertNotIn("protected_code", self.pages(self.developer))
        self.assertIn("protected_code", self.pages(self.manager))
        for user, sees_value in ((self.developer, False), (self.manager, True)):
            arch = self.arch(user, "project")
            values = arch.xpath("//field[@name='secret_ids']//field[@name='value']")
            self.assertEqual(bool(values), sees_value)

    def test_logs_can_be_grouped_by_all_that_was_promised(self):
        filters = {
            node.get("name"): node.get("context")
            for node in self.arch(self.user_user, "log", "search").iter("filter")
        }
        logs = self.env["sync.log"].with_user(self.user_user)
        for name in ("project", "task", "trigger", "job_start", "level", "status"):
            with self.subTest(name=name):
                key = filters[f"group_{name}"].split("'")[3]
                groups = logs.formatted_read_group(
                    [("job_id", "=", self.job.id)], [key], ["__count"]
                )
                self.assertEqual([group["__count"] for group in groups], [1])

    def test_logs_can_be_filtered_by_the_start_and_the_outcome_of_their_jobs(self):
        failed = self.run_lines("log('Bye')\n1 / 0")
        filters = {
            node.get("string"): node
            for node in self.arch(self.user_user, "log", "search").iter("filter")
            if not node.get("name").startswith("group_")
        }
        logs = self.env["sync.log"].with_user(self.user_user)
        for name, job in (("Success", self.job), ("Fail", failed)):
            domain = literal_eval(filters[f"Status: {name}"].get("domain"))
            self.assertEqual(logs.search(domain).job_id, job)
        date = filters["Job Start Time"].get("date")
        found = logs.search([(date, ">=", "today"), ("job_id", "=", failed.id)])
        self.assertEqual(found.job_id, failed)

    def test_a_failed_job_shows_its_traceback(self):
        job = self.run_lines("1 / 0")
        self.assertIn("line 2, in handle_button", job.traceback)
        self.assertFalse(self.job.traceback)

    def test_an_archived_trigger_stays_on_its_task(self):
        self.triggers["cron"].active = False
        self.assertEqual(self.task.cron_trigger_ids, self.triggers["cron"])

    def test_a_new_trigger_gets_its_technical_name_from_its_name(self):
        form = Form(
            self.env["sync.trigger"]
            .with_user(self.developer)
            .with_context(default_task_id=self.task.id)
        )
        self.assertFalse(form.trigger_name)
        form.name = "Upload all products"
        self.assertEqual(form.save().trigger_name, "UPLOAD_ALL_PRODUCTS")

    def test_a_trigger_says_in_short_what_starts_it(self):
        summaries = {kind: t.summary for kind, t in self.triggers.items()}
        self.assertEqual(summaries["cron"], "Every hour")
        self.assertEqual(summaries["db"], "Contact: On Update")
        cron = self.triggers["cron"]
        for number, unit, text in (
            (1, "days", "Every day"),
            (2, "days", "Every 2 days"),
            (1, "weeks", "Every week"),
            (15, "minutes", "Every 15 minutes"),
        ):
            cron.write({"interval_number": number, "interval_type": unit})
            self.assertEqual(cron.summary, text)

    def test_only_who_may_write_is_offered_to_archive(self):
        for model in ("project", "task", "trigger"):
            for user, refused in ((self.user_user, True), (self.developer, False)):
                records = self.env[f"sync.{model}"].with_user(user)
                fields = records.get_views([(False, "form")])["models"][records._name]
                active = fields["fields"]["active"]
                self.assertEqual(active["readonly"], refused, (model, user.login))

    def test_no_button_lies_under_a_ribbon(self):
        for model in MODELS:
            arch = self.arch(self.manager, model)
            if arch.xpath("//sheet//widget[@name='web_ribbon']"):
                hidden = arch.xpath("//sheet//div[@role='alert']//*[self::button]")
                self.assertFalse(hidden, model)

    def test_tasks_are_listed_project_by_project(self):
        other = self.make_project(name="Aardvark", sequence=self.project.sequence)
        tasks = self.task
        for name, project in (("One", other), ("Two", self.project), ("3", other)):
            tasks |= self.make_task("def handle_button(): pass", project, name=name)
        order = self.arch(self.user_user, "task", "list").get("default_order")
        found = tasks.search([("id", "in", tasks.ids)], order=order)
        self.assertEqual(found.mapped("name"), ["One", "3", self.task.name, "Two"])

    def test_code_that_changed_behind_the_managers_back_can_be_signed(self):
        self.env.cr.execute(
            "UPDATE sync_project SET protected_code = 'A = 1' WHERE id = %s",
            (self.project.id,),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertTrue(self.project.needs_signature)
        self.sign(self.project.with_user(self.manager))
        self.env.invalidate_all()
        self.assertFalse(self.project.vault_warning)
