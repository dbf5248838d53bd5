import base64
import hashlib
import hmac
import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from odoo.tests import tagged
from odoo.tools import mute_logger

from .github_trello_case import GitHubTrelloCase

LOGGER = "odoo.addons.queue_job"
NO_OBJECTS = (b"", b"[]", b"7", b"null", b'"text"', b"true", b"{", b"NaN", b"\xff\xfe")
NO_OBJECTS += (b"payload=%7B%7D", b"<xml/>", b"[" * 100_000, b'[{"issue": 1}]')
# What is there, but not as GitHub has it.
ODD = ({}, {"issue": None}, {"issue": []}, {"issue": "5"}, {"issue": {}})
ODD += ({"issue": {"number": None}}, {"issue": {"number": "five"}}, {"zen": "Be."})
ODD += ({"issue": {"number": -1}}, {"issue": {"number": 1.5}}, {"pull_request": None})
ODD += ({"issue": {"number": True}}, {"issue": {"number": [1]}}, {"sender": None})
ODD_ACTIONS = (None, [], "x", 7, {}, {"type": None}, {"type": ["createCard"]})
ODD_ACTIONS += ({"type": "addLabelToCard"}, {"type": "addLabelToCard", "data": None})
ODD_ACTIONS += ({"type": "addLabelToCard", "data": {"card": None}},)
ODD_ACTIONS += ({"type": "removeLabelFromCard", "data": {"card": {"id": None}}},)
ODD_ACTIONS += ({"type": "removeLabelFromCard", "data": {"card": {"id": ["x"]}}},)
ODD_ACTIONS += ({"type": "createCard", "data": {}}, {"type": "\ud83d\0"})


@tagged("post_install", "-at_install")
class TestGitHubTrelloInputs(GitHubTrelloCase):
    """Signed deliveries of any shape get an answer that says what is wrong."""

    def post_github(self, body, event="issues"):
        secret = self.settings["GITHUB_WEBHOOK_SECRET"].encode()
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={signature}"}
        return self.post("github", body, {**headers, "X-GitHub-Event": event})

    def post_trello(self, body):
        url = self.trigger("trello").webhook_url
        digest = hmac.new(self.trello.secret.encode(), body + url.encode(), "sha1")
        signature = base64.b64encode(digest.digest()).decode()
        return self.post("trello", body, {"X-Trello-Webhook": signature})

    def post(self, name, body, headers):
        headers["Content-Type"] = "application/json"
        url = self.trigger(name).webhook_url
        response = self.url_open(url, data=body, headers=headers)
        self.env.invalidate_all()
        return response

    def last_log(self):
        return self.log_text(self.env["sync.job"].search([], limit=1))

    def test_bodies_that_are_no_object(self):
        for post in (self.post_github, self.post_trello):
            for body in NO_OBJECTS:
                with self.subTest(post=post.__name__, body=body[:20]):
                    response = post(body)
                    self.assertEqual(response.status_code, 400)
                    self.assertIn("must be a JSON object", response.text)
                    self.assertIn("must be a JSON object", self.last_log())
        self.assertFalse(self.pending())

    def test_deliveries_of_odd_shapes(self):
        for data in ODD:
            for event in ("issues", "issue_comment", "ping"):
                with self.subTest(event=event, data=data):
                    response = self.post_github(json.dumps(data).encode(), event)
                    self.assertEqual(response.status_code, 200)
                    self.assertIn(f"Nothing to do: {event}", self.last_log())
        self.assertFalse(self.pending())

    def test_actions_of_odd_shapes(self):
        for action in ODD_ACTIONS:
            with self.subTest(action=action):
                body = json.dumps({"action": action, "model": None}).encode()
                self.assertEqual(self.post_trello(body).status_code, 200)
                self.assertIn("Nothing to do", self.last_log())
        self.assertFalse(self.pending())

    def test_an_event_without_a_name(self):
        body = json.dumps({"issue": {"number": 5, "user": None}}).encode()
        self.assertEqual(self.post_github(body, "").status_code, 200)
        self.assertEqual(self.pending(), 1)

    def test_an_issue_that_nobody_knows(self):
        body = json.dumps({"issue": {"number": 10**20}}).encode()
        self.assertEqual(self.post_github(body).status_code, 200)
        self.assert_done(self.settle())

    def test_a_card_without_an_issue(self):
        card = self.reader.add_card(self.trello.list_named("Doing"), name="Mine")
        self.connect()
        self.reader.add_label(card, self.reader.create_label("bug", "red"))
        self.assert_done(self.settle())
        self.assertEqual(card.name, "Mine")

    def test_texts_of_deleted_accounts_and_without_words(self):
        self.connect()
        issue = self.person.open_issue("Broken", None)
        self.person.comment(issue.number, "Well")
        issue.author = None
        self.assert_done(self.settle())
        card = self.card(issue)
        self.assertTrue(card.desc.startswith("---\nghost on [GitHub]("), card.desc)
        self.assertEqual(len(self.texts(card)), 1)


@tagged("post_install", "-at_install")
class TestGitHubTrelloAddresses(GitHubTrelloCase):
    """An address that is wrong is what the error names."""

    def assert_fails(self, *words, without=(), **settings):
        self.configure(**settings)
        with mute_logger(LOGGER):
            job = self.click("push")
        self.assertEqual(job.mapped("state"), ["failed"], self.log_text(job))
        for word in words:
            self.assertIn(word, job.error)
        for word in without:
            self.assertNotIn(word, job.error)

    def test_github_elsewhere_on_the_server(self):
        for path in ("/api/v4", "/nothing", "/_sim/?"):
            with self.subTest(path=path):
                url = self.github.url + path
                words = ("This is no GitHub", "GITHUB_API_URL", url)
                self.assert_fails(*words, without=["_REPO"], GITHUB_API_URL=url)

    def test_trello_elsewhere_on_the_server(self):
        for path in ("/2", "", "/_sim/?"):
            with self.subTest(path=path):
                url = self.trello.url + path
                words = ("This is no Trello", "TRELLO_API_URL")
                self.assert_fails(*words, without=["BOARD"], TRELLO_API_URL=url)

    def test_webhooks_at_a_wrong_address(self):
        self.configure(TRELLO_API_URL=f"{self.trello.url}/2")
        with mute_logger(LOGGER):
            job = self.click("remove")
        self.assertIn("TRELLO_API_URL", job.error)

    def test_names_that_are_none(self):
        names = (
            "",
            "studio",
            "demo/studio/issues",
            "../user",
            "d/st udio",
            "d\u00e9/x",
        )
        for name in names:
            with self.subTest(name=name):
                self.assert_fails("Set the parameter GITHUB_REPO", GITHUB_REPO=name)
        self.configure(GITHUB_REPO=self.github.repository)
        for board in ("", "../members/me", "https://trello.com/b/simBoard/x"):
            with self.subTest(board=board):
                words = "Set the parameter TRELLO_BOARD_ID"
                self.assert_fails(words, TRELLO_BOARD_ID=board)

    def test_repository_and_board_that_are_not_there(self):
        url = "API_URL"
        self.assert_fails("_REPO", without=[url], GITHUB_REPO="demo/nothing")
        self.configure(GITHUB_REPO=self.github.repository)
        self.assert_fails("_BOARD_ID", without=[url], TRELLO_BOARD_ID="abcdEFGH")

    @contextmanager
    def answering(self, answer):
        """Serve what a function of the path returns: status, headers and text."""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, headers, text = answer(self.path)
                self.send_response(status)
                for name, value in {"Content-Length": len(text), **headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()

    def test_redirections_are_not_followed_to_elsewhere(self):
        for status in (301, 302, 307, 308):
            for key, where in (("GITHUB_API_URL", ""), ("TRELLO_API_URL", "/1")):
                target = f"https://elsewhere.example{where}"
                answer = (status, {"Location": target}, "")
                with self.subTest(status=status, key=key):
                    with self.answering(lambda path, answer=answer: answer) as url:
                        self.assert_fails(f"parameter {key}", **{key: url + where})
                    self.configure(**self.settings)

    def test_pages_on_another_port(self):
        def answer(path):
            if path.startswith("/repos/demo/studio/labels"):
                link = '<http://127.0.0.1:9/repositories/1/labels?page=2>; rel="next"'
                label = {"id": 1, "name": "bug", "color": "d73a4a"}
                return 200, {"Link": link}, json.dumps([label])
            return 200, {}, json.dumps({"id": 1, "url": f"{url}/repos/demo/studio"})

        with self.answering(answer) as url:
            words = ("names another address", "port", "parameter GITHUB_API_URL")
            self.assert_fails(*words, GITHUB_API_URL=url)

    def test_answers_that_are_not_theirs(self):
        for text in ("", "{}", "7", '"x"', "{", "<html></html>", "null"):
            answer = (200, {}, text)
            with (
                self.subTest(text=text),
                self.answering(lambda path, answer=answer: answer) as url,
            ):
                self.assert_fails("This is no GitHub", GITHUB_API_URL=url)
                self.configure(**self.settings)
                self.assert_fails("TRELLO_API_URL", TRELLO_API_URL=url)
                self.configure(**self.settings)

    def test_waiting_times_that_are_no_numbers(self):
        for value in ("soon", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 30, ""):
            answer = (429, {"Retry-After": value}, "")
            for key in ("GITHUB_API_URL", "TRELLO_API_URL"):
                with (
                    self.subTest(value=value, key=key),
                    self.answering(lambda path, answer=answer: answer) as url,
                ):
                    self.configure(**{**self.settings, key: url})
                    job = self.click("push")
                    self.assertEqual(job.state, "pending", self.log_text(job))
                    self.assertIn("takes no more calls", self.log_text(job))
                    job.action_cancel()

    def test_tokens_with_a_line_break(self):
        self.configure(
            GITHUB_TOKEN=f"{self.github.token}\n",
            TRELLO_TOKEN=f" {self.trello.token}\n",
            TRELLO_KEY=f"{self.trello.key} ",
        )
        self.connect()
