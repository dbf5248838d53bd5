"""What dev says when something on the machine is wrong; it needs dev's own set-up."""

import os
import subprocess
import sys
import unittest

from dev.cache import ROOT
from dev.odoo_cli import free_port


def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Call dev in a process of its own."""
    return subprocess.run(
        [sys.executable, ROOT / "dev", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
    )


class TestDevCommands(unittest.TestCase):
    def assertSentence(self, answer, text):
        self.assertEqual(answer.returncode, 1)
        self.assertIn(text, answer.stderr)
        self.assertNotIn("Traceback", answer.stderr)

    def test_database_server_that_is_not_there(self):
        address = {"PGHOST": "127.0.0.1", "PGPORT": str(free_port())}
        answer = call("shell", **address)
        self.assertSentence(answer, "PostgreSQL at PGHOST=127.0.0.1 can't be used")

    def test_folder_that_is_no_odoo(self):
        answer = call("shell", ODOO_PATH=str(ROOT))
        self.assertSentence(answer, "which is no Odoo 19.0")

    def test_shell_on_a_database_that_is_not_there(self):
        self.assertSentence(call("shell", "-d", "nowhere"), "no database nowhere")


if __name__ == "__main__":
    unittest.main()
