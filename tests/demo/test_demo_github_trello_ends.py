from odoo.tests import tagged

from .github_trello_case import GitHubTrelloCase

KINDS = ("issue", "attached", "label", "seen")


@tagged("post_install", "-at_install")
class TestGitHubTrelloEnds(GitHubTrelloCase):
    """Links say which repository and which board they are about."""

    def setUp(self):
        super().setUp()
        self.person.create_label("bug", "d73a4a")
        self.connect()

    def cards(self, board=None):
        """Return the names of a board's cards."""
        cards = (board or self.trello.board).cards.values()
        return sorted(card.name for card in cards)

    def links(self, kind):
        domain = [("relation", "=like", f"github_trello_{kind}%")]
        return self.env["sync.link"].search(domain)

    def add_board(self):
        board = self.trello.store.add_board("Other")
        self.trello.add_default_lists(board)
        return board

    def assert_unchanged(self, issue):
        """Check that a change of the issue changes its card, and makes no other."""
        self.person.edit_issue(issue.number, title="Changed")
        self.assert_done(self.settle())
        self.assertEqual(self.card(issue).name, "GitHub: Changed")
        self.assertEqual(len(self.texts(self.card(issue))), 1)
        self.assertEqual(self.cards(), ["GitHub: Changed"])
        self.assert_labels(issue, "bug")
        self.assertEqual([*self.board_labels()], ["bug"])

    def commented_issue(self):
        issue = self.open_issue("Broken", "Text", ["bug"])
        self.person.comment(issue.number, "Well")
        self.assert_done(self.settle())
        return issue

    def test_renamed_repository_is_the_same(self):
        issue = self.commented_issue()
        self.github.store.rename(self.repository, "renamed")
        self.assert_unchanged(issue)
        self.assertIn("demo/renamed", self.texts(self.card(issue))[0])

    def test_renamed_repository_whose_new_name_is_set(self):
        issue = self.commented_issue()
        self.github.store.rename(self.repository, "renamed")
        self.configure(GITHUB_REPO="demo/renamed")
        self.assert_unchanged(issue)

    def test_other_words_for_the_same(self):
        issue = self.commented_issue()
        self.configure(
            GITHUB_REPO=" Demo/STUDIO", TRELLO_BOARD_ID=f"{self.trello.board.id}\n"
        )
        self.assert_unchanged(issue)

    def test_changed_and_deleted_comments_of_a_renamed_repository(self):
        issue = self.open_issue()
        first = self.person.comment(issue.number, "First")
        second = self.person.comment(issue.number, "Second")
        self.assert_done(self.settle())
        self.github.store.rename(self.repository, "renamed")
        self.person.edit_comment(first.id, "The first")
        self.person.delete_comment(second.id)
        self.assert_done(self.settle())
        texts = [text.splitlines()[0] for text in self.texts(self.card(issue))]
        self.assertEqual(texts, ["The first"])

    def test_comments_that_only_look_like_copies_stay(self):
        issue = self.open_issue()
        card = self.card(issue)
        page = f"https://github.com/demo/studio/issues/{issue.number}"
        other = f"https://github.com/demo/studio/issues/{issue.number}9"
        texts = [
            f"{page}#issuecomment-1",
            f"See [GitHub]({page}#issuecomment-1)",
            f"Robin on [GitHub]({page}#issuecomment-1)",
            f"---\nRobin on [GitHub]({other}#issuecomment-1)",
            f"---\nRobin on [GitHub]({page}#issuecomment-1) or so",
            f"---\nRobin on [GitHub]({page})",
        ]
        for text in texts:
            self.reader.comment(card, text)
        self.person.edit_issue(issue.number, title="New")
        self.assert_done(self.settle())
        self.assertEqual(sorted(self.texts(card)), sorted(texts))

    def test_another_repository(self):
        issue = self.commented_issue()
        card = self.card(issue)
        self.github.store.add_repository("demo/other")
        self.configure(GITHUB_REPO="demo/other")
        other = self.github.visitor(repository="demo/other")
        other.open_issue("Another", None, ["bug"])
        self.assert_done(self.click("push"))
        self.assertEqual(self.cards(), ["GitHub: Another", "GitHub: Broken"])
        self.assert_done(self.repair())
        # What happens to the card of the other repository isn't about this one.
        self.reader.remove_label(card, self.board_label("bug"))
        self.assert_done(self.settle())
        self.assertEqual([label.name for label in issue.labels], ["bug"])
        (new,) = other.repo.issues.values()
        self.assertEqual([label.name for label in new.labels], ["bug"])
        self.assertEqual(len(self.texts(card)), 1)

    def test_another_board_and_back(self):
        issue = self.commented_issue()
        first, board = self.trello.board, self.add_board()
        self.configure(TRELLO_BOARD_ID=board.short_link)
        self.assert_done(self.click("push"))
        self.assert_done(self.repair())
        self.assertEqual(self.cards(board), ["GitHub: Broken"])
        self.assertEqual(self.cards(first), ["GitHub: Broken"])
        self.assertEqual([lb.name for lb in board.labels.values() if lb.name], ["bug"])
        self.configure(TRELLO_BOARD_ID=first.short_link)
        self.assert_unchanged(issue)

    def test_duplicate_for_a_second_repository_works_beside_the_first(self):
        first = self.commented_issue()
        self.github.store.add_repository("demo/other")
        second = self.duplicate(GITHUB_REPO="demo/other")
        other = self.github.visitor(repository="demo/other")
        other.create_label("bug", "d73a4a")
        issue = other.open_issue("Another", None, ["bug"])
        other.comment(issue.number, "Hm")
        self.assert_done(self.settle())
        self.assertEqual(first.number, issue.number)
        self.assertEqual(self.cards(), ["GitHub: Another", "GitHub: Broken"])
        self.assertEqual(len(self.links("issue")), 2)
        self.person.edit_issue(first.number, title="Changed")
        self.reader.remove_label(self.card(first), self.board_label("bug"))
        self.assert_done(self.settle())
        self.assertEqual(self.cards(), ["GitHub: Another", "GitHub: Changed"])
        self.assertEqual([label.name for label in issue.labels], ["bug"])
        self.assert_labels(first)
        self.assertEqual(len(second.job_ids.filtered(lambda j: j.state != "done")), 0)

    def duplicate(self, **values):
        """Duplicate the project, switch the copy on and create its webhooks."""
        values = {**self.settings, **values}
        copy = self.project.copy()
        for lines in (copy.param_ids, copy.secret_ids):
            for line in lines.filtered(lambda line: line.key in values):
                line.value = values[line.key]
        copy.active = True
        button = copy.trigger_ids.filtered(lambda t: t.name == "Create Webhooks")
        button.action_run_now()
        self.assert_done(self.settle())
        return copy

    def test_links_of_the_previous_release_are_taken_over(self):
        issue = self.commented_issue()
        self.reader.edit_card(self.card(issue), desc="The mark is gone")
        names = f"{self.github.repository} {self.trello.board.short_link}"
        for kind in KINDS:
            links = self.links(kind)
            self.assertTrue(links, kind)
            for link in links:
                old = f"{self.github.repository}#{link.ref1}"
                if kind in ("issue", "attached"):
                    link.write({"relation": f"github_trello_{kind}", "ref1": old})
                else:
                    link.relation = f"github_trello_{kind} {names}"
        self.env.flush_all()
        # A label that was detached in Trello meanwhile.
        self.reader.remove_label(self.card_of(issue), self.board_label("bug"))
        self.assert_done(self.settle())
        self.assertFalse(issue.labels)
        self.assertEqual(len(self.trello.board.cards), 1)
        self.person.edit_issue(issue.number, title="Changed")
        self.assert_done(self.settle())
        self.assertEqual(self.cards(), ["GitHub: Changed"])
        for kind in KINDS[2:]:
            relation = self.links(kind).mapped("relation")
            self.assertEqual(relation, [self.between(f"github_trello_{kind}")])

    def card_of(self, issue):
        return next(iter(self.trello.board.cards.values()))

    def test_links_of_another_repository_are_not_taken_over(self):
        link = self.env["sync.link"].create(
            {
                "relation": "github_trello_issue",
                "system1": "github",
                "ref1": "demo/studios#1",
                "system2": "trello",
                "ref2": "0123",
                "date": "2026-01-01",
            }
        )
        self.commented_issue()
        self.assertEqual(link.relation, "github_trello_issue")
        self.assertEqual(link.ref1, "demo/studios#1")
