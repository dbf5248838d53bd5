"""The demo project without a job runner, as in a default Odoo."""

import story


class TestCronMode(story.Story):
    """One process with threads: the addon's own cron runs the jobs."""

    options = {"job_runner": False, "workers": 0}

    def test_there_is_no_job_runner(self):
        (project,) = self.read(
            "sync.project",
            [("id", "=", self.xmlid("sync.project_demo_odoo2odoo"))],
            "runner_state",
        )
        self.assertEqual(project["runner_state"], "cron")
