import base64
import gzip
import hashlib
import hmac
import json
import zlib
from unittest.mock import patch
from urllib.parse import quote, urlencode

from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ...models.job.delivery import Delivery
from ..docs.test_docs import NAMED
from .webhook_case import WebhookCase

FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=b"
JSON = "Content-Type: application/json"
# Reads everything twice, in both orders.
ECHO = """
def handle_webhook(httprequest):
    if "form-first" in httprequest.path:
        read_form(httprequest)
    data = httprequest.get_data()
    return {
        **read_form(httprequest),
        "data": b64encode(data).decode(),
        "same": data == httprequest.get_data() == httprequest.data,
        "text": httprequest.get_data(as_text=True),
        "json": httprequest.get_json(silent=True),
        "args": {key: httprequest.args.getlist(key) for key in httprequest.args},
        "path": httprequest.path,
        "error": httprequest.form_error,
    }

def read_form(httprequest):
    form, files = httprequest.form, httprequest.files
    return {
        "form": {key: form.getlist(key) for key in form},
        "files": {
            key: [[f.filename, f.seek(0) or b64encode(f.read()).decode()]
                  for f in files.getlist(key)]
            for key in files
        },
    }
"""


def part(name, value, filename=None, kind=None):
    """Return a part of a multipart form with the boundary ``b``."""
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"'.encode()
    if filename is not None:
        head += f'; filename="{filename}"'.encode()
    if kind:
        head += f"\r\nContent-Type: {kind}".encode()
    return head + b"\r\n\r\n" + value + b"\r\n"


def multipart(*parts):
    """Return a whole multipart form."""
    return b"".join(parts) + b"--b--\r\n"


def chunked(body, size=7):
    """Return a body as it is sent in chunks."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    coded = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    return b"".join(coded) + b"0\r\n\r\n"


class Conflict(SerializationFailure):
    """What PostgreSQL raises, with its code."""

    pgcode = "40001"


GITHUB = {"zen": "Design for failure.", "hook_id": 4, "hook": {"events": ["*"]}}
SLACK = {"type": "block_actions", "user": {"id": "U1"}, "text": "a&b=c +%"}
TWILIO = {"MessageSid": "SM1", "From": "+15551234", "Body": "Hello & bye, 100% ☕"}
MAILGUN = multipart(
    part("sender", b"ann@example.com"),
    part("subject", "Ünïcode ☕".encode()),
    part("body-plain", b"two\r\nlines"),
    part("attachment-1", bytes(range(256)), "a b.bin", "application/octet-stream"),
    part("attachment-1", b"", "empty.txt", "text/plain"),
)
STRIPE = json.dumps({"id": "evt_1", "type": "charge.succeeded"}, indent=2).encode()

# name, headers, body, what of the echo is known
REQUESTS = [
    ("plain form", [FORM], b"status=paid", {"form": {"status": ["paid"]}}),
    ("empty form", [FORM], b"", {"form": {}, "json": None}),
    ("form with charset", [FORM + "; charset=UTF-8"], b"a=1", {"form": {"a": ["1"]}}),
    ("repeated fields", [FORM], b"a=1&a=2&b=", {"form": {"a": ["1", "2"], "b": [""]}}),
    (
        "Twilio",
        [FORM],
        urlencode(TWILIO).encode(),
        {"form": {key: [value] for key, value in TWILIO.items()}},
    ),
    (
        "Slack",
        [FORM],
        b"payload=" + quote(json.dumps(SLACK)).encode(),
        {"form": {"payload": [json.dumps(SLACK)]}, "json": None},
    ),
    ("GitHub", [JSON], json.dumps(GITHUB).encode(), {"json": GITHUB}),
    (
        "GitHub as a form",
        [FORM],
        urlencode({"payload": json.dumps(GITHUB)}).encode(),
        {"form": {"payload": [json.dumps(GITHUB)]}},
    ),
    ("Stripe", [JSON + "; charset=utf-8"], STRIPE, {"json": json.loads(STRIPE)}),
    (
        "Mailgun",
        [MULTIPART],
        MAILGUN,
        {
            "form": {
                "sender": ["ann@example.com"],
                "subject": ["Ünïcode ☕"],
                "body-plain": ["two\r\nlines"],
            },
            "files": {
                "attachment-1": [
                    ["a b.bin", base64.b64encode(bytes(range(256))).decode()],
                    ["empty.txt", ""],
                ]
            },
            "error": None,
        },
    ),
    *(
        (f"field {name}", [FORM], f"{name}=1".encode(), {"form": {name: ["1"]}})
        for name in ("self", "cls", "token", "path", "request", "endpoint", "db")
    ),
    *(
        (
            f"file {name}",
            [MULTIPART],
            multipart(part(name, b"x", "x.txt"), part(f"{name}2", b"1")),
            {"files": {name: [["x.txt", "eA=="]]}, "form": {f"{name}2": ["1"]}},
        )
        for name in ("self", "token", "args", "csrf_token")
    ),
    ("JSON as a form", [FORM], b'{"a": "b=c&d"}', {"json": {"a": "b=c&d"}}),
    ("JSON as text", ["Content-Type: text/plain"], b'{"a": 1}', {"json": {"a": 1}}),
    ("JSON as nothing", [], b' [1, {"a": null}]', {"json": [1, {"a": None}]}),
    ("JSON as multipart", [MULTIPART], b'{"a": 1}', {"json": {"a": 1}}),
    ("vendor's JSON", ["Content-Type: application/x+json"], b"7", {"json": 7}),
    ("JSON with BOM", [JSON], b'\xef\xbb\xbf{"a": 1}', {"json": {"a": 1}}),
    ("JSON, UTF-16", [JSON], '{"a": "é"}'.encode("utf-16"), {"json": {"a": "é"}}),
    (
        "JSON in Windows-1252",
        [JSON + "; charset=windows-1252"],
        '{"a": "5 €"}'.encode("cp1252"),
        {"json": {"a": "5 €"}, "text": '{"a": "5 €"}'},
    ),
    ("broken JSON", [JSON], b"{bad", {"json": None, "text": "{bad"}),
    ("JSON too deep", [JSON], b"[" * 200_000, {"json": None}),
    ("a number too long", [JSON], b"9" * 6_000, {"json": None}),
    ("form in Windows-1252", [FORM], b"n=Caf\xe9", {"form": {"n": ["Café"]}}),
    ("the same, quoted", [FORM], b"n=Caf%E9+%80", {"form": {"n": ["Café €"]}}),
    (
        "form with another charset",
        [FORM + "; charset=koi8-r"],
        b"n=%d4%c5%d3%d4",
        {"form": {"n": ["тест"]}},
    ),
    (
        "form with no such charset",
        [FORM + "; charset=zip"],
        b"n=%C3%A9",
        {"form": {"n": ["é"]}},
    ),
    (
        "text in Windows-1252",
        ["Content-Type: text/plain"],
        b"Caf\xe9",
        {"text": "Café"},
    ),
    (
        "multipart in Windows-1252",
        [MULTIPART],
        multipart(
            part("n", b"Caf\xe9"),
            part("f", b"x", "caf\u00e9.txt").replace(b"\xc3", b""),
        ).replace(b"caf\xa9", b"caf\xe9"),
        {"form": {"n": ["Café"]}, "files": {"f": [["café.txt", "eA=="]]}},
    ),
    ("percent junk", [FORM], b"%=%zz&%00=%&=&&", {"same": True}),
    ("NUL and half a pair", [FORM], b"a=%00&b=%ED%A0%BD", {"same": True}),
    ("any bytes", ["Content-Type: image/png"], bytes(range(256)), {"json": None}),
    ("a content type that is none", ["Content-Type: ;;=,"], b"x", {"form": {}}),
    ("no body but a type", [MULTIPART], b"", {"form": {}, "json": None}),
    ("empty JSON", [JSON], b"", {"json": None}),
    ("Expect", [JSON, "Expect: 100-continue"], b"[1]", {"json": [1]}),
    (
        "many fields",
        [FORM],
        b"&".join(b"f%d=%d" % (n, n) for n in range(5_000)),
        {"same": True},
    ),
]


@tagged("post_install", "-at_install")
class TestWebhookRequests(WebhookCase):
    """What handlers get of real, unusual and hostile requests."""

    def test_each_body_arrives_as_it_was_sent(self):
        trigger = self.hook(ECHO)
        for name, headers, body, expected in REQUESTS:
            for path in ("", "/form-first"):
                with self.subTest(name=name, path=path):
                    echo = self.echo(trigger, *headers, body=body, path=path)
                    found = {key: echo[key] for key in expected}
                    self.assertEqual(found, expected)
                    self.assertEqual(base64.b64decode(echo["data"]), body)
                    self.assertTrue(echo["same"])
                    self.assertEqual(self.last_job(trigger).state, "done")

    def test_chunks(self):
        trigger = self.hook(ECHO)
        for headers, body in (
            ([FORM], b"status=paid&self=1"),
            ([MULTIPART], MAILGUN),
            ([JSON], json.dumps(GITHUB).encode()),
            ([JSON], b""),
        ):
            headers = [*headers, "Transfer-Encoding: chunked"]
            echo = self.echo(trigger, *headers, body=chunked(body), length=False)
            self.assertEqual(base64.b64decode(echo["data"]), body)

    def test_each_argument_and_path_is_the_handlers(self):
        trigger = self.hook(ECHO)
        for query, args in (
            ("self=1&token=2&path=3&cls=4", None),
            ("a=1&a=2&a", {"a": ["1", "2", ""]}),
            ("%=%zz&a=%FF%FE", None),
            ("a=caf%E9", {"a": ["caf%E9"]}),
            ("a=\xe9\xff", None),
        ):
            with self.subTest(query=query):
                echo = self.echo(trigger, path=f"/x?{query}", method="GET")
                if args:
                    self.assertEqual(echo["args"], args)
        echo = self.echo(trigger, path="/x?self=1&token=2&path=3")
        self.assertEqual(echo["args"], {"self": ["1"], "token": ["2"], "path": ["3"]})
        for path in (
            "/",
            "/self/",
            "/self",
            "/token/path",
            "/%FF%E9",
            "/a%2Fb",
            "/a%00b",
            "/%F0%9F",
            "//",
            "//orders",
            "/a//b/",
            "/a%0Ab%0D",
            "/%2Fa",
        ):
            with self.subTest(path=path):
                self.assertIn("/sync/webhook/", self.echo(trigger, path=path)["path"])

    def test_large_forms(self):
        trigger = self.hook(
            """
            def handle_webhook(httprequest):
                sizes = [len(value) for value in httprequest.form.values()]
                files = httprequest.files
                return [len(httprequest.get_data()), sum(sizes), len(sizes), len(files)]
            """
        )
        eleven = b"x" * (11 * 2**20)
        body = b"a=" + eleven
        self.assertEqual(
            self.echo(trigger, FORM, body=body), [len(body), len(eleven), 1, 0]
        )
        body = multipart(part("a", eleven), part("f", eleven, "f.bin"))
        self.assertEqual(
            self.echo(trigger, MULTIPART, body=body), [len(body), len(eleven), 1, 1]
        )
        body = multipart(*(part(f"f{n}", b"1") for n in range(1_500)))
        self.assertEqual(
            self.echo(trigger, MULTIPART, body=body), [len(body), 1_500, 1_500, 0]
        )
        self.assertEqual(self.last_job(trigger).state, "done")

    def test_limits_give_a_job_and_a_sentence(self):
        trigger = self.hook(
            "def handle_webhook(request):\n    return str(len(request.form))"
        )
        many = multipart(*(part(f"f{n}", b"") for n in range(10_001)))
        plain = b"&".join([b"a"] * 100_001)
        limit = self.env["ir.config_parameter"].sudo()
        limit.set_param("web.max_file_upload_size", 2_000_000)
        for headers, body, sentence in (
            ([MULTIPART], many, "more than 10,000 parts"),
            ([FORM], plain, "more than 100,000 fields"),
            ([FORM], b"a=" + b"x" * 2_000_000, "more than 2,000,000 bytes"),
            (
                [FORM, "Content-Encoding: gzip"],
                gzip.compress(b"x" * 3_000_000),
                "unpacked body has more than 2,000,000 bytes",
            ),
            (
                [FORM, "Content-Encoding: deflate"],
                zlib.compress(b"x" * 3_000_000),
                "unpacked body has more than 2,000,000 bytes",
            ),
        ):
            with self.subTest(sentence=sentence):
                response = self.parsed(self.send(trigger, *headers, body=body))
                job = self.last_job(trigger)
                self.assertEqual(response.status, 413)
                self.assertIn(f"(job {job.id})", response.body.decode())
                self.assertEqual(job.state, "failed")
                self.assertIn(sentence, job.error)
                self.assertIn(sentence, self.log_text(job))

    def test_handler_that_leaves_a_form_alone_gets_its_bytes(self):
        trigger = self.hook(
            "def handle_webhook(request):\n    return str(len(request.get_data()))"
        )
        body = multipart(*(part(f"f{n}", b"") for n in range(10_001)))
        response = self.parsed(self.send(trigger, MULTIPART, body=body))
        self.assertEqual(response.body, b"%d" % len(body))
        self.assertIn("more than 10,000 parts", self.log_text(trigger.job_ids))

    def test_broken_multipart_says_so_and_keeps_what_is_there(self):
        trigger = self.hook(ECHO)
        whole = part("a", b"1")
        for kind, body, form in (
            (MULTIPART, whole, {}),
            (MULTIPART, whole + part("b", b"cut")[:-9], {"a": ["1"]}),
            (MULTIPART, whole + b"--b\r\nX: y\r\n\r\n2\r\n--b--", {"a": ["1"]}),
            (MULTIPART, b"no form", {}),
            ("Content-Type: multipart/form-data", multipart(whole), {}),
        ):
            with self.subTest(body=body, kind=kind):
                echo = self.echo(trigger, kind, body=body)
                self.assertEqual(base64.b64decode(echo["data"]), body)
                self.assertEqual(echo["form"], form)
                self.assertIn("The form is broken", echo["error"])
                self.assertIn(
                    "The form is broken",
                    "\n".join(self.messages(self.last_job(trigger), "warning")),
                )

    def test_bodies_that_cant_be_read_are_the_callers_mistake(self):
        trigger = self.hook(ECHO)
        gzipped = gzip.compress(b"x" * 1000)
        for headers, body in (
            (["Content-Length: five"], b"12345"),
            (["Content-Length: -1"], b"12345"),
            ([f"Content-Length: {'9' * 5000}"], b"12345"),
            (["Content-Length: 99"], b"12345"),
            (["Transfer-Encoding: chunked"], b"zz\r\n12345\r\n0\r\n\r\n"),
            (["Transfer-Encoding: chunked"], b"5\r\n12"),
        ):
            with self.subTest(headers=headers):
                wire = self.send(trigger, *headers, body=body, length=False)
                self.assert_bad(trigger, self.parsed(wire))
        for coding, body in (
            ("gzip", b"no gzip"),
            ("gzip", gzipped[:-20]),
            ("gzip", gzipped + b"more"),
            ("gzip", gzip.compress(b"") * 10_001),
            ("gzip", gzipped[:-8] + b"12345678"),
            ("deflate", b"\xff\xff"),
            ("deflate", zlib.compress(b"x" * 1000)[:-6]),
            ("gzip, gzip, gzip", gzip.compress(gzip.compress(gzipped))),
        ):
            with self.subTest(coding=coding, body=body):
                header = f"Content-Encoding: {coding}"
                self.assert_bad(
                    trigger, self.parsed(self.send(trigger, header, body=body))
                )

    def assert_bad(self, trigger, response):
        job = self.last_job(trigger)
        self.assertEqual(response.status, 400)
        self.assertEqual(response.body.decode(), f"Bad Request (job {job.id}).")
        self.assertEqual(job.state, "failed")
        self.assertIn("BadRequest", job.error)

    def test_packed_bodies_are_unpacked(self):
        trigger = self.hook(ECHO)
        raw = zlib.compressobj(wbits=-15)
        bare = raw.compress(STRIPE) + raw.flush()
        two = gzip.compress(STRIPE[:9]) + gzip.compress(STRIPE[9:])
        for coding, body in (
            ("gzip", gzip.compress(STRIPE)),
            ("GZIP", two),
            ("x-gzip", gzip.compress(STRIPE)),
            ("deflate", zlib.compress(STRIPE)),
            ("deflate", bare),
            ("deflate, gzip", gzip.compress(zlib.compress(STRIPE))),
            ("identity", STRIPE),
            ("", STRIPE),
        ):
            with self.subTest(coding=coding):
                headers = [JSON, f"Content-Encoding: {coding}"]
                echo = self.echo(trigger, *headers, body=body)
                self.assertEqual(echo["json"], json.loads(STRIPE))
                self.assertEqual(base64.b64decode(echo["data"]), STRIPE)
                self.assertIn("charge.succeeded", self.told(trigger))
        headers = [FORM, "Content-Encoding: gzip"]
        echo = self.echo(trigger, *headers, body=gzip.compress(b"self=1"))
        self.assertEqual(echo["form"], {"self": ["1"]})
        echo = self.echo(trigger, "Content-Encoding: br", body=b"packed")
        self.assertEqual(base64.b64decode(echo["data"]), b"packed")
        self.assertIn("packed as br", self.log_text(self.last_job(trigger)))

    def test_bytes_as_they_were_sent_are_there_too(self):
        trigger = self.hook(
            """
            def handle_webhook(httprequest):
                return httprequest.raw_data + httprequest.get_data()
            """
        )
        packed = gzip.compress(b"signed")
        wire = self.send(trigger, "Content-Encoding: gzip", body=packed)
        self.assertEqual(self.parsed(wire).body, packed + b"signed")

    def test_signature_of_each_kind_of_body(self):
        project = self.make_project(
            protected_code="""
            import hashlib as _hashlib
            import hmac as _hmac

            def is_signed(httprequest):
                wanted = _hmac.new(
                    secrets.KEY.encode(), httprequest.get_data(), _hashlib.sha256)
                given = httprequest.headers.get("X-Signature", "")
                return _hmac.compare_digest(wanted.hexdigest(), given)
            """,
            secrets={"KEY": "hunter22"},
        )
        trigger = self.hook(
            """
            def handle_webhook(httprequest):
                return ("yes", 200) if is_signed(httprequest) else ("no", 403)
            """,
            project,
        )
        for header, body in (
            (FORM, b"status=paid"),
            (MULTIPART, MAILGUN),
            (JSON, STRIPE),
            (FORM, b""),
            ("Content-Type: text/plain", b"Caf\xe9"),
        ):
            for signed in (body, b"", b"status=unpaid"):
                digest = hmac.new(b"hunter22", signed, hashlib.sha256).hexdigest()
                wire = self.send(trigger, header, f"X-Signature: {digest}", body=body)
                expected = 200 if signed == body else 403
                self.assertEqual(self.parsed(wire).status, expected, (header, signed))

    def test_signature_as_the_guide_checks_it(self):
        project = self.make_project(
            protected_code=NAMED["signed-protected"], secrets={"TOKEN": "hunter22"}
        )
        trigger = self.hook(NAMED["signed"], project)
        for signed, answer in (
            (b"status=paid", (200, b"welcome")),
            (b"", (403, b"wrong signature")),
        ):
            digest = hmac.new(b"hunter22", signed, hashlib.sha256).hexdigest()
            header = f"X-Signature: {digest}"
            response = self.parsed(
                self.send(trigger, FORM, header, body=b"status=paid")
            )
            self.assertEqual((response.status, response.body), answer)

    def test_ping_without_a_body_is_no_mistake(self):
        trigger = self.hook(
            """
            def handle_webhook(httprequest):
                data = httprequest.get_json()
                return {"got": data}
            """
        )
        for method in ("HEAD", "GET", "POST", "OPTIONS"):
            for headers in ([], [JSON], [FORM], ["Content-Type: text/plain"]):
                with self.subTest(method=method, headers=headers):
                    wire = self.send(trigger, *headers, method=method)
                    response = self.parsed(wire, method)
                    self.assertEqual(response.status, 200)
                    if method != "HEAD":
                        self.assertEqual(response.body, b'{"got": null}')
                    self.assertEqual(self.last_job(trigger).state, "done")

    @mute_logger("odoo.service.model")
    def test_request_that_odoo_runs_again_is_read_again(self):
        trigger = self.hook(
            """
            def handle_webhook(httprequest):
                data = httprequest.get_json(silent=True) or {}
                data["seen"] = data.get("seen", 0) + 1
                files = httprequest.files.getlist("f")
                return {"seen": data["seen"], "form": httprequest.form,
                        "names": [file.read().decode() for file in files],
                        "size": len(httprequest.get_data())}
            """
        )
        finish = Delivery.finish
        form = multipart(
            part("a", b"1"), part("f", b"x", "x.txt"), part("f", b"y", "y.txt")
        )
        for header, body, expected in (
            (MULTIPART, form, {"seen": 1, "names": ["x", "y"], "form": {"a": "1"}}),
            (JSON, b'{"a": 1}', {"seen": 1, "names": [], "form": {}}),
        ):
            tries = []

            def finish_second(delivery, *args, tries=tries):
                tries.append(delivery)
                if len(tries) == 1:
                    raise Conflict("another transaction was in the way")
                return finish(delivery, *args)

            with self.subTest(header=header):
                with patch.object(Delivery, "finish", finish_second):
                    echo = self.echo(trigger, header, body=body)
                self.assertEqual(echo, {**expected, "size": len(body)})
                self.assertEqual(len(tries), 2)

    def test_unknown_webhook_reads_nothing(self):
        trigger = self.hook("def handle_webhook(request):\n    pass")
        trigger.active = False
        wire = self.send(trigger, MULTIPART, body=b"no form")
        self.assertEqual(self.parsed(wire).status, 404)
        self.assertFalse(trigger.job_ids)
