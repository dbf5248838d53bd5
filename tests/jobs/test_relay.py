from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.queue_job.jobrunner.channels import ChannelManager
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.errors import JobFailed
from ...engine.runs import relay
from ...models.queue import runner, sync_job_relay
from ..common import SyncCase

_CONTROLLER = "odoo.addons.queue_job.controllers.main"


@tagged("post_install", "-at_install")
class TestRelay(SyncCase):
    """Which job a worker may go on to, after one that the job runner has sent it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        task = cls.make_task(
            """
            def handle_button():
                log("did it")
            """
        )
        cls.trigger = cls.make_trigger(task)

    def _job(self, **queued):
        """Queue a job; ``queued`` are values of its row in the queue."""
        job = self.trigger._enqueue()
        job._queue_jobs().write(queued)
        self.env.flush_all()
        return job

    @contextmanager
    def _request(self):
        """Run jobs as the request of the job runner does; yield what follows."""
        with relay.opened() as line:
            yield line

    def _next(self, job):
        """Run a job; return the one that its worker has taken after it."""
        with self._request() as line:
            job._run_queued()
            uuids = list(line)
        self.env.invalidate_all()
        return self.env["sync.job"].search([("queue_job_uuid", "in", uuids)])

    def test_next_job_of_the_channel_is_taken(self):
        first, second, third = self._job(), self._job(), self._job()
        self._run_first(first)
        self.assertEqual(self._next(first), second)
        self.assertEqual(second.state, "started")
        self.assertEqual(third.state, "pending")

    def _run_first(self, job):
        """Let the job runner have sent this job."""
        job._queue_jobs().state = "started"
        self.env.flush_all()

    def test_order_is_the_job_runners(self):
        first, _late, urgent = self._job(), self._job(), self._job(priority=1)
        self._run_first(first)
        self.assertEqual(self._next(first), urgent)

    def test_job_with_a_later_start_is_not_taken(self):
        first = self._job()
        self._job(eta=fields.Datetime.now() + timedelta(hours=1))
        self._run_first(first)
        self.assertFalse(self._next(first))

    def test_job_of_another_channel_comes_first(self):
        first, _second = self._job(), self._job()
        other = self._job(channel="root.sync.prices", priority=1)
        self._run_first(first)
        self.assertFalse(self._next(first))
        self.assertEqual(other.state, "pending")

    def test_job_of_another_addon_comes_first(self):
        first, _second = self._job(), self._job()
        foreign = self.env["res.partner"].with_delay(priority=1).search([])
        foreign.db_record().channel = "root.sync"
        self.env.flush_all()
        self._run_first(first)
        self.assertFalse(self._next(first))
        self.assertEqual(foreign.db_record().state, "pending")

    def test_channels_with_a_pace_are_left_to_the_job_runner(self):
        config = ["root:4", "sync.slow:1:throttle=2", "root.sync.one:1:sequential"]
        config = ",".join([*config, "b:2", "c:2:throttle=0"])
        paced = relay.paced_channels(ChannelManager.parse_simple_config(config))
        self.assertEqual(paced, ["root.sync.slow", "root.sync.one", "root.c"])
        for channel, taken in (
            ("root.sync.slow", False),
            ("root.sync.one.more", False),
            ("root.sync.slower", True),
        ):
            with self.subTest(channel=channel):
                first, second = self._job(channel=channel), self._job(channel=channel)
                self._run_first(first)
                with patch.object(sync_job_relay, "_paced_channels", lambda: paced):
                    self.assertEqual(self._next(first) == second, taken)
                (first + second)._queue_jobs().state = "done"
                self.env.flush_all()

    def test_failing_job_takes_no_other(self):
        first, second = self._job(), self._job()
        first.task_id.code = "def handle_button():\n    raise ValueError('no stock')"
        self._run_first(first)
        with self._request() as line:
            with self.assertRaisesRegex(JobFailed, "no stock"):
                first._run_queued()
            self.assertFalse(list(line))
        self.assertEqual(second.state, "pending")

    def test_request_that_has_lasted_takes_no_other(self):
        first, _second = self._job(), self._job()
        self._run_first(first)
        with patch.object(relay, "LIMIT", 0.0):
            self.assertFalse(self._next(first))

    def test_job_outside_of_a_request_takes_no_other(self):
        first, second = self._job(), self._job()
        self._run_first(first)
        first._run_queued()
        self.env.invalidate_all()
        self.assertEqual(second.state, "pending")

    def test_job_runner_cannot_queue_what_is_taken(self):
        for state in ("started", "done", "failed", "cancelled"):
            with self.subTest(state=state):
                job = self._job(state=state)
                self.env.cr.execute(
                    "UPDATE queue_job SET state = 'enqueued' WHERE uuid = %s",
                    (job.queue_job_uuid,),
                )
                self.env.invalidate_all()
                self.assertEqual(job._queue_jobs().state, state)

    def test_failure_is_recorded_by_who_holds_the_job(self):
        task = self.make_task("def handle_button():\n    raise ValueError('no stock')")
        trigger = self.make_trigger(task)
        for held, state in ((True, "failed"), (False, "started")):
            with self.subTest(held=held), self.registry.cursor() as cr:
                job = trigger._enqueue().with_env(self.env(cr=cr))
                self.env.flush_all()
                job_uuid = job._claim_next(cr)
                with self._lost_lock(held), mute_logger(_CONTROLLER):
                    with suppress(JobFailed):
                        runner.Runner._run_taken(job.env, job_uuid)
                self.env.invalidate_all()
                self.assertEqual(self.env["sync.job"].browse(job.id).state, state)

    @contextmanager
    def _lost_lock(self, held):
        """Let the job runner give a job away while its worker rolls back."""
        lock = runner._lock
        locks = iter((lock, lock if held else lambda *args: None))
        with (
            patch.object(runner, "_lock", lambda *args: next(locks)(*args)),
            mute_logger(runner.__name__),
        ):
            yield
