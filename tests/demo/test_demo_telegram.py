import logging
import sys
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .telegram_case import EMOJI, TelegramCase

NO_JSON = mute_logger("telegram.request.BaseRequest")


@tagged("post_install", "-at_install")
class TestTelegramSetup(TelegramCase):
    """The buttons of the task Setup."""

    def test_webhook_with_a_secret_token_and_in_order(self):
        webhook = self.sim.store.webhook
        trigger = self.env.ref("sync.trigger_demo_telegram_updates")
        self.assertEqual(webhook.url, trigger.webhook_url)
        self.assertGreaterEqual(len(webhook.secret), 32)
        self.assertEqual(webhook.max_connections, 1)

    def test_says_where_to_write(self):
        text = self.log_text(self.press("setup"))
        self.assertIn("https://t.me/simulated_studio_bot", text)

    def test_remove(self):
        self.assert_done(self.press("remove"))
        self.assertFalse(self.sim.store.webhook.url)

    def test_log_keeps_tokens_and_the_webhook_to_itself(self):
        text = self.log_text(self.press("setup"))
        webhook = self.sim.store.webhook
        for secret in (self.sim.token, webhook.secret, webhook.url):
            self.assertNotIn(secret, text)
        self.assertIn(self.base_url(), text)

    def assert_fails(self, *words, **settings):
        self.configure(**settings)
        job = self.press("setup")
        self.assertEqual(job.state, "failed", self.log_text(job))
        for word in words:
            self.assertIn(word, job.error)
        self.assertNotIn(self.sim.token, self.log_text(job) + job.error)

    def test_wrong_bot_token(self):
        for token in ("123:wrong", "no token at all"):
            with self.subTest(token=token):
                self.assert_fails("secret TELEGRAM_BOT_TOKEN", TELEGRAM_BOT_TOKEN=token)

    def test_spaces_around_the_token(self):
        self.configure(TELEGRAM_BOT_TOKEN=f" {self.sim.token}\n")
        self.assert_done(self.press("setup"))

    def test_unset_bot_token(self):
        self.project.secret_ids.unlink()
        self.assert_fails("no secret TELEGRAM_BOT_TOKEN")

    def test_no_address(self):
        for url in ("", "api.telegram.org"):
            with self.subTest(url=url):
                self.assert_fails("parameter TELEGRAM_API_URL", TELEGRAM_API_URL=url)

    def test_address_of_something_else(self):
        url = f"{self.sim.url}/_sim/?page="
        with NO_JSON:
            self.assert_fails("parameter TELEGRAM_API_URL", TELEGRAM_API_URL=url)

    def test_address_that_telegram_refuses(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "http://example.com")
        self.assert_fails("https url must be provided", "web.base.url")

    def test_service_that_is_down_is_tried_again(self):
        with self.sim.refusing():
            job = self.press("setup")
        self.assertEqual(job.state, "pending", self.log_text(job))
        self.assertIn("can't be reached now", self.log_text(job))
        self.assert_done(self.run_again(job))

    def test_missing_library_is_named(self):
        with patch.dict(sys.modules, {"telegram": None}):
            self.assert_fails("pip install python-telegram-bot")

    def test_server_log_does_not_show_the_token(self):
        # Each address holds the token, and the HTTP client logs each address.
        with self.assertNoLogs("httpx", logging.INFO):
            self.press("setup")


@tagged("post_install", "-at_install")
class TestTelegramReceive(TelegramCase):
    """What people write to the bot."""

    def test_first_message_makes_a_partner(self):
        self.assert_done(self.ada_writes("Good morning"))
        partner = self.partners()
        self.assertEqual(partner.name, "Telegram: Ada Lovelace")
        self.assertEqual(partner.ref, f"{self.ada}@telegram")
        copy = self.messages_of(partner)
        self.assertEqual(self.words(copy), "Good morning")
        self.assertEqual(copy.author_id, partner)
        self.assertEqual(copy.subtype_id, self.env.ref("mail.mt_note"))

    def test_next_messages_go_to_the_same_partner(self):
        self.ada_writes("One", "Two", "Three")
        self.assertEqual(self.copies(), ["One", "Two", "Three"])
        self.assertEqual(len(self.partners()), 1)

    def test_partner_that_was_renamed_or_archived_is_still_the_one(self):
        self.known_partner().write({"name": "Countess Ada", "active": False})
        self.ada_writes("It is me")
        self.assertEqual(self.partners().name, "Countess Ada")
        self.assertEqual(self.copies(), ["Hello", "It is me"])

    def test_everybody_has_a_partner(self):
        grace = self.sim.register("Grace")
        with self.delivering():
            self.sim.say(grace, "I am Grace")
            self.sim.say(self.ada, "I am Ada")
        self.assertEqual(self.copies(), ["I am Ada"])
        self.assertEqual(self.partners(grace).name, "Telegram: Grace")

    def test_prefix_is_a_parameter(self):
        self.configure(PARTNER_NAME_PREFIX="TG")
        self.assertEqual(self.known_partner().name, "TG Ada Lovelace")

    def test_start_is_answered_with_the_welcome_message(self):
        self.configure(TELEGRAM_WELCOME_MESSAGE="Welcome & <enjoy>!\nYours")
        self.ada_writes("/start")
        self.assert_done(self.run_jobs())
        self.assertEqual(self.received(), ["Welcome & <enjoy>!\nYours"])
        self.assertFalse(self.copies())
        found = self.reports(self.partners())
        self.assertEqual(found, ["Started the bot.", "Sent to Telegram."])

    def test_start_with_the_payload_of_a_link(self):
        self.ada_writes("/start shop-42")
        self.run_jobs()
        self.assertEqual(len(self.received()), 1)

    def test_no_welcome_message(self):
        self.configure(TELEGRAM_WELCOME_MESSAGE="")
        self.assert_done(self.ada_writes("/start"))
        self.run_jobs()
        self.assertTrue(self.partners())
        self.assertFalse(self.received())

    def test_format_is_kept_and_code_is_not_run(self):
        entities = [
            {"type": "bold", "offset": 3, "length": 4},
            {"type": "text_link", "offset": 3, "length": 4, "url": "https://odoo.com/"},
        ]
        text = f"{EMOJI} bold <script>alert(1)</script>\nnext"
        with self.delivering():
            self.sim.send_content(self.ada, {"text": text, "entities": entities})
        body = self.messages_of(self.partners()).body
        self.assertIn("<b>", body)
        self.assertIn('href="https://odoo.com/"', body)
        self.assertIn("&lt;script&gt;", body)
        self.assertIn("<br", body)

    def test_photo(self):
        with self.delivering():
            self.sim.send_photo(self.ada, caption="My cat")
        self.assertEqual(self.copies(), ["My cat"])
        self.assert_done(self.run_jobs())
        file = self.messages_of(self.partners()).attachment_ids
        self.assertTrue(file.mimetype.startswith("image/"))
        # The largest of the sizes.
        photo = self.sim.conversation(self.ada)[0]["photo"][-1]
        self.assertEqual(file.raw, self.sim.store.files[photo["file_id"]].data)
        self.assertEqual(file.res_id, self.partners().id)

    def test_document_keeps_its_name(self):
        with self.delivering():
            self.sim.send_document(self.ada, "offer.txt", b"12 apples")
        self.run_jobs()
        copy = self.messages_of(self.partners())
        self.assertEqual(self.words(copy), "[document]")
        self.assertEqual(copy.attachment_ids.name, "offer.txt")
        self.assertEqual(copy.attachment_ids.raw, b"12 apples")

    def test_file_while_telegram_is_down(self):
        with self.delivering():
            self.sim.send_document(self.ada, "offer.txt", b"12 apples")
        self.sim.fail("status", status=502, match="getFile")
        self.sim.fail("down", match="/file/")
        job = self.run_jobs()
        self.assertEqual(job.state, "pending")
        self.run_again(job)
        self.assertEqual(job.state, "pending")
        self.assert_done(self.run_again(job))
        file = self.messages_of(self.partners()).attachment_ids
        self.assertEqual(file.raw, b"12 apples")

    def test_file_that_telegram_refuses_is_reported(self):
        with self.delivering():
            self.sim.send_document(self.ada, "film.mov", b"x" * 30 * 2**20)
        self.assert_done(self.run_jobs())
        (report,) = self.reports(self.partners())
        self.assertEqual(report, "film.mov can't be fetched: File is too big")

    def test_file_of_a_message_that_was_deleted_meanwhile(self):
        with self.delivering():
            self.sim.send_document(self.ada, "offer.txt", b"12 apples")
        self.messages_of(self.partners()).unlink()
        self.assert_done(self.run_jobs())

    def test_message_without_words_is_named(self):
        place = {"location": {"latitude": 48.2, "longitude": 16.4}}
        with self.delivering():
            self.sim.send_content(self.ada, place)
        self.assertEqual(self.copies(), ["[location]"])

    def test_edited_message_changes_its_copy(self):
        self.ada_writes("Helo")
        with self.delivering():
            message = self.sim.conversation(self.ada)[0]
            self.sim.edit(self.ada, message["message_id"], "Hello")
        self.assertEqual(self.copies(), ["Hello"])
        self.assertIn("o-mail-Message-edited", self.messages_of(self.partners()).body)

    def test_edit_that_arrives_before_the_message(self):
        self.sim.fail("reorder")
        with self.delivering():
            message = self.sim.say(self.ada, "Helo")
            self.sim.edit(self.ada, message["message_id"], "Hello")
        events = [delivery.event for delivery in self.sim.deliveries]
        self.assertEqual(sorted(events), ["edited_message", "message"])
        self.assertEqual(self.copies(), ["Hello"])

    def test_older_edit_that_arrives_after_a_newer_one(self):
        message = {"message_id": 77, "text": "Hello", "date": 1_700_000_000}
        person = self.sim.person(self.ada)
        message.update({"from": person.user(), "chat": person.chat()})
        with self.delivering():
            self.sim.push_update("message", message)
            newer = {**message, "text": "Newer", "edit_date": 1_700_000_020}
            self.sim.push_update("edited_message", newer)
            older = {**message, "text": "Older", "edit_date": 1_700_000_010}
            self.sim.push_update("edited_message", older)
        self.assertEqual(self.copies(), ["Newer"])

    def test_edit_of_a_message_whose_copy_was_deleted(self):
        self.ada_writes("Helo")
        self.messages_of(self.partners()).unlink()
        with self.delivering():
            message = self.sim.conversation(self.ada)[0]
            self.sim.edit(self.ada, message["message_id"], "Hello")
        self.assertEqual(set(self.webhook_jobs().mapped("state")), {"done"})
        self.assertFalse(self.copies())

    def test_update_that_comes_twice(self):
        self.sim.fail("duplicate")
        jobs = self.ada_writes("Once")
        self.assertEqual(len(self.webhook_jobs()), 2)
        self.assertIn("Known already", self.log_text(jobs))
        self.assertEqual(self.copies(), ["Once"])

    def test_start_that_comes_twice_is_answered_once(self):
        self.sim.fail("duplicate")
        self.ada_writes("/start")
        self.run_jobs()
        self.assertEqual(len(self.received()), 1)

    def test_update_of_an_unknown_kind(self):
        with self.delivering():
            self.sim.push_update("hologram_beamed", {"strength": 11})
        self.assertEqual(self.sim.deliveries[-1].attempts[0].status, 200)
        self.assertIn("Ignored: hologram_beamed", self.log_text(self.webhook_jobs()))

    def test_groups_are_left_alone(self):
        group = {"id": -5, "type": "group", "title": "All of us"}
        sender = self.sim.person(self.ada).user()
        message = {"message_id": 1, "date": 1_700_000_000, "text": "Hi all"}
        with self.delivering():
            content = {**message, "chat": group, "from": sender}
            self.sim.push_update("message", content)
        self.assertFalse(self.partners())
        self.assertIn("Ignored: message of a group", self.log_text(self.webhook_jobs()))

    def test_request_without_the_secret_token(self):
        url = self.env.ref("sync.trigger_demo_telegram_updates").webhook_url
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guéssed"}):
            values = {"update_id": 1, "message": {}}
            response = self.url_open(
                url, json=values, headers={k: v.encode() for k, v in headers.items()}
            )
            self.assertEqual(response.status_code, 403)
        self.env.invalidate_all()
        self.assertIn("Refused", self.log_text(self.webhook_jobs()))
        self.assertFalse(self.partners())
