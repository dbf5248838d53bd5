"""Small jobs, of which a worker runs several by one request of the job runner."""

import os
import signal
import time

from stage import StudioCase, wait_for

_REQUEST = """
    import os as _os
    import time as _time

    from odoo.http import request as _request

    def request_and_process():
        return f"{_request.httprequest.args['job_uuid']} {_os.getpid()}"

    def is_alone():
        # Held until the job's transaction is over.
        env.cr.execute("SELECT pg_try_advisory_xact_lock(19)")
        return env.cr.fetchone()[0]
"""


class TestRelay(StudioCase):
    """Jobs that share a request share nothing else."""

    def _run(self, code, protected_code=_REQUEST):
        """Click a button; return its trigger once all jobs that follow are over."""
        trigger = self.make_task(code, "button", protected_code)
        self.click(trigger)
        self._wait_for_all(trigger)
        return trigger

    def _wait_for_all(self, trigger):
        waiting = ("pending", "started")
        wait_for(
            "the end of all jobs",
            lambda: all(job["state"] not in waiting for job in self.jobs(trigger)),
        )

    def _logs(self, trigger):
        domain = [("trigger_id", "=", trigger["id"])]
        rows = self.read("sync.log", domain, "message", "job_id", order="id")
        return [(row["job_id"][0], row["message"]) for row in rows]

    def test_small_jobs_share_requests(self):
        trigger = self._run(
            """
            def handle_button():
                for number in range(60):
                    add_job(work)(number)

            def work(number):
                log(request_and_process())
            """
        )
        logs = self._logs(trigger)
        self.assertEqual(len({job for job, _message in logs}), 60)
        self.assertEqual({job["state"] for job in self.jobs(trigger)}, {"done"})
        self.assertLess(len({message.split()[0] for _job, message in logs}), 30)

    def test_each_job_has_its_own_transaction_failure_and_retry(self):
        trigger = self._run(
            """
            def handle_button():
                for number in range(30):
                    add_job(work)(number)

            def work(number):
                env["res.partner"].create({"name": f"Relayed {number % 3}"})
                if number % 3 == 1:
                    raise ValueError(f"no stock for {number}")
                if number % 3 == 2:
                    raise RetryableJobError("busy", seconds=1)
            """
        )
        jobs = [job for job in self.jobs(trigger) if job["parent_id"]]
        states = sorted(job["state"] for job in jobs)
        # What always asks for another attempt fails after the last one.
        self.assertEqual(states, ["done"] * 10 + ["failed"] * 20)
        errors = {job["error"] for job in jobs if job["state"] == "failed"}
        self.assertIn("ValueError: no stock for 1", errors)
        self.assertEqual(len(errors), 11)
        self.assertEqual(self.count("res.partner", "Relayed 0"), 10)
        self.assertEqual(self.count("res.partner", "Relayed 1"), 0)
        self.assertEqual(self.count("res.partner", "Relayed 2"), 0)

    def test_job_sees_what_the_one_before_it_did(self):
        trigger = self._run(
            """
            def handle_button():
                env["res.partner"].create({"name": "Counter", "color": 0})
                for _ in range(25):
                    add_job(count, channel="root.sync.prices")()

            def count():
                counter = env["res.partner"].search([("name", "=", "Counter")])
                counter.write({"color": counter.color + 1})
            """
        )
        self.assertEqual({job["state"] for job in self.jobs(trigger)}, {"done"})
        domain = [("name", "=", "Counter")]
        self.assertEqual(self.read("res.partner", domain, "color")[0]["color"], 25)
        domain = [("method_name", "=", "_run_queued"), ("retry", ">", 1)]
        domain.append(("channel", "=", "root.sync.prices"))
        self.assertFalse(self.read("queue.job", domain, "retry"))

    def test_channel_for_one_job_runs_one_at_a_time(self):
        trigger = self._run(
            """
            def handle_button():
                for _ in range(60):
                    add_job(work, channel="root.sync.prices")()

            def work():
                if not is_alone():
                    raise ValueError("Another job of this channel is running")
                time.sleep(0.003)
            """
        )
        self.assertEqual({job["state"] for job in self.jobs(trigger)}, {"done"})
        self.assertEqual(len(self.jobs(trigger)), 61)

    def test_urgent_job_does_not_wait_for_the_rest(self):
        trigger = self._run(
            """
            def handle_button():
                for _ in range(40):
                    add_job(work)("small")
                add_job(work, priority=1, channel="root.sync.prices")("urgent")

            def work(name):
                log(name)
                time.sleep(0.02)
            """
        )
        messages = [message for _job, message in self._logs(trigger)]
        self.assertEqual(len(messages), 41)
        self.assertLess(messages.index("urgent"), 15)

    def test_no_job_of_a_killed_worker_is_lost_or_done_twice(self):
        trigger = self.make_task(
            """
            def handle_button():
                for number in range(60):
                    add_job(work)(number)

            def work(number):
                env["res.partner"].create({"name": f"Survivor {number}"})
                log(request_and_process())
                time.sleep(0.02)
            """,
            "button",
            _REQUEST,
        )
        clicked = time.monotonic()
        self.click(trigger)
        logs = wait_for("some logs", lambda: self._logs(trigger)[4:])
        os.kill(int(logs[-1][1].split()[1]), signal.SIGKILL)
        time.sleep(max(0, 12 - (time.monotonic() - clicked)))
        # The runner looks for jobs of dead workers when something is queued.
        self.click(trigger)
        self._wait_for_all(trigger)
        self.assertEqual({job["state"] for job in self.jobs(trigger)}, {"done"})
        for number in range(60):
            self.assertEqual(self.count("res.partner", f"Survivor {number}"), 2)
