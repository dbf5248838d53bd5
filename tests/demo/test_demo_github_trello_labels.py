import json

from odoo.tests import tagged

from .github_trello_case import GitHubTrelloCase


@tagged("post_install", "-at_install")
class TestGitHubTrelloLabels(GitHubTrelloCase):
    """Labels have the same names and colours on both sides, and are attached alike."""

    def setUp(self):
        super().setUp()
        self.person.create_label("bug", "d73a4a")
        self.connect()
        self.issue = self.open_issue("Broken", None, ["bug"])

    def settle_all(self):
        self.assert_done(self.settle())

    def assert_pair(self, name, color, board_color):
        self.assertEqual(self.repository_labels().get(name), color)
        self.assertEqual(self.board_labels().get(name), board_color)

    def test_created_on_github(self):
        self.person.create_label("idea", "a2eeef")
        self.settle_all()
        self.assert_pair("idea", "a2eeef", "sky_light")

    def test_created_on_trello(self):
        self.reader.create_label("idea", "lime_dark")
        self.settle_all()
        self.assert_pair("idea", "5b7f24", "lime_dark")

    def test_without_a_colour(self):
        self.reader.create_label("idea", None)
        self.person.create_label("plain", "ededed")
        self.settle_all()
        self.assert_pair("idea", "ededed", None)
        self.assert_pair("plain", "ededed", None)

    def test_without_a_name_it_stays_in_trello_until_it_gets_one(self):
        label = self.reader.create_label("", "purple")
        self.reader.add_label(self.card(self.issue), label)
        self.settle_all()
        self.assertEqual([*self.repository_labels()], ["bug"])
        self.reader.edit_label(label, name="idea")
        self.settle_all()
        self.assert_pair("idea", "9f8fef", "purple")
        self.person.comment(self.issue.number, "Now it counts")
        self.settle_all()
        self.assert_labels(self.issue, "bug", "idea")

    def test_same_name_on_both_sides_is_the_same_label(self):
        self.click("remove")
        self.person.create_label("Idea", "1f845a")
        self.reader.create_label("idea", "pink")
        self.connect()
        self.assert_done(self.repair())
        self.assert_pair("Idea", "1f845a", "green_dark")
        self.assertNotIn("idea", self.board_labels())

    def test_renamed_on_github(self):
        self.person.edit_label("bug", "fault")
        self.settle_all()
        self.assert_pair("fault", "d73a4a", "red_dark")
        self.assertNotIn("bug", self.board_labels())
        self.assert_labels(self.issue, "fault")

    def test_renamed_on_trello(self):
        self.reader.edit_label(self.board_label("bug"), name="fault")
        self.settle_all()
        self.assert_pair("fault", "d73a4a", "red_dark")
        self.assertNotIn("bug", self.repository_labels())
        self.assert_labels(self.issue, "fault")

    def test_recoloured_on_github(self):
        self.person.edit_label("bug", color="0e8a16")
        self.settle_all()
        self.assert_pair("bug", "0e8a16", "green_dark")

    def test_recoloured_on_trello(self):
        self.reader.edit_label(self.board_label("bug"), color="blue")
        self.settle_all()
        self.assert_pair("bug", "579dff", "blue")

    def test_a_colour_that_trello_lacks_stays_on_github(self):
        self.person.edit_label("bug", color="c93730")
        self.reader.edit_label(self.board_label("bug"), name="fault")
        self.settle_all()
        self.assert_pair("fault", "c93730", "red_dark")

    def test_deleted_on_github(self):
        self.person.delete_label("bug")
        self.settle_all()
        self.assert_pair("bug", None, None)
        self.assert_labels(self.issue)

    def test_deleted_on_trello(self):
        self.reader.delete_label(self.board_label("bug"))
        self.settle_all()
        self.assert_pair("bug", None, None)
        self.assert_labels(self.issue)

    def test_deleted_and_made_anew_under_the_same_name(self):
        self.person.delete_label("bug")
        self.person.create_label("bug", "0075ca")
        self.person.add_labels(self.issue.number, ["bug"])
        self.settle_all()
        self.assert_pair("bug", "0075ca", "blue_dark")
        self.assert_labels(self.issue, "bug")

    def test_attached_and_detached_on_github(self):
        self.person.create_label("idea", "a2eeef")
        self.person.set_labels(self.issue.number, ["idea"])
        self.settle_all()
        self.assert_labels(self.issue, "idea")
        self.person.remove_label(self.issue.number, "idea")
        self.settle_all()
        self.assert_labels(self.issue)

    def test_attached_and_detached_on_trello(self):
        card, idea = self.card(self.issue), self.reader.create_label("idea", "sky")
        self.reader.set_labels(card, [idea])
        self.settle_all()
        self.assert_labels(self.issue, "idea")
        self.reader.remove_label(card, idea)
        self.settle_all()
        self.assert_labels(self.issue)

    def test_attached_on_both_sides_at_once(self):
        self.person.add_labels(self.issue.number, ["idea"])
        self.reader.set_labels(
            self.card(self.issue), [self.reader.create_label("urgent", "orange")]
        )
        self.settle_all()
        self.assert_labels(self.issue, "idea", "urgent")

    def test_renamed_on_both_sides_github_wins(self):
        self.person.edit_label("bug", "fault")
        self.reader.edit_label(self.board_label("bug"), name="defect", color="pink")
        self.settle_all()
        self.assert_pair("fault", "e774bb", "pink")
        self.assertNotIn("defect", self.board_labels())

    def test_renamed_while_it_is_attached_under_its_new_name(self):
        """GitHub must not get a new label of the name that Trello's has by now."""
        other = self.open_issue("Other")
        label = self.board_label("bug")
        self.reader.edit_label(label, name="fault")
        self.reader.add_label(self.card(other), label)
        self.settle_all()
        self.assertEqual([*self.repository_labels()], ["fault"])
        self.assert_labels(other, "fault")

    def test_name_that_github_has_already(self):
        self.person.create_label("idea", "a2eeef")
        self.settle_all()
        self.reader.edit_label(self.board_label("bug"), name="IDEA")
        jobs = self.settle()
        self.assert_done(jobs)
        self.assertIn("GitHub has another label IDEA", self.log_text(jobs))
        self.assert_pair("bug", "d73a4a", "red_dark")

    def test_two_of_a_name_on_trello(self):
        self.reader.create_label("Bug", "lime")
        self.assertIn("several labels Bug", self.log_text(self.settle()))
        self.assertEqual([*self.repository_labels()], ["bug"])
        self.assert_labels(self.issue, "bug")

    def test_name_with_all_kinds_of_characters(self):
        name = "area/größe: #1 & more?"
        label, card = self.board_label("bug"), self.card(self.issue)
        self.reader.edit_label(label, name=name)
        self.settle_all()
        self.assert_pair(name, "d73a4a", "red_dark")
        self.reader.remove_label(card, label)
        self.settle_all()
        self.assert_labels(self.issue)
        self.reader.add_label(card, label)
        self.settle_all()
        self.assert_labels(self.issue, name)
        self.reader.delete_label(label)
        self.settle_all()
        self.assertFalse(self.repository_labels())

    def test_name_too_long_for_github_or_empty(self):
        label = self.reader.create_label("x" * 60, "lime")
        self.settle_all()
        self.assert_pair("x" * 50, "94c748", "lime")
        self.reader.edit_label(label, name="")
        self.settle_all()
        self.assert_pair("x" * 50, "94c748", "lime")

    def test_card_that_is_no_issue_s(self):
        card = self.reader.add_card(self.trello.list_named("To do"), "By hand")
        self.reader.add_label(card, self.board_label("bug"))
        self.assertFalse(self.settle())

    def test_two_repositories_share_a_board(self):
        other = self.github.store.add_repository("demo/other")
        project = self.project.copy()
        for line in project.secret_ids:
            secret = self.github.token if "GITHUB" in line.key else self.trello.token
            line.value = self.trello.secret if line.key == "TRELLO_SECRET" else secret
        repo = project.param_ids.filtered(lambda line: line.key == "GITHUB_REPO")
        repo.value = other.full_name
        project.active = True
        buttons = project.trigger_ids.filtered(lambda each: each.type == "button")
        buttons.filtered(lambda each: "Create" in each.name).action_run_now()
        self.settle_all()
        person = self.github.visitor(repository=other.full_name)
        issue = person.open_issue("Elsewhere", None, ["bug"])
        self.assertEqual(issue.number, self.issue.number)
        self.settle_all()
        self.assertEqual(len(self.trello.board.cards), 2)
        self.assertEqual([*self.board_labels()], ["bug"])
        self.person.edit_label("bug", "fault")
        self.settle_all()
        self.assertEqual([label.name for label in other.labels], ["fault"])
        self.assertEqual([label.name for label in issue.labels], ["fault"])

    def test_nearest_colours(self):
        pairs = {
            "d73a4a": "red_dark",
            "0075ca": "blue_dark",
            "a2eeef": "sky_light",
            "7057ff": "purple_dark",
            "008672": "green_dark",
            "ffffff": "black_light",
            "000000": "black_dark",
            "ededed": None,
        }
        lines = f"log([nearest(color) for color in {[*pairs]}])"
        log = self.log_text(self.run_lines(lines, self.project))
        self.assertEqual(json.loads(log), [*pairs.values()])
        lines = "log([nearest(hex_of(name)) == name for name in [*PALETTE, None]])"
        log = self.log_text(self.run_lines(lines, self.project))
        self.assertEqual(json.loads(log), [True] * 31)


@tagged("post_install", "-at_install")
class TestGitHubTrelloStrategies(GitHubTrelloCase):
    """At night labels that differ are settled by the parameter LABELS_STRATEGY."""

    def setUp(self):
        super().setUp()
        self.connect()
        self.issue = self.open_issue("Broken", None, ["both", "given up"])
        self.card_ = self.card(self.issue)
        self.github.fail("lose", times=None)
        self.trello.fail("lose", times=None)
        self.person.set_labels(self.issue.number, ["both", "hub"])
        board = self.reader.create_label("board", "sky")
        labels = [self.board_label("both"), self.board_label("given up"), board]
        self.reader.set_labels(self.card_, labels)

    def assert_repaired(self, strategy, *names):
        self.assert_done(self.repair(strategy))
        self.assert_labels(self.issue, *names)
        self.trello.calls.clear()
        self.github.calls.clear()
        self.assert_done(self.repair())
        self.assertFalse(self.writes(self.github) + self.writes(self.trello))

    def test_use_github(self):
        self.assert_repaired("USE_GITHUB", "both", "hub")

    def test_use_trello(self):
        self.assert_repaired("USE_TRELLO", "board", "both", "given up")

    def test_union(self):
        self.assert_repaired("UNION", "board", "both", "given up", "hub")

    def test_intersection(self):
        self.assert_repaired("INTERSECTION", "both")

    def test_merge_is_what_would_have_come_of_the_deliveries(self):
        self.assert_repaired("MERGE", "board", "both", "hub")

    def test_names_and_colours_too(self):
        for strategy, name, color in (
            ("USE_GITHUB", "all", "sky"),
            ("USE_TRELLO", "each", "pink"),
        ):
            with self.subTest(strategy=strategy):
                (old,) = {"both", "all"} & {*self.board_labels()}
                self.person.edit_label(old, "all", "6cc3e0")
                self.reader.edit_label(self.board_label(old), name="each", color="pink")
                self.assert_done(self.repair(strategy))
                self.assertEqual(self.board_labels()[name], color)
                self.assertIn(name, self.repository_labels())

    def test_new_card_takes_its_issue_s_labels_whatever_the_strategy(self):
        for strategy in ("USE_TRELLO", "INTERSECTION"):
            with self.subTest(strategy=strategy):
                issue = self.person.open_issue(strategy, None, ["both"])
                self.assert_done(self.repair(strategy))
                self.assert_labels(issue, "both")

    def test_unknown_strategy(self):
        jobs = self.repair("COIN")
        error = " ".join(job.error or "" for job in jobs)
        self.assertIn("LABELS_STRATEGY must be one of USE_GITHUB, USE_TRELLO", error)
