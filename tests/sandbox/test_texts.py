from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import SyncCase

# As it stands in code, and as it is kept: a NUL, half an emoji, both halves apart.
ODD = (
    (r"a\x00b", r"a\0b"),
    (r"half \ud83d", r"half \ud83d"),
    (r"\udfff\x00\ud83d\ude00é", r"\udfff\0\ud83d\ude00é"),
)


@tagged("post_install", "-at_install")
class TestTexts(SyncCase, HttpCase):
    """Text that PostgreSQL or UTF-8 can't hold, wherever it enters."""

    def each(self, lines, **options):
        """Run lines with each odd text in the place of ODD; yield job and text."""
        for code, kept in ODD:
            with self.subTest(text=code), mute_logger("odoo.sql_db"):
                yield self.run_lines(lines.replace("ODD", code), **options), kept

    def assert_failed_once(self, job, error):
        self.assertEqual((job.state, job.error), ("failed", error))
        self.assertEqual(job._queue_jobs().retry, 1)

    def test_errors(self):
        for kind in ("ValueError", "UserError", "OSError"):
            for job, text in self.each(f'log("before")\nraise {kind}("ODD")'):
                self.assert_failed_once(job, f"{kind}: {text}")
                self.assertEqual(self.messages(job)[0], "before")
                self.assertIn(text, self.messages(job)[1])

    def test_errors_of_lookups_and_chains(self):
        lines = """
            try:
                {}["ODD"]
            except KeyError as error:
                raise ValueError("ODD\\n2") from error
        """
        for job, text in self.each(lines):
            self.assert_failed_once(job, f"ValueError: {text} 2")
            self.assertIn("Which led to", self.messages(job)[0])

    def test_log_lines(self):
        lines = """
            log("ODD")
            print("x", "ODD")
            log({"k ODD": ["ODD"]})
            log({(1, "ODD"): 2})
        """
        for job, text in self.each(lines):
            self.assert_done(job)
            first, second, third, last = self.messages(job)
            self.assertEqual((first, second), (text, f"x {text}"))
            self.assertIn("k ", third)
            self.assertTrue(last.startswith("{(1, '"), last)

    def test_values_without_an_end_are_logged(self):
        job = self.run_lines("a = []\na.append(a)\nlog(a)\nlog({'a': {1: {2, 3}}})")
        self.assert_done(job)
        self.assertEqual(self.messages(job)[0], "[[...]]")

    def test_values_whose_text_fails_cost_a_line_and_not_the_job(self):
        project = self.make_project(
            protected_code="""
            def send(data):
                log_transmission(data, data)
            """
        )
        deep = "deep = []\nfor n in range(50000):\n    deep = [deep]\n"
        for lines, name in (
            ("for tell in (log, print, send):\n    tell(10 ** 5000)", "int"),
            ("for tell in (log, send):\n    tell({'a': [10 ** 5000]})", "dict"),
            (f"{deep}for tell in (log, print):\n    tell(deep)", "list"),
        ):
            with self.subTest(lines=lines):
                job = self.run_lines(f"{lines}\nlog('work goes on')", project)
                self.assert_done(job)
                *told, last = job.log_ids.sorted("id").mapped("message")
                self.assertEqual(last, "work goes on")
                for text in told:
                    self.assertIn(f"<{name}, whose text fails", text)

    def test_transmissions(self):
        project = self.make_project(
            protected_code="def send(to, data):\n    log_transmission(to, data)"
        )
        for job, text in self.each('send("to ODD", "ODD")', project=project):
            self.assert_done(job)
            self.assertEqual(
                (job.log_ids.recipient, job.log_ids.message[-3:]),
                (f"to {text}", text[-3:]),
            )

    def test_arguments_arrive_as_they_were(self):
        for code, _kept in ODD:
            job = self.run_button(
                f"""
                def handle_button():
                    add_job(show, description="{code}")("{code}", {{"{code}": 1}})

                def show(text, more):
                    log([text == "{code}", list(more) == ["{code}"]])
                """
            )
            self.assert_done(job | job.child_ids)
            self.assertIn("true,\n  true", self.messages(job.child_ids)[0])

    def test_descriptions_are_readable(self):
        for job, text in self.each('add_job("nope", description="ODD")()'):
            self.assertEqual(job.child_ids._queue_jobs().name, text)

    def test_retries(self):
        for job, text in self.each('raise RetryableJobError("ODD", seconds=9)'):
            self.assertEqual((job.state, job._queue_jobs().retry), ("pending", 1))
            self.assertEqual(self.messages(job), [f"To be retried: {text}"])
            self.assertEqual(job._queue_jobs().result, f"RetryableJobError: {text}")

    def test_waits_that_are_none_fail_the_job(self):
        for seconds in ("'soon'", "float('nan')", "10 ** 30", "True", "{}", "[9]"):
            job = self.run_lines(f"raise RetryableJobError('down', seconds={seconds})")
            self.assertEqual(job.state, "failed", seconds)
            self.assertIn("is no number of seconds to wait", job.error)
        for seconds in ("1.5", "0", "None", "(5, 9)"):
            job = self.run_lines(f"raise RetryableJobError('down', seconds={seconds})")
            self.assertEqual(job.state, "pending", seconds)

    def test_records_are_the_handlers_own_mistake(self):
        for job, _text in self.each('env["res.partner"].create({"name": "ODD"})'):
            self.assertEqual((job.state, job._queue_jobs().retry), ("failed", 1))
            self.assertRegex(job.error, "ValueError: .*NUL|UnicodeEncodeError: ")
            self.assertIn("line 2, in handle_button", self.log_text(job))

    def test_errors_that_have_no_text(self):
        project = self.make_project(
            protected_code="""
            class Mute(ValueError):
                def __str__(self):
                    raise KeyError("no text")

            class Number(ValueError):
                def __str__(self):
                    return 7

            def fail(name):
                raise {"Mute": Mute, "Number": Number}[name]("why")

            def give(name):
                return {"Mute": Mute, "Number": Number}[name]("why")
            """
        )
        for name in ("Mute", "Number"):
            job = self.run_lines(f"fail('{name}')", project)
            self.assertEqual(job.state, "failed")
            self.assertIn("text fails", job.error)
            self.assertIn("line 2, in handle_button", self.log_text(job))

    def test_causes_that_make_a_ring(self):
        job = self.run_lines(
            """
            one, two = ValueError("one"), ValueError("two")
            try:
                raise one from two
            except ValueError:
                pass
            raise two from one
            """
        )
        self.assert_failed_once(job, "ValueError: two")
        self.assertEqual(self.messages(job)[0].count("Which led to"), 1)

    def test_names_of_functions_are_names(self):
        for job, _text in self.each('add_job("ODD")()'):
            self.assertIn("add_job() takes a function", job.error)

    # -- webhooks --------------------------------------------------------------

    def answer(self, line, **options):
        task = self.make_task(f"def handle_webhook(request):\n    {line}")
        trigger = self.make_trigger(task, "webhook")
        url = f"/sync/webhook/{trigger.webhook_token}"
        with mute_logger("odoo.http", "odoo.sql_db"):
            response = self.url_open(url, timeout=20, **options)
        self.env.invalidate_all()
        return response, trigger.job_ids

    def test_failing_webhooks_keep_their_job(self):
        for code, kept in ODD:
            response, job = self.answer(f'raise ValueError("{code}")')
            self.assertEqual(response.status_code, 500)
            self.assertEqual(response.text, f"The webhook failed (job {job.id}).")
            self.assertEqual(job.error, f"ValueError: {kept}")

    def test_answers_are_sent_and_logged(self):
        for code, kept in ODD:
            response, job = self.answer(f'return "{code}"')
            self.assertEqual((response.status_code, job.state), (200, "done"))
            self.assertEqual(response.content.decode().replace("\0", r"\0"), kept)
            self.assertIn(kept, self.log_text(job))
            response, job = self.answer(f'return {{"{code}": "{code}"}}')
            self.assertEqual((response.status_code, job.state), (200, "done"))
            (pair,) = response.json().items()
            self.assertEqual(pair[0], pair[1])

    def test_bodies_are_logged(self):
        response, job = self.answer("return 'ok'", data=b"a\0b\xff\xed\xa0\xbd")
        self.assertEqual((response.status_code, job.state), (200, "done"))
        self.assertIn(r"a\0b", self.log_text(job))
