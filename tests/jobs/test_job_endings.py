import json
import os
from itertools import count
from unittest.mock import patch

import psycopg2
from odoo.addons.queue_job.job import Job
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...controllers import queue
from ...models.queue import execution
from ..common import SyncCase

_NOISY = (
    "odoo.addons.queue_job.controllers.main",
    "odoo.addons.sync.models.job.sync_job_ending",
    "odoo.addons.sync.models.queue.execution",
    "odoo.http",
    "odoo.sql_db",
)
_numbers = count()
CODE = """
def handle_button():
    log("did it")

def handle_db(records):
    log(len(records))
"""


def _sql(query):
    """Return what changes a job by SQL."""
    return lambda case, job: case.env.cr.execute(query, {"id": job.id})


def _queued(column, value):
    query = f"UPDATE queue_job SET {column} = %s WHERE uuid = %s"
    return lambda case, job: case.env.cr.execute(query, (value, job.queue_job_uuid))


def _payload(text):
    return lambda case, job: job.write({"payload": text})


def _delete_company(case, job):
    company = case.env["res.company"].create({"name": f"Of job {job.id}"})
    records = json.dumps(
        {
            **{"_type": "odoo_recordset", "model": "sync.job", "ids": job.ids},
            **{"uid": job.user_id.id, "su": True},
            "context": {"allowed_company_ids": company.ids},
        }
    )
    case.env.cr.execute(
        "UPDATE queue_job SET company_id = %s, records = %s WHERE uuid = %s",
        (company.id, records, job.queue_job_uuid),
    )
    case.env.invalidate_all()
    company.unlink()


def _delete_user_of_old_job(case, job):
    # The release before didn't keep the companies.
    records = {"_type": "odoo_recordset", "model": "sync.job", "ids": job.ids}
    records.update(uid=job.user_id.id, su=True)
    _queued("records", json.dumps(records))(case, job)
    job.user_id.unlink()


# What may be wrong with a job, and what its error says.
BROKEN = {
    "user deleted": (lambda case, job: job.user_id.unlink(), "user of this job was"),
    "user deleted, job of the release before": (
        _delete_user_of_old_job,
        "user of this job was deleted",
    ),
    "company deleted": (_delete_company, "company of this job was deleted"),
    "job deleted by SQL": (_sql("DELETE FROM sync_job WHERE id = %(id)s"), None),
    "task archived": (
        lambda case, job: job.task_id.write({"active": False}),
        "is archived",
    ),
    "project archived": (
        lambda case, job: job.project_id.write({"active": False}),
        "is archived",
    ),
    "no such function": (
        lambda case, job: job.write({"handler": "nope"}),
        "has no function nope",
    ),
    "payload cut": (_payload('{"args": ['), "called with can't be read"),
    "payload of nobody": (_payload('["args"]'), "called with can't be read"),
    "payload too deep": (_payload('{"args": ' + "[" * 99_999), "nested too deeply"),
    "event of no model": (
        lambda case, job: job._add_batch("x_gone", [1], None),
        "the model x_gone, which isn't there any more",
    ),
    "payload token": (
        lambda case, job: job.write({"payload": "{}", "payload_token": "x"}),
        "",
    ),
    "record of no model": (
        _queued("records", '{"_type": "odoo_recordset", "model": "no.model"}'),
        "KeyError",
    ),
    "records a text": (_queued("records", '"text"'), ""),
    "no records": (_queued("records", None), ""),
    "records of two": (
        _queued(
            "records",
            json.dumps({"_type": "odoo_recordset", "model": "sync.job", "ids": [1, 2]}),
        ),
        "",
    ),
}


@tagged("post_install", "-at_install")
class TestBrokenJobs(SyncCase, HttpCase):
    """No job, whatever is wrong with it, holds a place or stops another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trigger = cls.make_trigger(cls.make_task(CODE))

    def _job(self):
        # Without a password, which takes long to hash.
        values = {"name": "Leaver", "login": f"leaver {next(_numbers)}"}
        user = self.env["res.users"].create(values)
        trigger = self.make_trigger(self.make_task(CODE)).with_user(user).sudo()
        job = trigger._enqueue().with_env(self.env)
        self.env.flush_all()
        return job

    # -- the three ways in which jobs are run --------------------------------------

    def by_runner(self, job_uuid):
        """Send a job to a worker, as the job runner does."""
        self.env.cr.execute(
            "UPDATE queue_job SET state = 'enqueued' WHERE uuid = %s", (job_uuid,)
        )
        self.url_open(f"/queue_job/runjob?db={self.cr.dbname}&job_uuid={job_uuid}")

    def by_cron(self, job_uuid):
        """Run a job as the scheduled action does."""
        self.env["sync.job"]._run_pending(job_uuid)

    def by_relay(self, job_uuid):
        """Run a job after another one, in the same request."""
        with self.registry.cursor() as cr:
            env = self.env(cr=cr)
            cr.execute(
                """
                UPDATE queue_job SET state = 'started', worker_pid = %s,
                       date_started = now(), date_enqueued = now() WHERE uuid = %s
                """,
                (os.getpid(), job_uuid),
            )
            cr.execute(
                "INSERT INTO queue_job_lock (id, queue_job_id)"
                " SELECT id, id FROM queue_job WHERE uuid = %s",
                (job_uuid,),
            )
            # A job is taken in a transaction of its own.
            cr.commit()  # pylint: disable=invalid-commit
            queue._run_next(env, job_uuid)

    def ways(self):
        return (self.by_runner, self.by_cron, self.by_relay)

    def run_by(self, way, job_uuid):
        self.env.flush_all()
        with mute_logger(*_NOISY):
            way(job_uuid)
        self.env.invalidate_all()

    # -- what is wrong ---------------------------------------------------------------

    def test_broken_job_fails_and_says_why(self):
        for what, (ruin, error) in BROKEN.items():
            for way in self.ways():
                with self.subTest(what, way=way.__name__):
                    job = self._job()
                    job_uuid = job.queue_job_uuid
                    ruin(self, job)
                    self.run_by(way, job_uuid)
                    domain = [("uuid", "=", job_uuid)]
                    queued = self.env["queue.job"].search(domain)
                    self.assertEqual(queued.state, "failed")
                    if error is not None:
                        self.assertEqual(job.state, "failed")
                        self.assertIn(error, job.error)
                        self.assertTrue(job.date_end)

    def test_job_runs_all_the_same(self):
        lang = self.env["res.lang"]._activate_lang("fr_FR")
        for what, change in {
            "user archived": lambda job: job.user_id.write({"active": False}),
            "trigger deleted": lambda job: job.trigger_id.unlink(),
            "language gone": lambda job: lang.write({"active": False}),
        }.items():
            for way in self.ways():
                with self.subTest(what, way=way.__name__):
                    lang.active = True
                    login = f"{what} {way.__name__}"
                    user = self.env["res.users"].create({"name": "X", "login": login})
                    trigger = self.make_trigger(self.make_task(CODE)).with_user(user)
                    trigger = trigger.sudo().with_context(lang="fr_FR")
                    job = trigger._enqueue().with_env(self.env)
                    self.env.flush_all()
                    change(job)
                    self.run_by(way, job.queue_job_uuid)
                    self.assert_done(job)

    def test_what_ends_a_process_ends_the_job_alone(self):
        code = "import sys\ndef leave():\n    sys.exit(3)"
        names = ("SystemExit", "KeyboardInterrupt", "GeneratorExit")
        kinds = "".join(f"\ndef {n.lower()}():\n    raise {n}('x')" for n in names)
        project = self.make_project(protected_code=code + kinds)
        for call in ("leave", *map(str.lower, names)):
            for way in self.ways():
                with self.subTest(call, way=way.__name__):
                    task = self.make_task(
                        f"def handle_button():\n    {call}()", project
                    )
                    job = self.make_trigger(task)._enqueue()
                    self.run_by(way, job.queue_job_uuid)
                    self.assertEqual(job.state, "failed")
                    kind = "systemexit" if call == "leave" else call
                    self.assertIn(kind, job.error.lower())

    def test_what_odoo_ends_a_process_with(self):
        task = self.make_task("def handle_button():\n    env['res.partner'].create({})")
        trigger = self.make_trigger(task)
        partners = self.registry["res.partner"]
        for way in self.ways():
            with self.subTest(way=way.__name__):
                job = trigger._enqueue()
                with patch.object(partners, "create", side_effect=SystemExit(3)):
                    self.run_by(way, job.queue_job_uuid)
                self.assertEqual(job.state, "failed")
                self.assertIn("SystemExit: 3 ends nothing but this job", job.error)

    def test_failure_that_cannot_be_recorded_is_recorded_otherwise(self):
        task = self.make_task("def handle_button():\n    raise ValueError('no stock')")
        trigger = self.make_trigger(task)
        for way in self.ways():
            with self.subTest(way=way.__name__):
                job = trigger._enqueue()
                self.env.flush_all()
                full = patch.object(Job, "set_failed", side_effect=ValueError("full"))
                logs = patch.object(execution, "write_apart", side_effect=ValueError)
                with full, logs:
                    self.run_by(way, job.queue_job_uuid)
                self.assertEqual((job.state, bool(job.error)), ("failed", True))

    def test_broken_jobs_let_others_run(self):
        jobs = [self._job() for _ in BROKEN]
        for job, (ruin, _error) in zip(jobs, BROKEN.values(), strict=True):
            ruin(self, job)
        bystander = self.trigger._enqueue()
        self.env.flush_all()
        with self.registry.cursor() as cr, mute_logger(*_NOISY):
            self.env(cr=cr)["sync.job"]._cron_run_jobs()
        self.env.invalidate_all()
        self.assert_done(bystander)

    # -- changes of mind ---------------------------------------------------------------

    def test_broken_jobs_are_cancelled_and_deleted(self):
        for what, (ruin, error) in BROKEN.items():
            if error is None:
                continue
            for level in ("job", "queue", "delete"):
                with self.subTest(what, level=level):
                    job = self._job()
                    queued = job._queue_jobs()
                    ruin(self, job)
                    self.env.flush_all()
                    self.env.invalidate_all()
                    if level == "job":
                        job.with_user(self.developer).action_cancel()
                    elif level == "queue":
                        queued.button_cancelled()
                        self.env.flush_all()
                    else:
                        job.with_user(self.manager).unlink()
                    self.env.invalidate_all()
                    if level == "delete":
                        self.assertFalse(job.exists() or queued.exists())
                    else:
                        states = (job.state, queued.state)
                        self.assertEqual(states, ("cancelled", "cancelled"))

    def test_job_whose_entry_in_the_queue_is_deleted(self):
        trigger = self.make_trigger(
            self.make_task("def handle_cron():\n    pass"), "cron"
        )
        trigger.action_run_manually()
        job = trigger.job_ids
        job._queue_jobs().unlink()
        self.env.invalidate_all()
        self.assertEqual(job.state, "cancelled")
        self.assertIn("entry in the queue", job.error)
        self.assertTrue(trigger._queue_next())

    def test_job_without_an_entry_in_the_queue(self):
        jobs = self._job() + self._job() + self._job()
        jobs[2].state = "started"
        jobs.queue_job_uuid = "gone"
        self.env.flush_all()
        jobs[0].action_cancel()
        self.env["sync.job"]._gc_orphans()
        self.assertEqual(jobs.mapped("state"), ["cancelled", "cancelled", "failed"])

    def test_entry_that_would_end_the_job_runner_is_refused(self):
        job = self._job()
        self.env.flush_all()
        for column in ("priority", "date_created"):
            with (
                self.subTest(column),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.NotNullViolation),
                self.env.cr.savepoint(),
            ):
                _queued(column, None)(self, job)
