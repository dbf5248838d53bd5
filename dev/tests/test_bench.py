"""What the benchmark makes of its figures, and its own load generator."""

import json
import subprocess
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dev.bench.load import BODY, OWN, Load
from dev.bench.result import MILLISECONDS, PER_SECOND, Result, at_least, at_most, under
from dev.bench.table import as_rst, as_text
from dev.errors import DevError


class TestResult(unittest.TestCase):
    def test_median_of_the_ratios_decides(self):
        rounds = [(10.0, 10.0), (8.0, 10.0), (30.0, 10.0)]
        result = Result("row", "work", PER_SECOND, rounds, at_least(0.9))
        self.assertEqual(result.ratio, 1.0)
        self.assertTrue(result.met)
        self.assertFalse(Result("row", "work", PER_SECOND, rounds, at_most(0.9)).met)

    def test_limit_counts_our_time_whatever_the_peer_takes(self):
        limit = under(0.3, "< 300 ms")
        self.assertTrue(Result("r", "w", MILLISECONDS, [(0.2, 0.1)], limit).met)
        self.assertFalse(Result("r", "w", MILLISECONDS, [(0.4, 9.0)], limit).met)

    def test_json_keeps_all_rounds(self):
        result = Result("row", "work", PER_SECOND, [(1.0, 2.0)], at_least(0.9))
        found = json.loads(json.dumps(result.as_dict()))
        self.assertEqual(found["rounds"], [[1.0, 2.0]])
        self.assertEqual(found["ratio"], {"median": 0.5, "min": 0.5, "max": 0.5})
        self.assertIs(found["met"], False)


class TestTable(unittest.TestCase):
    results = [
        Result("a", "first work", PER_SECOND, [(1234.5, 617.25)], at_least(0.9)),
        Result("b", "second", MILLISECONDS, [(0.0123, 0.01)]),
    ]

    def test_figures_have_three_digits(self):
        head, first, second = as_text(self.results).splitlines()
        self.assertEqual(head.split()[-1], "met")
        self.assertRegex(
            first, r"^first work  1234 /s  617 /s   2\.00 \(2\.00 - 2\.00\)"
        )
        self.assertTrue(first.endswith("yes"))
        self.assertIn("12.3 ms", second)
        self.assertTrue(second.endswith("-"))

    def test_columns_of_the_page_are_aligned(self):
        lines = as_rst(self.results).splitlines()
        rule = lines[0]
        self.assertEqual([line for line in lines if line == rule], [rule] * 3)
        gaps = [place for place, mark in enumerate(rule) if mark == " "]
        for line in lines[3:-1]:
            self.assertEqual({line[place : place + 1] for place in gaps} - {""}, {" "})


class _Answer(BaseHTTPRequestHandler):
    bodies: list[str] = []
    status = 200

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.bodies.append(self.rfile.read(length).decode())
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        """Keep the test's output clean."""


class TestOwnLoad(unittest.TestCase):
    def setUp(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
        self.addCleanup(self.server.server_close)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        _Answer.bodies = []

    def send(self, *options):
        command = [sys.executable, OWN, *options, "-m", "POST", "-t", "5", self.url]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True
        ).stdout

    def test_number_of_requests(self):
        output = self.send("-n", "7", "-c", "2", "-d", BODY)
        self.assertEqual(_Answer.bodies, [BODY] * 7)
        self.assertIn("[200] 7 responses", output)

    def test_refusals_are_an_error(self):
        load = Load.__new__(Load)
        load._program = [sys.executable, str(OWN)]
        self.assertGreater(load.rate(self.url, 0.2), 0)
        _Answer.status = 500
        self.addCleanup(setattr, _Answer, "status", 200)
        with self.assertRaisesRegex(DevError, "always answered"):
            load.rate(self.url, 0.2)
