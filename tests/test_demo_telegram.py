import base64
import sys
from contextlib import contextmanager
from unittest.mock import patch

from markupsafe import Markup
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import convert_file, mute_logger

from .common import SyncCase
from .simulators import TelegramSimulator

PROJECT = "sync.project_demo_telegram"
EMOJI = "\N{GRINNING FACE}"  # two units long in UTF-16
NO_JSON = mute_logger("telegram.request.BaseRequest")


class TelegramCase(SyncCase, HttpCase):
    """The demo project, switched on and set up for a simulated Telegram."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref(PROJECT, raise_if_not_found=False):
            # The database has no demo data.
            convert_file(cls.env, "sync", "demo/telegram_demo.xml", {}, noupdate=True)
        cls.project = cls.env.ref(PROJECT)
        # A test must not wait for a server that doesn't answer.
        code = cls.project.protected_code.replace("_TIMEOUT = 20", "_TIMEOUT = 0.5")
        cls.project.write({"protected_code": code, "active": True})
        groups = "base.group_user,base.group_partner_manager"
        cls.clerk = new_test_user(cls.env, "sync_clerk", groups)

    def setUp(self):
        super().setUp()
        self.sim = TelegramSimulator(time_scale=0.01)
        self.sim.start()
        self.addCleanup(self.sim.stop)
        self.configure(TELEGRAM_API_URL=self.sim.url, TELEGRAM_BOT_TOKEN=self.sim.token)
        self.press("setup")
        self.sim.calls.clear()
        self.ada = self.sim.register("Ada", last_name="Lovelace")

    def configure(self, **values):
        for lines in (self.project.secret_ids, self.project.param_ids):
            for line in lines.filtered(lambda line: line.key in values):
                line.value = values[line.key]

    def press(self, name):
        """Press one of the buttons of the task Setup; return its job."""
        self.env.ref(f"sync.trigger_demo_telegram_{name}").action_run_now()
        return self.run_jobs()

    # What people do in Telegram

    @contextmanager
    def delivering(self):
        """Let the simulator call the webhook until it has nothing left to deliver."""
        self.env.flush_all()
        with self.allow_requests():
            cookie = f"test_request_key={self.http_request_key}"
            self.sim.delivery_headers["Cookie"] = cookie
            yield
            self.sim.wait_deliveries(30)
        self.env.invalidate_all()

    def write(self, *texts):
        """Let Ada write; return the webhook's jobs."""
        with self.delivering():
            for text in texts:
                self.sim.say(self.ada, text)
        return self.webhook_jobs()[-len(texts) :]

    def webhook_jobs(self):
        trigger = self.env.ref("sync.trigger_demo_telegram_updates")
        domain = [("trigger_id", "=", trigger.id), ("parent_id", "=", False)]
        return self.env["sync.job"].search(domain, order="id")

    # What is in Odoo

    def partners(self, person=None):
        ref = f"{person or self.ada}@telegram"
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search([("ref", "=", ref)])

    def messages_of(self, partner):
        """Return what is attached to a partner, without Odoo's own first note."""
        domain = [("model", "=", "res.partner"), ("res_id", "=", partner.id)]
        found = self.env["mail.message"].search(domain, order="id")
        return found.filtered(lambda m: "created" not in (m.body or ""))

    def copies(self):
        """Return the copies of what Ada wrote, as text."""
        partner = self.partners()
        found = self.messages_of(partner).filtered(lambda m: m.author_id == partner)
        return [self.words(message) for message in found]

    def words(self, message):
        return message.body.striptags().strip()

    def reports(self, partner):
        bot = self.env.ref("base.partner_root")
        found = self.messages_of(partner).filtered(lambda m: m.author_id == bot)
        return [self.words(message) for message in found]

    # What staff does

    def known_partner(self):
        """Return the partner of Ada, who has written before."""
        self.write("Hello")
        return self.partners()

    def post(self, partner, body, **values):
        """Write on a partner as a person would; return the jobs that follow."""
        note = {"message_type": "comment", "subtype_xmlid": "mail.mt_note"}
        partner.with_user(self.clerk).message_post(body=body, **{**note, **values})
        return self.run_jobs()

    def run_again(self, job):
        """Run a job again whose turn has come; return all that run."""
        job._queue_jobs().state = "pending"
        return self.run_jobs()

    def received(self):
        return self.sim.received(self.ada)

    def sent(self):
        """Return what the bot has sent to Ada: dicts of the Bot API."""
        messages = self.sim.conversation(self.ada)
        return [message for message in messages if message["from"]["is_bot"]]

    def assert_done(self, job):
        for each in job:
            super().assert_done(each)


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

    def test_log_has_neither_token(self):
        text = self.log_text(self.press("setup"))
        self.assertNotIn(self.sim.token, text)
        self.assertNotIn(self.sim.store.webhook.secret, text)

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
        with self.assertNoLogs("httpx", "INFO"):
            self.press("setup")


@tagged("post_install", "-at_install")
class TestTelegramReceive(TelegramCase):
    """What people write to the bot."""

    def test_first_message_makes_a_partner(self):
        self.assert_done(self.write("Good morning"))
        partner = self.partners()
        self.assertEqual(partner.name, "Telegram: Ada Lovelace")
        self.assertEqual(partner.ref, f"{self.ada}@telegram")
        copy = self.messages_of(partner)
        self.assertEqual(self.words(copy), "Good morning")
        self.assertEqual(copy.author_id, partner)
        self.assertEqual(copy.subtype_id, self.env.ref("mail.mt_note"))

    def test_next_messages_go_to_the_same_partner(self):
        self.write("One", "Two", "Three")
        self.assertEqual(self.copies(), ["One", "Two", "Three"])
        self.assertEqual(len(self.partners()), 1)

    def test_partner_that_was_renamed_or_archived_is_still_the_one(self):
        self.known_partner().write({"name": "Countess Ada", "active": False})
        self.write("It is me")
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
        self.write("/start")
        self.assert_done(self.run_jobs())
        self.assertEqual(self.received(), ["Welcome & <enjoy>!\nYours"])
        self.assertFalse(self.copies())
        found = self.reports(self.partners())
        self.assertEqual(found, ["Started the bot.", "Sent to Telegram."])

    def test_start_with_the_payload_of_a_link(self):
        self.write("/start shop-42")
        self.run_jobs()
        self.assertEqual(len(self.received()), 1)

    def test_no_welcome_message(self):
        self.configure(TELEGRAM_WELCOME_MESSAGE="")
        self.assert_done(self.write("/start"))
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
        self.write("Helo")
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
        self.write("Helo")
        self.messages_of(self.partners()).unlink()
        with self.delivering():
            message = self.sim.conversation(self.ada)[0]
            self.sim.edit(self.ada, message["message_id"], "Hello")
        self.assertEqual(set(self.webhook_jobs().mapped("state")), {"done"})
        self.assertFalse(self.copies())

    def test_update_that_comes_twice(self):
        self.sim.fail("duplicate")
        jobs = self.write("Once")
        self.assertEqual(len(self.webhook_jobs()), 2)
        self.assertIn("Known already", self.log_text(jobs))
        self.assertEqual(self.copies(), ["Once"])

    def test_start_that_comes_twice_is_answered_once(self):
        self.sim.fail("duplicate")
        self.write("/start")
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


@tagged("post_install", "-at_install")
class TestTelegramSend(TelegramCase):
    """What staff writes on a partner."""

    def test_prefixed_message_arrives_without_its_prefix(self):
        partner = self.known_partner()
        self.assert_done(self.post(partner, "/telegram Hello! How can I help you?"))
        self.assertEqual(self.received(), ["Hello! How can I help you?"])
        self.assertEqual(self.reports(partner), ["Sent to Telegram."])

    def test_log_and_message_both_work(self):
        partner = self.known_partner()
        self.post(partner, "/telegram One", subtype_xmlid="mail.mt_comment")
        self.post(partner, "/telegram\nTwo", subtype_xmlid="mail.mt_note")
        self.assertEqual(self.received(), ["One", "Two"])

    def test_other_messages_stay_here(self):
        partner = self.known_partner()
        for body in ("Hello", "see /telegram", "/telegrams x", "telegram x", ""):
            self.post(partner, body)
        self.post(partner, "/telegram system", message_type="notification")
        self.assertFalse(self.received())
        self.assertFalse(self.reports(partner))

    def test_other_partners_are_left_alone(self):
        for ref in (False, f"{self.ada}@signal"):
            partner = self.env["res.partner"].create({"name": "Bob", "ref": ref})
            self.assert_done(self.post(partner, "/telegram Hello"))
            self.assertFalse(self.reports(partner))
        self.assertFalse(self.received())

    def test_partner_connected_by_hand(self):
        self.sim.start_bot(self.ada)
        partner = self.env["res.partner"].create(
            {"name": "Known for years", "ref": f"{self.ada}@telegram"}
        )
        self.post(partner, "/telegram Hello")
        self.assertEqual(self.received(), ["Hello"])

    def test_what_comes_from_telegram_does_not_go_back(self):
        self.write("/telegram Hello", "/telegram Hello?")
        self.run_jobs()
        self.assertFalse(self.received())
        self.assertFalse(self.reports(self.partners()))

    def test_several_messages_of_one_transaction(self):
        partner = self.known_partner()
        for word in ("One", "Two"):
            partner.message_post(body=f"/telegram {word}", message_type="comment")
        self.assert_done(self.run_jobs())
        self.assertEqual(self.received(), ["One", "Two"])

    def test_message_without_content_is_reported(self):
        partner = self.known_partner()
        self.post(partner, "/telegram ")
        (report,) = self.reports(partner)
        self.assertIn("write something after /telegram", report)

    def test_html_becomes_text_with_entities(self):
        partner = self.known_partner()
        cases = [
            ("<p>/telegram <b>a</b> c</p>", "a c", ["bold:a"]),
            ("<p><strong>/telegram a</strong> c</p>", "a c", ["bold:a"]),
            ("<p>/telegram a<i>b<u>c</u></i></p>", "abc", ["italic:bc", "underline:c"]),
            ("<p>/telegram a</p><p>b<br/>c</p>", "a\nb\nc", []),
            ("<p>/telegram a</p><p><br/></p><p>b</p>", "a\n\nb", []),
            ("<div>/telegram\n  a   b \n</div>", "a b", []),
            ("<p>/telegram</p><ul><li><p>a</p></li><li>b</li></ul>", "• a\n• b", []),
            ("<p>/telegram</p><ol><li>a</li><li>b</li></ol>", "1. a\n2. b", []),
            ("<p>/telegram</p><pre>a\n  b</pre>", "a\n  b", ["pre:a\n  b"]),
            ("<p>/telegram</p><h1>a</h1>b", "a\nb", ["bold:a"]),
            ("/telegram 1 &lt; 2 &amp; 3", "1 < 2 & 3", []),
            ('/telegram <a href="https://odoo.com/x">a</a>', "a", ["text_link:a"]),
            ('<p>/telegram <a href="/odoo/1">a</a></p>', "a", []),
            (
                '<p>/telegram <a data-oe-model="res.partner" data-oe-id="1" '
                'href="https://odoo.com/1">@Ada</a></p>',
                "@Ada",
                [],
            ),
            (
                "<p>/telegram</p><table><tr><td>a</td><td>b</td></tr>"
                "<tr><td>c</td><td>d</td></tr></table>",
                "a b\nc d",
                [],
            ),
            (f"/telegram {EMOJI} <b>a</b>", f"{EMOJI} a", ["bold:a"]),
        ]
        for body, text, entities in cases:
            with self.subTest(body=body):
                self.post(partner, Markup(body))
                message = self.sent()[-1]
                self.assertEqual(message["text"], text)
                self.assertEqual(self.marked(message), entities)

    def marked(self, message):
        """Return the entities of a message as ``type:text``."""
        units, marked = message["text"].encode("utf-16-le"), []
        for entity in message.get("entities", []):
            start = 2 * entity["offset"]
            words = units[start : start + 2 * entity["length"]].decode("utf-16-le")
            marked.append(f"{entity['type']}:{words}")
        return marked

    def test_long_text_is_split_at_words(self):
        partner = self.known_partner()
        words = " ".join(f"word{n}" for n in range(2000))
        self.assert_done(self.post(partner, f"/telegram {words}"))
        self.assertGreater(len(self.received()), 4)
        self.assertLessEqual(max(map(len, self.received())), 4096)
        self.assertEqual(" ".join(self.received()), words)
        self.assertEqual(self.reports(partner), ["Sent to Telegram."])

    def test_long_text_is_split_at_lines_and_formats_go_on(self):
        partner = self.known_partner()
        first, second = "a" * 3000, "b c " * 500
        body = Markup("<p>/telegram <b>{}<br/>{}</b> end</p>").format(first, second)
        self.post(partner, body)
        self.assertEqual(self.received()[0], first)
        self.assertEqual(self.received()[1], f"{second.strip()} end")
        self.assertEqual(self.marked(self.sent()[0]), [f"bold:{first}"])
        self.assertEqual(self.marked(self.sent()[1]), [f"bold:{second.strip()}"])

    def test_long_text_without_a_gap(self):
        partner = self.known_partner()
        self.post(partner, "/telegram " + "x" * 4096)
        self.assertEqual([len(text) for text in self.received()], [4096])
        self.post(partner, "/telegram " + "x" * 4097)
        self.assertEqual([len(text) for text in self.received()], [4096, 4096, 1])

    def test_attachments_follow_the_text(self):
        partner = self.known_partner()
        files = [("a.txt", b"aaa"), ("b.png", b"bbb")]
        self.assert_done(self.post(partner, "/telegram See", attachments=files))
        text, *documents = self.sent()
        self.assertEqual(text["text"], "See")
        names = [message["document"]["file_name"] for message in documents]
        self.assertEqual(names, ["a.txt", "b.png"])
        file = self.sim.store.files[documents[0]["document"]["file_id"]]
        self.assertEqual(file.data, b"aaa")

    def test_attachment_alone(self):
        self.post(self.known_partner(), "/telegram", attachments=[("a.txt", b"aaa")])
        self.assertEqual(len(self.sent()), 1)

    def test_attachment_that_is_too_big_is_reported(self):
        partner = self.known_partner()
        code = self.project.protected_code.replace("50 * 2**20", "2")
        self.project.protected_code = code
        self.post(partner, "/telegram", attachments=[("a.txt", b"aaa")])
        self.assertIn("a.txt is too big", self.reports(partner)[0])

    def test_blocked_bot_is_reported(self):
        partner = self.known_partner()
        with self.delivering():
            self.sim.block(self.ada)
        jobs = self.post(partner, "/telegram Hello")
        self.assert_done(jobs)
        (report,) = self.reports(partner)
        self.assertEqual(
            report, "Not sent to Telegram: Forbidden: bot was blocked by the user"
        )
        self.assertIn("blocked", self.messages(jobs, "warning")[0])

    def test_unknown_chat_is_reported(self):
        for ref in ("999@telegram", "@telegram", "ada@telegram"):
            partner = self.env["res.partner"].create({"name": "Typo", "ref": ref})
            self.assert_done(self.post(partner, "/telegram Hello"))
            (report,) = self.reports(partner)
            self.assertIn("Not sent to Telegram: Chat", report)

    def assert_retried(self, *reason):
        """Check that a message is tried again, and arrives once."""
        partner = self.known_partner()
        job = self.post(partner, "/telegram Hello")[-1:]
        self.assertEqual(job.state, "pending", self.log_text(job))
        self.assertFalse(self.reports(partner))
        for word in reason:
            self.assertIn(word, self.log_text(job))
        self.assertNotIn(self.sim.token, self.log_text(job))
        self.assert_done(self.run_again(job))
        self.assertEqual(self.received(), ["Hello"])
        self.assertEqual(self.reports(partner), ["Sent to Telegram."])
        return job

    def test_too_many_requests_wait_as_long_as_told(self):
        self.sim.fail("rate_limit", seconds=37)
        job = self.assert_retried("Retry in 37 seconds")
        # It was no failed attempt.
        self.assertEqual(job._queue_jobs().retry, 1)

    def test_service_in_trouble(self):
        for status in (500, 502, 503):
            with self.subTest(status=status):
                self.sim.fail("status", status=status, match="sendMessage")
                partner = self.known_partner()
                job = self.post(partner, f"/telegram {status}")[-1:]
                self.assertEqual(job.state, "pending", self.log_text(job))
                self.run_again(job)
                self.assertEqual(self.received()[-1], str(status))

    def test_connection_that_breaks(self):
        self.sim.fail("down", match="sendMessage")
        self.assert_retried("can't be reached now")

    def test_silent_service(self):
        self.sim.fail("slow", seconds=1.5, match="sendMessage", status=500)
        partner = self.known_partner()
        job = self.post(partner, "/telegram Hello")[-1:]
        self.assertEqual(job.state, "pending")
        self.assertIn("Timed out", self.log_text(job))

    def test_connection_refused(self):
        partner = self.known_partner()
        with self.sim.refusing():
            job = self.post(partner, "/telegram Hello")[-1:]
            self.assertEqual(job.state, "pending")
        self.run_again(job)
        self.assertEqual(self.received(), ["Hello"])

    def test_only_the_part_that_failed_is_sent_again(self):
        partner = self.known_partner()
        first, second = "a" * 4000, "b" * 4000
        self.post(partner, f"/telegram {first}\n{second}")
        self.assertEqual(self.received(), [first, second])
        self.sim.fail("rate_limit", match="sendMessage")
        waiting = self.post(partner, f"/telegram {second}\n{first}")[-1:]
        self.sim.fail("down", match="sendDocument")
        self.run_again(waiting)
        self.assertEqual(self.received()[2:], [second, first])

    def test_tasks_cannot_get_the_token_from_an_error(self):
        self.sim.fail("down", match="sendMessage", times=None)
        task = self.make_task(
            """
            def handle_button():
                try:
                    send_text("1", "Hello", [])
                except RetryableJobError as error:
                    log(b64encode(str([error, error.args]))[::-1].decode())
            """,
            self.project,
        )
        self.make_trigger(task).action_run_now()
        text = self.messages(self.run_jobs())[0]
        text = base64.b64decode(text[::-1]).decode()
        self.assertIn("can't be reached", text)
        self.assertNotIn(self.sim.token, text)
