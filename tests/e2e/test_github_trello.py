"""The demo project GitHub - Trello with workers and a job runner, and what goes wrong.

Each test tells one story, in which people work on both sides, and compares how it ends.
"""

import json

import simulated  # noqa: F401  finds the simulators
from simulators import GitHubSimulator, TrelloSimulator
from stage import StudioCase, wait_for

PROJECT = "sync.project_demo_github_trello"
PREFIX = "sync.trigger_demo_github_trello_"
SECRET = "a secret of ours"
QUICK = {1: 1, 2: 1, 3: 2, 4: 2}  # seconds before another attempt, for impatient tests
OVER = ("done", "failed", "cancelled")

# How the story ends.
LABELS = {"fault": "sky", "idea": "lime_dark", "later": "sky_light", "urgent": "pink"}
COLOURS = {"fault": "6cc3e0", "idea": "5b7f24", "later": "a2eeef", "urgent": "e774bb"}
ISSUES = {
    "Crashes at night": ["urgent"],
    "Mend the crash": ["fault", "idea"],
    "Too slow, and loud": ["later"],
}
CARDS = {
    "GitHub: Crashes at night": ("Done", ["urgent"], ["Why?", "I know why"]),
    "GitHub: Mend the crash": ("To do", ["fault", "idea"], ["Please look at it"]),
    "GitHub: Too slow, and loud": ("Doing", ["later"], []),
}


class GitHubTrello(StudioCase):
    """The project, switched on between two simulated services that begin anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.github = GitHubSimulator()
        cls.trello = TrelloSimulator(time_scale=0.01)
        for simulator in (cls.github, cls.trello):
            simulator.start()
            cls.addClassCleanup(simulator.stop)
        url = ("web.base.url", cls.studio.url)
        cls.admin.call("ir.config_parameter", "set_param", *url)
        cls.hooks, cls.trello_hooks = {}, {}

    def setUp(self):
        super().setUp()
        self.github.reset()
        self.trello.reset()
        self.person, self.reader = self.github.visitor(), self.trello.visitor()
        self.forget_links()
        self.connect()

    def connect(self):
        """Have the webhooks created once; services that begin anew get them back."""
        if not self.hooks:
            self.configure_all()
            self.addClassCleanup(self.switch_off)
            self.press("create")
            self.hooks.update(self.repository().hooks)
            self.trello_hooks.update(self.trello.store.webhooks)
        self.repository().hooks.update(self.hooks)
        self.trello.store.webhooks.update(self.trello_hooks)

    def configure_all(self):
        self.configure(
            GITHUB_API_URL=self.github.url,
            GITHUB_REPO=self.github.repository,
            GITHUB_TOKEN=self.github.token,
            GITHUB_WEBHOOK_SECRET=SECRET,
            TRELLO_API_URL=f"{self.trello.url}/1",
            TRELLO_BOARD_ID=self.trello.board.id,
            TRELLO_KEY=self.trello.key,
            TRELLO_TOKEN=self.trello.token,
            TRELLO_SECRET=self.trello.secret,
        )

    def forget_links(self):
        links = self.read("sync.link", [("relation", "like", "github_trello")], "id")
        self.admin.call("sync.link", "unlink", [link["id"] for link in links])

    def configure(self, **values):
        """Set parameters and secrets and switch the project on, all in one call."""
        changes = {"active": True}
        for name, model in (("param_ids", "param"), ("secret_ids", "secret")):
            domain = [("project_id", "=", self.xmlid(PROJECT))]
            domain.append(("key", "in", [*values]))
            rows = self.read(f"sync.project.{model}", domain, "key")
            changes[name] = [
                (1, row["id"], {"value": values[row["key"]]}) for row in rows
            ]
        self.admin.call("sync.project", "write", [self.xmlid(PROJECT)], changes)

    def switch_off(self):
        values = {"active": False}
        self.admin.call("sync.project", "write", [self.xmlid(PROJECT)], values)

    def retry_soon(self):
        """Let jobs that are to be retried not wait for long."""
        function = self.xmlid("sync.job_function_run")
        (row,) = self.read(
            "queue.job.function", [("id", "=", function)], "edit_retry_pattern"
        )
        self.addCleanup(self.set_pattern, function, row["edit_retry_pattern"])
        self.set_pattern(function, str(QUICK))

    def set_pattern(self, function, pattern):
        values = {"edit_retry_pattern": pattern}
        self.admin.call("queue.job.function", "write", [function], values)

    def trigger(self, name):
        return {"id": self.xmlid(PREFIX + name)}

    def press(self, name):
        """Press a button, and wait for all that follows from it."""
        job = self.finished(self.click(self.trigger(name)))
        self.assertEqual(job["state"], "done", job["error"])
        self.settle()

    def repair(self):
        """Run what usually runs at night, and wait for all that follows from it."""
        trigger = self.trigger("repair")["id"]
        self.admin.call("sync.trigger", "action_run_manually", [trigger])
        self.settle()

    def settle(self):
        """Wait until deliveries and jobs don't cause one another any more."""
        wait_for("the end of all jobs", self.is_quiet)
        domain = [("project_id", "=", self.xmlid(PROJECT)), ("state", "=", "failed")]
        self.assertFalse(self.read("sync.job", domain, "handler", "error"))

    def is_quiet(self):
        for simulator in (self.github, self.trello):
            simulator.wait_deliveries(60)
        domain = [("project_id", "=", self.xmlid(PROJECT)), ("state", "not in", OVER)]
        before = len(self.github.deliveries + self.trello.deliveries)
        busy = self.admin.call("sync.job", "search_count", domain)
        after = len(self.github.deliveries + self.trello.deliveries)
        return not busy and before == after

    # The story

    def tell(self):
        self.begin()
        self.settle()
        self.go_on()
        self.settle()

    def begin(self):
        person = self.person
        person.create_label("bug", "d73a4a")
        person.create_label("later", "a2eeef")
        crash = person.open_issue("Crashes", "Each night.", ["bug", "later"])
        person.comment(crash.number, "Why?")
        person.open_issue("Too slow", None, ["bug"])
        person.open_pull("Mend the crash", "See #1", ["bug"])
        self.reader.create_label("urgent", "pink")
        self.reader.create_label("idea", "lime_dark")

    def go_on(self):
        self.work_on_github()
        self.work_on_trello()

    def work_on_github(self):
        person = self.person
        person.edit_issue(1, title="Crashes at night")
        person.comment(1, "I know")
        comment = max(self.repository().issues[1].comments)
        person.close(1)
        person.set_labels(1, ["later"])
        person.edit_comment(comment, "I know why")
        person.set_labels(2, ["later"])
        person.edit_issue(2, title="Too slow, and loud")
        passing = person.comment(3, "Never mind")
        person.comment(3, "Please look at it")
        person.delete_comment(passing.id)
        person.close(3)
        person.reopen(3)

    def work_on_trello(self):
        reader, label = self.reader, self.label
        bug = label("bug")
        reader.edit_label(bug, name="fault", color="sky")
        crash, slow, mend = (self.card(number) for number in (1, 2, 3))
        reader.add_label(crash, label("urgent"))
        reader.remove_label(crash, label("later"))
        reader.add_label(mend, label("idea"))
        reader.move_card(slow, self.trello.list_named("Doing"))

    def repository(self):
        return self.github.store.repository(*self.github.repository.split("/"))

    def label(self, name):
        labels = self.trello.board.labels.values()
        return next(label for label in labels if label.name == name)

    def card(self, number):
        cards = self.trello.board.cards.values()
        return next(card for card in cards if card.desc.endswith(f"/{number})"))

    def assert_end(self):
        """Check that both sides show what the story must lead to, and nothing twice."""
        board = self.trello.board
        labels = {lb.name: lb.color for lb in board.labels.values() if lb.name}
        self.assertEqual(labels, LABELS)
        repository = self.repository()
        labels = {label.name: label.color for label in repository.labels}
        self.assertEqual(labels, COLOURS)
        issues = {each.title: names(each) for each in repository.issues.values()}
        self.assertEqual(issues, ISSUES)
        cards = sorted((card.name, self.shown(card)) for card in board.cards.values())
        self.assertEqual(cards, sorted(CARDS.items()))

    def shown(self, card):
        comments = self.trello.board.comments(card)
        texts = [comment["data"]["text"].splitlines()[0] for comment in comments]
        return card.list.name, names(card), texts


def names(thing):
    return sorted(label.name for label in thing.labels)


class TestUsage(GitHubTrello):
    """Step by step, as the documentation of the demo describes it."""

    def test_story(self):
        self.tell()
        self.assert_end()
        self.check_links()
        self.check_secrets()
        self.github.calls.clear()
        self.trello.calls.clear()
        self.repair()
        # Nothing was left to do.
        calls = [*self.github.calls, *self.trello.calls]
        self.assertFalse([call for call in calls if call.method != "GET"])

    def check_links(self):
        links = self.read("sync.link", [("relation", "=like", "github_trello_issue %")])
        pairs = {link["ref1"]: link["ref2"] for link in links}
        wanted = {str(n): self.card(n).id for n in (1, 2, 3)}
        self.assertEqual(pairs, wanted)

    def check_secrets(self):
        domain = [("project_id", "=", self.xmlid(PROJECT))]
        text = json.dumps(self.read("sync.log", domain, "message"))
        text += self.studio.log.read_text(errors="replace")
        for secret in (self.github.token, self.trello.token, SECRET):
            self.assertNotIn(secret, text)

    def test_button_pushes_what_was_there_before(self):
        self.press("remove")
        self.begin()
        self.settle()
        self.assertFalse(self.trello.board.cards)
        self.press("create")
        self.press("push")
        self.go_on()
        self.settle()
        self.assert_end()

    def test_strategies(self):
        self.addCleanup(self.configure, LABELS_STRATEGY="MERGE")
        for strategy, wanted in (
            ("USE_TRELLO", ["board", "both"]),
            ("UNION", ["board", "both", "hub"]),
        ):
            with self.subTest(strategy=strategy):
                self.make_drift(strategy)
                self.repair()
                (issue,) = [
                    issue
                    for issue in self.repository().issues.values()
                    if issue.title == strategy
                ]
                self.assertEqual(names(issue), wanted)
                self.assertEqual(names(self.card(issue.number)), wanted)

    def make_drift(self, strategy):
        """Let both sides change while neither tells of it."""
        self.configure(LABELS_STRATEGY=strategy)
        issue = self.person.open_issue(strategy, None, ["both", "hub", "board"])
        self.settle()
        self.github.fail("lose", times=None)
        self.trello.fail("lose", times=None)
        self.person.set_labels(issue.number, ["both", "hub"])
        labels = [self.label("both"), self.label("board")]
        self.reader.set_labels(self.card(issue.number), labels)
        self.github.faults.clear()
        self.trello.faults.clear()


class TestFaults(GitHubTrello):
    """Whatever goes wrong on the way, the story ends as it must."""

    def setUp(self):
        super().setUp()
        self.retry_soon()

    def test_deliveries_come_twice(self):
        for simulator in (self.github, self.trello):
            simulator.fail("duplicate", times=None)
        self.tell()
        self.assert_end()

    def test_deliveries_come_in_another_order(self):
        for simulator in (self.github, self.trello):
            simulator.fail("reorder", times=2)
            simulator.fail("reorder", times=3)
            simulator.fail("reorder", times=2)
        self.tell()
        self.assert_end()

    def test_deliveries_do_not_come_at_all(self):
        self.begin()
        self.settle()
        for simulator in (self.github, self.trello):
            simulator.fail("lose", times=None)
        self.go_on()
        self.settle()
        self.repair()
        self.assert_end()

    def test_odoo_is_down_meanwhile(self):
        self.begin()
        self.settle()
        self.studio.server.stop()
        self.go_on()
        self.studio.server.start()
        self.studio.server.wait()
        self.repair()
        self.assert_end()

    def test_both_are_in_trouble(self):
        self.fail_often(self.github)
        self.fail_often(self.trello)
        self.tell()
        self.assert_end()

    def fail_often(self, simulator):
        """Let calls fail before, and others after, they have had an effect."""
        simulator.fail("status", match="GET")
        simulator.fail("down", match="GET")
        simulator.fail("status", status=502, match="POST", after=True)
        simulator.fail("down", match="POST", after=True)
        simulator.fail("down", match="PATCH|PUT|DELETE", after=True)
        simulator.fail("slow", seconds=2, match="POST")

    def test_limits_of_calls(self):
        self.github.fail("rate_limit", seconds=2, match="GET .*/issues/2")
        self.trello.rate_limit = 45
        self.addCleanup(setattr, self.trello, "rate_limit", None)
        self.tell()
        self.assert_end()
        refused = [call.status for call in self.trello.calls if call.status == 429]
        self.assertTrue(refused)

    def test_jobs_for_one_issue_at_the_same_time(self):
        """Two jobs, each of which has looked before the other one has made the card."""
        self.press("remove")
        self.begin()
        self.trello.fail("slow", seconds=1.5, match="POST /1/cards$", times=3)
        for _click in range(3):
            self.click(self.trigger("push"))
        self.press("create")
        self.person.comment(2, "At the same time")
        self.settle()
        self.assertEqual(len(self.trello.board.cards), 3)
        counts = [len(self.shown(self.card(number))[2]) for number in (1, 2, 3)]
        self.assertEqual(counts, [1, 1, 0])
        # Whether they have met depends on the machine; the end doesn't.


class TestSecurity(GitHubTrello):
    """Only what the services have signed is believed."""

    def test_wrongly_signed_deliveries_are_refused(self):
        (hook,) = self.repository().hooks.values()
        for signer in (hook, self.trello):
            self.addCleanup(setattr, signer, "secret", signer.secret)
            signer.secret = "guessed"
        self.person.open_issue("Forged")
        self.reader.create_label("forged", "red")
        for simulator in (self.github, self.trello):
            delivery = simulator.deliveries[-1]
            wait_for("an answer", lambda delivery=delivery: delivery.attempts)
            simulator.worker.cancel()
            self.assertEqual(delivery.attempts[0].status, 403)
        self.settle()
        self.assertFalse(self.trello.board.cards)
