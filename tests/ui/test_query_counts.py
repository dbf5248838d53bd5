from lxml import etree
from odoo.tests import tagged
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from ...engine.events.collected import forget
from ...models.job.delivery import Delivery
from ...models.queue.runner import Runner
from ..common import SyncCase

CODE = """
def handle_webhook(request):
    log("delivered")
    return "ok"

def handle_button():
    log("clicked")

def handle_cron():
    pass

def handle_db(records):
    log(len(records))
"""
PAGE = 80


@tagged("post_install", "-at_install")
class TestQueryCounts(SyncCase):
    """How often the database is asked on the hot paths, once caches are warm.

    Each number is what the work takes. Who needs another query there has to say why.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task(CODE)
        # Whether a job runner is alive is asked every few seconds only.
        cls.classPatch(cls.registry["sync.job"], "_is_runner_alive", lambda jobs: True)

    def queries(self, work):
        """Return how many statements ``work`` runs with nothing in the ORM's cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before

    def assert_queries(self, work, expected):
        """Check the number of statements of ``work``, which is run twice."""
        self.queries(work)
        self.assertEqual(self.queries(work), expected)

    # -- runs ------------------------------------------------------------------

    def test_webhook_run(self):
        trigger = self.make_trigger(self.task, "webhook")
        trigger = self.env["sync.trigger"]._find_webhook(trigger.webhook_token)
        builder = EnvironBuilder(method="POST", data="{}")

        def deliver():
            request = Request(builder.get_environ())
            Delivery(trigger).answer(request)

        self.assert_queries(deliver, 1)
        self.assertEqual(len(trigger.job_ids.log_ids), 6)

    def test_queueing_a_job(self):
        trigger = self.make_trigger(self.task)
        # The job, and the queue's.
        self.assert_queries(trigger._enqueue, 2)

    def test_queued_run(self):
        job = self.make_trigger(self.task)._enqueue()
        # The job is read, its log is written.
        self.assert_queries(job._run_queued, 2)

    def test_run_of_a_job_taken_by_the_one_before(self):
        trigger = self.make_trigger(self.task)
        with self.registry.cursor() as cr:
            jobs = self.env(cr=cr)["sync.job"]
            for _ in range(2):
                taken = trigger.with_env(jobs.env)._enqueue()
                cr.flush()
                # After which one doesn't matter here.
                job_uuid = taken._claim_next(cr)
                self.assertEqual(job_uuid, taken.queue_job_uuid)
                cr.flush()
                jobs.env.invalidate_all()
                before = cr.sql_log_count
                Runner._run_taken(jobs.env, job_uuid)
                count = cr.sql_log_count - before
        # The lock with the job, its log, and its state.
        self.assertEqual(count, 3)

    # -- events of the database --------------------------------------------------

    def make_partners(self, count):
        self.env["res.partner"].create([{"name": f"P {n}"} for n in range(count)])

    def extra_queries(self, trigger, count):
        """Return what a trigger adds to the creation of ``count`` records."""
        counts = []
        for active in (True, False):
            trigger.active = active
            self.make_partners(1)
            self.env.cr.flush()
            forget(self.env.cr)
            counts.append(self.queries(lambda: self.make_partners(count)))
        return counts[0] - counts[1]

    def test_db_trigger(self):
        trigger = self.make_trigger(
            self.task,
            "db",
            model_id=self.env["ir.model"]._get_id("res.partner"),
            condition="on_create",
        )
        # The job, the queue's, its records, and their number.
        self.assertEqual(self.extra_queries(trigger, 1), 4)
        self.assertEqual(self.extra_queries(trigger, 1000), 4)

    def test_filters_of_many_db_triggers(self):
        triggers = self.env["sync.trigger"].create(
            [
                {
                    "name": f"Never {number}",
                    "task_id": self.task.id,
                    "type": "db",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "condition": "on_create_or_write",
                    "filter_domain": f"[('ref', '=', 'never {number}')]",
                }
                for number in range(20)
            ]
        )
        # One asks for all of them, between two that let it fail alone.
        self.assertEqual(self.extra_queries(triggers, 1), 3)
        self.assertEqual(self.extra_queries(triggers, 1000), 3)

    # -- links -----------------------------------------------------------------

    def test_set_links(self):
        partners = self.env["res.partner"].create([{"name": "P"}] * 1000)

        def link():
            refs = [f"{self.id()}-{n}" for n in partners.ids]
            partners.set_links("shop", refs).delete()

        # One to insert, between two that let it fail alone; one to delete.
        self.assert_queries(link, 4)

    def test_get_link(self):
        partner = self.env["res.partner"].create({"name": "P"})
        partner.set_link("shop", "1")
        self.assert_queries(lambda: partner.get_link("shop").external, 1)

    # -- views -----------------------------------------------------------------

    def fields_of(self, model, view):
        """Return what the web client asks for to show a list."""
        arch = self.env[model].get_view(view_type=view)["arch"]
        names = [node.get("name") for node in etree.fromstring(arch).iter("field")]
        fields = self.env[model]._fields
        return {
            name: {"fields": {"display_name": {}}} if fields[name].relational else {}
            for name in names
        }

    def open_list(self, model, view="list"):
        records = self.env[model].with_user(self.developer)
        spec = self.fields_of(model, view)
        records.web_search_read([], spec, limit=PAGE, count_limit=1001)

    def fill(self, count=3):
        """Make projects that differ in everything that a list shows."""
        for number in range(count):
            project = self.make_project(name=f"Project {number}")
            task = self.make_task(CODE, project)
            self.make_trigger(task, "cron", name="Nightly")
            model = self.env["ir.model"]._get_id("res.partner")
            self.make_trigger(task, "db", name="New partner", model_id=model)
            trigger = self.make_trigger(task)
            job = trigger._enqueue()
            job._run_queued()
            job.set_link("relation", f"ref {job.id}")

    def assert_list_queries(self, model, view, expected):
        """Check what a list asks, and that it asks the same for more records."""
        self.fill()
        self.assert_queries(lambda: self.open_list(model, view), expected)
        self.fill()
        self.assert_queries(lambda: self.open_list(model, view), expected)

    def test_project_kanban(self):
        self.assert_list_queries("sync.project", "kanban", 5)

    def test_project_list(self):
        self.assert_list_queries("sync.project", "list", 5)

    def test_task_list(self):
        self.assert_list_queries("sync.task", "list", 6)

    def test_trigger_list(self):
        self.assert_list_queries("sync.trigger", "list", 4)

    def test_job_list(self):
        # One of them counts failed sub-jobs, in an index of those alone.
        self.assert_list_queries("sync.job", "list", 7)

    def test_log_list(self):
        self.assert_list_queries("sync.log", "list", 5)

    def test_link_list(self):
        # Two for the names of the linked records, of one model.
        self.assert_list_queries("sync.link", "list", 3)
