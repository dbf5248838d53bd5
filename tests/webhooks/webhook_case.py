import http.client
import json
import re
import socket
from io import BytesIO

from odoo.tests import HOST, HttpCase

from ..common import SyncCase

TIMEOUT = 20
# Odoo's own server says it twice.
_CONTINUE = re.compile(rb"\A(HTTP/1\.[01] 100 Continue\r\n\r\n)+")


class WebhookCase(SyncCase, HttpCase):
    """Webhooks that are called over real HTTP, with whatever bytes a test likes."""

    def hook(self, code, project=None):
        """Return a webhook whose task has this code."""
        task = self.make_task(code, project)
        return self.make_trigger(task, "webhook", name="Inbox")

    def call(self, trigger, method="POST", path="", **options):
        """Call a webhook as ``requests`` does."""
        url = f"/sync/webhook/{trigger.webhook_token}{path}"
        response = self.url_open(
            url, timeout=TIMEOUT, allow_redirects=False, method=method, **options
        )
        self.env.invalidate_all()
        return response

    def answer(self, body, **options):
        """Return the response of a handler whose body is ``return <body>``."""
        return self.call(
            self.hook(f"def handle_webhook(request):\n    return {body}"), **options
        )

    def send(self, trigger, *headers, body=b"", method="POST", path="", length=True):
        """Send these very bytes; return the answer as bytes, without *Continue*."""
        target = f"/sync/webhook/{trigger.webhook_token}{path}"
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers]
        if length:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        self.env.flush_all()
        with self.allow_requests(all_requests=True):
            wire = self._exchange(head.encode("latin-1") + body)
        self.env.invalidate_all()
        return _CONTINUE.sub(b"", wire)

    def _exchange(self, request):
        address = (HOST, self.http_port())
        with socket.create_connection(address, timeout=TIMEOUT) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            pieces = []
            while piece := connection.recv(65536):
                pieces.append(piece)
        return b"".join(pieces)

    def parsed(self, wire, method="POST"):
        """Return the response that the bytes are; check that they are well formed."""
        head, _, rest = wire.partition(b"\r\n\r\n")
        self.assertRegex(head, rb"\AHTTP/1\.[01] \d{3} ")
        for line in head.split(b"\r\n")[1:]:
            self.assertRegex(
                line, rb"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[^\x00-\x08\n\x7f]*\Z"
            )
        names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
        for name in set(names) - {b"set-cookie"}:
            self.assertEqual(names.count(name), 1, name)
        response = http.client.HTTPResponse(_Socket(wire), method=method)
        response.begin()
        response.body = response.read()
        length = response.getheader("Content-Length")
        if method == "HEAD" or response.status in (204, 304):
            self.assertEqual(rest, b"")
        elif length is not None:
            self.assertEqual(len(rest), int(length))
        return response

    def echo(self, trigger, *headers, **options):
        """Send bytes to a webhook that answers in JSON; return its data."""
        response = self.parsed(self.send(trigger, *headers, **options))
        self.assertEqual(response.status, 200, response.body)
        return json.loads(response.body)

    def last_job(self, trigger):
        """Return the trigger's last job."""
        return trigger.job_ids.sorted("id")[-1:]

    def told(self, trigger, kind="data_in"):
        """Return what the log of the last job says about request or answer."""
        logs = self.last_job(trigger).log_ids.filtered(lambda log: log.type == kind)
        return logs.message


class _Socket:
    """As much of a socket as a response is read from."""

    def __init__(self, data):
        self.data = data

    def makefile(self, mode):
        return BytesIO(self.data)
