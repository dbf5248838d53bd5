"""How updates reach the webhook of a bot."""

import json

from telegram import Update
from telegram.error import BadRequest

from .test_telegram_api import TelegramCase


class WebhookCase(TelegramCase):
    def setUp(self):
        super().setUp()
        self.hook = self.receiver()

    def set_webhook(self, **options: object) -> None:
        self.with_bot(lambda bot: bot.set_webhook(self.hook.url, **options))

    def info(self) -> object:
        return self.with_bot(lambda bot: bot.get_webhook_info())

    def texts(self) -> list[str]:
        return [body["message"]["text"] for body in self.hook.bodies()]


class TestSettings(WebhookCase):
    def test_address_outside_this_machine_must_be_https(self):
        cases = {
            "http://bot.example/hook": "An https url must be provided for webhook",
            "https://bot.example:8069/hook": "only on ports 80, 88, 443 or 8443",
            "nonsense": "invalid webhook url specified",
        }
        for url, message in cases.items():
            with self.assertRaisesRegex(BadRequest, f"(?i){message}"):
                self.with_bot(lambda bot, url=url: bot.set_webhook(url))
        self.assertEqual(self.info().url, "")

    def test_secret_has_few_characters(self):
        with self.assertRaisesRegex(BadRequest, "unallowed characters"):
            self.set_webhook(secret_token="with space")

    def test_info_shows_what_was_set(self):
        self.set_webhook(allowed_updates=["message"], max_connections=7)
        info = self.info()
        self.assertEqual(info.url, self.hook.url)
        self.assertEqual(info.max_connections, 7)
        self.assertEqual(info.allowed_updates, ("message",))
        self.with_bot(lambda bot: bot.delete_webhook())
        self.assertEqual(self.info().url, "")


class TestDelivery(WebhookCase):
    def test_message_comes_with_the_secret(self):
        self.set_webhook(secret_token="S3cret_-")
        self.sim.say(self.ada, "Hello")
        self.sim.wait_deliveries()
        (call,) = self.hook.calls
        self.assertEqual(call.headers["X-Telegram-Bot-Api-Secret-Token"], "S3cret_-")
        update = Update.de_json(call.json, None)
        self.assertEqual(update.effective_user.full_name, "Ada Lovelace")
        self.assertEqual(update.message.text, "Hello")
        self.assertEqual(self.info().pending_update_count, 0)

    def test_kinds_of_messages(self):
        self.set_webhook()
        number = self.sim.say(self.ada, "One")["message_id"]
        self.sim.edit(self.ada, number, "Two")
        self.sim.send_photo(self.ada, caption="Look")
        self.sim.send_document(self.ada, "a.pdf", b"%PDF")
        self.sim.send_content(self.ada, {"location": {"latitude": 1, "longitude": 2}})
        self.sim.push_update("hologram_beamed", {"strength": 11})
        self.sim.wait_deliveries()
        bodies = sorted(self.hook.bodies(), key=lambda body: body["update_id"])
        updates = [Update.de_json(body, None) for body in bodies]
        self.assertEqual(updates[1].edited_message.text, "Two")
        self.assertGreater(len(updates[2].message.photo), 1)
        self.assertEqual(updates[3].message.document.mime_type, "application/pdf")
        self.assertEqual(updates[4].message.location.latitude, 1)
        self.assertEqual(bodies[5]["hologram_beamed"], {"strength": 11})
        first = updates[0].update_id
        numbers = [update.update_id for update in updates]
        self.assertEqual(numbers, list(range(first, first + 6)))

    def test_blocking_is_told(self):
        self.set_webhook()
        self.sim.start_bot(self.ada)
        self.sim.block(self.ada)
        self.sim.wait_deliveries()
        change = Update.de_json(self.hook.bodies()[-1], None).my_chat_member
        self.assertEqual(change.old_chat_member.status, "member")
        self.assertEqual(change.new_chat_member.status, "kicked")

    def test_kinds_that_nobody_asked_for_stay_away(self):
        self.set_webhook(allowed_updates=["edited_message"])
        number = self.sim.say(self.ada, "One")["message_id"]
        self.sim.edit(self.ada, number, "Two")
        self.sim.wait_deliveries()
        (body,) = self.hook.bodies()
        self.assertIn("edited_message", body)

    def test_updates_from_before_come_unless_they_are_dropped(self):
        self.sim.say(self.ada, "Before")
        self.set_webhook()
        self.sim.wait_deliveries()
        self.assertEqual(self.texts(), ["Before"])
        self.with_bot(lambda bot: bot.delete_webhook())
        self.sim.say(self.ada, "Between")
        self.set_webhook(drop_pending_updates=True)
        self.sim.wait_deliveries()
        self.assertEqual(self.texts(), ["Before"])


class TestTrouble(WebhookCase):
    def test_failing_update_comes_again_and_holds_up_its_chat(self):
        self.hook.answers = [500, 404]
        self.set_webhook()
        self.sim.say(self.ada, "One")
        self.sim.say(self.ada, "Two")
        self.sim.wait_deliveries()
        self.assertEqual(self.texts(), ["One", "One", "One", "Two"])
        info = self.info()
        expected = "Wrong response from the webhook: 404 NOT FOUND"
        self.assertEqual(info.last_error_message, expected)
        self.assertEqual(info.pending_update_count, 0)

    def test_other_chats_are_not_held_up(self):
        grace = self.sim.register("Grace")
        self.hook.answers = [(500, {"Retry-After": "50"}, "")]
        self.set_webhook()
        self.sim.say(self.ada, "Ada")
        self.until(lambda: self.hook.calls)
        self.sim.say(grace, "Grace")
        self.sim.wait_deliveries()
        self.assertEqual(self.texts(), ["Ada", "Grace", "Ada"])
        # The webhook asked for 50 seconds, of which a hundredth is left here.
        first, second = self.sim.deliveries[0].attempts
        self.assertGreaterEqual(second.at - first.at, 0.5)

    def test_webhook_that_is_away_gets_everything_later(self):
        self.set_webhook()
        self.hook.stop()
        self.sim.say(self.ada, "One")
        with self.assertRaisesRegex(TimeoutError, "still under way"):
            self.sim.wait_deliveries(0.3)
        self.assertEqual(self.info().pending_update_count, 1)
        self.assertEqual(self.info().last_error_message, "Connection refused")
        self.hook.start()
        self.sim.wait_deliveries()
        self.assertEqual(self.texts(), ["One"])

    def test_removed_webhook_leaves_updates_for_polling(self):
        self.hook.answers = [500] * 50
        self.set_webhook()
        self.sim.say(self.ada, "One")
        self.with_bot(lambda bot: bot.delete_webhook())
        self.sim.wait_deliveries()
        (update,) = self.with_bot(lambda bot: bot.get_updates())
        self.assertEqual(update.message.text, "One")

    def test_lost_update_never_comes(self):
        self.set_webhook()
        self.sim.fail("lose")
        self.sim.say(self.ada, "One")
        self.sim.say(self.ada, "Two")
        self.sim.wait_deliveries()
        self.assertEqual(self.texts(), ["Two"])
        self.assertEqual(self.info().pending_update_count, 0)

    def test_duplicate_and_reordered_updates(self):
        self.set_webhook()
        self.sim.fail("duplicate")
        self.sim.say(self.ada, "One")
        self.sim.wait_deliveries()
        self.sim.fail("reorder")
        self.sim.say(self.ada, "Two")
        self.sim.say(self.ada, "Three")
        self.sim.wait_deliveries()
        self.assertEqual(self.texts(), ["One", "One", "Three", "Two"])


class TestReply(WebhookCase):
    def answer(self, **values: object) -> None:
        headers = {"Content-Type": "application/json"}
        self.hook.answers = [(200, headers, json.dumps(values))]
        self.set_webhook()
        self.sim.say(self.ada, "Hello")
        self.sim.wait_deliveries()

    def test_webhook_can_answer_with_a_method(self):
        self.answer(method="sendMessage", chat_id=self.ada, text="Hi!")
        self.assertEqual(self.sim.received(self.ada), ["Hi!"])

    def test_wrong_answer_is_noted(self):
        self.answer(method="sendMessage", chat_id=self.ada, text="")
        self.assertEqual(
            list(self.sim.reply_errors), ["Bad Request: message text is empty"]
        )

    def test_answer_cannot_remove_the_webhook(self):
        self.answer(method="deleteWebhook")
        self.assertEqual(self.info().url, self.hook.url)
