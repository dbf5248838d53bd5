import json
from pathlib import Path

from odoo.modules.migration import load_script
from odoo.tests import tagged

from ..common import SyncCase

SCRIPTS = Path(__file__).parents[2] / "migrations/19.0.1.1.0"
CODE = """
def handle_webhook(request):
    pass

def handle_button(data):
    pass

def show(*args, **kwargs):
    log(json.dumps([args, kwargs], default=str))
"""


@tagged("post_install", "-at_install")
class TestPayloadsMigration(SyncCase):
    """What waited when the release before was replaced."""

    def old_job(self, payload, kind="button", **values):
        """Queue a call of show() as the release before kept it."""
        trigger = self.make_trigger(self.task, kind, name=f"T{len(self.jobs)}")
        job = self.env["sync.job"]._enqueue(self.task, "show", trigger)
        job.write({"payload": json.dumps(payload, ensure_ascii=False), **values})
        self.jobs |= job
        return job

    def setUp(self):
        super().setUp()
        self.jobs = self.env["sync.job"]
        self.task = self.make_task(CODE)
        self.partner = self.env["res.partner"].create({"name": "Ann"})

    def mark(self, **values):
        """Return how the release before wrote a record."""
        return {
            "_type": "odoo_recordset",
            "model": "res.partner",
            "ids": self.partner.ids,
            "uid": self.env.uid,
            "su": True,
            "context": {"lang": "en_US"},
            **values,
        }

    def migrate(self, name="post-payloads.py"):
        self.env.flush_all()
        script = load_script(str(SCRIPTS / name), "sync_migration")
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_marks_of_the_release_arrive_as_what_they_stood_for(self):
        day = {"_type": "date_isoformat", "value": "2026-01-02"}
        moment = {"_type": "datetime_isoformat", "value": "2026-01-02T03:04:05+02:00"}
        element = {"_type": "etree_element", "value": "<a/>"}
        args = [{"who": self.mark()}, day, moment, element, {"sync:type": "date"}]
        job = self.old_job({"args": args, "kwargs": {"partner": self.mark()}})
        plain = self.old_job({"args": [{"_type": "order", "n": 1}], "kwargs": {}})
        self.migrate()
        (who, *others), kwargs = job._arguments()
        self.assertEqual((who["who"], kwargs["partner"]), (self.partner, self.partner))
        self.assertEqual(others[0].isoformat(), "2026-01-02")
        self.assertEqual(others[1].isoformat(), "2026-01-02T03:04:05+02:00")
        self.assertEqual(others[2].tag, "a")
        self.assertEqual(others[3], {"sync:type": "date"})
        self.assertEqual(plain._arguments()[0], [{"_type": "order", "n": 1}])
        self.assert_done(self.run_jobs())

    def test_records_in_a_webhooks_job_are_for_a_person_to_decide(self):
        forged = self.mark(uid=1)
        job = self.old_job({"args": [{"items": [forged]}], "kwargs": {}}, "webhook")
        other = self.old_job({"args": [forged], "kwargs": {}})
        data = {"args": [{"_type": "odoo_recordset", "ids": 1}], "kwargs": {}}
        plain = self.old_job(data, "webhook")
        self.migrate()
        self.assertEqual(job.state, "failed")
        self.assertIn("Look at the payload", job.error)
        # Of a user who isn't the job's, a record is doubtful as well.
        self.assertEqual(other.state, "pending" if self.env.uid == 1 else "failed")
        self.assertEqual(plain.state, "pending")
        job.action_retry()
        self.run_jobs()
        self.assert_done(job | plain)
        self.assertEqual(job._arguments()[0], [{"items": [forged]}])

    def test_encrypted_payloads_are_converted_as_well(self):
        project = self.make_project(secrets={"TOKEN": "hunter22"})
        self.task = self.make_task(CODE, project)
        job = self.env["sync.job"]._enqueue(
            self.task, "show", payload={"args": ["hunter22"], "kwargs": {}}
        )
        token = job.payload_token
        self.assertTrue(token)
        self.migrate()
        self.assertNotEqual(job.payload_token, token)
        self.assertEqual(job._arguments()[0], ["hunter22"])

    def test_buttons_whose_data_reads_differently_are_named(self):
        for number, data in enumerate(("dry_run: no", "since: 2026-01-01", "a: 1")):
            self.make_trigger(self.task, name=f"Button {number}", data=data)
        with self.assertLogs("odoo.addons.sync.migration", "WARNING") as logs:
            self.migrate("post-buttons.py")
        told = "\n".join(logs.output)
        self.assertIn("Button 0", told)
        self.assertIn("{'dry_run': 'no'}", told)
        self.assertIn("Button 1", told)
        self.assertNotIn("Button 2", told)
