"""Jobs in real worker processes: watched, failing, killed."""

import os
import re
import signal
import time

from stage import StudioCase, wait_for

_OS = """
    import os as _os

    def process_id():
        return _os.getpid()
"""


class TestJobs(StudioCase):
    """Jobs that somebody watches, that fail, and whose worker dies."""

    def test_log_of_a_running_job_can_be_watched(self):
        trigger = self.make_task(
            """
            def handle_button():
                log("before")
                time.sleep(4)
                log("after")
            """,
            "button",
        )
        job = self.click(trigger)
        wait_for("the first line", lambda: self.log(job) == ["before"])
        self.assertEqual(self.job(job)["state"], "started")
        self.assertEqual(self.finished(job)["state"], "done")
        self.assertEqual(self.log(job), ["before", "after"])

    def test_failing_job_keeps_its_log_and_nothing_else(self):
        trigger = self.make_task(
            """
            def handle_button():
                env["res.partner"].create({"name": "Half done"})
                log("created")
                add_job(handle_button)()
                raise ValueError("no stock")
            """,
            "button",
        )
        job = self.finished(self.click(trigger))
        self.assertEqual(job["state"], "failed")
        self.assertEqual(job["error"], "ValueError: no stock")
        created, traceback = self.log(job["id"])
        self.assertEqual(created, "created")
        self.assertIn('raise ValueError("no stock")', traceback)
        self.assertEqual(self.count("res.partner", "Half done"), 0)
        self.assertEqual(len(self.jobs(trigger)), 1)

    def test_job_of_a_killed_worker_runs_again(self):
        trigger = self.make_task(
            """
            def handle_button():
                log(f"process {process_id()}")
                env["res.partner"].create({"name": "Phoenix"})
                time.sleep(3)
            """,
            "button",
            _OS,
        )
        others = self.make_task(
            """
            def handle_button():
                env["res.partner"].create({"name": "Bystander"})
            """,
            "button",
        )
        clicked = time.monotonic()
        job = self.click(trigger)
        bystanders = [self.click(others) for _ in range(5)]
        self._kill_worker_of(job)
        for bystander in bystanders:
            self.assertEqual(self.finished(bystander)["state"], "done")
        # The runner takes a job for dead 10 seconds after it was sent to a worker, and
        # looks for such jobs whenever something is queued.
        time.sleep(max(0, 11 - (time.monotonic() - clicked)))
        bystanders.append(self.click(others))
        self.assertEqual(self.finished(job)["state"], "done")
        self.assertEqual(self.count("res.partner", "Phoenix"), 1)
        self.assertEqual(self.finished(bystanders[-1])["state"], "done")
        self.assertEqual(self.count("res.partner", "Bystander"), len(bystanders))

    def _kill_worker_of(self, job):
        """Kill the worker that runs a job, as soon as its log names the process."""
        (line,) = wait_for("the process", lambda: self.log(job))
        worker = int(re.fullmatch(r"process (\d+)", line)[1])
        self.assertIn(worker, self.studio.worker_pids())
        os.kill(worker, signal.SIGKILL)
