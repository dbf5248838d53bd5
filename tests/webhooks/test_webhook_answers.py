import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from .webhook_case import WebhookCase

# What a handler returns, and the headers, status or body that the caller gets.
SENT = [
    ("'ok', {'X-A': 1}", {"X-A": "1"}),
    ("'ok', {'X-A': 1.5}", {"X-A": "1.5"}),
    ("'ok', {'X-A': '  a\\tb '}", {"X-A": "a\tb"}),
    ("'ok', {'X-A': 'caf\\xe9'}", {"X-A": "café"}),
    ("'ok', {'X-A': b'raw'}", {"X-A": "raw"}),
    ("'ok', {'Retry-After': 1.5}", {"Retry-After": "2"}),
    ("'ok', {'Retry-After': '0.2'}", {"Retry-After": "1"}),
    (
        "'ok', {'Retry-After': datetime.datetime(2026, 7, 1, 12)}",
        {"Retry-After": "Wed, 01 Jul 2026 12:00:00 GMT"},
    ),
    (
        "'ok', {'Last-Modified': datetime.datetime(2026, 7, 1, 12)}",
        {"Last-Modified": "Wed, 01 Jul 2026 12:00:00 GMT"},
    ),
    (
        "'', 302, {'Location': 'https://ex\\xe4mple.com/\\u017e?a=\\u20ac'}",
        {"Location": "https://xn--exmple-cua.com/%C5%BE?a=%E2%82%AC"},
    ),
    (
        "'ok', {'Link': '</\\u017e>; rel=next'}",
        {"Link": "</%C5%BE>; rel=next"},
    ),
    (
        "'ok', {'Content-Disposition': 'attachment; filename=\"\\u20ac \\xe9.pdf\"'}",
        {
            "Content-Disposition": 'attachment; filename="_ _.pdf"; '
            "filename*=UTF-8''%E2%82%AC%20%C3%A9.pdf"
        },
    ),
    (
        "'ok', {'Content-Disposition': 'attachment; filename=\u20ac 1.pdf; size=1'}",
        {
            "Content-Disposition": 'attachment; filename="_ 1.pdf"; '
            "filename*=UTF-8''%E2%82%AC%201.pdf; size=\"1\""
        },
    ),
    (
        "'ok', {'Content-Disposition': \"inline; filename='\\u20ac.pdf'\"}",
        {
            "Content-Disposition": "inline; filename=\"'_.pdf'\"; "
            "filename*=UTF-8''%27%E2%82%AC.pdf%27"
        },
    ),
    ("'ok', (pair for pair in [('X-A', 'lazy')])", {"X-A": "lazy"}),
    ("'\\xe9', {'Content-Type': 'text/html'}", {}, "text/html; charset=utf-8", "é"),
    (
        "'\\xe9', {'content-type': 'text/html; charset=ISO-8859-1'}",
        {},
        "text/html; charset=ISO-8859-1",
        b"\xe9",
    ),
    (
        "{'a': 'b'}, {'Content-Type': 'application/json; charset=utf-16-le'}",
        {},
        "application/json; charset=utf-16-le",
        '{"a": "b"}'.encode("utf-16-le"),
    ),
    ("'half \\ud83d'", {}, None, "half \\ud83d"),
    ("{'a': 'half \\ud83d'}", {}, None, '{"a": "half \\ud83d"}'),
    (
        "{1: None, None: True, 1.5: 'x'}",
        {},
        None,
        '{"1": null, "null": true, "1.5": "x"}',
    ),
    ("{'a': (n for n in [1, 2]), 'b': {3}}", {}, None, '{"a": [1, 2], "b": [3]}'),
    ("map(str, [1, 2])", {}, None, '["1", "2"]'),
    ("{'a': datetime.date(2026, 7, 1)}", {}, None, '{"a": "2026-07-01"}'),
    ("True", {}, "application/json; charset=utf-8", "true"),
]
# What a handler returns that nobody can send, and what the job says about it.
REFUSED = [
    ("'x', {'X-A': '\\u20ac'}", "can't carry '€'"),
    ("'x', {'X-A': 'a\\r\\nX-B: b'}", "line break"),
    ("'x', {'X-A': 'a\\nb'}", "line break"),
    ("'x', {'X-A': 'a\\x00b'}", "control character"),
    ("'x', {'X-A': 'a\\x7fb'}", "control character"),
    ("'x', {'X-A\\n': 'a'}", "no name of a header"),
    ("'x', {'X A': 'a'}", "no name of a header"),
    ("'x', {'': 'a'}", "no name of a header"),
    ("'x', {'X-\\xc4': 'a'}", "no name of a header"),
    ("'x', {7: 'a'}", "no name of a header"),
    ("'x', {'X-A': None}", "no text"),
    ("'x', {'X-A': ['a']}", "no text"),
    ("'x', {'X-A': float('nan')}", "no text"),
    ("'x', {'Content-Length': '1'}", "set by the server"),
    ("'x', {'content-length': '99'}", "set by the server"),
    ("'x', {'Transfer-Encoding': 'chunked'}", "set by the server"),
    ("'x', {'Connection': 'keep-alive'}", "set by the server"),
    ("'x', {'Upgrade': 'h2c'}", "set by the server"),
    ("'x', {'Trailer': 'X-A'}", "set by the server"),
    ("'x', {'Retry-After': 'soon'}", "neither seconds nor a time"),
    ("'x', {'Retry-After': -1}", "neither seconds nor a time"),
    ("'x', {'Retry-After': float('inf')}", "neither seconds nor a time"),
    ("'x', [('Location', '/a'), ('location', '/b')]", "more than once"),
    ("'x', {'Content-Type': 'html'}", "no content type"),
    ("'', 302, {'Location': 'https://[::1/a'}", "no address"),
    ("'', 302, {'Location': 'https://a:99999999/'}", "no address"),
    ("'', 302, {'Location': 'https://' + '\xe4' * 300}", "no address"),
    ("'\\u20ac', {'Content-Type': 'text/plain; charset=latin-1'}", "can't be sent as"),
    ("'x', {'Content-Type': 'text/plain; charset=klingon'}", "no charset"),
    ("'x', ['ab']", "are no headers"),
    ("'x', 5.0", "are no headers"),
    ("'x', None", "are no headers"),
    ("'x', True", "not an HTTP status"),
    ("'x', 100", "not an HTTP status"),
    ("'x', 600", "not an HTTP status"),
    ("'x', '201'", "are no headers"),
    ("{'a': float('nan')}", "JSON"),
    ("float('inf')", "JSON"),
    ("{'a': [-float('inf')]}", "JSON"),
    ("{(1, 2): 'a'}", "JSON"),
    ("{'a': b'bytes'}", "JSON"),
    ("{'a': env.user}", "JSON"),
    ("{'a': lambda: 1}", "JSON"),
    ("10 ** 5000", "JSON"),
]


@tagged("post_install", "-at_install")
class TestWebhookAnswers(WebhookCase):
    """What callers get is well-formed HTTP, or the job says why it isn't there."""

    def test_each_answer_arrives_as_it_was_meant(self):
        for body, headers, *content in SENT:
            with self.subTest(body=body):
                trigger = self.hook(f"def handle_webhook(request):\n    return {body}")
                response = self.parsed(self.send(trigger))
                self.assertEqual(trigger.job_ids.state, "done")
                for name, value in headers.items():
                    self.assertEqual(response.getheader(name), value)
                kind, data = content or (None, "")
                if kind:
                    self.assertEqual(response.getheader("Content-Type"), kind)
                data = data if isinstance(data, bytes) else data.encode()
                self.assertEqual(response.body, data or response.body)

    @mute_logger("odoo.http")
    def test_what_cant_be_sent_fails_the_job_and_says_why(self):
        for body, reason in REFUSED:
            with self.subTest(body=body):
                trigger = self.hook(f"def handle_webhook(request):\n    return {body}")
                response = self.parsed(self.send(trigger))
                job = trigger.job_ids
                self.assertEqual(response.status, 500)
                self.assertEqual(
                    response.body.decode(), f"The webhook failed (job {job.id})."
                )
                self.assertEqual(job.state, "failed")
                self.assertIn("ResponseError", job.error)
                self.assertIn(reason, job.error)

    def test_data_that_never_ends_as_json(self):
        for line in (
            "data = {}\n    data['a'] = data",
            "data = []\n    for n in range(100000):\n        data = [data]",
        ):
            trigger = self.hook(
                f"def handle_webhook(request):\n    {line}\n    return data"
            )
            self.assertEqual(self.parsed(self.send(trigger)).status, 500)
            self.assertIn("JSON", trigger.job_ids.error)

    def test_answers_without_a_body(self):
        for status in (204, 205, 304):
            trigger = self.hook(
                f"def handle_webhook(request):\n    return 'lost', {status}"
            )
            response = self.parsed(self.send(trigger))
            self.assertEqual((response.status, response.body), (status, b""))
            self.assertEqual(trigger.job_ids.state, "done")
            self.assertIn("has no body", self.messages(trigger.job_ids, "warning")[0])
            self.assertNotIn("lost", self.told(trigger, "data_out"))

    def test_head_has_the_headers_of_the_answer_and_no_body(self):
        trigger = self.hook(
            "def handle_webhook(request):\n    return 'text', {'X-A': 'b'}"
        )
        response = self.parsed(self.send(trigger, method="HEAD"), "HEAD")
        self.assertEqual(response.status, 200)
        self.assertEqual(response.getheader("X-A"), "b")

    def test_several_cookies(self):
        trigger = self.hook(
            "def handle_webhook(request):\n"
            "    return 'x', [('Set-Cookie', 'a=1; Path=/'), ('Set-Cookie', 'b=2')]"
        )
        response = self.parsed(self.send(trigger))
        cookies = response.headers.get_all("Set-Cookie")
        self.assertEqual(cookies[:2], ["a=1; Path=/", "b=2"])
        self.assertNotIn("a=1", self.told(trigger, "data_out"))

    def test_what_is_lazy_belongs_to_the_run(self):
        project = self.make_project(protected_code="def price():\n    return 5")
        trigger = self.hook(
            """
            def handle_webhook(request):
                return {"prices": (price() for _ in range(2))}, headers()

            def headers():
                yield "X-Price", price()
                env["res.partner"].create({"name": "Made by a header"})
            """,
            project,
        )
        response = self.parsed(self.send(trigger))
        self.assertEqual(json.loads(response.body), {"prices": [5, 5]})
        self.assertEqual(response.getheader("X-Price"), "5")
        made = [("name", "=", "Made by a header")]
        self.assertTrue(self.env["res.partner"].search(made))

    def test_lazy_headers_cant_end_the_transaction(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                return "x", headers()

            def headers():
                env.cr.commit()
                yield "X-A", "b"
            """
        )
        self.assertEqual(self.parsed(self.send(trigger)).status, 500)
        self.assertIn("can't commit", trigger.job_ids.error)

    def test_wait_of_a_retryable_error_is_what_http_knows(self):
        for seconds, wait in (("1.5", "2"), ("'x'", "60"), ("-5", "60"), ("0", "60")):
            trigger = self.hook(
                "def handle_webhook(request):\n"
                f"    raise RetryableJobError('later', seconds={seconds})"
            )
            response = self.parsed(self.send(trigger))
            self.assertEqual(response.status, 503)
            self.assertEqual(response.getheader("Retry-After"), wait)
