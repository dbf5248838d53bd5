import base64
import json

from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestWebhook(SyncCase, HttpCase):
    """Deliveries over real HTTP."""

    def hook(self, code, project=None):
        task = self.make_task(code, project)
        return self.make_trigger(task, "webhook", name="Inbox")

    def call(self, trigger, method="POST", path="", **options):
        url = f"/sync/webhook/{trigger.webhook_token}{path}"
        response = self.url_open(
            url, timeout=20, allow_redirects=False, method=method, **options
        )
        self.env.invalidate_all()
        return response

    def answer(self, body, **options):
        """Return the response of a handler whose body is ``return <body>``."""
        return self.call(
            self.hook(f"def handle_webhook(request):\n    return {body}"), **options
        )

    def test_form_and_files(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                file = request.files["doc"]
                return "%s %s %s" % (request.form["a"], file.filename, file.read())
            """
        )
        response = self.call(
            trigger, data={"a": "1"}, files={"doc": ("x.txt", b"content")}
        )
        self.assertEqual(response.text, "1 x.txt b'content'")
        self.assertEqual(response.headers["Content-Type"], "text/plain; charset=utf-8")

    def test_json_and_raw_bytes(self):
        response = self.answer("{'got': request.json['a']}", json={"a": [1]})
        self.assertEqual(response.json(), {"got": [1]})
        self.assertIn("application/json", response.headers["Content-Type"])
        response = self.answer("request.get_data()[::-1]", data=b"\x00\xff\x01")
        self.assertEqual(response.content, b"\x01\xff\x00")

    def test_any_method_path_and_arguments(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                return "%s %s %s" % (request.method, request.path[-4:],
                                     request.args.get("q"))
            """
        )
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            response = self.call(trigger, method, "/a/bc?q=1")
            self.assertEqual(response.text, f"{method} a/bc 1")
        self.assertEqual(self.call(trigger, "HEAD").status_code, 200)

    def test_response_forms(self):
        cases = {
            "'text'": (200, "text"),
            "None": (200, ""),
            "[1, 2]": (200, "[1, 2]"),
            "'x', [('X-A', 'b')]": (200, "x"),
            "'x', 201": (201, "x"),
            "{'e': 1}, 404, {'X-A': 'b'}": (404, '{"e": 1}'),
            "'<b>', [('Content-Type', 'text/html')]": (200, "<b>"),
        }
        for body, (status, text) in cases.items():
            response = self.answer(body)
            self.assertEqual(
                (response.status_code, response.text), (status, text), body
            )
            if "X-A" in body:
                self.assertEqual(response.headers["X-A"], "b")
        self.assertEqual(response.headers["Content-Type"], "text/html")

    @mute_logger("odoo.http")
    def test_wrong_responses_are_explained(self):
        for body, part in (
            ("1, 2, 3, 4", "returned 4 values"),
            ("'x', 99", "not an HTTP status"),
            ("'x', [('a',)]", "are no headers"),
            ("'x', [('a', 'b\\nc')]", "line break"),
            ("env", "is no response"),
        ):
            trigger = self.hook(f"def handle_webhook(request):\n    return {body}")
            self.assertEqual(self.call(trigger).status_code, 500)
            self.assertIn(part, trigger.job_ids.error)

    def test_job_and_transfer_are_logged(self):
        trigger = self.hook(
            "def handle_webhook(request):\n    log('hi')\n    return 'ok'"
        )
        self.call(trigger, json={"a": 1})
        job = trigger.job_ids
        self.assertEqual(job.state, "done")
        self.assertTrue(job.date_start and job.date_end)
        self.assertEqual(job.user_id, self.env.ref("base.public_user"))
        received, message, sent = job.log_ids.sorted("id")
        self.assertEqual(received.type, "data_in")
        self.assertIn('{"a": 1}', received.message)
        self.assertIn("POST /sync/webhook/...", received.message)
        self.assertNotIn(trigger.webhook_token, self.log_text(job))
        self.assertEqual(message.message, "hi")
        self.assertEqual(sent.type, "data_out")
        self.assertIn("200 OK", sent.message)
        self.assertTrue(sent.message.endswith("ok"))

    def test_failure_keeps_the_job_and_undoes_the_rest(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                env["res.partner"].create({"name": "Undone by failure"})
                log("before")
                raise ValueError("inside")
            """
        )
        response = self.call(trigger)
        job = trigger.job_ids
        self.assertEqual(response.status_code, 500)
        self.assertEqual(response.text, f"The webhook failed (job {job.id}).")
        self.assertEqual((job.state, job.error), ("failed", "ValueError: inside"))
        self.assertEqual(self.messages(job)[0], "before")
        self.assertIn("line 5, in handle_webhook", self.messages(job)[1])
        undone = [("name", "=", "Undone by failure")]
        self.assertFalse(self.env["res.partner"].search(undone))

    def test_request_that_is_not_what_the_handler_reads_is_the_callers_mistake(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                env["res.partner"].create({"name": "Undone by a bad request"})
                return request.get_json() and request.form["name"]
            """
        )
        json = {"Content-Type": "application/json"}
        for data, headers, status, text in (
            ("{bad", json, 400, "Bad Request"),
            ("bad", {"Content-Type": "text/plain"}, 415, "Unsupported Media Type"),
            ("[1]", json, 400, "Bad Request"),
        ):
            with self.subTest(data=data):
                response = self.call(trigger, data=data, headers=headers)
                job = trigger.job_ids.sorted("id")[-1]
                self.assertEqual(response.status_code, status)
                self.assertEqual(response.text, f"{text} (job {job.id}).")
                self.assertEqual(job.state, "failed")
                self.assertIn("in handle_webhook", job.traceback)
        undone = [("name", "=", "Undone by a bad request")]
        self.assertFalse(self.env["res.partner"].search(undone))

    def test_what_the_request_lacks_is_named(self):
        for place in ("args", "form", "files", "values", "cookies", "headers"):
            trigger = self.hook(
                f"def handle_webhook(request):\n    return request.{place}['X-Né\\0']"
            )
            with self.subTest(place=place):
                self.assertEqual(self.call(trigger).status_code, 400)
                error = "BadRequestKeyError: 400 Bad Request: there is no 'X-Né\\x00'"
                self.assertEqual(trigger.job_ids.error, error)
                self.assertIn(error, trigger.job_ids.traceback)
        trigger = self.hook(
            """
            def handle_webhook(request):
                headers = request.headers
                return [headers.get("X-A"), headers.get("X-B", "no"), "X-A" in headers,
                        headers["x-c"], "X-C" in headers]
            """
        )
        answer = self.call(trigger, headers={"X-C": "here"}).json()
        self.assertEqual(answer, [None, "no", False, "here", True])

    def test_failing_job_cant_be_retried(self):
        trigger = self.hook("def handle_webhook(request):\n    raise UserError('x')")
        self.call(trigger)
        self.assertFalse(trigger.job_ids.can_retry)
        with self.assertRaisesRegex(UserError, "its caller must call again"):
            trigger.job_ids.action_retry()

    def test_constraint_at_the_end_fails_the_job(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                env["res.users"].create({"login": "admin", "name": "Twin"})
                return "created"
            """
        )
        with mute_logger("odoo.sql_db"):
            self.assertEqual(self.call(trigger).status_code, 500)
        self.assertEqual(trigger.job_ids.state, "failed")

    def test_retryable_error_asks_the_caller_to_come_back(self):
        trigger = self.hook(
            "def handle_webhook(request):\n    raise RetryableJobError('x', seconds=9)"
        )
        response = self.call(trigger)
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response.headers["Retry-After"], "9")

    def test_unknown_and_disabled_tell_nothing(self):
        trigger = self.hook("def handle_webhook(request):\n    return 'ok'")
        url = f"{self.base_url()}/sync/webhook/"
        self.assertEqual(self.opener.get(f"{url}nope", timeout=20).status_code, 404)
        project = trigger.project_id
        for record in (trigger, trigger.task_id, project):
            record.active = False
            self.assertEqual(self.call(trigger).status_code, 404, record)
            record.active = True
            self.assertEqual(self.call(trigger).status_code, 200, record)

    def test_regenerated_url_replaces_the_old_one(self):
        trigger = self.hook("def handle_webhook(request):\n    return 'ok'")
        old = trigger.webhook_token
        trigger.with_user(self.developer).action_regenerate_url()
        self.assertNotEqual(trigger.webhook_token, old)
        self.assertEqual(self.call(trigger).text, "ok")
        response = self.opener.get(f"{self.base_url()}/sync/webhook/{old}", timeout=20)
        self.assertEqual(response.status_code, 404)

    def test_sub_jobs_of_a_webhook(self):
        trigger = self.hook(
            """
            def handle_webhook(request):
                add_job(work)(request.json["n"])
                return "queued"

            def work(n):
                log(n)
            """
        )
        self.assertEqual(self.call(trigger, json={"n": 5}).text, "queued")
        parent = trigger.job_ids.filtered(lambda job: job.handler == "handle_webhook")
        self.assertEqual(parent.state, "done")
        self.run_jobs()
        self.assertEqual(self.messages(parent.child_ids), ["5"])

    def test_secrets_are_masked_in_logged_responses(self):
        project = self.make_project(
            protected_code="def token():\n    return secrets.TOKEN",
            secrets={"TOKEN": "hunter22"},
        )
        trigger = self.hook("def handle_webhook(request):\n    return token()", project)
        body = base64.b64encode(b"hunter22").decode()
        self.assertEqual(self.call(trigger, data=json.dumps(body)).text, "hunter22")
        text = self.log_text(trigger.job_ids)
        self.assertNotIn("hunter22", text)
        self.assertNotIn(body, text)

    def test_two_webhooks_of_a_project_have_two_names(self):
        trigger = self.hook("def handle_webhook(request):\n    return 'ok'")
        other = self.make_task(
            "def handle_webhook(request):\n    pass", trigger.project_id
        )
        with self.assertRaisesRegex(ValidationError, "has a webhook"):
            self.make_trigger(other, "webhook", name="Inbox")
