"""Triggers on every model but the queue's: Odoo's work goes on, and comes to an end."""

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...engine.events import collected
from ..common import SyncCase, run_jobs

# What carries a job changes with it: a trigger on that would be its own cause.
CARRIERS = ("queue.job", "queue.job.lock", "sync.job", "sync.job.batch")
DB = """
    def handle_db(records):
        log(records._name)
        log(len(records))
"""


@tagged("post_install", "-at_install")
class TestEachModel(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task(DB)
        domain = [
            *(("abstract", "=", False), ("transient", "=", False)),
            ("model", "not in", CARRIERS),
        ]
        cls.models = cls.env["ir.model"].search(domain)
        for condition in ("on_create_or_write", "on_unlink"):
            for model in cls.models:
                cls.make_trigger(
                    *(cls.task, "db"),
                    name=f"{condition} {model.model}",
                    model_id=model.id,
                    condition=condition,
                )
        # Making them was an event for some of them.
        with mute_logger("odoo.addons.sync.engine.events.collected"):
            cls.env.cr.flush()
        collected.forget(cls.env.cr)
        cls.earlier = cls.task.job_ids

    def heard(self):
        """Return the models that jobs were about, when all have run."""
        with mute_logger("odoo.addons.sync.engine.events.collected"):
            run_jobs(self.env, 300)
        jobs = self.task.job_ids - self.earlier
        self.assertEqual(set(jobs.mapped("state")), {"done"}, jobs.mapped("error"))
        logs = jobs.log_ids.filtered(lambda log: log.type == "message")
        return set(logs.mapped("message"))

    def test_there_are_many(self):
        self.assertGreater(len(self.models), 100)
        self.assertEqual(len(self.task.db_trigger_ids), 2 * len(self.models))

    def test_records_of_people(self):
        partner = self.env["res.partner"].create(
            {"name": "Ada", "child_ids": [Command.create({"name": "Bob"})]}
        )
        new_test_user(self.env, "sweeper", groups="base.group_user")
        body = "Hello"
        partner.message_post(body=body, message_type="comment")
        self.env["ir.attachment"].create({"name": "a.txt", "raw": b"a"})
        other = partner.create({"name": "Ada"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((partner + other).ids, partner)
        partner.unlink()
        heard = self.heard()
        for name in ("res.partner", "res.users", "mail.message", "ir.attachment"):
            self.assertIn(name, heard)

    def test_records_of_administrators(self):
        env = self.env
        model = env["ir.model"].create({"name": "Sweep", "model": "x_sweep"})
        env["ir.model.fields"].create(
            {"name": "x_note", "model_id": model.id, "ttype": "char"}
        )
        env["x_sweep"].create({"x_note": "a"}).unlink()
        env["ir.config_parameter"].set_param("sweep.a", "b")
        env["ir.cron"].create({"name": "a", "model_id": model.id, "code": "pass"})
        env["ir.rule"].create({"name": "a", "model_id": model.id})
        arch = "<list><field name='name'/></list>"
        env["ir.ui.view"].create({"name": "a", "model": "res.partner", "arch": arch})
        env["res.lang"]._activate_lang("fr_FR")
        heard = self.heard()
        for name in ("ir.config_parameter", "ir.rule", "ir.ui.view", "res.lang"):
            self.assertIn(name, heard)

    def test_records_of_the_studio(self):
        task = self.make_task("def handle_button():\n    log('here')\n")
        self.make_trigger(task, "button").action_run_now()
        self.assertIn("sync.task", self.heard())
        self.assertEqual(task.job_ids.state, "done")
        task.project_id.unlink()
        self.assertIn("sync.project", self.heard())
