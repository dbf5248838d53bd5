from unittest import skipUnless
from urllib.parse import urlsplit

from odoo import modules
from odoo.tests import HttpCase
from odoo.tools import convert_file

from ..common import SyncCase

try:
    import github as PyGithub

    from ..simulators import GitHubSimulator, TrelloSimulator
except ImportError:
    # The simulators take no part in the wheel, and PyGithub is for this demo only.
    PyGithub = None

PROJECT = "sync.project_demo_github_trello"
ISSUE = "github_trello_issue"


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
        (self.repository,) = self.github.store.repositories.values()
        self.person = self.github.visitor()
        self.reader = self.trello.visitor()
        self.settings = {
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPO": self.github.repository,
            "GITHUB_TOKEN": self.github.token,
            "GITHUB_WEBHOOK_SECRET": "a secret of ours",
            "TRELLO_API_URL": f"{self.trello.url}/1",
            "TRELLO_BOARD_ID": self.trello.board.short_link,
            "TRELLO_KEY": self.trello.key,
            "TRELLO_TOKEN": self.trello.token,
            "TRELLO_SECRET": self.trello.secret,
        }
        self.configure(**self.settings)

    def start(self, simulator):
        simulator.start()
        self.addCleanup(simulator.stop)
        return simulator

    def configure(self, **values):
        for key, value in values.items():
            for lines in (self.project.param_ids, self.project.secret_ids):
                lines.filtered_domain([("key", "=", key)]).write({"value": value})
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

    def run_again(self, jobs):
        """Run jobs again whose turn has come."""
        postponed = jobs.filtered(lambda job: job.state == "pending")
        self.assertTrue(postponed, "No job waits for another attempt")
        postponed._queue_jobs().state = "pending"
        return self.settle()

    # What the two services show

    def open_issue(self, title="Broken", *args, **options):
        issue = self.person.open_issue(title, *args, **options)
        self.assert_done(self.settle())
        return issue

    def card(self, issue):
        """Return the only card of an issue."""
        links = self.env["sync.link"].search(
            [
                ("relation", "=", self.between(ISSUE)),
                ("ref1", "=", str(issue.number)),
            ]
        )
        self.assertEqual(len(links), 1)
        kind = "pull" if issue.pull else "issues"
        address = f"/{self.repository.full_name}/{kind}/{issue.number})"
        cards = list(self.trello.board.cards.values())
        (card,) = [card for card in cards if card.desc.endswith(address)]
        self.assertEqual(card.id, links.ref2)
        return card

    def between(self, kind):
        """Return the relation of links between the repository and the board."""
        github, trello = [urlsplit(s.url).netloc for s in (self.github, self.trello)]
        return f"{kind} {github}/{self.repository.id} {trello}/{self.trello.board.id}"

    def texts(self, card):
        comments = self.trello.board.comments(card)
        return [comment["data"]["text"] for comment in comments]

    def board_labels(self):
        """Return {name: colour} of the board's labels that have a name."""
        labels = self.trello.board.labels.values()
        return {label.name: label.color for label in labels if label.name}

    def board_label(self, name):
        labels = self.trello.board.labels.values()
        return next(label for label in labels if label.name == name)

    def repository_labels(self):
        """Return {name: colour} of the repository's labels."""
        repository = self.github.state()["repositories"][0]
        return {label["name"]: label["color"] for label in repository["labels"]}

    def assert_labels(self, issue, *names):
        """Check which labels an issue and its card have."""
        for thing in (issue, self.card(issue)):
            self.assertEqual(sorted(label.name for label in thing.labels), [*names])

    def writes(self, simulator):
        return [call for call in simulator.calls if call.method not in ("GET", "HEAD")]
