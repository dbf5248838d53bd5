"""The pages: they show everything, and each form does what it says."""

import re
import unittest

from .. import GitHubSimulator, TelegramSimulator, TrelloSimulator
from ..telegram.images import make_png, picture_size
from ..telegram.page import rendered
from .common import SimulatorCase

BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
    "image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
}


class PageCase(SimulatorCase):
    def page(self, **query: object) -> str:
        answer = self.call("GET", f"{self.sim.url}/_sim/", params=query)
        self.assertEqual(answer.status_code, 200)
        return answer.text

    def act(self, action: str, files: dict | None = None, **form: object) -> str:
        """Send a form as a browser does, and return the page that follows."""
        url = f"{self.sim.url}/_sim/act/{action}"
        answer = self.call("POST", url, data=form, files=files, headers=BROWSER)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual([step.status_code for step in answer.history], [303])
        return answer.text


class TestTelegramPage(PageCase):
    def setUp(self):
        super().setUp()
        self.sim = self.start(TelegramSimulator())
        self.act("register", name="Ada Lovelace", username="@ada")
        (self.ada,) = self.sim.store.people

    def last(self) -> dict:
        return self.sim.conversation(self.ada)[-1]

    def test_empty_page(self):
        self.sim.reset()
        self.assertIn("Add a person to begin", self.page())

    def test_person_writes_and_changes_it(self):
        self.assertIn(
            "Hello &lt;b&gt;", self.act("write", show=self.ada, text="Hello <b>")
        )
        page = self.act("edit", show=self.ada, message=1, text="Changed")
        self.assertIn("edited", page)
        self.assertEqual(self.last()["text"], "Changed")

    def test_person_presses_start(self):
        action = re.search(r'formaction="/_sim/act/(\w+)">Start<', self.page())[1]
        # The field of the message is sent along, and is empty.
        self.assertNotIn(">Start<", self.act(action, show=self.ada, text=""))
        self.assertEqual(self.last()["text"], "/start")

    def test_person_sends_files(self):
        picture = ("a.png", make_png(400, 200, (1, 2, 3)), "image/png")
        self.act("write", files={"file": picture}, show=self.ada, text="Look")
        self.assertEqual(len(self.last()["photo"]), 3)
        self.assertEqual(self.last()["caption"], "Look")
        self.act("write", files={"file": picture}, show=self.ada, as_file="on")
        self.assertEqual(self.last()["document"]["file_name"], "a.png")
        self.act("sample_photo", show=self.ada)
        self.assertIn("photo", self.last())
        self.assertIn("notes.txt", self.act("sample_document", show=self.ada))

    def test_person_blocks_the_bot_and_thinks_again(self):
        self.assertIn("has blocked the bot", self.act("block", show=self.ada))
        self.assertNotIn("has blocked the bot", self.act("block", show=self.ada))

    def test_unknown_update(self):
        self.act("unknown", show=self.ada)
        self.assertIn("hologram_beamed", self.sim.store.updates[-1])

    def test_mistakes_are_explained(self):
        self.assertIn("Choose a person first", self.act("write", text="x"))
        self.assertIn("nothing to send", self.act("write", show=self.ada, text=" "))
        self.assertIn("needs a name", self.act("register", name=""))
        self.assertIn("no such person", self.act("write", show=4711, text="x"))

    def test_data_instead_of_a_page(self):
        url = f"{self.sim.url}/_sim/act/write"
        answer = self.call("POST", url, data={"show": self.ada, "text": "x"})
        self.assertEqual(answer.json()["text"], "x")
        answer = self.call("POST", url, data={"show": self.ada})
        self.assertEqual(answer.status_code, 400)
        url = f"{self.sim.url}/_sim/act/nothing"
        self.assertEqual(self.call("POST", url).status_code, 404)

    def test_open_page_learns_that_it_is_out_of_date(self):
        def revision():
            return self.call("GET", f"{self.sim.url}/_sim/revision").json()["revision"]

        before = revision()
        self.assertEqual(revision(), before)
        self.sim.say(self.ada, "x")
        self.assertGreater(revision(), before)

    def test_faults_are_ordered_and_called_off_by_a_form(self):
        url = f"{self.sim.url}/_sim/faults"
        form = {"kind": "slow", "times": "0", "seconds": "2", "status": "", "match": ""}
        page = self.call("POST", url, data=form, headers=BROWSER).text
        self.assertIn("always", page)
        page = self.call("POST", f"{url}/clear", headers=BROWSER).text
        self.assertIn("Everything works", page)


class TestGitHubPage(PageCase):
    def setUp(self):
        super().setUp()
        self.sim = self.start(GitHubSimulator(demo=True))
        self.repo = self.sim.store.repository("demo", "studio")

    def names(self, number: int) -> list[str]:
        return [label.name for label in self.repo.issues[number].labels]

    def test_page_shows_the_chosen_issue(self):
        page = self.page(show=1)
        self.assertIn("The second rounding comes from the export.", page)
        self.assertIn("<code>demo/studio</code>", page)
        self.sim.demo = False
        self.sim.reset()
        self.assertIn("Open an issue to begin", self.page())

    def test_issue_is_opened_changed_and_closed(self):
        self.act("open", title="New", body="Text", labels=["bug", "question"])
        self.assertEqual(self.names(5), ["bug", "question"])
        self.act("open", title="Change", kind="pull")
        self.assertIsNotNone(self.repo.issues[6].pull)
        self.act("edit", show=5, title="Newer", body="")
        self.assertEqual(self.repo.issues[5].title, "Newer")
        self.act("labels", show=5, labels=["question"])
        self.assertEqual(self.names(5), ["question"])
        for verb, state in (("close", "closed"), ("reopen", "open")):
            self.act("state", show=5, verb=verb)
            self.assertEqual(self.repo.issues[5].state, state)
        self.act("state", show=6, verb="merge")
        self.assertIsNotNone(self.repo.issues[6].pull.merged_at)
        self.act("state", show=5, verb="delete")
        self.assertNotIn(5, self.repo.issues)

    def test_comment_is_written_changed_and_deleted(self):
        self.assertIn("Mine", self.act("comment", show=2, body="Mine"))
        (comment,) = self.repo.issues[2].comments.values()
        self.act("comment", show=2, comment=comment.id, body="Better")
        self.assertEqual(comment.body, "Better")
        self.act("delete_comment", show=2, comment=comment.id)
        self.assertEqual(self.repo.issues[2].comments, {})

    def test_label_is_created_changed_and_deleted(self):
        self.act("new_label", name="new", color="#ABCDEF")
        self.assertEqual(self.repo.label("new").color, "abcdef")
        self.act("edit_label", label="bug", name="fault", color="#000000")
        self.assertEqual(self.names(1), ["fault"])
        self.act("edit_label", label="fault", verb="delete")
        self.assertEqual(self.names(1), [])

    def test_mistakes_are_explained(self):
        self.assertIn("needs a title", self.act("open", title=" "))
        self.assertIn("Choose an issue", self.act("comment", body="x"))
        page = self.act("new_label", name="bug", color="#000000")
        self.assertIn("Validation Failed", page)


class TestTrelloPage(PageCase):
    def setUp(self):
        super().setUp()
        self.sim = self.start(TrelloSimulator(demo=True))
        (self.card,) = self.sim.board.cards.values()

    def label(self, name: str):
        labels = self.sim.board.labels.values()
        return next(label for label in labels if label.name == name)

    def test_page_shows_the_board_and_the_card(self):
        page = self.page()
        self.assertIn("Two of them, please.", page)
        self.assertIn(self.sim.board.id, page)
        self.sim.demo = False
        self.sim.reset()
        self.assertIn("Choose a card", self.page())

    def test_card_is_hung_changed_moved_and_archived(self):
        done = self.sim.list_named("Done")
        self.assertIn("New card", self.act("card", list=done.id, name="New card"))
        self.act("edit", show=self.card.id, name="Changed", desc="Why")
        self.assertEqual((self.card.name, self.card.desc), ("Changed", "Why"))
        self.act("move", show=self.card.id, list=done.id)
        self.assertIs(self.card.list, done)
        for closed in (True, False):
            self.act("archive", show=self.card.id)
            self.assertEqual(self.card.closed, closed)
        self.act("archive", show=self.card.id, verb="delete")
        self.assertNotIn(self.card.id, self.sim.board.cards)

    def test_labels_go_on_and_off_a_card(self):
        waiting = self.label("waiting")
        self.act("labels", show=self.card.id, labels=[waiting.id])
        self.assertEqual(self.card.labels, [waiting])

    def test_label_is_created_changed_and_deleted(self):
        self.act("new_label", name="new", color="lime_dark")
        label = self.label("new")
        self.act("edit_label", label=label.id, name="newer", color="")
        self.assertEqual((label.name, label.color), ("newer", None))
        self.act("edit_label", label=label.id, verb="delete")
        self.assertNotIn(label.id, self.sim.board.labels)

    def test_comment_is_written(self):
        self.assertIn("Done!", self.act("comment", show=self.card.id, text="Done!"))

    def test_mistakes_are_explained(self):
        self.assertIn(
            "needs a name",
            self.act("card", list="x", name="")
            + self.act("edit", show=self.card.id, name=""),
        )
        self.assertIn("Choose a card", self.act("comment", text="x"))
        self.assertIn("no such label", self.act("edit_label", label="x", name="y"))
        page = self.act("new_label", name="x", color="beige")
        self.assertIn("invalid value for color", page)


class TestPieces(unittest.TestCase):
    def test_formatted_text_becomes_html(self):
        entities = [
            {"type": "bold", "offset": 3, "length": 4},
            {"type": "italic", "offset": 5, "length": 2},
        ]
        self.assertEqual(str(rendered("😀 a <b", entities)), "😀 <b>a <i>&lt;b</i></b>")

    def test_pictures_are_measured(self):
        jpeg = b"\xff\xd8\xff\xe0\0\4\0\0\xff\xc0\0\x11\x08\1\x02\3\x04" + bytes(9)
        self.assertEqual(picture_size(make_png(7, 5, (0, 0, 0))), (7, 5))
        self.assertEqual(picture_size(b"GIF89a\7\0\5\0"), (7, 5))
        self.assertEqual(picture_size(jpeg), (0x304, 0x102))
        self.assertIsNone(picture_size(b"text"))
