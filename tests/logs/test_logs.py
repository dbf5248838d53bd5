import base64
import json
import re
from urllib.parse import quote

from odoo.tests import tagged

from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestLogs(SyncCase):
    def test_print_takes_what_python_s_takes(self):
        job = self.run_lines(
            """
            print("a", 1, None, sep="-", end="\\n", flush=True)
            print("b", "c", sep=None, end=None, file=None)
            print()
            """
        )
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["a-1-None", "b c", ""])
        job = self.run_lines("print('a', file=env)")
        self.assertEqual(
            job.error, "TypeError: print() writes to the log: leave file out"
        )

    def test_levels_and_values(self):
        job = self.run_lines(
            """
            log("text", LOG_DEBUG)
            log({"a": 1}, level=LOG_WARNING)
            log(b"bytes", LOG_CRITICAL)
            log(None)
            log(env.user)
            """
        )
        logs = job.log_ids.sorted("id")
        self.assertEqual(
            logs.mapped("level"), ["debug", "warning", "critical", "info", "info"]
        )
        self.assertEqual(logs[1].message, '{\n  "a": 1\n}')
        self.assertEqual(logs[3].message, "None")
        self.assertEqual(logs[0].project_id, job.project_id)
        self.assertEqual(logs[0].trigger_id, job.trigger_id)
        self.assertTrue(logs[0].time)

    def test_unknown_level_is_explained(self):
        job = self.run_lines("log('x', 'loud')")
        self.assertIn("Unknown log level 'loud'; use one of debug", job.error)

    def test_failed_job_keeps_what_it_logged(self):
        job = self.run_lines("log('before')\nraise ValueError('x')")
        self.assertEqual(self.messages(job)[0], "before")
        self.assertEqual(
            self.messages(job, "error")[0].splitlines()[-1], "ValueError: x"
        )

    def test_log_transmission_is_for_protected_code(self):
        project = self.make_project(
            protected_code="""
                def send(data):
                    log_transmission("https://shop.example/api", json.dumps(data))
            """
        )
        job = self.run_lines("send([1])", project)
        log = job.log_ids
        self.assertEqual(
            (log.type, log.recipient, log.message),
            ("data_out", "https://shop.example/api", "[1]"),
        )

    def test_secrets_are_masked_in_every_form(self):
        project = self.make_project(
            protected_code="""
                import base64 as _base64, urllib.parse as _parse
                def forms():
                    token = secrets.TOKEN
                    return [
                        token, _parse.quote(token), json.dumps(token),
                        _base64.b64encode(token.encode()).decode(),
                        _base64.b64encode(b"user:" + token.encode()).decode(),
                    ]
                def fail():
                    raise ValueError("https://x/?key=" + _parse.quote(secrets.TOKEN))
            """,
            secrets={"TOKEN": 'p"ss wörd+/&42'},
        )
        job = self.run_lines("for text in forms():\n    log(text)\nfail()", project)
        text = self.log_text(job) + job.error
        for form in ("wörd", "w%C3%B6rd", "w\\u00f6rd", "InNzIHfDtnJk", "jM6cCJzcyB3"):
            self.assertNotIn(form, text)
        self.assertIn("***", job.error)

    def test_secrets_are_masked_as_others_write_them(self):
        """Each of these is what some library or service makes of a text."""
        token = 'p"ss wörd/<+&42'
        each = "".join
        quoted = quote(token, safe="")
        written = [
            re.sub("%..", lambda found: found[0].lower(), quoted),
            re.sub("%25..", lambda found: found[0].lower(), quote(quoted, safe="")),
            each(f"%{byte:02x}" for byte in token.encode()),
            each(f"\\u{ord(char):04X}" for char in token),
            json.dumps(token)[1:-1].replace("00f6", "00F6"),
            json.dumps(token)[1:-1]
            .replace("00f6", "00F6")
            .replace("<", "\\u003C")
            .replace("&", "\\u0026"),
            each(f"&#x{ord(char):X};" for char in token),
        ]
        for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            raw = token.encode(name)
            written += [raw.hex(), base64.b64encode(raw).decode()]
            written += [raw.decode("latin-1"), repr(raw)[2:-1]]
        project = self.make_project(secrets={"TOKEN": token})
        for text in written:
            with self.subTest(text=text):
                job = self.run_lines(f"log({f'a {text} b'!r})", project)
                self.assertEqual(self.messages(job), ["a *** b"])

    def test_long_and_odd_messages(self):
        job = self.run_lines("log('x' * 300000)\nlog('a\\0b')")
        self.assert_done(job)
        first, second = self.messages(job)
        self.assertTrue(first.endswith("100,000 more characters"))
        self.assertEqual(second, "a\\0b")

    def test_filters_and_groups(self):
        good = self.run_lines("log('fine')")
        bad = self.run_lines("log('oops', LOG_WARNING)\nraise UserError('x')")
        logs = self.env["sync.log"]
        found = logs.search(
            [("job_state", "=", "failed"), ("message", "ilike", "oops")]
        )
        self.assertEqual(found.job_id, bad)
        groups = logs._read_group(
            [("job_id", "in", (good | bad).ids)],
            [
                "project_id",
                "task_id",
                "trigger_id",
                "job_start:day",
                "level",
                "job_state",
            ],
            ["__count"],
        )
        self.assertEqual(sum(group[-1] for group in groups), 3)
        self.assertEqual({group[-2] for group in groups}, {"done", "failed"})

    def test_all_logs_are_grouped_by_what_their_jobs_are(self):
        self.run_lines("log('a')\nlog('b')")
        other = self.env["res.company"].create({"name": "Other"})
        self.run_lines("raise ValueError('x')")
        self.run_lines("log('hidden')", self.make_project(company_id=other.id))
        logs = self.env["sync.log"].with_user(self.developer)
        every_log = [("id", ">", 0)]
        page = logs.web_read_group([], ["job_state"], ["__count"], limit=80)
        groups = page["groups"]
        self.assertEqual(
            [(group["job_state"], group["__count"]) for group in groups],
            [("done", 2), ("failed", 1)],
        )
        for groups in (
            ["job_state"],
            ["job_start:day"],
            ["job_state", "job_start:day"],
        ):
            found = logs.formatted_read_group([], groups, ["__count"])
            expected = logs.formatted_read_group(every_log, groups, ["__count"])
            counts = [group["__count"] for group in found]
            self.assertEqual(counts, [group["__count"] for group in expected])
            self.assertEqual(sum(counts), logs.search_count([]))
            self.assertEqual(
                [group[groups[0]] for group in found],
                [group[groups[0]] for group in expected],
            )
