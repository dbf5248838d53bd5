"""GitHub's REST API, called by PyGithub."""

from datetime import datetime, timedelta, timezone

import github
from github import GithubException, UnknownObjectException

from ..github import GitHubSimulator
from .common import SimulatorCase


class GitHubCase(SimulatorCase):
    def setUp(self):
        super().setUp()
        self.sim = self.start(GitHubSimulator())
        self.client = self.connect()
        self.repo = self.client.get_repo("demo/studio")

    def connect(self, token: str = "", prefix: str = "", **options: object):
        """Return a client of the official library that neither waits nor retries."""
        options = {"retry": None, **options}
        return github.Github(
            base_url=self.sim.url + prefix,
            auth=github.Auth.Token(token or self.sim.token),
            seconds_between_requests=0,
            seconds_between_writes=0,
            **options,
        )

    def assertRefused(self, status: int, text: str, function, *arguments, **options):
        with self.assertRaises(GithubException) as caught:
            function(*arguments, **options)
        self.assertEqual(caught.exception.status, status)
        self.assertIn(text, str(caught.exception.data))

    def names(self, issue) -> list[str]:
        return sorted(label.name for label in issue.get_labels())


class TestAccess(GitHubCase):
    def test_caller_is_known_by_the_token(self):
        self.assertEqual(self.client.get_user().login, "studio-bot")
        self.assertEqual(self.repo.full_name, "demo/studio")

    def test_api_is_also_below_the_prefix_of_enterprise(self):
        client = self.connect(prefix="/api/v3")
        issue = client.get_repo("demo/studio").create_issue("One")
        self.assertIn("/api/v3/repos/demo/studio/issues/1", issue.url)
        self.assertEqual(issue.update(), True)
        issue.edit(title="Two")
        self.assertEqual(self.repo.get_issue(1).title, "Two")

    def test_wrong_or_missing_token(self):
        with self.assertRaises(github.BadCredentialsException):
            self.connect("wrong").get_user().login  # noqa: B018 - asks the service
        answer = self.call("GET", f"{self.sim.url}/user")
        self.assertEqual(
            (answer.status_code, answer.json()["message"]),
            (401, "Requires authentication"),
        )

    def test_token_may_come_as_bearer_or_password(self):
        for options in (
            {"headers": {"Authorization": f"Bearer {self.sim.token}"}},
            {"auth": ("studio-bot", self.sim.token)},
        ):
            answer = self.call("GET", f"{self.sim.url}/user", **options)
            self.assertEqual(answer.json()["login"], "studio-bot")

    def test_reader_may_only_look(self):
        self.sim.add_token("ghp_reader", "reader", "read")
        repo = self.connect("ghp_reader").get_repo("demo/studio")
        self.assertRefused(403, "not accessible", repo.create_issue, "One")

    def test_what_does_not_exist(self):
        for function, argument in (
            (self.client.get_repo, "demo/nothing"),
            (self.repo.get_issue, 7),
            (self.repo.get_label, "nothing"),
            (self.repo.get_hook, 7),
        ):
            with self.assertRaises(UnknownObjectException):
                function(argument)

    def test_broken_json_is_refused(self):
        answer = self.call(
            "POST",
            f"{self.sim.url}/repos/demo/studio/issues",
            data="{",
            headers={"Authorization": f"token {self.sim.token}"},
        )
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(answer.json()["message"], "Problems parsing JSON")


class TestIssues(GitHubCase):
    def test_issue_has_what_clients_read(self):
        issue = self.repo.create_issue("One", body="Text", labels=["new"])
        found = self.repo.get_issue(issue.number)
        self.assertEqual(
            (found.title, found.body, found.state), ("One", "Text", "open")
        )
        self.assertEqual(found.user.login, "studio-bot")
        self.assertEqual(found.html_url, f"{self.sim.url}/demo/studio/issues/1")
        self.assertIsNone(found.pull_request)
        self.assertEqual(self.names(found), ["new"])
        self.assertEqual(self.call("GET", found.html_url).status_code, 200)

    def test_closing_and_reopening(self):
        issue = self.repo.create_issue("One")
        issue.edit(state="closed")
        found = self.repo.get_issue(1)
        self.assertEqual(found.state_reason, "completed")
        self.assertEqual(found.closed_by.login, "studio-bot")
        self.assertIsNotNone(found.closed_at)
        issue.edit(state="open")
        self.assertIsNone(self.repo.get_issue(1).closed_at)

    def test_title_is_needed(self):
        self.assertRefused(422, "title", self.repo.create_issue, "")
        issue = self.repo.create_issue("One")
        self.assertRefused(422, "Validation Failed", issue.edit, title=" ")

    def test_lists_are_filtered_and_sorted(self):
        desk = self.sim.visitor()
        for title, labels in (("A", ["x"]), ("B", ["x", "y"]), ("C", [])):
            desk.open_issue(title, labels=labels)
        desk.close(1)

        def titles(**options):
            return [issue.title for issue in self.repo.get_issues(**options)]

        self.assertEqual(titles(), ["C", "B"])
        self.assertEqual(titles(state="closed"), ["A"])
        self.assertEqual(titles(state="all", direction="asc"), ["A", "B", "C"])
        self.assertEqual(titles(state="all", labels=["x", "Y"]), ["B"])
        self.assertEqual(titles(state="all", sort="updated"), ["A", "C", "B"])

    def test_since_leaves_out_what_has_not_changed(self):
        self.sim.visitor().open_issue("Old")
        issue = self.sim.store.repository("demo", "studio").issues[1]
        issue.updated_at -= 3600
        self.sim.visitor().open_issue("New")
        since = datetime.now(timezone.utc) - timedelta(minutes=5)
        titles = [issue.title for issue in self.repo.get_issues(since=since)]
        self.assertEqual(titles, ["New"])

    def test_long_lists_come_in_pages(self):
        for number in range(7):
            self.sim.visitor().open_issue(f"Issue {number}")
        client = self.connect(per_page=3)
        issues = client.get_repo("demo/studio").get_issues(direction="asc")
        self.assertEqual([issue.number for issue in issues], list(range(1, 8)))
        self.assertEqual(issues.totalCount, 7)
        self.assertEqual([issue.number for issue in issues.reversed][:2], [7, 6])

    def test_links_lead_to_the_other_pages(self):
        for number in range(7):
            self.sim.visitor().open_issue(f"Issue {number}")
        answer = self.call(
            "GET",
            f"{self.sim.url}/repos/demo/studio/issues",
            params={"per_page": 3, "page": 2, "state": "all"},
            headers={"Authorization": f"token {self.sim.token}"},
        )
        self.assertEqual(set(answer.links), {"prev", "next", "last", "first"})
        url = answer.links["last"]["url"]
        self.assertIn("page=3", url)
        self.assertIn("state=all", url)

    def test_unchanged_answer_is_304(self):
        headers = {"Authorization": f"token {self.sim.token}"}
        url = f"{self.sim.url}/repos/demo/studio"
        tag = self.call("GET", url, headers=headers).headers["ETag"]
        headers["If-None-Match"] = tag
        self.assertEqual(self.call("GET", url, headers=headers).status_code, 304)

    def test_deleted_issue_is_gone_and_its_number_too(self):
        self.sim.visitor().open_issue("One")
        self.sim.visitor().delete_issue(1)
        self.assertRefused(410, "deleted", self.repo.get_issue, 1)
        self.assertEqual(self.repo.create_issue("Two").number, 2)


class TestPullRequests(GitHubCase):
    def test_pull_request_is_an_issue_too(self):
        self.sim.visitor().open_pull("Change", "Text", head="feature")
        issue = self.repo.get_issue(1)
        self.assertTrue(issue.html_url.endswith("/pull/1"))
        pull = issue.as_pull_request()
        self.assertEqual(pull.title, "Change")
        self.assertEqual(pull.head.ref, "feature")
        self.assertEqual([pull.number for pull in self.repo.get_pulls()], [1])
        with self.assertRaises(UnknownObjectException):
            self.repo.create_issue("No pull request")
            self.repo.get_pull(2)

    def test_pull_request_can_be_made_closed_and_merged(self):
        pull = self.repo.create_pull("main", "feature", title="One")
        pull.edit(state="closed")
        self.assertEqual(self.repo.get_issue(1).state, "closed")
        self.assertFalse(self.repo.get_pull(1).merged)
        pull = self.repo.create_pull("main", "other", title="Two")
        self.assertTrue(pull.merge().merged)
        self.assertTrue(self.repo.get_pull(2).merged)
        self.assertRefused(405, "not mergeable", pull.merge)


class TestComments(GitHubCase):
    def test_comments_are_listed_changed_and_deleted(self):
        issue = self.repo.create_issue("One")
        first = issue.create_comment("First")
        self.sim.visitor().comment(1, "Second")
        bodies = [comment.body for comment in issue.get_comments()]
        self.assertEqual(bodies, ["First", "Second"])
        first.edit("Changed")
        self.assertEqual(issue.get_comment(first.id).body, "Changed")
        self.assertTrue(first.html_url.endswith(f"/issues/1#issuecomment-{first.id}"))
        first.delete()
        everywhere = [comment.body for comment in self.repo.get_issues_comments()]
        self.assertEqual(everywhere, ["Second"])
        self.assertEqual(self.repo.get_issue(1).comments, 1)

    def test_empty_comment_is_refused(self):
        issue = self.repo.create_issue("One")
        self.assertRefused(422, "cannot be blank", issue.create_comment, " ")


class TestLabels(GitHubCase):
    def test_label_is_created_changed_and_deleted(self):
        label = self.repo.create_label("bug", "D73A4A", "Broken")
        self.assertEqual((label.color, label.description), ("d73a4a", "Broken"))
        label.edit("fault/serious", "00ff00")
        label = self.repo.get_label("fault/serious")
        self.assertEqual(label.color, "00ff00")
        label.delete()
        self.assertEqual(list(self.repo.get_labels()), [])

    def test_wrong_labels_are_refused(self):
        self.repo.create_label("bug", "d73a4a")
        other = self.repo.create_label("other", "d73a4a")
        create = self.repo.create_label
        self.assertRefused(422, "already_exists", create, "BUG", "000000")
        self.assertRefused(422, "invalid", create, "new", "#00000")
        self.assertRefused(422, "missing_field", create, "", "000000")
        self.assertRefused(422, "already_exists", other.edit, "bug", "000000")

    def test_labels_of_an_issue(self):
        self.repo.create_label("a", "000000")
        issue = self.repo.create_issue("One")
        issue.add_to_labels("A", "b")
        self.assertEqual(self.names(issue), ["a", "b"])
        issue.set_labels("b", "c")
        self.assertEqual(self.names(issue), ["b", "c"])
        issue.remove_from_labels("b")
        self.assertRefused(404, "Label does not exist", issue.remove_from_labels, "b")
        issue.delete_labels()
        self.assertEqual(self.names(issue), [])
        self.assertEqual(
            [label.name for label in self.repo.get_labels()], ["a", "b", "c"]
        )

    def test_deleted_label_leaves_the_issues(self):
        issue = self.repo.create_issue("One", labels=["a", "b"])
        self.repo.get_label("a").delete()
        self.assertEqual(self.names(issue), ["b"])


class TestLimits(GitHubCase):
    def test_budget_is_told_and_ends(self):
        self.sim.limits.limit = 2
        client = self.connect()
        client.get_user().login  # noqa: B018 - asks the service
        self.assertEqual(client.rate_limiting, (0, 2))
        self.assertEqual(client.get_rate_limit().rate.remaining, 0)
        with self.assertRaises(github.RateLimitExceededException):
            client.get_user().login  # noqa: B018 - asks the service

    def test_primary_limit_on_demand(self):
        self.sim.fail("rate_limit", seconds=60)
        with self.assertRaises(github.RateLimitExceededException) as caught:
            self.repo.get_issue(1)
        headers = caught.exception.headers
        self.assertEqual(headers["x-ratelimit-remaining"], "0")
        left = int(headers["x-ratelimit-reset"]) - datetime.now().timestamp()
        self.assertAlmostEqual(left, 60, delta=3)

    def test_secondary_limit_says_when_to_come_back(self):
        issue = self.repo.create_issue("One")
        self.sim.fail("rate_limit", seconds=1, secondary=True)
        patient = self.connect(retry=github.GithubRetry(total=1), lazy=True)
        repo = patient.get_repo("demo/studio")
        began = datetime.now()
        self.assertEqual(repo.get_issue(1).title, issue.title)
        self.assertGreaterEqual((datetime.now() - began).total_seconds(), 0.9)

    def test_limits_can_be_429(self):
        self.sim.fail("rate_limit", seconds=5, secondary=True, status=429)
        self.assertRefused(429, "secondary rate limit", self.repo.get_issue, 1)
