import json
from datetime import datetime, timedelta

from odoo.tests import tagged

from .telegram_case import EMOJI, TelegramCase

HALF = "\ud83d"  # what a careless cut leaves of an emoji
NO_OBJECTS = (b"", b"[]", b"7", b"null", b'"text"', b"true", b"{", b"\xff\xfe")
NO_OBJECTS += (b"[" * 100_000, b"update_id=1")
OTHER_KINDS = {
    "channel_post": {"message_id": 1, "chat": {"id": -100, "type": "channel"}},
    "edited_channel_post": {"message_id": 1},
    "my_chat_member": {"chat": {"id": 5, "type": "private"}, "new_chat_member": {}},
    "callback_query": {"id": "1", "from": {"id": 5}, "data": "x"},
    "business_message": {"message_id": 1, "chat": {"id": 5, "type": "private"}},
    "deleted_business_messages": None,
    "message_reaction": [],
    "poll": {"id": "1", "question": "?", "options": [{"text": "Tea"}]},
    "hologram_beamed": {"strength": 11},
}
ODD_MESSAGES = (None, [], "x", 7, {}, {"message_id": 1}, {"chat": {"type": "private"}})
ODD_MESSAGES += ({"message_id": 1, "chat": None}, {"message_id": 1, "chat": [5]})
ODD_MESSAGES += ({"message_id": "1", "chat": {"id": 5, "type": "private"}},)
ODD_MESSAGES += ({"message_id": 1, "chat": {"id": "5", "type": "private"}},)
ODD_MESSAGES += ({"message_id": True, "chat": {"id": 5, "type": "private"}},)
ODD_MESSAGES += ({"message_id": 1, "chat": {"id": 5}},)
ODD_MESSAGES += ({"message_id": 1, "chat": {"id": -5, "type": "group"}},)
ODD_MESSAGES += (
    {
        "message_id": 1,
        "chat": {"id": -5, "type": "supergroup"},
        "migrate_to_chat_id": -1005,
        "message_thread_id": 7,
    },
)
FILE = {"file_id": "none", "file_unique_id": "n"}
CONTENT = [
    ({"sticker": {**FILE, "emoji": EMOJI, "width": 1}}, f"[sticker: {EMOJI}]"),
    ({"sticker": {}}, "[unsupported content: sticker]"),
    ({"sticker": {"width": 512}}, "[sticker]"),
    ({"poll": {"question": "Tea?", "options": [{"text": "Yes"}]}}, "[poll: Tea?]"),
    ({"poll": {"question": None, "options": None}}, "[poll]"),
    ({"poll": {"id": "1"}}, "[poll]"),
    ({"gift": {"gift": {"id": "1"}}}, "[unsupported content: gift]"),
    ({"unique_gift": {"gift": None}}, "[unsupported content: unique_gift]"),
    ({"hologram": [{"strength": 11}]}, "[unsupported content: hologram]"),
    (
        {"delete_chat_photo": True},
        "[unsupported content: delete_chat_photo]",
    ),
    ({"pinned_message": {"message_id": 1}}, "[unsupported content: pinned_message]"),
    ({}, "[empty message]"),
    ({"text": ""}, "[empty message]"),
    ({"text": None}, "[empty message]"),
    ({"text": ["x"]}, "[unsupported content: text]"),
    ({"sender_tag": "vip", "boosts": 3}, "[empty message]"),
    ({"photo": []}, "[unsupported content: photo]"),
    ({"photo": [None]}, "[photo]"),
    ({"photo": [{"width": 1}]}, "[photo]"),
    ({"photo": [FILE], "media_group_id": "9", "has_media_spoiler": True}, "[photo]"),
    ({"video": {**FILE, "file_name": None}, "caption": "See"}, "See"),
    ({"video_note": FILE}, "[video_note]"),
    ({"voice": FILE}, "[voice]"),
    ({"animation": FILE, "document": FILE}, "[animation]"),
    ({"audio": {**FILE, "performer": "Ada", "title": "Song"}}, "[audio: Ada Song]"),
    ({"contact": {"first_name": "Bob", "phone_number": "+43"}}, "[contact: Bob +43]"),
    ({"dice": {"emoji": EMOJI, "value": 4}}, f"[dice: {EMOJI} 4]"),
    ({"dice": 5}, "[dice]"),
    ({"location": {"latitude": 48.2}}, "[location]"),
    ({"venue": {"title": "Café", "location": {}}, "location": {}}, "[venue: Café]"),
    ({"game": {"title": "<b>Chess</b>"}}, "[game: <b>Chess</b>]"),
    ({"invoice": {"title": ["x"]}}, "[invoice]"),
    ({"story": {"id": 1}}, "[story]"),
    ({"checklist": {"title": "Buy", "tasks": [{}]}}, "[checklist: Buy]"),
    ({"text": "Hi", "reply_to_message": {"photo": [FILE]}}, "Hi"),
    ({"text": "Hi", "forward_origin": {"type": "carrier_pigeon"}}, "Hi"),
    ({"text": "Hi", "external_reply": {"giveaway": {}}, "quote": {}}, "Hi"),
    ({"text": "Hi", "link_preview_options": 7, "effect_id": []}, "Hi"),
    ({"text": "Hi", "reply_markup": {"inline_keyboard": [[{}]]}}, "Hi"),
    ({"text": "Hi", "entities": [{"type": "bold"}, {}, None, 7]}, "Hi"),
    ({"text": "Hi", "entities": {"type": "bold"}}, "Hi"),
    ({"text": "Hi", "entities": [{"type": ["b"], "offset": 0, "length": 2}]}, "Hi"),
    ({"text": "Hi", "entities": [{"type": "bold", "offset": -9, "length": 99}]}, "Hi"),
    ({"text": "Hi", "entities": [{"type": "wave", "offset": 0, "length": 2}]}, "Hi"),
    ({"text": "Hi", "entities": [{"type": "bold", "offset": "0", "length": 2}]}, "Hi"),
    (
        {"text": EMOJI, "entities": [{"type": "bold", "offset": 1, "length": 1}]},
        EMOJI,
    ),
    ({"text": f"a{HALF}b\0c\x07"}, "a\ufffdb\ufffdc\ufffd"),
    ({"caption": f"{HALF}", "photo": [FILE]}, "\ufffd"),
    ({"document": {**FILE, "file_name": f"{HALF}\0"}}, "[document]"),
]


@tagged("post_install", "-at_install")
class TestTelegramInputs(TelegramCase):
    """Whatever Telegram sends, the chat doesn't wait behind it."""

    number = 1000

    def setUp(self):
        super().setUp()
        self.url = self.env.ref("sync.trigger_demo_telegram_updates").webhook_url

    def post_body(self, body):
        """Send a body as Telegram does; return the answer."""
        secret = self.sim.store.webhook.secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        headers["Content-Type"] = "application/json"
        answer = self.url_open(self.url, data=body, headers=headers)
        self.env.invalidate_all()
        return answer

    def post_update(self, **update):
        answer = self.post_body(json.dumps({"update_id": 1, **update}).encode())
        self.assertEqual(answer.status_code, 200, answer.text)

    def message(self, **content):
        """Return a message of Ada, the next one."""
        self.number += 1
        person = self.sim.person(self.ada)
        message = {"message_id": self.number, "date": 1_700_000_000}
        return {**message, "from": person.user(), "chat": person.chat(), **content}

    def last_log(self):
        return self.log_text(self.webhook_jobs()[-1:])

    def test_bodies_that_are_no_object(self):
        for body in NO_OBJECTS:
            with self.subTest(body=body[:20]):
                answer = self.post_body(body)
                self.assertEqual(answer.status_code, 400)
                self.assertIn("a JSON object", answer.text)

    def test_other_kinds_of_updates(self):
        for kind, content in OTHER_KINDS.items():
            with self.subTest(kind=kind):
                self.post_update(**{kind: content})
                self.assertIn(f"Ignored: {kind}", self.last_log())
        self.post_update()
        self.assertIn("Ignored: nothing", self.last_log())

    def test_messages_that_belong_nowhere(self):
        for kind in ("message", "edited_message"):
            for message in ODD_MESSAGES:
                with self.subTest(kind=kind, message=message):
                    self.post_update(**{kind: message})
                    self.assertIn(f"Ignored: {kind} ", self.last_log())
        self.assertFalse(self.partners(5))

    def test_content(self):
        for content, words in CONTENT:
            with self.subTest(content=content):
                self.post_update(message=self.message(**content))
                self.assertEqual(len(self.partners()), 1)
                self.assertEqual(self.copies()[-1], words)
        self.assertEqual(len(self.copies()), len(CONTENT))
        # Files that Telegram doesn't know are reported, and nothing fails.
        self.assert_done(self.run_jobs())

    def test_edited_content(self):
        message = self.message(poll={"question": "Tea?"})
        self.post_update(message=message)
        message.update(caption="Coffee", edit_date=1_700_000_100)
        self.post_update(edited_message=message)
        self.assertIn("Coffee", self.copies()[0])

    def test_dates_that_are_none(self):
        for date in (None, "x", 10**30, -(10**30), 0, 1.5, []):
            with self.subTest(date=date):
                message = self.message(text="Hi", date=date, edit_date=date)
                self.post_update(edited_message=message)
                self.assertEqual(self.copies()[-1], "Hi")

    def test_names_that_are_none(self):
        names = [
            ({"first_name": "Ada", "last_name": None}, "Telegram: Ada"),
            ({"first_name": f"A{HALF}\0da"}, "Telegram: A\ufffd\ufffdda"),
            ({"first_name": "", "username": "ada"}, "Telegram: ada"),
            ({"first_name": ["x"]}, "Telegram:"),
            ({}, "Telegram:"),
        ]
        for number, (name, shown) in enumerate(names):
            with self.subTest(name=name):
                chat = {"id": 7000 + number, "type": "private", **name}
                message = {**self.message(text="Hi"), "chat": chat}
                del message["from"]
                self.post_update(message=message)
                self.assertEqual(self.partners(chat["id"]).name, shown)

    def test_a_sender_without_any_name(self):
        self.configure(PARTNER_NAME_PREFIX="")
        chat = {"id": 7000, "type": "private"}
        self.post_update(message={**self.message(text="Hi"), "chat": chat, "from": {}})
        self.assertEqual(self.partners(7000).name, "7000@telegram")

    def test_links_lead_where_they_say_and_nowhere_else(self):
        text = "a b c"
        urls = ("https://odoo.com/?a=1&b=2", "javascript:alert(1)", '"><script>x')
        marks = [
            {"type": "text_link", "offset": 2 * place, "length": 1, "url": url}
            for place, url in enumerate(urls)
        ]
        self.post_update(message=self.message(text=text, entities=marks))
        body = self.messages_of(self.partners()).body
        self.assertIn('href="https://odoo.com/?a=1&amp;b=2"', body)
        self.assertNotIn("javascript", body)
        self.assertNotIn("<script", body)

    def test_a_partner_who_was_deleted_comes_again(self):
        self.post_update(message=self.message(text="One"))
        self.partners().unlink()
        self.post_update(message=self.message(text="Two"))
        self.assertEqual(self.copies(), ["Two"])

    def test_nobody_comes_again_for_what_is_known(self):
        message = self.message(text="One")
        self.post_update(message=message)
        self.partners().unlink()
        self.post_update(message=message)
        message["edit_date"] = 1_700_000_100
        self.post_update(edited_message=message)
        self.assertFalse(self.partners())


@tagged("post_install", "-at_install")
class TestTelegramAttachments(TelegramCase):
    """Attachments that Telegram can't take."""

    def test_an_empty_one_is_reported(self):
        partner = self.known_partner()
        files = [("nothing.txt", b""), ("a.txt", b"aaa")]
        self.assert_done(self.post(partner, "/telegram See", attachments=files))
        sent = [m["document"]["file_name"] for m in self.sent() if "document" in m]
        self.assertEqual(sent, ["a.txt"])
        reports = ["Not sent to Telegram: nothing.txt is empty", "Sent to Telegram."]
        self.assertEqual(self.reports(partner), reports)

    def test_an_address_is_sent_as_text(self):
        partner = self.known_partner()
        values = {"name": "Offer", "type": "url", "url": "https://odoo.com/offer"}
        values.update(res_model="mail.compose.message", res_id=0)
        link = self.env["ir.attachment"].with_user(self.clerk).create(values)
        self.post(partner, "/telegram See", attachment_ids=link.ids)
        self.assertEqual(self.received(), ["See", "Offer: https://odoo.com/offer"])

    def test_one_that_is_gone_is_reported(self):
        partner = self.known_partner()
        self.sim.fail("status", status=502, match="sendMessage")
        files = [("a.txt", b"aaa")]
        job = self.post(partner, "/telegram See", attachments=files)[-1:]
        self.env["ir.attachment"].search([("name", "=", "a.txt")]).unlink()
        self.assert_done(self.run_again(job))
        self.assertIn("The file is empty", self.reports(partner)[0])

    def test_long_text_of_emojis_is_counted_as_telegram_does(self):
        partner = self.known_partner()
        self.assert_done(self.post(partner, f"/telegram {EMOJI * 5000}"))
        lengths = [len(text.encode("utf-16-le")) // 2 for text in self.received()]
        self.assertEqual(lengths, [4096, 4096, 1808])


@tagged("post_install", "-at_install")
class TestTelegramBots(TelegramCase):
    """Links say which bot they are about."""

    def links(self):
        domain = [("relation", "=like", "telegram_message%")]
        return self.env["sync.link"].search(domain, order="id")

    def test_relation_has_the_bot_s_number(self):
        self.ada_writes("Hello")
        self.assertEqual(self.links().relation, "telegram_message 123456")

    def test_no_part_of_a_wrong_token_is_shown(self):
        self.configure(TELEGRAM_BOT_TOKEN="no-token-at-all")
        job = self.run_lines("log(bot_id())", self.project)
        self.assertIn("correct the secret TELEGRAM_BOT_TOKEN", job.error)
        self.assertNotIn("no-token-at-all", job.error + self.log_text(job))

    def test_another_bot_in_the_same_project(self):
        self.ada_writes("One", "Two")
        self.switch_bot("654321:ANOTHER")
        self.ada_writes("Three")
        self.assertEqual(self.copies(), ["One", "Two", "Three"])
        self.assertEqual(len(self.partners()), 1)

    def switch_bot(self, token):
        """Begin anew with another bot, whose first chat is with Ada."""
        self.sim.token = token
        self.sim.build()
        self.configure(TELEGRAM_BOT_TOKEN=token)
        self.assert_done(self.press("setup"))
        self.assertEqual(self.sim.register("Ada", last_name="Lovelace"), self.ada)

    def test_new_token_of_the_same_bot(self):
        self.ada_writes("Helo")
        message = self.sim.conversation(self.ada)[0]
        self.sim.token = "123456:A-NEW-TOKEN"
        self.configure(TELEGRAM_BOT_TOKEN=self.sim.token)
        self.press("setup")
        with self.delivering():
            self.sim.edit(self.ada, message["message_id"], "Hello")
        self.assertEqual(self.copies(), ["Hello"])

    def test_duplicate_for_a_second_bot_works_beside_the_first(self):
        other = self.duplicate("654321:ANOTHER")
        self.ada_writes("To the first")
        with self.delivering(other):
            other.say(self.ada, "To the second")
        self.assertEqual(self.copies(), ["To the first", "To the second"])
        self.assertEqual(len(self.partners()), 1)
        # The bot that heard from her last answers, and only that one.
        self.assert_done(self.post(self.partners(), "/telegram Second"))
        self.assertEqual((self.received(), other.received(self.ada)), ([], ["Second"]))
        self.ada_writes("/telegram First again")
        self.run_jobs()
        self.assertEqual((self.received(), other.received(self.ada)), ([], ["Second"]))
        self.post(self.partners(), "/telegram First")
        self.assertEqual(self.received(), ["First"])
        self.assertEqual(other.received(self.ada), ["Second"])

    def duplicate(self, token):
        """Duplicate the project for a bot of another simulator."""
        other = type(self.sim)(token=token, time_scale=0.01)
        other.start()
        self.addCleanup(other.stop)
        self.assertEqual(other.register("Ada", last_name="Lovelace"), self.ada)
        copy = self.project.copy()
        values = {"TELEGRAM_API_URL": other.url, "TELEGRAM_BOT_TOKEN": token}
        for lines in (copy.param_ids, copy.secret_ids):
            for line in lines.filtered(lambda line: line.key in values):
                line.value = values[line.key]
        copy.active = True
        button = copy.trigger_ids.filtered(lambda t: t.name == "Setup webhook")
        button.action_run_now()
        self.assert_done(self.run_jobs())
        return other

    def make_old(self):
        """Let the links be those of the release before."""
        self.links().relation = "telegram_message"
        self.env.flush_all()

    def test_edit_of_a_message_of_the_previous_release(self):
        self.ada_writes("Helo")
        self.make_old()
        with self.delivering():
            message = self.sim.conversation(self.ada)[0]
            self.sim.edit(self.ada, message["message_id"], "Hello")
        self.assertEqual(self.copies(), ["Hello"])
        self.assertEqual(self.links().relation, "telegram_message 123456")

    def test_message_of_the_previous_release_that_comes_again(self):
        self.ada_writes("Once")
        self.make_old()
        with self.delivering():
            self.sim.push_update("message", self.sim.conversation(self.ada)[0])
        self.assertEqual(self.copies(), ["Once"])

    def test_message_of_another_bot_with_the_number_of_an_old_one(self):
        self.ada_writes("One")
        self.make_old()
        link = self.links()
        link.date = datetime.now() - timedelta(days=1)
        self.env.flush_all()
        self.switch_bot("654321:ANOTHER")
        self.ada_writes("Another")
        self.assertEqual(self.copies(), ["One", "Another"])
        self.assertEqual(link.relation, "telegram_message")
