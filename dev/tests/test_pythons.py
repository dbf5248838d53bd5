"""The tests under several Pythons, each of which a machine may lack."""

import contextlib
import io
import unittest
from unittest.mock import patch

from dev import pythons, test
from dev.odoo_log import Outcome
from dev.tags import Tags
from dev.venv import Interpreter

_PYTHON = Interpreter("3.10", True, "/usr/bin/python3.10")


class TestPythons(unittest.TestCase):
    def outcome(self, *versions):
        """Return what comes of these, of which the machine has 3.10 alone."""

        def find(version):
            return _PYTHON if version == _PYTHON.version else None

        def run(cache, phase, tags, *, title, python):
            self.assertEqual(python, _PYTHON.path)
            return Outcome(started=["a", "b"], broken={"b": "no stock"})

        total = Outcome()
        with (
            patch.object(pythons, "find_version", find),
            patch.object(pythons, "run_phase", run),
        ):
            for outcome in pythons.phases(versions, Tags("dev"), True):
                total += outcome
        return total

    def test_one_that_is_missing_is_skipped_with_a_reason(self):
        outcome = self.outcome("3.10", "3.13")
        self.assertEqual((outcome.passed, outcome.failed), (1, 1))
        self.assertEqual(list(outcome.broken), ["b (Python 3.10)"])
        [reason] = outcome.skipped.values()
        self.assertIn("no Python 3.13", reason)

    def test_none_of_them_is_no_failure(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            self.assertEqual(test.report(self.outcome("3.13"), may_skip_all=True), 0)
            self.assertEqual(test.report(Outcome()), 1)
        self.assertIn("0 passed, 0 failed, 1 skipped", said.getvalue())

    def test_each_test_counts_once_a_python(self):
        outcome = Outcome(started=["a"])
        both = pythons.named(outcome, "3.10") + pythons.named(outcome, "3.13")
        self.assertEqual(both.passed, 2)


if __name__ == "__main__":
    unittest.main()
