"""Programs that end as they like, and what is said of them."""

import sys
import unittest

from dev.errors import CommandFailed
from dev.processes import run

_ENDS = "import sys; sys.stdin.close(); print('fatal: no such server'); sys.exit(2)"


class TestRun(unittest.TestCase):
    def test_program_that_ends_before_its_input(self):
        for length in (1, 1_000_000):
            with (
                self.subTest(length=length),
                self.assertRaisesRegex(CommandFailed, "no such server"),
            ):
                run(
                    [sys.executable, "-c", _ENDS],
                    what="ask the server",
                    timeout=20,
                    stdin="x" * length,
                )

    def test_input_reaches_the_program(self):
        program = "import sys; print(len(sys.stdin.read()))"
        command = [sys.executable, "-c", program]
        output = run(command, what="count", timeout=20, stdin="x" * 1_000_000)
        self.assertEqual(output.strip(), "1000000")
