"""Webhooks over real HTTP, in two workers at once."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from stage import StudioCase

_BOUNDARY = "a-boundary"
_TIMEOUT = 60

_ECHO = """
    def handle_webhook(httprequest):
        files = httprequest.files
        return {
            "method": httprequest.method,
            "path": httprequest.path.rpartition("/")[2],
            "args": dict(httprequest.args),
            "form": dict(httprequest.form),
            "files": {key: files[key].read().decode() for key in files},
            "json": httprequest.get_json(silent=True),
            "size": len(httprequest.get_data()),
        }
"""


class TestWebhooks(StudioCase):
    """What callers get, and what is kept of their calls."""

    def call(self, trigger, path="", data=None, kind=None, method=None):
        """Send a request to a webhook; return status, headers and body."""
        # The server's own idea of its address needn't be the one that it listens at.
        url = f"{self.studio.url}{urlsplit(trigger['webhook_url']).path}{path}"
        headers = {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def call_twice(self, trigger, *paths):
        """Send two requests at the same time; return the statuses, sorted."""
        with ThreadPoolExecutor(2) as pool:
            answers = pool.map(lambda path: self.call(trigger, path), paths)
            return sorted(status for status, _, _ in answers)

    def test_each_method_and_kind_of_content_arrives(self):
        trigger = self.make_task(_ECHO, "webhook")
        form, multipart = "application/x-www-form-urlencoded", "multipart/form-data"
        upload = (
            f"--{_BOUNDARY}\r\n"
            'Content-Disposition: form-data; name="note"; filename="a.txt"\r\n\r\n'
            f"some text\r\n--{_BOUNDARY}--\r\n"
        ).encode()
        for expected, data, kind, method in (
            ({"args": {"a": "1"}, "path": "below"}, None, None, "GET"),
            ({"form": {"b": "2"}}, b"b=2", form, "POST"),
            (
                {"files": {"note": "some text"}},
                upload,
                f"{multipart}; boundary={_BOUNDARY}",
                "POST",
            ),
            ({"json": {"c": [3]}}, b'{"c": [3]}', "application/json", "PUT"),
            ({"size": 256}, bytes(range(256)), "application/octet-stream", "PATCH"),
            ({"args": {"a": "1"}}, None, None, "DELETE"),
            ({"args": {"a": "1"}}, None, None, "OPTIONS"),
        ):
            with self.subTest(method=method, kind=kind):
                answer = self.call(trigger, "/below?a=1", data, kind, method)
                self.assertEqual(answer[0], 200, answer[2])
                echo = json.loads(answer[2])
                self.assertEqual({key: echo[key] for key in expected}, expected)
                self.assertEqual(echo["method"], method)

    def test_response_has_the_handler_s_status_and_headers(self):
        trigger = self.make_task(
            """
            def handle_webhook(httprequest):
                return "made", 201, [("X-Made-By", "sync")]
            """,
            "webhook",
        )
        status, headers, body = self.call(trigger)
        self.assertEqual((status, headers["X-Made-By"], body), (201, "sync", b"made"))
        (job,) = self.jobs(trigger)
        received, sent = self.log(job["id"])
        self.assertIn("GET /sync/webhook/", received)
        self.assertIn("201 Created", sent)

    def test_failing_handler_keeps_the_job_and_its_log(self):
        trigger = self.make_task(
            """
            def handle_webhook(httprequest):
                env["res.partner"].create({"name": "Never"})
                log("created")
                raise ValueError("no stock")
            """,
            "webhook",
        )
        status, _, body = self.call(trigger)
        (job,) = self.jobs(trigger)
        self.assertEqual(status, 500)
        self.assertIn(str(job["id"]), body.decode())
        self.assertNotIn("no stock", body.decode())
        self.assertEqual(job["state"], "failed")
        self.assertEqual(job["error"], "ValueError: no stock")
        _received, created, traceback, answer = self.log(job["id"])
        self.assertTrue(answer.startswith("500 "), answer)
        self.assertEqual(created, "created")
        self.assertIn("ValueError: no stock", traceback)
        self.assertEqual(self.count("res.partner", "Never"), 0)

    def test_unknown_address(self):
        trigger = {"webhook_url": f"{self.studio.url}/sync/webhook/guessed"}
        self.assertEqual(self.call(trigger)[0], 404)

    def test_serialization_conflict_is_retried(self):
        values = {"name": "Counter", "ref": "0"}
        (partner,) = self.admin.call("res.partner", "create", [values])
        trigger = self.make_task(
            f"""
            def handle_webhook(httprequest):
                counter = env["res.partner"].browse({partner})
                seen = int(counter.ref)
                time.sleep(1)
                counter.write({{"ref": str(seen + 1)}})
                return "%s" % (seen + 1)
            """,
            "webhook",
        )
        self.assertEqual(self.call_twice(trigger, "", ""), [200, 200])
        (row,) = self.read("res.partner", [("id", "=", partner)], "ref")
        self.assertEqual(row["ref"], "2")
        self.assertEqual([job["state"] for job in self.jobs(trigger)], ["done"] * 2)

    def test_two_links_at_once_on_one_reference(self):
        rows = [{"name": "First"}, {"name": "Second"}]
        first, second = self.admin.call("res.partner", "create", rows)
        trigger = self.make_task(
            """
            def handle_webhook(httprequest):
                partner_id = int(httprequest.args["partner"])
                relation = httprequest.args["relation"]
                partner = env["res.partner"].browse(partner_id)
                partner.get_link(relation)
                time.sleep(1)
                partner.set_link(relation, "one")
            """,
            "webhook",
        )
        same, other = "e2e_same", "e2e_other"
        mine = f"?relation={same}&partner={first}"
        self.assertEqual(self.call_twice(trigger, mine, mine), [200, 200])
        self.assertEqual(len(self._links(same)), 1)

        paths = [f"?relation={other}&partner={i}" for i in (first, second)]
        self.assertEqual(self.call_twice(trigger, *paths), [200, 500])
        self.assertEqual(len(self._links(other)), 1)
        errors = [job["error"] for job in self.jobs(trigger) if job["error"]]
        self.assertIn("are linked already", " ".join(errors))

    def _links(self, relation):
        return self.read("sync.link", [("relation", "=", relation)], "ref1")
