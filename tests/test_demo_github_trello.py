import json
import sys
from unittest import skipUnless
from unittest.mock import patch

from odoo import modules
from odoo.tests import HttpCase, tagged
from odoo.tools import convert_file, mute_logger

from .common import SyncCase

try:
    import github as PyGithub

    from .simulators import GitHubSimulator, TrelloSimulator
except ImportError:
    # The simulators take no part in the wheel, and PyGithub is for this demo only.
    PyGithub = None

PROJECT = "sync.project_demo_github_trello"
ISSUE = "github_trello_issue"
LOGGER = "odoo.addons.queue_job"


@skipUnless(PyGithub, "PyGithub or the simulators are not installed")
class GitHubTrelloCase(SyncCase, HttpCase):
    """The demo project, switched on between two simulated services."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref(PROJECT, raise_if_not_found=False):
            # The database has no demo data.
            path = "demo/github_trello_demo.xml"
            convert_file(cls.env, "sync", path, {}, noupdate=True)
        cls.project = cls.env.ref(PROJECT)
        cls.project.active = True

    def setUp(self):
        super().setUp()
        self.github = self.start(GitHubSimulator())
        self.trello = self.start(TrelloSimulator(time_scale=0.001))
        self.person = self.github.visitor()
        self.reader = self.trello.visitor()
        self.configure(
            GITHUB_API_URL=self.github.url,
            GITHUB_REPO=self.github.repository,
            GITHUB_TOKEN=self.github.token,
            GITHUB_WEBHOOK_SECRET="a secret of ours",
            TRELLO_API_URL=f"{self.trello.url}/1",
            TRELLO_BOARD_ID=self.trello.board.short_link,
            TRELLO_KEY=self.trello.key,
            TRELLO_TOKEN=self.trello.token,
            TRELLO_SECRET=self.trello.secret,
        )

    def start(self, simulator):
        simulator.start()
        self.addCleanup(simulator.stop)
        return simulator

    def configure(self, **values):
        for key, value in values.items():
            lines = self.project.secret_ids
            if key not in lines.mapped("key"):
                lines = self.project.param_ids
            lines.filtered(lambda line: line.key == key).value = value
        self.env.flush_all()

    def trigger(self, name):
        return self.env.ref(f"sync.trigger_demo_github_trello_{name}")

    def connect(self):
        """Create the webhooks on both sides."""
        jobs = self.click("create")
        self.assert_done(jobs)
        return jobs

    def click(self, name):
        """Click a button, and run all that follows from it."""
        self.trigger(name).action_run_now()
        return self.settle()

    def repair(self, strategy=None):
        """Run the nightly job, and all that follows from it."""
        if strategy:
            self.configure(LABELS_STRATEGY=strategy)
        self.trigger("repair").action_run_manually()
        return self.settle()

    @classmethod
    def _request_handler(cls, session, request, **options):
        if request.method == "POST" and request.path_url == "/1/webhooks":
            # Trello looks at a webhook's address before it answers.
            with modules.module.current_test.allow_requests(all_requests=True):
                return super()._request_handler(session, request, **options)
        return super()._request_handler(session, request, **options)

    def settle(self):
        """Let deliveries and jobs cause one another until nothing happens any more."""
        jobs, new = self.env["sync.job"], True
        while new or self.pending():
            self.env.flush_all()
            with self.allow_requests(all_requests=True):
                for simulator in (self.github, self.trello):
                    simulator.wait_deliveries()
            self.env.invalidate_all()
            new = self.run_jobs()
            jobs |= new
        return jobs

    def pending(self):
        domain = [("model_name", "=", "sync.job"), ("state", "=", "pending")]
        return self.env["queue.job"].search_count(domain)

    def assert_done(self, jobs):
        for job in jobs:
            super().assert_done(job)


@tagged("post_install", "-at_install")
class TestTry(GitHubTrelloCase):
    def test_try(self):
        self.person.create_label("bug", "d73a4a")
        jobs = self.connect()
        print(self.log_text(jobs))
        issue = self.person.open_issue("Broken", "It is broken", ["bug"])
        self.person.comment(issue.number, "Indeed")
        jobs = self.settle()
        for job in jobs:
            print(job.handler, job.state, job.payload)
            print(self.log_text(job))
        print(json.dumps(self.trello.state()["boards"][0]["cards"], indent=1))
        print([d.as_dict() for d in self.github.deliveries])
