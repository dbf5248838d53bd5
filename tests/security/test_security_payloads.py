import json

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .security_common import SecurityCase, run_jobs


def _marks(model, record_id):
    """Return what records look like to queue_job, and to us."""
    found = {"model": model, "ids": [record_id], "uid": 1, "su": True, "context": {}}
    yield {"_type": "odoo_recordset", **found}
    yield {"sync:type": "records", **found}
    yield {"sync:type": "records", **found, "deleted": True}
    items = [["sync:type", "records"], *map(list, found.items())]
    yield {"sync:type": "dict", "value": items}
    yield {"sync:type": "dict", "value": [["order", {"_type": "odoo_recordset"}]]}


@tagged("post_install", "-at_install")
class TestSecurityPayloads(SecurityCase, HttpCase):
    """Attacks from outside: a webhook's caller sends what looks like Odoo's records."""

    CODE = """
def handle_webhook(httprequest):
    add_job(process)(httprequest.get_json())

def process(order):
    for item in order["items"]:
        item["name"] = "pwned"
    log("processed")
"""

    def deliver(self, code, value):
        """Send a value to a webhook of that code; return the jobs."""
        task = self.make_task(code, self.project)
        trigger = self.make_trigger(task, "webhook", name=f"Inbox {task.id}")
        response = self.url_open(
            f"/sync/webhook/{trigger.webhook_token}",
            data=json.dumps(value),
            headers={"Content-Type": "application/json"},
            timeout=20,
        )
        self.assertEqual(response.status_code, 200)
        self.env.invalidate_all()
        with mute_logger("odoo.sql_db"):
            return run_jobs(self.env)

    def test_items_are_written_into_data_and_not_into_records(self):
        tag = self.env["res.partner.category"].create({"name": "Mine"})
        for mark in _marks(tag._name, tag.id):
            job = self.deliver(self.CODE, {"items": [mark]})
            self.assertEqual(job.state, "done", job.error)
            self.assertEqual(tag.name, "Mine")

    def test_a_parameter_of_the_system_is_not_read(self):
        parameter = self.env["ir.config_parameter"].search(
            [("key", "=", "database.secret")]
        )
        code = self.CODE.replace('item["name"] = "pwned"', 'log(item["value"])')
        for mark in _marks(parameter._name, parameter.id):
            job = self.deliver(code, {"items": [mark]})
            outcome = "done" if "value" in mark else "KeyError: 'value'"
            self.assertEqual(job.error or job.state, outcome)
            logged = "\n".join(self.log_lines().mapped("message"))
            self.assertNotIn(parameter.value, logged)

    def test_the_whole_argument_is_data(self):
        tag = self.env["res.partner.category"].create({"name": "Mine"})
        code = """
def handle_webhook(httprequest):
    add_job("process")(**httprequest.get_json())

def process(order=None, **others):
    order.write({"name": "pwned"})
"""
        for mark in _marks(tag._name, tag.id):
            job = self.deliver(code, {"order": mark})
            self.assertEqual(job.state, "failed")
            self.assertIn("'dict' object has no attribute", job.error)
            self.assertEqual(tag.name, "Mine")

    def test_a_buttons_data_is_data(self):
        tag = self.env["res.partner.category"].create({"name": "Mine"})
        code = "def handle_button(data):\n    data['name'] = 'pwned'"
        task = self.make_task(code, self.project)
        for mark in _marks(tag._name, tag.id):
            trigger = self.make_trigger(task, data=json.dumps(mark))
            trigger.action_run_now()
            self.assertEqual(run_jobs(self.env).state, "done")
            self.assertEqual(tag.name, "Mine")
            trigger.unlink()

    def test_what_a_remote_call_has_in_its_context_is_data(self):
        code = "def handle_button():\n    log(env.context.get('tz'))"
        task = self.make_task(code, self.project)
        trigger = self.make_trigger(task)
        for mark in _marks("res.partner", 1):
            for context, tz in (
                ({"tz": mark}, None),
                ({"active_test": [mark]}, None),
                ({"tz": "a\0b"}, r"a\0b"),
            ):
                trigger.with_context(**context).action_run_now()
                queued = task.job_ids.sorted("id")[-1]._queue_jobs()
                kept = queued.records.env.context
                self.assertEqual(kept.get("tz"), tz)
                self.assertNotIn("active_test", kept)
