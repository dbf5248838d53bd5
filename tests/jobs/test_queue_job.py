import ast
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

import psycopg2
import psycopg2.pool
from odoo.addons.queue_job.controllers.main import RunJobController
from odoo.addons.queue_job.delay import chain
from odoo.addons.queue_job.exception import FailedJobError
from odoo.addons.queue_job.job import Job
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.errors import JobFailed
from ...engine.runs import relay
from ...models.queue import queue_job_names, sql_objects, sync_job_relay
from ...models.queue.runner import Runner
from ..common import SyncCase

ROOT = Path(__file__).parents[2]
_CONTROLLER = "odoo.addons.queue_job.controllers.main"
_OBJECTS = """
    SELECT proname FROM pg_proc WHERE proname LIKE 'sync\\_job\\_%%'
    UNION ALL
    SELECT tgname FROM pg_trigger
     WHERE tgrelid = 'queue_job'::regclass AND tgname LIKE 'sync\\_%%'
    UNION ALL
    SELECT indexname FROM pg_indexes
     WHERE tablename = 'queue_job' AND indexname LIKE 'sync\\_%%'
"""


@tagged("post_install", "-at_install")
class TestQueueJobNames(SyncCase):
    """What we use of queue_job's inside is looked over before anything runs."""

    def test_they_are_used_in_one_file(self):
        public = {"odoo.addons.queue_job.exception"}
        for room in ("controllers", "engine", "models", "wizard"):
            for path in (ROOT / room).rglob("*.py"):
                if path.name == "queue_job_names.py":
                    continue
                for node in ast.walk(ast.parse(path.read_text())):
                    if not isinstance(node, ast.ImportFrom | ast.Import):
                        continue
                    names = {getattr(node, "module", None) or ""}
                    names |= {alias.name for alias in node.names}
                    used = {n for n in names if "addons.queue_job" in n}
                    self.assertLessEqual(used, public, path.name)

    def assert_refused(self, what):
        """Check that the error says which release is wanted, and what has changed."""
        wanted = f"works with queue_job {queue_job_names.WANTED}; .*{what}"
        return self.assertRaisesRegex(queue_job_names.QueueJobChanged, wanted)

    def test_a_name_that_is_gone(self):
        with self.assert_refused("RunJobController._run_it is gone"):
            queue_job_names._found(RunJobController, "_run_it", "env", "job")

    def test_a_method_that_takes_something_else(self):
        with patch.object(RunJobController, "_runjob", lambda job: None):
            with self.assert_refused(r"_runjob takes \(job\), not \(env, job\)"):
                queue_job_names._found(RunJobController, "_runjob", "env", "job")

    def test_a_column_that_is_gone(self):
        queue_job_names.check(self.env)
        for model, column in (("queue.job", "eta"), ("queue.job.lock", "queue_job_id")):
            fields = {**self.env[model]._fields}
            del fields[column]
            with (
                patch.object(self.registry[model], "_fields", fields),
                self.assert_refused(f"{model} has no column {column}"),
            ):
                self.env["sync.job"]._register_hook()

    def test_a_method_of_a_model_that_takes_something_else(self):
        queue = self.registry["queue.job"]
        with patch.object(queue, "_message_post_on_failure", lambda job, mail: None):
            with self.assert_refused("_message_post_on_failure takes"):
                queue_job_names.check(self.env)


@tagged("post_install", "-at_install")
class TestQueueSql(SyncCase):
    """What the addon creates on the queue's tables goes when the addon goes."""

    def _objects(self):
        self.env.cr.execute(_OBJECTS)
        return sorted(name for (name,) in self.env.cr.fetchall())

    def test_all_that_is_created_is_dropped(self):
        created = self._objects()
        self.assertEqual(len(created), 8, created)
        sql_objects.drop(self.env.cr)
        self.assertEqual(self._objects(), [])
        sql_objects.create(self.env.cr)
        self.assertEqual(self._objects(), created)


@tagged("post_install", "-at_install")
class TestOneRun(SyncCase):
    """A job that a worker takes after another is run as any other job is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task("def handle_button():\n    log('did it')")
        cls.trigger = cls.make_trigger(cls.task)
        cls.classPatch(sync_job_relay, "_told", set())

    def _job(self, **queued):
        job = self.trigger._enqueue()
        job._queue_jobs().write(queued)
        self.env.flush_all()
        return job

    def _sent(self, job, cr):
        queued = Job.load(self.env, job.queue_job_uuid)
        queued.set_enqueued()
        queued.store()
        self.env.flush_all()
        Runner._run_sent(self.env(cr=cr), job.queue_job_uuid)

    def _taken(self, job, cr):
        job_uuid = job.with_env(self.env(cr=cr))._claim_next(cr)
        self.assertEqual(job_uuid, job.queue_job_uuid)
        Runner._run_taken(self.env(cr=cr), job_uuid)

    def ways(self):
        """Return the name of each way in which a job comes to be run, and the way."""
        found = (self._sent, self._taken)
        return [(way.__name__, partial(self._run_by, way)) for way in found]

    def _run_by(self, way, job):
        """Run a job; return the error that came out, if any."""
        with mute_logger(_CONTROLLER), self.registry.cursor() as cr:
            try:
                return way(job, cr)
            except (JobFailed, FailedJobError) as error:
                return error
            finally:
                self.env.invalidate_all()

    def _retry_code(self, **values):
        said = ", ".join(f"{name}={value!r}" for name, value in values.items())
        raising = f"raise RetryableJobError('down'{said and ', ' + said})"
        self.task.code = f"def handle_button():\n    {raising}"

    def test_done_job(self):
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job(exc_name="X", exc_info="of the try before")
                run(job)
                queued = job._queue_jobs()
                self.assert_done(job)
                self.assertEqual((queued.state, queued.retry), ("done", 1))
                self.assertFalse(queued.exc_name or queued.exc_info)
                self.assertGreaterEqual(queued.exec_time, 0)
                self.assertLessEqual(queued.date_started, queued.date_done)
                self.assertAlmostEqual(job.duration, queued.exec_time, 3)

    def test_try_again_after_a_while(self):
        self._retry_code(seconds=77)
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job()
                run(job)
                queued = job._queue_jobs()
                wait = (queued.eta - queued.date_created).total_seconds()
                self.assertTrue(70 < wait < 90, wait)
                queued.state = "cancelled"

    def test_try_that_does_not_count(self):
        self._retry_code(ignore_retry=True)
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job()
                run(job)
                queued = job._queue_jobs()
                self.assertEqual((queued.state, queued.retry), ("pending", 0))
                queued.state = "cancelled"

    def test_last_try(self):
        self._retry_code()
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job(retry=1, max_retries=2)
                self.assertIn("Max. retries", str(run(job)))
                self.assertEqual(job._queue_jobs().state, "failed")
                self.assertEqual(self.messages(job), ["To be retried: down"])

    def test_tries_without_an_end(self):
        self._retry_code()
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job(retry=100, max_retries=0)
                run(job)
                queued = job._queue_jobs()
                self.assertEqual((queued.state, queued.retry), ("pending", 101))
                queued.state = "cancelled"

    def test_retry_pattern_of_the_job_function(self):
        function = self.env.ref("sync.job_function_run")
        function.retry_pattern = {1: 5, 3: 4000}
        self._retry_code()
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job(retry=2)
                run(job)
                queued = job._queue_jobs()
                wait = (queued.eta - queued.date_created).total_seconds()
                self.assertGreater(wait, 3900)
                queued.state = "cancelled"

    def test_jobs_that_depend_on_it_are_queued(self):
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job()
                first = self.env["res.partner"].delayable().search([])
                then = self.env["res.partner"].delayable().search([])
                chain(first, then).delay()
                before, after = (
                    delayable._generated_job.db_record() for delayable in (first, then)
                )
                # A chain whose first job is ours.
                before.write({"state": "done"})
                ours = job._queue_jobs()
                ours.graph_uuid = after.graph_uuid
                uuids = {"depends_on": [], "reverse_depends_on": [after.uuid]}
                ours.dependencies = uuids
                uuids = {"depends_on": [ours.uuid], "reverse_depends_on": []}
                after.dependencies = uuids
                after.state = "wait_dependencies"
                self.env.flush_all()
                run(job)
                self.assertEqual(after.state, "pending")
                after.state = "cancelled"

    def test_failure_undoes_the_run_before_it_is_recorded(self):
        self.task.code = """
def handle_button():
    log("renaming")
    env["res.partner"].browse(trigger_partner).write({"name": "Half done"})
    env.flush_all()
    raise ValueError("no stock")
""".replace("trigger_partner", str(self.env.user.partner_id.id))
        for way, run in self.ways():
            with self.subTest(way):
                job = self._job()
                self.assertIn("no stock", str(run(job)))
                self.assertNotEqual(self.env.user.partner_id.name, "Half done")
                self.assertEqual(job.state, "failed")
                self.assertEqual(self.messages(job)[0], "renaming")
                self.assertIn("no stock", self.messages(job)[-1])

    # -- taking ------------------------------------------------------------------

    @contextmanager
    def _failing(self, error):
        with patch.object(
            self.registry["sync.job"], "_claim_next", side_effect=error, autospec=True
        ):
            yield

    def _take_twice(self, error):
        with self._failing(error), relay.opened():
            for _ in range(2):
                self._job()._take_next()

    def test_changed_schema_is_told_once(self):
        error = psycopg2.errors.UndefinedFunction("sync_job_take() does not exist")
        with self.assertLogs(sync_job_relay.__name__, "ERROR") as logs:
            self._take_twice(error)
        self.assertEqual(len(logs.output), 1)
        self.assertIn("sync_job_take() does not exist", logs.output[0])
        self.assertIn(queue_job_names.WANTED, logs.output[0])

    def test_function_that_is_gone_is_told(self):
        self.env.cr.execute("DROP FUNCTION sync_job_take")
        job = self._job()
        with (
            relay.opened() as line,
            self.assertLogs(sync_job_relay.__name__, "ERROR") as logs,
            mute_logger("odoo.sql_db"),
        ):
            job._take_next()
        self.assertIn("sync_job_take", logs.output[0])
        self.assertFalse(list(line))

    def test_others_that_were_faster_are_not_told(self):
        for kind in ("SerializationFailure", "LockNotAvailable", "AdminShutdown"):
            error = getattr(psycopg2.errors, kind)("someone was faster")
            with self.assertNoLogs(sync_job_relay.__name__, "INFO"):
                self._take_twice(error)
        with self.assertNoLogs(sync_job_relay.__name__, "INFO"):
            self._take_twice(psycopg2.pool.PoolError("The Connection Pool Is Full"))
