"""Jobs that can't be run, at a real job runner: they hold no place of their channel."""

import time

from stage import StudioCase, wait_for

WAIT = 25  # seconds, in which the waiting jobs are ruined


class TestStalls(StudioCase):
    """Broken jobs fail at once, more of them than there are places for."""

    def test_broken_jobs_stop_no_other(self):
        trigger = self.make_task(
            f"""
            def handle_button():
                for number in range(6):
                    add_job(work, eta={WAIT})(number)

            def work(number):
                log("did it")
            """,
            "button",
        )
        user = self._leaver()
        leaver = self.studio.client("leaver", "leaver")
        leaver.call("sync.trigger", "action_run_now", [trigger["id"]])
        mine = self._sub_jobs(trigger, 6)
        self.click(trigger)
        others = [job for job in self._sub_jobs(trigger, 12) if job not in mine]
        self.admin.call("res.users", "unlink", [user])
        self._ruin(others)
        bystander = self.make_task("def handle_button():\n    log('here')", "button")
        time.sleep(WAIT)
        start = time.monotonic()
        self.assertEqual(self.finished(self.click(bystander))["state"], "done")
        self.assertLess(time.monotonic() - start, 8)
        for job in mine:
            self.assertIn("user of this job was deleted", self._failed(job))
        self.assertIn("can't be read", self._failed(others[0]))
        self._failed(others[1])
        self.assertIn("has no function nope", self._failed(others[3]))
        self.assertIn("SystemExit: 3", self._failed(others[4]))
        self.assertEqual(self.finished(others[5])["state"], "done")
        self._wait_for_empty_queue()

    def test_cancel_of_many_while_they_run(self):
        trigger = self.make_task(
            """
            def handle_button():
                for number in range(200):
                    add_job(work)(number)

            def work(number):
                time.sleep(0.02)
            """,
            "button",
        )
        self.click(trigger)
        jobs = self._sub_jobs(trigger, 200)
        wait_for("a first job that is done", lambda: "done" in self._states(jobs))
        action = self.admin.call("sync.job", "action_cancel", jobs)
        self.assertRegex(action["params"]["message"], r"^\d+ of 200 jobs are cancelled")
        wait_for(
            "the end of all jobs",
            lambda: not {"pending", "started"} & {*self._states(jobs)},
        )
        states = self._states(jobs)
        self.assertEqual({*states}, {"done", "cancelled"})
        self.assertGreater(states.count("cancelled"), 100)

    def _states(self, jobs):
        rows = self.read("sync.job", [("id", "in", jobs)], "state")
        return [row["state"] for row in rows]

    def _leaver(self):
        developer = self.xmlid("sync.group_developer")
        groups = [(4, self.xmlid("base.group_user")), (4, developer)]
        values = {"name": "Leaver", "login": "leaver", "password": "leaver"}
        values["group_ids"] = groups
        (user,) = self.admin.call("res.users", "create", [values])
        return user

    def _sub_jobs(self, trigger, count):
        def waiting():
            jobs = [job["id"] for job in self.jobs(trigger) if job["parent_id"]]
            return sorted(jobs) if len(jobs) == count else None

        return wait_for("the sub-jobs", waiting)

    def _ruin(self, jobs):
        """Change waiting jobs in SQL, as an accident would."""
        cut, records, deleted, function, leave, _sound = jobs
        trigger = self.make_task(
            f"""
            def handle_button():
                set_job({cut}, "payload = '{{{{'")
                set_job({function}, "handler = 'nope'")
                set_job({leave}, "handler = 'leave'")
                env.cr.execute(
                    "UPDATE queue_job SET records = '[]' WHERE uuid ="
                    " (SELECT queue_job_uuid FROM sync_job WHERE id = {records})")
                env.cr.execute("DELETE FROM sync_job WHERE id = {deleted}")

            def set_job(id, values):
                env.cr.execute("UPDATE sync_job SET " + values + " WHERE id = %s", [id])
            """,
            "button",
        )
        protected = "import sys as _sys\ndef leave(number):\n    _sys.exit(3)"
        project = self.read("sync.job", [("id", "=", leave)], "project_id")
        project_id = project[0]["project_id"][0]
        values = {"protected_code": protected}
        self.admin.call("sync.project", "write", [project_id], values)
        self.assertEqual(self.finished(self.click(trigger))["state"], "done")

    def _failed(self, job):
        job = self.finished(job)
        self.assertEqual(job["state"], "failed")
        return job["error"]

    def _wait_for_empty_queue(self):
        domain = [
            ("model_name", "=", "sync.job"),
            ("state", "in", ("pending", "enqueued", "started")),
        ]
        wait_for("an empty queue", lambda: not self.read("queue.job", domain, "uuid"))
