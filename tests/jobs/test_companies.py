from odoo.tests import HttpCase, new_test_user, tagged

from ..common import SyncCase

CODE = """
    def told():
        log(f"{env.company.name}: {', '.join(env.companies.mapped('name'))}")

    def handle_db(records):
        told()
        add_job(told)()

    def handle_cron():
        told()

    def handle_button():
        told()

    def handle_webhook(request):
        told()
        add_job(told)()
"""


@tagged("post_install", "-at_install")
class TestCompanies(SyncCase, HttpCase):
    """In which companies a task runs: those of the moment that its job comes from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo lists a user's companies by name: the default one isn't the first.
        cls.first = cls.env["res.company"].create({"name": "A first"})
        cls.home = cls.env["res.company"].create({"name": "B home"})
        cls.user = new_test_user(
            cls.env,
            "sync_traveller",
            "base.group_user,base.group_partner_manager,sync.group_developer",
            company_id=cls.home.id,
            company_ids=[(6, 0, (cls.first | cls.home).ids)],
        )
        cls.task = cls.make_task(CODE)
        cls.project = cls.task.project_id

    def _db_trigger(self, **values):
        model = self.env["ir.model"]._get_id("res.partner")
        return self.make_trigger(self.task, "db", model_id=model, **values)

    def _create(self, **context):
        partners = self.env["res.partner"].with_user(self.user)
        return partners.with_context(**context).create({"name": "Ann"})

    def test_event_without_a_choice_of_companies(self):
        self._db_trigger()
        self._create()
        jobs = self.run_jobs()
        self.assertEqual(self.messages(jobs), ["B home: B home, A first"] * 2)

    def test_event_with_chosen_companies(self):
        self._db_trigger()
        self._create(allowed_company_ids=[self.first.id])
        self._create(allowed_company_ids=[self.first.id, self.home.id])
        jobs = self.run_jobs()
        expected = ["A first: A first", "A first: A first, B home"] * 2
        self.assertEqual(sorted(self.messages(jobs)), sorted(expected))

    def test_default_company_that_changes_before_the_job_runs(self):
        self._db_trigger()
        button = self.make_trigger(self.task, name="Now")
        button.with_user(self.user).action_run_now()
        self._create()
        self.env.cr.flush()
        self.user.company_id = self.first
        jobs = self.run_jobs()
        self.assertEqual(set(self.messages(jobs)), {"B home: B home, A first"})

    def test_click_keeps_the_companies_of_who_clicks(self):
        self.project.company_id = self.first
        button = self.make_trigger(self.task).with_user(self.user)
        chosen = [self.home.id, self.first.id]
        button.with_context(allowed_company_ids=chosen).action_run_now()
        self.assertEqual(self.messages(self.run_jobs()), ["B home: B home, A first"])

    def test_retry_keeps_the_companies_even_if_the_queue_has_forgotten_them(self):
        button = self.make_trigger(self.task).with_user(self.user)
        button.with_context(allowed_company_ids=[self.first.id]).action_run_now()
        job = self.env["sync.job"].search([("task_id", "=", self.task.id)])
        job.action_cancel()
        self.env["queue.job"].search([("uuid", "=", job.queue_job_uuid)]).unlink()
        job.with_user(self.developer).action_retry()
        self.assertEqual(self.run_jobs(), job)
        self.assertEqual(self.messages(job), ["A first: A first"])
        self.assertEqual(job.user_id, self.user)

    def test_schedule_runs_in_the_company_of_its_project(self):
        trigger = self.make_trigger(self.task, "cron", user_id=self.user.id)
        trigger.cron_id.method_direct_trigger()
        job = self.run_jobs()
        self.assertEqual(self.messages(job), ["B home: B home, A first"])
        self.project.company_id = self.first
        trigger.cron_id.method_direct_trigger()
        self.assertEqual(self.messages(self.run_jobs()), ["A first: A first"])
        self.project.company_id = self.home
        trigger.action_run_manually()
        self.assertEqual(self.messages(self.run_jobs()), ["B home: B home"])

    def test_timed_condition_runs_in_the_company_of_its_project(self):
        self.project.company_id = self.first
        field = self.env["ir.model.fields"]._get("res.partner", "create_date")
        trigger = self._db_trigger(
            condition="on_time", date_field_id=field.id, delay_type="minutes"
        )
        self._create()
        trigger.automation_id.last_run = False
        cron = self.env.ref("base_automation.ir_cron_data_base_automation_check")
        cron.method_direct_trigger()
        self.assertEqual(set(self.messages(self.run_jobs())), {"A first: A first"})

    def test_webhook_runs_in_the_company_of_its_project(self):
        self.project.company_id = self.first
        trigger = self.make_trigger(self.task, "webhook")
        self.url_open(f"/sync/webhook/{trigger.webhook_token}", data=b"{}")
        self.run_jobs()
        jobs = self.env["sync.job"].search([("task_id", "=", self.task.id)])
        self.assertEqual(self.messages(jobs), ["A first: A first"] * 2)
