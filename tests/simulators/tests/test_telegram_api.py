"""The Bot API, called by python-telegram-bot."""

import asyncio
import io
from collections.abc import Awaitable, Callable

import telegram
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from ..telegram import TelegramSimulator
from ..telegram.images import make_png
from .common import SimulatorCase


class TelegramCase(SimulatorCase):
    def setUp(self):
        super().setUp()
        self.sim = self.start(TelegramSimulator(time_scale=0.01))
        self.ada = self.sim.register("Ada", last_name="Lovelace", username="ada")

    def with_bot(self, work: Callable[[telegram.Bot], Awaitable], token: str = ""):
        """Run a coroutine with a bot of the official library."""

        async def run():
            bot = telegram.Bot(
                token or self.sim.token,
                base_url=f"{self.sim.url}/bot",
                base_file_url=f"{self.sim.url}/file/bot",
            )
            async with bot:
                return await work(bot)

        return asyncio.run(run())

    def send(self, text: str, **options: object) -> telegram.Message:
        return self.with_bot(lambda bot: bot.send_message(self.ada, text, **options))


class TestBot(TelegramCase):
    def test_bot_knows_itself(self):
        me = self.with_bot(lambda bot: bot.get_me())
        self.assertTrue(me.is_bot)
        self.assertEqual(me.id, 123456)

    def test_wrong_token_is_refused(self):
        with self.assertRaises(InvalidToken):
            self.with_bot(lambda bot: bot.get_me(), "123456:ANOTHER-TOKEN")

    def test_malformed_token_and_unknown_method_are_not_found(self):
        self.assertEqual(
            self.call("GET", f"{self.sim.url}/botx/getMe").status_code, 404
        )
        url = f"{self.sim.url}/bot{self.sim.token}/makeCoffee"
        answer = self.call("POST", url).json()
        self.assertEqual(
            (answer["error_code"], answer["description"]),
            (404, "Not Found: method not found"),
        )

    def test_parameters_come_as_query_form_or_json(self):
        self.sim.start_bot(self.ada)
        url = f"{self.sim.url}/bot{self.sim.token}/sendMessage"
        values = {"chat_id": self.ada, "text": "x"}
        for options in ({"params": values}, {"data": values}, {"json": values}):
            self.assertTrue(self.call("POST", url, **options).json()["ok"])
        self.assertEqual(self.sim.received(self.ada), ["x"] * 3)


class TestSending(TelegramCase):
    def test_text_reaches_the_person(self):
        self.sim.start_bot(self.ada)
        message = self.send("Hello")
        self.assertEqual(self.sim.received(self.ada), ["Hello"])
        self.assertEqual(message.chat.first_name, "Ada")

    def test_html_and_markdown_become_entities(self):
        self.sim.start_bot(self.ada)
        for text, mode in (("<b>x</b>", "HTML"), ("*x*", "MarkdownV2")):
            message = self.send(text, parse_mode=mode)
            self.assertEqual(message.text, "x")
            self.assertEqual(message.entities[0].type, "bold")

    def test_markup_that_telegram_lacks_is_refused(self):
        self.sim.start_bot(self.ada)
        message = 'Can\'t parse entities: unsupported start tag "p" at byte offset 0'
        with self.assertRaisesRegex(BadRequest, message):
            self.send("<p>x</p>", parse_mode="HTML")
        with self.assertRaisesRegex(BadRequest, "Unsupported parse_mode"):
            self.send("x", parse_mode="LaTeX")

    def test_length_counts_after_the_markup_is_gone(self):
        self.sim.start_bot(self.ada)
        self.assertEqual(
            len(self.send(f"<b>{'x' * 4096}</b>", parse_mode="HTML").text), 4096
        )
        with self.assertRaisesRegex(BadRequest, "Message is too long"):
            self.send("x" * 4097)

    def test_empty_text_is_refused(self):
        self.sim.start_bot(self.ada)
        for text in ("", " \n "):
            with self.assertRaisesRegex(BadRequest, "Message text is empty"):
                self.send(text)

    def test_person_unknown_silent_or_blocking_gets_nothing(self):
        with self.assertRaisesRegex(BadRequest, "Chat not found"):
            self.with_bot(lambda bot: bot.send_message(999, "x"))
        with self.assertRaisesRegex(Forbidden, "can't initiate conversation"):
            self.send("x")
        self.sim.start_bot(self.ada)
        self.sim.block(self.ada)
        with self.assertRaisesRegex(Forbidden, "bot was blocked by the user"):
            self.send("x")
        self.sim.unblock(self.ada)
        self.send("y")
        self.assertEqual(self.sim.received(self.ada), ["y"])

    def test_reply_needs_a_message_to_reply_to(self):
        number = self.sim.say(self.ada, "Question")["message_id"]
        message = self.send("Answer", reply_to_message_id=number)
        self.assertEqual(message.reply_to_message.text, "Question")
        with self.assertRaisesRegex(BadRequest, "Message to be replied not found"):
            self.send("x", reply_to_message_id=4711)

    def test_text_of_the_bot_can_be_changed_and_deleted(self):
        self.sim.start_bot(self.ada)
        number = self.send("One").message_id

        def edit(bot):
            return bot.edit_message_text("Two", chat_id=self.ada, message_id=number)

        self.assertIsNotNone(self.with_bot(edit).edit_date)
        with self.assertRaisesRegex(BadRequest, "Message is not modified"):
            self.with_bot(edit)
        self.with_bot(lambda bot: bot.delete_message(self.ada, number))
        self.assertEqual(self.sim.received(self.ada), [])
        with self.assertRaisesRegex(BadRequest, "Message to edit not found"):
            self.with_bot(edit)

    def test_chat_can_be_looked_up(self):
        chat = self.with_bot(lambda bot: bot.get_chat(self.ada))
        self.assertEqual(chat.username, "ada")


class TestFiles(TelegramCase):
    def setUp(self):
        super().setUp()
        self.sim.start_bot(self.ada)

    def download(self, file_id: str) -> bytes:
        async def work(bot):
            file = await bot.get_file(file_id)
            return bytes(await file.download_as_bytearray())

        return self.with_bot(work)

    def test_photo_of_the_bot_has_several_sizes(self):
        data = make_png(500, 250, (10, 20, 30))
        message = self.with_bot(
            lambda bot: bot.send_photo(
                self.ada, io.BytesIO(data), caption="<i>c</i>", parse_mode="HTML"
            )
        )
        widths = [size.width for size in message.photo]
        self.assertEqual(widths, [90, 320, 500])
        self.assertEqual(message.caption_entities[0].type, "italic")
        self.assertEqual(self.download(message.photo[-1].file_id), data)
        self.assertNotEqual(self.download(message.photo[0].file_id), data)

    def test_document_keeps_its_name(self):
        message = self.with_bot(
            lambda bot: bot.send_document(self.ada, b"content", filename="notes.txt")
        )
        self.assertEqual(message.document.file_name, "notes.txt")
        self.assertEqual(self.download(message.document.file_id), b"content")
        again = message.document.file_id
        self.with_bot(lambda bot: bot.send_document(self.ada, again))

    def test_what_is_no_picture_is_refused(self):
        with self.assertRaisesRegex(BadRequest, "Image_process_failed"):
            self.with_bot(lambda bot: bot.send_photo(self.ada, io.BytesIO(b"text")))
        with self.assertRaisesRegex(BadRequest, "Invalid file_id"):
            self.with_bot(lambda bot: bot.get_file("nothing"))

    def test_long_caption_is_refused(self):
        with self.assertRaisesRegex(BadRequest, "Message caption is too long"):
            self.with_bot(
                lambda bot: bot.send_document(self.ada, b"x", caption="x" * 1025)
            )

    def test_file_needs_the_token(self):
        message = self.sim.send_document(self.ada, "a.txt", b"x")
        path = self.sim.store.files[message["document"]["file_id"]].path
        url = f"{self.sim.url}/file/bot123456:OTHER/{path}"
        self.assertEqual(self.call("GET", url).status_code, 401)


class TestPolling(TelegramCase):
    def test_updates_wait_until_they_are_confirmed(self):
        self.sim.start_bot(self.ada)
        self.sim.say(self.ada, "One")
        first, second = self.with_bot(lambda bot: bot.get_updates())
        self.assertEqual(second.update_id, first.update_id + 1)
        self.assertEqual(first.message.entities[0].type, "bot_command")

        async def confirm(bot):
            return await bot.get_updates(offset=second.update_id)

        (left,) = self.with_bot(confirm)
        self.assertEqual(left.message.text, "One")

    def test_polling_waits_for_an_update(self):
        async def work(bot):
            waiting = asyncio.create_task(bot.get_updates(timeout=5))
            await asyncio.sleep(0.2)
            self.sim.say(self.ada, "Late")
            return await waiting

        (update,) = self.with_bot(work)
        self.assertEqual(update.message.text, "Late")

    def test_polling_conflicts_with_a_webhook(self):
        async def work(bot):
            await bot.set_webhook("http://127.0.0.1:9/hook")
            await bot.get_updates()

        with self.assertRaisesRegex(Conflict, "can't use getUpdates method"):
            self.with_bot(work)


class TestTired(TelegramCase):
    def test_429_says_how_long_to_wait(self):
        self.sim.start_bot(self.ada)
        self.sim.fail("rate_limit", seconds=3, match="sendMessage")
        with self.assertRaises(RetryAfter) as caught:
            self.send("x")
        self.assertEqual(caught.exception.retry_after, 3)
        self.send("y")
        self.assertEqual(self.sim.received(self.ada), ["y"])
