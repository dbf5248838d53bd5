"""The demo project Telegram with workers and a job runner, and all that goes wrong."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import telegram_story


class TestTelegram(telegram_story.Usage):
    """Everything is up."""

    def test_many_people_write_at_once(self):
        people = [self.sim.register(f"Person {n}") for n in range(12)]
        for number in range(3):
            for person in people:
                self.sim.say(person, f"Message {number}")
        self.sim.wait_deliveries(60)
        for person in people:
            self.assertEqual(len(self.partners(person)), 1)
            self.wait_copies(person, "Message 0", "Message 1", "Message 2")

    def test_long_text_arrives_in_parts_and_in_order(self):
        self.sim.say(self.ada, "Tell me everything")
        text = " ".join(f"word{number}" for number in range(1500))
        self.post(self.partner_of(self.ada), f"/telegram {text}")
        self.wait_report(self.partner_of(self.ada), "Sent to Telegram.")
        self.assertEqual(len(self.sim.received(self.ada)), 4)
        self.assertEqual(" ".join(self.sim.received(self.ada)), text)

    def test_what_comes_from_telegram_does_not_go_back(self):
        self.sim.say(self.ada, "/telegram Hello")
        self.wait_copies(self.ada, "/telegram Hello")
        self.post(self.partner_of(self.ada), "/telegram Bye")
        self.wait_report(self.partner_of(self.ada), "Sent to Telegram.")
        self.assertEqual(self.sim.received(self.ada), ["Bye"])


class TestDeliveries(telegram_story.Chat):
    """Telegram's updates come twice, in the wrong order, late, or not at all."""

    def test_twice(self):
        self.sim.fail("duplicate", times=2)
        self.sim.start_bot(self.ada)
        self.sim.say(self.ada, "Once")
        self.sim.wait_deliveries(30)
        self.wait_copies(self.ada, "Once")
        self.wait_report(self.partner_of(self.ada), "Sent to Telegram.")
        self.assertEqual(len(self.sim.received(self.ada)), 1)

    def test_in_the_opposite_order(self):
        self.sim.fail("reorder")
        message = self.sim.say(self.ada, "Helo")
        self.sim.edit(self.ada, message["message_id"], "Hello")
        self.sim.wait_deliveries(30)
        self.wait_copies(self.ada, "Hello")

    def test_lost(self):
        self.sim.fail("lose")
        self.sim.say(self.ada, "Lost")
        self.sim.say(self.ada, "Found")
        self.wait_copies(self.ada, "Found")

    def test_while_odoo_restarts(self):
        self.studio.server.stop()
        self.sim.say(self.ada, "Are you there?")
        self.sim.say(self.ada, "Hello?")
        self.studio.server.start()
        self.studio.server.wait()
        self.sim.wait_deliveries(60)
        self.wait_copies(self.ada, "Are you there?", "Hello?")

    def test_of_an_unknown_kind(self):
        self.sim.push_update("hologram_beamed", {"strength": 11})
        self.sim.wait_deliveries(30)
        self.assertEqual(self.sim.deliveries[-1].attempts[0].status, 200)

    def test_first_messages_of_a_person_side_by_side(self):
        # By somebody who doesn't mind that one connection at a time was asked for.
        person = self.sim.person(self.sim.register("Grace"))
        updates = [self.update(person, number) for number in range(1, 9)]
        with ThreadPoolExecutor(len(updates)) as pool:
            self.assertEqual(set(pool.map(self.send_update, updates)), {200})
        self.assertEqual(len(self.partners(person.id)), 1)
        self.assertEqual(len(self.copies(person.id)), len(updates))

    def test_the_same_update_side_by_side(self):
        person = self.sim.person(self.sim.register("Grace"))
        with ThreadPoolExecutor(8) as pool:
            updates = [self.update(person, 1)] * 8
            self.assertEqual(set(pool.map(self.send_update, updates)), {200})
        self.assertEqual(self.copies(person.id), ["Message 1"])

    def update(self, person, number):
        message = {"message_id": number, "date": 1_700_000_000}
        message.update(text=f"Message {number}", chat=person.chat())
        return {"update_id": number, "message": {**message, "from": person.user()}}

    def send_update(self, update):
        """Send an update as Telegram does; return the status of the answer."""
        webhook = self.sim.store.webhook
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret}
        headers["Content-Type"] = "application/json"
        body = json.dumps(update).encode()
        request = urllib.request.Request(webhook.url, body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status

    def test_from_somebody_else(self):
        headers = {"X-Telegram-Bot-Api-Secret-Token": "guessed"}
        url = self.sim.store.webhook.url
        request = urllib.request.Request(url, b'{"message": {}}', headers)
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=30)
        self.assertEqual(refusal.exception.code, 403)


class TestTrouble(telegram_story.Chat):
    """Telegram is in trouble, or refuses."""

    def test_every_message_arrives_once_in_the_end(self):
        self.sim.say(self.ada, "Hello")
        partner = self.partner_of(self.ada)
        with self.sim.refusing():
            self.post(partner, "/telegram 1")
            self.wait_log("can't be reached now")
        self.sim.fail("rate_limit", seconds=1, match="sendMessage")
        self.sim.fail("down", match="sendMessage")
        self.sim.fail("status", status=502, match="sendMessage")
        for number in (2, 3, 4):
            self.post(partner, f"/telegram {number}")
        self.wait_received("1", "2", "3", "4")
        self.assertFalse(self.sim.faults.as_list())
        telegram_story.wait_for("reports", lambda: len(self.reports(partner)) == 4)
        self.assertNotIn(self.sim.token, self.studio.log.read_text(errors="replace"))

    def wait_log(self, text):
        """Wait for a text in the log of the message's jobs."""
        trigger = self.trigger("message")
        probe = [("trigger_id", "=", trigger["id"]), ("message", "ilike", text)]
        telegram_story.wait_for(text, lambda: self.read("sync.log", probe, "message"))

    def test_file_arrives_in_the_end(self):
        self.sim.fail("status", status=500, match="getFile")
        self.sim.fail("slow", seconds=1.5, match="/file/")
        self.sim.send_document(self.ada, "list.txt", b"12 apples")
        partner = self.partner_of(self.ada)
        probe = [("res_model", "=", "res.partner"), ("res_id", "=", partner)]
        telegram_story.wait_for(
            "the file", lambda: self.read("ir.attachment", probe, "name")
        )

    def test_refusals_are_reported(self):
        self.sim.say(self.ada, "Hello")
        partner = self.partner_of(self.ada)
        self.sim.block(self.ada)
        self.post(partner, "/telegram Are you there?")
        self.wait_report(partner, "bot was blocked by the user")
        values = {"name": "Typo", "ref": "999@telegram"}
        (partner,) = self.admin.call("res.partner", "create", [values])
        self.post(partner, "/telegram Who are you?")
        self.wait_report(partner, "Chat not found")

    def test_removed_webhook(self):
        self.press("remove")
        self.sim.say(self.ada, "Is anybody there?")
        self.assertEqual(self.sim.store.webhook.url, "")
        self.press("setup")
        self.wait_copies(self.ada, "Is anybody there?")
