import sys
from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .github_trello_case import GitHubTrelloCase

CLIENT = "X-Trello-Client-Identifier"
LOGGER = "odoo.addons.queue_job"


@tagged("post_install", "-at_install")
class TestGitHubTrelloSetup(GitHubTrelloCase):
    """Buttons create and remove the webhooks of both sides."""

    def urls(self):
        (repository,) = self.github.state()["repositories"]
        hooks = [hook["config"]["url"] for hook in repository["hooks"]]
        return [*hooks, *(hook.url for hook in self.trello.store.webhooks.values())]

    def test_one_webhook_on_each_side_however_often(self):
        self.connect()
        urls = [self.trigger(name).webhook_url for name in ("github", "trello")]
        self.assertEqual(self.urls(), urls)
        self.connect()
        self.assertEqual(self.urls(), urls)

    def test_removal_leaves_the_webhooks_of_others(self):
        self.connect()
        other = "http://127.0.0.1:9/other"
        editor = self.github.store.repository(*self.github.repository.split("/"))
        hook = next(iter(editor.hooks.values()))
        editor.hooks[1] = type(hook)(**{**vars(hook), "id": 1, "url": other})
        self.assert_done(self.click("remove"))
        self.assertEqual(self.urls(), [other])

    def test_log_has_no_secret(self):
        text = self.log_text(self.connect())
        self.assertIn("tokens/***/webhooks", text)
        for secret in (self.github.token, self.trello.token, self.trello.secret):
            self.assertNotIn(secret, text)

    def test_without_the_package_the_error_names_it(self):
        with patch.dict(sys.modules, {"github": None}):
            jobs = self.click("create")
        self.assertEqual(jobs.state, "failed")
        self.assertIn("pip install PyGithub", jobs.error)


@tagged("post_install", "-at_install")
class TestGitHubTrelloCards(GitHubTrelloCase):
    """Issues, pull requests and their comments become cards and their comments."""

    def setUp(self):
        super().setUp()
        self.connect()

    def test_issue_becomes_a_card(self):
        card = self.card(self.open_issue("Broken", "It is\r\nbroken."))
        self.assertEqual(card.name, "GitHub: Broken")
        self.assertEqual(card.list.name, "To do")
        self.assertIn("It is\nbroken.", card.desc)
        self.assertIn("octo-visitor", card.desc)

    def test_pull_request_becomes_a_card(self):
        pull = self.person.open_pull("Mend it")
        self.assert_done(self.settle())
        self.person.comment(pull.number, "Looks good")
        self.assert_done(self.settle())
        card = self.card(pull)
        self.assertEqual(card.name, "GitHub: Mend it")
        self.assertIn(f"/pull/{pull.number})", card.desc)
        self.assertEqual(len(self.texts(card)), 1)
        self.person.merge(pull.number)
        self.settle()
        self.assertEqual(card.list.name, "Done")

    def test_prefix_and_lists_are_parameters(self):
        self.configure(CARD_PREFIX="", NEW_LIST="doing", DONE_LIST="To do")
        issue = self.open_issue("Broken")
        card = self.card(issue)
        self.assertEqual((card.name, card.list.name), ("Broken", "Doing"))
        self.person.close(issue.number)
        self.settle()
        self.assertEqual(card.list.name, "To do")

    def test_change_of_title_and_text(self):
        issue = self.open_issue("Broken")
        self.person.edit_issue(issue.number, title="Very broken", body="Look")
        self.settle()
        card = self.card(issue)
        self.assertEqual(card.name, "GitHub: Very broken")
        self.assertTrue(card.desc.startswith("Look\n"))

    def test_closing_and_reopening_move_the_card(self):
        issue = self.open_issue()
        card = self.card(issue)
        self.reader.move_card(card, self.trello.list_named("Doing"))
        self.person.comment(issue.number, "Still broken")
        self.settle()
        self.assertEqual(card.list.name, "Doing")
        self.person.close(issue.number)
        self.settle()
        self.assertEqual(card.list.name, "Done")
        self.reader.edit_card(card, closed=True)
        self.person.reopen(issue.number)
        self.settle()
        self.assertEqual((card.list.name, card.closed), ("To do", False))

    def test_without_a_done_list_closing_archives(self):
        self.configure(DONE_LIST="")
        issue = self.open_issue()
        card = self.card(issue)
        self.person.close(issue.number)
        self.settle()
        self.assertTrue(card.closed)
        self.person.reopen(issue.number)
        self.settle()
        self.assertFalse(card.closed)

    def test_deleted_issue_s_card_is_archived(self):
        issue = self.open_issue()
        self.person.delete_issue(issue.number)
        self.assert_done(self.settle())
        self.assertTrue(self.card(issue).closed)

    def test_deleted_card_comes_again_with_all_its_labels(self):
        self.person.create_label("bug", "d73a4a")
        issue = self.open_issue("Broken", None, ["bug"])
        self.reader.delete_card(self.card(issue))
        self.person.comment(issue.number, "Still broken")
        self.assert_done(self.settle())
        self.assert_labels(issue, "bug")
        self.assertEqual(len(self.texts(self.card(issue))), 1)

    def test_card_moved_to_another_board_is_left_alone(self):
        issue = self.open_issue()
        board, card = self.trello.board, self.card(issue)
        other = self.trello.store.add_board("Other")
        self.trello.add_default_lists(other)
        del board.cards[card.id]
        other.cards[card.id] = card
        card.list = next(iter(other.lists.values()))
        self.person.edit_issue(issue.number, title="New")
        self.assert_done(self.settle())
        self.assertEqual(card.name, "GitHub: Broken")
        self.assertEqual(self.card(issue).name, "GitHub: New")

    def test_comments_follow_those_of_the_issue(self):
        issue = self.open_issue()
        first = self.person.comment(issue.number, "First")
        second = self.person.comment(issue.number, "Second")
        self.reader.comment(self.card(issue), "Seen")
        self.assert_done(self.settle())
        self.person.edit_comment(first.id, "The first")
        self.person.delete_comment(second.id)
        self.assert_done(self.settle())
        texts = [text.splitlines()[0] for text in self.texts(self.card(issue))]
        self.assertEqual(sorted(texts), ["Seen", "The first"])

    def test_trello_s_comments_and_changes_stay_there(self):
        issue = self.open_issue()
        card = self.card(issue)
        self.reader.comment(card, "Hello")
        self.reader.edit_card(card, name="Mine")
        self.github.calls.clear()
        self.assertFalse(self.settle())
        self.assertFalse(self.github.calls)
        self.person.edit_issue(issue.number, body="New text")
        self.settle()
        self.assertEqual(card.name, "GitHub: Broken")
        self.assertEqual(self.texts(card), ["Hello"])
        self.assertFalse(issue.comments)

    def test_very_long_text(self):
        issue = self.open_issue("Broken", "x" * 60000)
        self.assertIn("octo-visitor", self.card(issue).desc)

    def test_button_pushes_all_that_is_open_in_pages(self):
        self.click("remove")
        self.person.create_label("bug", "d73a4a")
        issues = [
            self.person.open_issue(f"Number {n}", None, ["bug"] if n == 7 else ())
            for n in range(45)
        ]
        self.person.close(issues[0].number)
        self.person.comment(issues[9].number, "Well")
        jobs = self.click("push")
        self.assert_done(jobs)
        self.assertEqual(jobs.mapped("handler").count("sync_issues"), 3)
        cards = [self.card(issue) for issue in issues[1:]]
        self.assertEqual(len(self.trello.board.cards), 44)
        self.assertEqual(cards[3].name, "GitHub: Number 4")
        self.assertEqual(len(self.texts(self.card(issues[9]))), 1)
        self.assert_labels(issues[7], "bug")
        # All that already exists is left alone.
        self.trello.calls.clear()
        self.assert_done(self.click("push"))
        self.assertFalse(self.writes(self.trello))


@tagged("post_install", "-at_install")
class TestGitHubTrelloDeliveries(GitHubTrelloCase):
    """Deliveries are but hints: what counts is what the services show."""

    def setUp(self):
        super().setUp()
        self.person.create_label("bug", "d73a4a")
        self.connect()

    def post(self, name, headers, body=b"{}"):
        url = self.trigger(name).webhook_url
        response = self.url_open(url, data=body, headers=headers)
        self.env.invalidate_all()
        return response

    def replay(self, simulator, event):
        """Deliver once more what has been delivered."""
        found = [each for each in simulator.deliveries if each.event == event]
        name = simulator.name
        return self.post(name, found[-1].headers, found[-1].body)

    def test_unsigned_and_wrongly_signed_are_refused(self):
        self.open_issue()
        count = self.env["sync.job"].search_count([])
        for name, header in (
            ("github", "X-Hub-Signature-256"),
            ("trello", "X-Trello-Webhook"),
        ):
            for value in (None, "sha256=0", "\xe4", ""):
                headers = {} if value is None else {header: value.encode("latin-1")}
                response = self.post(name, headers)
                self.assertEqual(response.status_code, 403)
        jobs = self.env["sync.job"].search([], limit=8)
        self.assertEqual(self.env["sync.job"].search_count([]), count + 8)
        self.assertIn("Refused", self.log_text(jobs[:1]))
        self.assertFalse(self.pending())

    def test_changed_content_is_refused(self):
        self.open_issue()
        delivery = self.github.deliveries[-1]
        body = delivery.body.replace(b"Broken", b"Brocken")
        self.assertEqual(self.post("github", delivery.headers, body).status_code, 403)

    def test_signature_for_another_address_is_refused(self):
        headers = {"X-Trello-Webhook": self.trello.signature(b"{}", "http://other")}
        self.assertEqual(self.post("trello", headers).status_code, 403)

    def test_our_own_changes_end_there(self):
        issue = self.open_issue("Broken", None, ["bug"])
        card = self.card(issue)
        self.reader.add_label(card, self.reader.create_label("idea", "sky"))
        self.person.edit_label("bug", "fault", "0e8a16")
        self.assert_done(self.settle())
        own = [each for each in self.trello.deliveries if each.headers.get(CLIENT)]
        self.assertTrue(own)
        calls = [(call.method, call.path) for call in self.writes(self.github)]
        repo = f"/repos/{self.github.repository}"
        self.assertEqual(
            calls[1:],  # the first has created the webhook
            [
                ("POST", f"{repo}/labels"),
                ("POST", f"{repo}/issues/{issue.number}/labels"),
            ],
        )

    def test_a_person_with_our_account_is_no_echo(self):
        person = self.github.visitor("studio-bot")
        reader = self.trello.visitor("studiobot")
        issue = person.open_issue("Mine", None, ["bug"])
        self.assert_done(self.settle())
        person.edit_label("bug", "fault")
        reader.edit_label(self.board_label("bug"), color="sky")
        self.assert_done(self.settle())
        self.assertEqual(self.board_labels(), {"fault": "sky"})
        person.remove_label(issue.number, "fault")
        self.assert_done(self.settle())
        self.assert_labels(issue)

    def test_twice(self):
        self.github.fail("duplicate", times=None)
        self.trello.fail("duplicate", times=None)
        issue = self.open_issue("Broken", None, ["bug"])
        self.person.comment(issue.number, "Well")
        self.reader.edit_label(self.board_label("bug"), name="fault")
        self.assert_done(self.settle())
        self.assertEqual(len(self.texts(self.card(issue))), 1)
        self.assert_labels(issue, "fault")
        self.assertEqual(len(self.trello.board.cards), 1)

    def test_an_old_delivery_comes_late(self):
        issue = self.open_issue("Broken", None, ["bug"])
        self.person.close(issue.number)
        self.person.remove_label(issue.number, "bug")
        self.settle()
        for event in ("issues.opened", "issues.labeled"):
            self.assertEqual(self.replay(self.github, event).status_code, 200)
        self.assert_done(self.settle())
        self.assertEqual(self.card(issue).list.name, "Done")
        self.assert_labels(issue)

    def test_closed_before_it_was_opened(self):
        self.github.fail("reorder", match="issues")
        issue = self.person.open_issue("Broken")
        self.person.close(issue.number)
        self.assert_done(self.settle())
        self.assertEqual(self.card(issue).list.name, "Done")

    def test_many_deliveries_for_one_issue_are_one_job(self):
        issue = self.person.open_issue("Broken", None, ["bug", "new", "other"])
        for number in range(3):
            self.person.comment(issue.number, f"Comment {number}")
        jobs = self.settle()
        self.assertEqual(jobs.mapped("handler").count("sync_issues"), 1)
        self.assertEqual(len(self.texts(self.card(issue))), 3)

    def test_lost_ones_are_made_up_for_at_night(self):
        old = self.open_issue("Old", None, ["bug"])
        self.assert_done(self.repair())
        self.github.fail("lose", times=None)
        self.trello.fail("lose", times=None)
        new = self.person.open_issue("New", None, ["bug"])
        closed = self.person.open_issue("Closed soon")
        self.person.close(closed.number)
        comment = self.person.comment(old.number, "Well")
        self.person.edit_label("bug", "fault")
        self.reader.edit_label(self.board_label("bug"), color="sky")
        idea = self.reader.create_label("idea", "lime")
        self.reader.set_labels(self.card(old), [idea])
        self.assertFalse(self.settle())
        self.assert_done(self.repair())
        self.assert_labels(new, "fault")
        self.assert_labels(old, "idea")
        self.assertEqual(self.card(closed).list.name, "Done")
        self.assertEqual(len(self.texts(self.card(old))), 1)
        self.assertEqual(self.board_labels(), {"fault": "sky", "idea": "lime"})
        self.person.edit_comment(comment.id, "Well well")
        self.assert_done(self.repair())
        self.assertTrue(self.texts(self.card(old))[0].startswith("Well well"))


@tagged("post_install", "-at_install")
class TestGitHubTrelloFaults(GitHubTrelloCase):
    """Services in trouble are called again; wrong settings fail with a sentence."""

    def setUp(self):
        super().setUp()
        self.person.create_label("bug", "d73a4a")
        self.connect()

    def assert_survived(self, simulator, kind, retried=True, **options):
        """Check that an issue arrives once, and whole, after some trouble."""
        issue = self.person.open_issue("Broken", "Text", ["bug"])
        comment = self.person.comment(issue.number, "Well")
        simulator.fail(kind, **options)
        jobs = self.settle()
        if retried:
            self.assertIn("To be retried", self.log_text(jobs))
            jobs |= self.run_again(jobs)
        self.assert_done(jobs)
        self.assert_labels(issue, "bug")
        self.assertEqual(len(self.texts(self.card(issue))), 1)
        self.assertEqual(len(self.trello.board.cards), 1)
        self.assertEqual([*self.board_labels()], ["bug"])
        return comment

    def test_github_fails_once(self):
        self.assert_survived(self.github, "status", match="GET .*/issues")

    def test_github_drops_the_connection(self):
        self.assert_survived(self.github, "down", match="GET")

    def test_trello_fails_once(self):
        self.assert_survived(self.trello, "status", status=503, match="GET")

    def test_trello_drops_the_connection(self):
        self.assert_survived(self.trello, "down", match="POST")

    def test_trello_has_made_the_card_but_its_answer_is_lost(self):
        options = {"match": "POST /1/cards$", "after": True}
        self.assert_survived(self.trello, "down", **options)

    def test_trello_has_made_the_comment_but_answers_500(self):
        options = {"match": "actions/comments", "after": True}
        self.assert_survived(self.trello, "status", **options)

    def test_trello_has_made_the_label_but_its_answer_is_lost(self):
        options = {"match": "POST .*/labels$", "after": True}
        self.assert_survived(self.trello, "down", **options)

    def test_trello_has_attached_the_label_but_its_answer_is_lost(self):
        options = {"match": "POST .*/idLabels$", "after": True}
        self.assert_survived(self.trello, "down", **options)

    def test_github_has_made_the_label_but_its_answer_is_lost(self):
        self.github.fail("status", match="POST .*/labels$", after=True)
        self.reader.create_label("idea", "sky")
        jobs = self.settle()
        self.assert_done(jobs | self.run_again(jobs))
        self.assertEqual({*self.repository_labels()}, {"bug", "idea"})

    def test_limits_of_calls(self):
        for simulator, options, seconds in (
            (self.github, {}, 30),
            (self.github, {"secondary": True}, 30),
            (self.trello, {}, 10),
        ):
            with self.subTest(simulator=simulator.name, **options):
                simulator.fail("rate_limit", seconds=30, **options)
                issue = self.person.open_issue("Broken")
                jobs = self.settle()
                retry = jobs.filtered(lambda job: job.state == "pending")
                self.assertIn("takes no more calls", self.log_text(retry))
                queued = retry._queue_jobs()
                self.assertEqual(queued.retry, 0)
                wait = (queued.eta - datetime.now()).total_seconds()
                self.assertAlmostEqual(wait, seconds, delta=3)
                self.github.limits.counts.clear()
                self.assert_done(self.run_again(jobs))
                self.card(issue)

    def test_service_away_is_no_failure_until_the_last_attempt(self):
        with self.trello.refusing():
            issue = self.person.open_issue("Broken")
            jobs = self.settle()
            self.assertEqual(jobs.mapped("state"), ["pending"])
            self.assertIn("correct the parameter TRELLO_API_URL", self.log_text(jobs))
        self.run_again(jobs)
        self.assert_done(jobs)
        self.card(issue)

    def assert_fails(self, *words, **settings):
        self.configure(**settings)
        self.person.open_issue("Broken")
        with mute_logger(LOGGER):
            job = self.settle()
        self.assertEqual(job.mapped("state"), ["failed"], self.log_text(job))
        for word in words:
            self.assertIn(word, job.error)

    def test_wrong_github_token(self):
        self.assert_fails("secret GITHUB_TOKEN", GITHUB_TOKEN="ghp_guessed")

    def test_wrong_repository(self):
        self.assert_fails("parameter GITHUB_REPO", GITHUB_REPO="demo/nothing")

    def test_wrong_trello_token(self):
        self.assert_fails("TRELLO_KEY", "TRELLO_TOKEN", TRELLO_TOKEN="guessed")

    def test_wrong_board(self):
        self.assert_fails("TRELLO_BOARD_ID", TRELLO_BOARD_ID="abcdEFGH")

    def test_wrong_list(self):
        self.assert_fails('no list "Nowhere"', "NEW_LIST", NEW_LIST="Nowhere")

    def test_no_address(self):
        self.assert_fails("Set the parameter TRELLO_API_URL", TRELLO_API_URL="")
        self.assert_fails("Set the parameter GITHUB_API_URL", GITHUB_API_URL="x")

    def test_address_of_something_else(self):
        page = f"{self.trello.url}/_sim/?"
        self.assert_fails("This is no Trello", TRELLO_API_URL=page)

    def test_tasks_reach_nothing_else_on_trello(self):
        for path in ("boards/simBoard", "cards/../boards/simBoard", "tokens/x"):
            with mute_logger(LOGGER):
                job = self.run_lines(f"trello('DELETE', {path!r})", self.project)
            self.assertIn("Only cards, labels and actions", job.error)

    def test_only_managers_change_where_the_tokens_go(self):
        urls = self.project.param_ids.filtered("locked").mapped("key")
        self.assertEqual(sorted(urls), ["GITHUB_API_URL", "TRELLO_API_URL"])

    def test_repository_that_the_token_may_not_see_deletes_nothing(self):
        issue = self.open_issue("Broken", None, ["bug"])
        self.github.store.repositories.clear()
        with mute_logger(LOGGER):
            self.repair()
        self.assertFalse(self.card(issue).closed)
        self.assertEqual([*self.board_labels()], ["bug"])
