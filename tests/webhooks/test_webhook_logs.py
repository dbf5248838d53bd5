import base64
import json
import os
import shutil
import subprocess
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import config

from .test_webhook_requests import FORM, JSON, MULTIPART, multipart, part
from .webhook_case import WebhookCase

PAYLOAD = {"order": 7, "items": [{"name": "pen", "price": 1.50}], "none": {}, "no": []}
PRETTY = """\
{
  "order": 7,
  "items": [
    {
      "name": "pen",
      "price": 1.5
    }
  ],
  "none": {},
  "no": []
}"""
SAY = "def handle_webhook(request):\n    return 'ok'"


@tagged("post_install", "-at_install")
class TestWebhookLogs(WebhookCase):
    """What people see of a request and of its answer."""

    def received(self, trigger):
        """Return the log line about the last request."""
        logs = self.last_job(trigger).log_ids
        return logs.filtered(lambda log: log.type == "data_in")

    def test_all_headers_but_what_opens_doors(self):
        trigger = self.hook(SAY)
        hidden = {
            "Authorization": "Bearer tell-nobody",
            "Proxy-Authorization": "tell-nobody at-all",
            "Cookie": "session_id=tell-nobody",
            "X-Gitlab-Token": "tell-nobody",
            "X-Telegram-Bot-Api-Secret-Token": "tell-nobody",
            "X-Api-Key": "tell-nobody",
            "X-Amz-Firehose-Access-Key": "tell-nobody",
            "X-Hook-Secret": "tell-nobody",
            "X-Vault-Key": "tell-nobody",
            "X-Key": "tell-nobody",
            "X-Auth": "tell-nobody",
            "X-Bearer": "tell-nobody",
            "Authentication": "tell-nobody",
            "X-Pin": "tell-nobody",
        }
        shown = {
            "X-Github-Event": "push",
            "X-Event-Key": "repo:push",
            "Idempotency-Key": "order-7",
            "X-Author": "Ann",
            "X-Hub-Signature-256": "sha256=00ff",
            "User-Agent": "GitHub-Hookshot/1",
            "X-Control": "a\x01b",
            "X-Latin": "caf\xe9",
        }
        headers = [f"{key}: {value}" for key, value in {**hidden, **shown}.items()]
        self.assertEqual(self.parsed(self.send(trigger, *headers)).status, 200)
        told = self.told(trigger)
        self.assertNotIn("tell-nobody", told)
        self.assertIn("Authorization: Bearer ***\n", told)
        for name in hidden:
            self.assertRegex(told, rf"(?m)^{name}: (Bearer )?\*\*\*$")
        for name, value in shown.items():
            self.assertIn(f"{name}: {value}".replace("\x01", " "), told)

    def test_arguments_but_what_opens_doors(self):
        trigger = self.hook(SAY)
        path = "?a=1&access_token=tell&b&X-Api-Key=tell&p%61ssword=tell&key=tell&c=t=2"
        self.send(trigger, path=path)
        masked = "?a=1&access_token=***&b&X-Api-Key=***&p%61ssword=***&key=***&c=t=2"
        self.assertIn(f"POST /sync/webhook/...{masked}\n", self.told(trigger))
        self.assertIn("Put the real values", self.received(trigger).curl)

    def test_reader_of_a_log_cant_call_the_webhook(self):
        trigger = self.hook(SAY)
        url = trigger.webhook_url
        payload = json.dumps({"hook": {"config": {"url": url}}, "more": "x" * 19_800})
        for body in (payload, payload + url):
            headers = [JSON, f"X-Original-Url: {url}", f"Referer: {url}/a"]
            self.send(trigger, *headers, body=body.encode(), path="/a")
            told = self.told(trigger)
            self.assertNotIn(trigger.webhook_token[:10], told)
            self.assertIn("POST /sync/webhook/.../a\n", told)

    def test_json_is_spread_over_lines(self):
        trigger = self.hook(
            "def handle_webhook(request):\n    return request.get_json()"
        )
        self.send(trigger, JSON, body=json.dumps(PAYLOAD).encode())
        for log in self.last_job(trigger).log_ids:
            self.assertIn(f"\n\n{PRETTY}", log.text)
            self.assertIn(json.dumps(PAYLOAD), log.message)
        many = json.dumps([PAYLOAD] * 500).encode()
        self.send(trigger, JSON, body=many)
        log = self.received(trigger)
        self.assertIn('\n    "order": 7,\n    "items": [\n', log.text)
        self.assertRegex(log.text, r"\n… [\d,]+ more characters$")
        self.assertLess(len(log.message), 22_000)

    def test_json_of_any_depth(self):
        trigger = self.hook(SAY)
        self.send(trigger, JSON, body=b"[" * 15_000 + b"]" * 4_000)
        self.assertLess(len(self.received(trigger).text), 3_000_000)

    def test_text_that_is_no_json_stays_as_it_is(self):
        trigger = self.hook(SAY)
        for body in (b"{not: json, 'at all'}", b"plain", b"a{b}", b'["open'):
            self.send(trigger, "Content-Type: text/plain", body=body)
            spread = self.received(trigger).text.partition("\n\n")[2]
            self.assertEqual("".join(spread.split()), "".join(body.decode().split()))

    def test_forms_and_files(self):
        trigger = self.hook(SAY)
        body = multipart(
            part("name", b"Ann"),
            part("note", b"two\nlines"),
            part("doc", b"x" * 1234, "a b.txt", "text/plain"),
            part("doc", b"", "empty"),
        )
        self.send(trigger, MULTIPART, body=body)
        told = self.told(trigger)
        self.assertIn("\n\nname=Ann\nnote=two\n    lines\n", told)
        self.assertIn("doc: file a b.txt (text/plain, 1,234 bytes)", told)
        self.assertIn("doc: file empty (0 bytes)", told)
        self.send(trigger, FORM, "X-Empty:", body=b"name=Caf%E9&a=1+2&name=b")
        self.assertTrue(self.told(trigger).endswith("\n\nname=Café\na=1 2\nname=b"))
        self.assertIn("\nX-Empty: \n", self.told(trigger))
        self.send(trigger, FORM, body=b"&".join([b"a=" + b"x" * 99] * 9_999))
        self.assertLess(len(self.told(trigger)), 22_000)

    def test_binary_bodies(self):
        trigger = self.hook(SAY)
        body = bytes(range(256))
        self.send(trigger, "Content-Type: image/png", body=body)
        coded = base64.b64encode(body).decode()
        self.assertTrue(
            self.told(trigger).endswith(f"\n\n<256 bytes, base64>\n{coded}")
        )
        self.send(trigger, "Content-Type: image/png", body=body * 100)
        self.assertTrue(self.told(trigger).endswith("\n\n<25,600 bytes>"))

    def test_text_in_another_charset_is_readable(self):
        trigger = self.hook(SAY)
        for kind in ("text/plain", "application/xml; charset=windows-1252"):
            self.send(trigger, f"Content-Type: {kind}", body="5 € é".encode("cp1252"))
            self.assertTrue(self.told(trigger).endswith("5 € é"))

    def test_answer_is_logged_when_it_is_an_error(self):
        for code, status in (
            ("return 'teapot', 418", 418),
            ("raise ValueError('x')", 500),
            ("return request.args['missing']", 400),
            ("raise RetryableJobError('x')", 503),
            ("return env", 500),
        ):
            with self.subTest(code=code):
                trigger = self.hook(f"def handle_webhook(request):\n    {code}")
                response = self.parsed(self.send(trigger))
                self.assertEqual(response.status, status)
                told = self.told(trigger, "data_out")
                self.assertTrue(told.startswith(f"{status} "))
                self.assertTrue(told.endswith(response.body.decode()))
                last = self.last_job(trigger).log_ids.sorted("id")[-1]
                self.assertEqual(last.type, "data_out")

    # -- curl ------------------------------------------------------------------

    def repeat(self, trigger, log):
        """Run what *Copy as curl* copies in a shell; return the answer."""
        command = log.with_user(self.developer).curl
        self.assertIn(trigger.webhook_url, command)
        if not shutil.which("curl", path=os.defpath):
            self.skipTest("There is no curl")
        with self.allow_requests(all_requests=True):
            done = subprocess.run(
                ["/bin/sh", "-c", f"{command} -s --max-time 20"],
                capture_output=True,
                timeout=30,
                check=True,
                env={"PATH": os.defpath},
            )
        self.env.invalidate_all()
        return done.stdout

    def test_copied_command_sends_the_same(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                form = {key: request.form.getlist(key) for key in request.form}
                headers = {key: request.headers.get(key) for key in (
                    "Content-Type", "X-Quote", "X-Empty")}
                if form and request.files:
                    headers = None
                return {"data": b64encode(request.get_data()).decode(), "form": form,
                        "headers": headers, "method": request.method,
                        "args": request.args, "path": request.path}
            """
        )
        quote = 'X-Quote: it\'s "$HOME" `id` \\ %s !'
        for headers, body, method in (
            ([JSON, quote], b'{"a": "it\'s $HOME \\\\ \\n"}', "POST"),
            ([JSON], '{"a": "é"}'.encode(), "PUT"),
            ([FORM, quote], b"a=1+2&a=%27%22%24&b=%C3%A9&c=%0A%0D", "POST"),
            ([FORM], b"a=1&b=2&a=3", "POST"),
            ([FORM], b'{"json": "as a form"}', "PATCH"),
            (["Content-Type: text/plain; charset=latin-1"], b"caf\xe9", "POST"),
            ([f"{JSON}; charset=utf-16"], '{"a": "é"}'.encode("utf-16"), "POST"),
            (["X-Empty:"], b"", "GET"),
            (["Content-Type: text/plain"], b"@file\nline\n\n  end\n", "POST"),
            ([], b"no type", "POST"),
            (["Content-Type: image/png"], bytes(range(256)), "POST"),
            ([], b"", "DELETE"),
            ([], b"", "GET"),
        ):
            with self.subTest(headers=headers, body=body):
                path = "/caf%C3%A9%3F%20x/../;'?q='1'&r=%24"
                options = {"method": method, "path": path}
                wire = self.send(trigger, *headers, body=body, **options)
                first = json.loads(self.parsed(wire).body)
                again = json.loads(self.repeat(trigger, self.received(trigger)))
                self.assertEqual(again, first)

    def test_copied_command_of_a_multipart_form(self):
        trigger = self.hook(
            "def handle_webhook(request):\n    return [request.form, dict("
            "(k, f.filename) for k, f in request.files.items())]"
        )
        body = multipart(part("a", b"@x"), part("b", b"it's\ntwo; lines\n"))
        first = self.parsed(self.send(trigger, MULTIPART, body=body)).body
        self.assertEqual(self.repeat(trigger, self.received(trigger)), first)
        body = multipart(part("f", b"x", 'a;b".txt', "text/plain"), part("a", b"1"))
        self.send(trigger, MULTIPART, body=body.replace(b'b"', b'b\\"'))
        command = self.received(trigger).curl
        self.assertIn("# The files must be in the present folder.", command)
        self.assertIn('-F \'f=@"a;b\\".txt";type=text/plain\'', command)

    def test_copied_command_tells_what_it_lacks(self):
        trigger = self.hook(SAY)
        for headers, body, note in (
            (
                ["Authorization: Bearer x"],
                b"",
                "Put the real values in the place of ***",
            ),
            ([JSON], b'"' + b"x" * 30_000 + b'"', "only the start of the body"),
            (["Content-Type: image/png"], bytes(5_000), "doesn't have the body"),
        ):
            self.send(trigger, *headers, body=body)
            command = self.last_job(trigger).curl
            self.assertTrue(command.startswith("# "), command)
            self.assertIn(note, command)

    def test_who_may_not_see_the_address_cant_copy_it(self):
        trigger = self.hook(SAY)
        self.send(trigger)
        job = self.last_job(trigger)
        for record in (job, self.received(trigger)):
            self.assertIn(trigger.webhook_url, record.with_user(self.developer).curl)
            with self.assertRaisesRegex(AccessError, "curl"):
                record.with_user(self.user_user).read(["curl"])
        trigger.unlink()
        self.assertFalse(job.curl)

    # -- address ---------------------------------------------------------------

    def test_address_before_anybody_has_logged_in(self):
        trigger = self.hook("def handle_webhook(request):\n    return webhooks.INBOX")
        system = self.env["ir.config_parameter"]
        for noted, frozen, options, expected in (
            ("http://localhost:8069", None, {}, "http://localhost:9069"),
            ("http://localhost:8069", "True", {}, "http://localhost:8069"),
            (
                "http://localhost:8069",
                None,
                {"proxy_mode": True},
                "http://localhost:8069",
            ),
            (
                "http://localhost:8069",
                None,
                {"http_interface": "192.0.2.7"},
                "http://192.0.2.7:9069",
            ),
            (
                "http://localhost:8069",
                None,
                {"http_interface": "0.0.0.0"},
                "http://localhost:9069",
            ),
            ("https://odoo.example", None, {}, "https://odoo.example"),
            ("http://localhost:8070", None, {}, "http://localhost:8070"),
        ):
            with self.subTest(noted=noted, frozen=frozen, options=options):
                system.set_param("web.base.url", noted)
                system.set_param("web.base.url.freeze", frozen)
                self.env.invalidate_all()
                url = f"{expected}/sync/webhook/{trigger.webhook_token}"
                defaults = {
                    "http_interface": "",
                    "proxy_mode": False,
                    "http_port": 9069,
                }
                with patch.dict(config.options, {**defaults, **options}):
                    self.assertEqual(trigger.webhook_url, url)
                    urls = trigger.project_id._webhook_urls()
                self.assertEqual(urls, {"INBOX": url})
