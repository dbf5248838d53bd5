import base64

from markupsafe import Markup
from odoo.tests import tagged
from odoo.tools import mute_logger

from .telegram_case import EMOJI, TelegramCase

# The library itself calls what it warns of.
NO_WARNING = mute_logger("py.warnings")


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
        self.ada_writes("/telegram Hello", "/telegram Hello?")
        self.run_jobs()
        self.assertFalse(self.received())
        self.assertFalse(self.reports(self.partners()))

    def test_several_messages_of_one_transaction(self):
        partner = self.known_partner()
        for word in ("One", "Two"):
            body = f"/telegram {word}"
            partner.message_post(body=body, message_type="comment")
        self.assert_done(self.run_jobs())
        self.assertEqual(self.received(), ["One", "Two"])

    def test_message_without_content_is_reported(self):
        partner = self.known_partner()
        self.post(partner, "/telegram ")
        (report,) = self.reports(partner)
        self.assertIn("write something after /telegram", report)

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

    @NO_WARNING
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

    def test_lost_answer_sends_twice_rather_than_never(self):
        partner = self.known_partner()
        self.sim.fail("down", match="sendMessage", after=True)
        job = self.post(partner, "/telegram Hello")[-1:]
        self.assert_done(self.run_again(job))
        self.assertEqual(self.received(), ["Hello", "Hello"])
        self.assertEqual(self.reports(partner), ["Sent to Telegram."])

    def test_silent_service(self):
        self.change_code("_TIMEOUT = 20", "_TIMEOUT = 0.5")
        self.sim.fail("slow", seconds=1.5, match="sendMessage")
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
        self.sim.fail("status", status=502, match="sendDocument")
        files = [("a.txt", b"aaa")]
        job = self.post(partner, "/telegram See", attachments=files)[-1:]
        self.assertEqual(job.state, "pending")
        self.run_again(job)
        self.assertEqual(["text" in message for message in self.sent()], [True, False])
        self.assertEqual(self.reports(partner), ["Sent to Telegram."])

    def run_task(self, lines):
        """Run the lines as a Developer's task of the project; return the job."""
        return self.run_lines(lines, self.project)

    def test_tasks_cannot_get_the_token_from_an_error(self):
        self.sim.fail("down", match="sendMessage", times=None)
        job = self.run_task(
            """
            try:
                send_text("1", "Hello", [])
            except RetryableJobError as error:
                log(b64encode(str([error, error.args]))[::-1].decode())
            """
        )
        text = base64.b64decode(self.messages(job)[0][::-1]).decode()
        self.assertIn("can't be reached", text)
        self.assertNotIn(self.sim.token, text)

    def test_tasks_cannot_send_files_of_the_server(self):
        self.sim.start_bot(self.ada)
        job = self.run_task(f"send_file({self.ada}, 'a', {__file__!r})")
        self.assertEqual(job.state, "failed")
        self.assertFalse(self.received())

    def test_address_is_locked(self):
        url = self.project.param_ids.filtered(lambda p: p.key == "TELEGRAM_API_URL")
        self.assertTrue(url.locked)


@tagged("post_install", "-at_install")
class TestTelegramContent(TelegramCase):
    """How text and attachments look in Telegram."""

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
        self.change_code("50 * 2**20", "2")
        self.post(partner, "/telegram", attachments=[("a.txt", b"aaa")])
        self.assertIn("a.txt is too big", self.reports(partner)[0])

    def marked(self, message):
        """Return the entities of a message as ``type:text``."""
        units, marked = message["text"].encode("utf-16-le"), []
        for entity in message.get("entities", []):
            start = 2 * entity["offset"]
            words = units[start : start + 2 * entity["length"]].decode("utf-16-le")
            marked.append(f"{entity['type']}:{words}")
        return marked
