"""The proxy in front of a multi-worker Odoo."""

import asyncio
import contextlib
import gc
import http.server
import socket
import threading
import unittest
import urllib.error
import urllib.request
from unittest import mock

from dev.odoo_cli import free_port
from dev.proxy import serve


class Echo(http.server.BaseHTTPRequestHandler):
    """Answer with the server's own name and the request's body."""

    label = b""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.label + body)

    def log_message(self, *_arguments):
        """Keep the terminal quiet."""


class TestProxy(unittest.TestCase):
    def server(self, label: bytes) -> int:
        echo = type("Labelled", (Echo,), {"label": label})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), echo)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_port

    def post(self, port: int, path: str, body: bytes) -> bytes:
        url = f"http://127.0.0.1:{port}{path}"
        with urllib.request.urlopen(url, body, timeout=10) as response:
            return response.read()

    def test_web_sockets_go_to_their_own_process(self):
        port = free_port()
        with serve(port, self.server(b"http "), self.server(b"socket ")):
            self.assertEqual(self.post(port, "/odoo", b"x"), b"http x")
            self.assertEqual(self.post(port, "/websocket?v=1", b"x"), b"socket x")

    def test_large_bodies_pass_unchanged(self):
        port, body = free_port(), bytes(range(256)) * 8192
        with serve(port, self.server(b""), self.server(b"socket ")):
            self.assertEqual(self.post(port, "/upload", body), body)

    def test_stopping_is_quiet_whatever_connections_do(self):
        """Browsers keep connections open, and open some without saying anything."""
        silent = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.addCleanup(silent.close)
        port, upstream = free_port(), silent.getsockname()[1]
        report = mock.patch.object(asyncio.BaseEventLoop, "call_exception_handler")
        with report as handler, contextlib.ExitStack() as stack:
            with serve(port, upstream, upstream):
                for number in range(60):
                    client = socket.create_connection(("127.0.0.1", port), timeout=10)
                    stack.enter_context(client)
                    client.sendall(b"GET / HTTP/1.1\r\n" * (number % 3))
            gc.collect()
            said = [call.args for call in handler.call_args_list]
        self.assertEqual(said, [])

    def test_clients_that_do_not_wait_for_an_answer_leave_quietly(self):
        silent = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.addCleanup(silent.close)
        port, upstream = free_port(), silent.getsockname()[1]
        report = mock.patch.object(asyncio.BaseEventLoop, "call_exception_handler")
        with report as handler, serve(port, upstream, upstream):
            for _ in range(20):
                address = ("127.0.0.1", port)
                with socket.create_connection(address, timeout=10) as client:
                    client.sendall(b"GET / HTTP/1.1\r\n")
                    # The proxy has passed it on, and waits for the answer.
                    connection, _address = silent.accept()
                    self.addCleanup(connection.close)
                    connection.recv(1)
            # The end of the client has come through.
            while connection.recv(100):
                pass
            gc.collect()
            said = [call.args for call in handler.call_args_list]
        self.assertEqual(said, [])

    def test_server_that_is_down_ends_the_connection(self):
        port = free_port()
        with serve(port, free_port(), free_port()), self.assertRaises(OSError):
            self.post(port, "/odoo", b"x")
