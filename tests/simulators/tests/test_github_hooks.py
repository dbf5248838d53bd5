"""What GitHub tells the webhooks of a repository."""

import hashlib
import hmac
import json

from github import GithubException

from .common import Received
from .test_github_issues import GitHubCase

SECRET = "hush"
EVENTS = ["issues", "pull_request", "issue_comment", "label"]


class HookCase(GitHubCase):
    def setUp(self):
        super().setUp()
        self.receiver_ = self.receiver()
        self.desk = self.sim.visitor()

    def create_hook(self, **options: object):
        config = {"url": self.receiver_.url, "content_type": "json", "secret": SECRET}
        config.update(options)
        return self.repo.create_hook("web", config, EVENTS, True)

    def calls(self, without_ping: bool = True) -> list[Received]:
        self.sim.wait_deliveries()
        return self.receiver_.calls[1:] if without_ping else self.receiver_.calls

    def events(self) -> list[str]:
        return [
            f"{call.headers['X-Github-Event']}.{call.json['action']}"
            for call in self.calls()
        ]

    def last(self) -> dict:
        return self.calls()[-1].json


class TestHooks(HookCase):
    def test_new_hook_is_pinged(self):
        hook = self.create_hook()
        (ping,) = self.calls(without_ping=False)
        self.assertEqual(ping.headers["X-Github-Event"], "ping")
        self.assertEqual(ping.json["hook_id"], hook.id)
        self.assertEqual(self.repo.get_hook(hook.id).last_response.code, 200)
        hook.ping()
        self.assertEqual(len(self.calls()), 1)

    def test_same_hook_twice_is_refused(self):
        self.create_hook()
        self.assertRefused(422, "Hook already exists", self.create_hook)
        self.assertRefused(422, "url", self.create_hook, url="nonsense")

    def test_secret_is_not_shown(self):
        hook = self.repo.get_hook(self.create_hook().id)
        self.assertEqual(hook.config["secret"], "********")

    def test_hook_is_changed_listed_and_deleted(self):
        hook = self.create_hook()
        hook.edit("web", hook.config, remove_events=["label"], active=False)
        (found,) = self.repo.get_hooks()
        self.assertFalse(found.active)
        self.assertNotIn("label", found.events)
        self.desk.open_issue("Nobody hears of it")
        hook.delete()
        self.assertEqual(list(self.repo.get_hooks()), [])
        self.assertEqual(self.calls(), [])

    def test_deliveries_are_signed(self):
        self.create_hook()
        self.desk.open_issue("Ünïcode")
        (call,) = self.calls()
        for digest, header in (("sha256", "-256"), ("sha1", "")):
            code = hmac.new(SECRET.encode(), call.body, getattr(hashlib, digest))
            expected = f"{digest}={code.hexdigest()}"
            self.assertEqual(call.headers[f"X-Hub-Signature{header}"], expected)
        self.assertEqual(call.headers["Content-Type"], "application/json")
        self.assertTrue(call.headers["X-Github-Delivery"])
        self.assertTrue(call.headers["User-Agent"].startswith("GitHub-Hookshot/"))

    def test_without_secret_there_is_no_signature(self):
        self.create_hook(secret="")
        self.desk.open_issue("One")
        self.assertNotIn("X-Hub-Signature-256", self.calls()[0].headers)

    def test_payload_can_come_as_a_form(self):
        self.create_hook(content_type="form")
        self.desk.open_issue("One")
        (call,) = self.calls()
        payload = json.loads(call.form["payload"])
        self.assertEqual(payload["issue"]["title"], "One")
        code = hmac.new(SECRET.encode(), call.body, hashlib.sha256).hexdigest()
        self.assertEqual(call.headers["X-Hub-Signature-256"], f"sha256={code}")


class TestEvents(HookCase):
    def setUp(self):
        super().setUp()
        self.create_hook()

    def test_life_of_an_issue(self):
        self.desk.open_issue("One", "Text", ["bug"])
        self.desk.edit_issue(1, title="Two")
        self.desk.close(1)
        self.desk.reopen(1)
        self.desk.remove_label(1, "bug")
        self.desk.delete_issue(1)
        self.assertEqual(
            self.events(),
            [
                "label.created",
                "issues.opened",
                "issues.labeled",
                "issues.edited",
                "issues.closed",
                "issues.reopened",
                "issues.unlabeled",
                "issues.deleted",
            ],
        )
        edited = self.calls()[3].json
        self.assertEqual(edited["changes"], {"title": {"from": "One"}})
        self.assertEqual(edited["issue"]["title"], "Two")
        self.assertEqual(edited["repository"]["full_name"], "demo/studio")
        self.assertEqual(edited["sender"]["login"], "octo-visitor")
        self.assertEqual(self.calls()[2].json["label"]["name"], "bug")

    def test_pull_requests_have_events_of_their_own(self):
        self.desk.open_pull("One")
        self.desk.add_labels(1, ["bug"])
        self.desk.comment(1, "Nice")
        self.desk.merge(1)
        self.assertEqual(
            self.events(),
            [
                "pull_request.opened",
                "label.created",
                "pull_request.labeled",
                "issue_comment.created",
                "pull_request.closed",
            ],
        )
        self.assertIn("pull_request", self.calls()[3].json["issue"])
        self.assertTrue(self.last()["pull_request"]["merged"])

    def test_comments(self):
        self.desk.open_issue("One")
        comment = self.desk.comment(1, "First")
        self.desk.edit_comment(comment.id, "Second")
        self.desk.delete_comment(comment.id)
        self.assertEqual(
            self.events()[1:],
            ["issue_comment.created", "issue_comment.edited", "issue_comment.deleted"],
        )
        self.assertEqual(self.calls()[2].json["changes"], {"body": {"from": "First"}})
        self.assertEqual(self.last()["comment"]["body"], "Second")

    def test_labels(self):
        self.desk.create_label("bug", "d73a4a")
        self.desk.edit_label("bug", "fault", "000000")
        self.desk.delete_label("fault")
        created, edited, deleted = (call.json for call in self.calls())
        self.assertEqual(created["label"]["name"], "bug")
        changes = {"name": {"from": "bug"}, "color": {"from": "d73a4a"}}
        self.assertEqual(edited["changes"], changes)
        self.assertEqual(edited["label"]["name"], "fault")
        self.assertEqual(deleted["action"], "deleted")

    def test_deleted_label_is_missing_in_the_events_of_its_issues(self):
        self.desk.open_issue("One", None, ["bug"])
        self.desk.delete_label("bug")
        self.assertEqual(self.events()[-2:], ["label.deleted", "issues.unlabeled"])
        self.assertNotIn("label", self.last())
        self.assertEqual(self.last()["issue"]["labels"], [])

    def test_no_change_makes_no_event(self):
        self.desk.open_issue("One", None, ["bug"])
        count = len(self.calls())
        self.desk.edit_issue(1, title="One", state="open", labels=["bug"])
        self.desk.edit_label("bug", "bug")
        self.assertEqual(len(self.calls()), count)

    def test_own_changes_are_told_with_the_bot_as_sender(self):
        self.repo.create_issue("One")
        self.assertEqual(self.last()["sender"]["login"], "studio-bot")


class TestTrouble(HookCase):
    def test_failed_delivery_is_not_repeated_but_can_be_asked_for(self):
        hook = self.create_hook()
        self.sim.wait_deliveries()
        self.receiver_.answers = [500]
        self.desk.open_issue("One")
        (first,) = self.calls()
        delivery = self.deliveries(hook)[0]
        self.assertEqual(delivery["status_code"], 500)
        self.assertEqual((delivery["event"], delivery["action"]), ("issues", "opened"))
        url = f"{hook.url}/deliveries/{delivery['id']}/attempts"
        self.assertEqual(self.api("POST", url).status_code, 202)
        again = self.calls()[1]
        self.assertEqual(again.body, first.body)
        header = "X-Github-Delivery"
        self.assertEqual(again.headers[header], first.headers[header])
        self.assertEqual(self.deliveries(hook)[0]["status_code"], 200)

    def api(self, method: str, url: str):
        headers = {"Authorization": f"token {self.sim.token}"}
        return self.call(method, url, headers=headers)

    def deliveries(self, hook) -> list[dict]:
        return self.api("GET", f"{hook.url}/deliveries").json()

    def test_lost_duplicate_and_reordered_deliveries(self):
        self.create_hook()
        self.sim.wait_deliveries()
        self.sim.fail("lose", match="issues.opened")
        self.desk.open_issue("Lost")
        self.sim.fail("duplicate")
        self.desk.open_issue("Double")
        self.sim.fail("reorder")
        self.desk.open_issue("First")
        self.desk.open_issue("Second")
        titles = [call.json["issue"]["title"] for call in self.calls()]
        self.assertEqual(titles, ["Double", "Double", "Second", "First"])
        guids = [call.headers["X-Github-Delivery"] for call in self.calls()]
        self.assertEqual(guids[0], guids[1])

    def test_request_can_be_obeyed_and_its_answer_lost(self):
        self.sim.fail("down", after=True, match="POST /repos")
        with self.assertRaises(OSError):
            self.repo.create_issue("One")
        self.assertEqual([issue.title for issue in self.repo.get_issues()], ["One"])

    def test_service_can_be_broken(self):
        self.sim.fail("status", status=502)
        with self.assertRaises(GithubException) as caught:
            self.repo.get_issue(1)
        self.assertEqual(caught.exception.status, 502)
