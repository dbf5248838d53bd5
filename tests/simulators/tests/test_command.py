"""The command that runs the simulators until it is told to stop."""

import os
import re
import signal
import socket
import subprocess
import sys
import unittest
from pathlib import Path

import requests

FOLDER = Path(__file__).resolve().parent.parent.parent
TIMEOUT = 20


class TestCommand(unittest.TestCase):
    def run_command(self, *arguments: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "simulators", *arguments],
            cwd=FOLDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.addCleanup(self.end, process)
        return process

    def end(self, process: subprocess.Popen) -> None:
        process.kill()
        process.communicate(timeout=TIMEOUT)

    def free_ports(self) -> list[str]:
        names = ("telegram", "github", "trello")
        return [argument for name in names for argument in (f"--port-{name}", "0")]

    def test_serves_until_the_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.run_command(*self.free_ports())
            lines = iter(process.stdout.readline, "ready\n")
            pages = re.findall(r"http://\S+/_sim/", "".join(lines))
            self.assertEqual(len(pages), 3)
            for page in pages:
                self.assertEqual(requests.get(page, timeout=TIMEOUT).status_code, 200)
            process.send_signal(number)
            self.assertEqual(process.wait(TIMEOUT), 0)

    def test_taken_port_is_explained(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            process = self.run_command(*self.free_ports(), "--port-github", port)
            self.assertEqual(process.wait(TIMEOUT), 1)
        message = process.stderr.read()
        self.assertIn("The simulator of GitHub can't listen", message)
        self.assertNotIn("Traceback", message)
