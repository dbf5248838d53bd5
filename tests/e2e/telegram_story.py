"""A chat between Telegram, simulated, and real servers; with and without a runner."""

import functools
import re

from simulated import TelegramSimulator
from stage import StudioCase, wait_for

PROJECT = "sync.project_demo_telegram"


@functools.cache
def telegram() -> TelegramSimulator:
    """Return a simulator that all tests share: it never uses a number twice.

    A studio that tests share remembers the numbers of people and messages.
    """
    return TelegramSimulator(time_scale=0.05).start()


class Chat(StudioCase):
    """What a user of the demo project Telegram does and sees."""

    def setUp(self):
        super().setUp()
        self.sim = telegram()
        self.sim.faults.clear()
        if not self.sim.store.webhook.url.startswith(self.studio.url):
            self._set_up()
        self.ada = self.sim.register("Ada", last_name="Lovelace")

    def _set_up(self):
        """Configure the project, once a studio, as the documentation says."""
        base_url = ("web.base.url", self.studio.url)
        self.admin.call("ir.config_parameter", "set_param", *base_url)
        self.configure("param", "TELEGRAM_API_URL", self.sim.url)
        self.configure("secret", "TELEGRAM_BOT_TOKEN", self.sim.token)
        project, active = self.xmlid(PROJECT), {"active": True}
        self.admin.call("sync.project", "write", [project], active)
        self.press("setup")

    def configure(self, kind, key, value):
        model, project = f"sync.project.{kind}", self.xmlid(PROJECT)
        domain = [("project_id", "=", project), ("key", "=", key)]
        (row,) = self.read(model, domain, "key")
        self.admin.call(model, "write", [row["id"]], {"value": value})

    def trigger(self, name):
        return {"id": self.xmlid(f"sync.trigger_demo_telegram_{name}")}

    def press(self, name):
        """Press a button of the task Setup, and wait for its job."""
        job = self.click(self.trigger(name))
        self.assertEqual(self.finished(job)["state"], "done", self.log(job))

    # In Odoo

    def partners(self, person):
        return self.read("res.partner", [("ref", "=", f"{person}@telegram")], "name")

    def partner_of(self, person):
        """Wait for the partner of a person who has written; return its id."""
        (partner,) = wait_for("the partner", lambda: self.partners(person))
        return partner["id"]

    def messages(self, partner, author):
        """Return what an author wrote on a partner: rows with a body."""
        domain = [("model", "=", "res.partner"), ("res_id", "=", partner)]
        domain += [("author_id", "=", author)]
        names = ("body", "attachment_ids")
        return self.read("mail.message", domain, *names, order="id")

    def copies(self, person):
        """Return the bodies of the copies of what a person wrote."""
        (partner,) = self.partners(person) or [{"id": 0}]
        found = self.messages(partner["id"], partner["id"])
        return [re.sub(r"<[^>]+>", "", row["body"]) for row in found]

    def reports(self, partner):
        bot = self.xmlid("base.partner_root")
        return [row["body"] for row in self.messages(partner, bot)]

    def wait_copies(self, person, *texts):
        wait_for(f"copies: {texts}", lambda: self.copies(person) == list(texts))

    def wait_report(self, partner, text):
        what = f"the report {text!r}"
        return wait_for(what, lambda: text in "".join(self.reports(partner)))

    def post(self, partner, body):
        """Log a note on a partner, as a person does."""
        note = {"message_type": "comment", "subtype_xmlid": "mail.mt_note"}
        self.admin.call("res.partner", "message_post", [partner], body=body, **note)

    def wait_received(self, *texts, person=None):
        """Wait until a person has got these texts from the bot, in any order."""
        wanted, person = sorted(texts), person or self.ada
        what = f"{wanted} in Telegram"
        wait_for(what, lambda: sorted(self.sim.received(person)) == wanted)


class Usage(Chat):
    """The usage that the documentation promises, from the first message on."""

    def test_chat_from_the_first_message_on(self):
        self.sim.start_bot(self.ada)
        partner = self.partner_of(self.ada)
        self.assertEqual(self.partners(self.ada)[0]["name"], "Telegram: Ada Lovelace")
        wait_for("the welcome message", lambda: self.sim.received(self.ada))
        self.assertIn("Hello!", self.sim.received(self.ada)[0])
        self.assertFalse(self.copies(self.ada))

        message = self.sim.say(self.ada, "Do you sell apple?")
        self.wait_copies(self.ada, "Do you sell apple?")

        self.post(partner, "/telegram Hello! How can I help you?")
        wait_for("the answer", lambda: len(self.sim.received(self.ada)) == 2)
        self.assertEqual(self.sim.received(self.ada)[1], "Hello! How can I help you?")
        self.wait_report(partner, "Sent to Telegram.")

        self.sim.edit(self.ada, message["message_id"], "Do you sell apples?")
        wait_for("the change", lambda: "apples" in self.copies(self.ada)[0])

        self.sim.send_document(self.ada, "list.txt", b"12 apples")
        self.sim.send_photo(self.ada, caption="Like this")
        wait_for("the files", lambda: len(self._attachments(partner)) == 2)
        self.assertIn("Like this", self.copies(self.ada)[-1])
        self.post(partner, "/telegram Sure.")
        wait_for("the end", lambda: self.sim.received(self.ada)[-1] == "Sure.")

    def _attachments(self, partner):
        rows = self.messages(partner, partner)
        return [file for row in rows for file in row["attachment_ids"]]
