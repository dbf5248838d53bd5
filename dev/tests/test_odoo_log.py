"""How tests are counted from Odoo's log."""

import unittest

from dev.odoo_log import Outcome, TestLog, records

HEAD = "2026-01-02 03:04:05,678 99 {} db odoo.addons.sync.tests.test_a: "
INFO, ERROR = HEAD.format("INFO"), HEAD.format("ERROR")
CLOSING = "2026-01-02 03:04:06,000 99 INFO db odoo.tests.result: {} when loading 'db'"


def read(*lines: str, status: int | None = 0, closing: str | None = None) -> Outcome:
    """Return the outcome of a log with these lines."""
    if closing:
        lines += (CLOSING.format(closing),)
    log = TestLog()
    for record in records(f"{line}\n" for line in lines):
        log.add(record)
    return log.close(status)


class TestCounting(unittest.TestCase):
    def test_each_started_test_that_is_not_mentioned_again_passed(self):
        outcome = read(
            f"{INFO}Starting TestA.test_x ... ",
            f"{INFO}Starting TestA.test_y ... ",
            closing="0 failed, 0 error(s) of 2 tests",
        )
        self.assertEqual((outcome.passed, outcome.failed), (2, 0))

    def test_failing_subtests_count_as_one_failed_test(self):
        outcome = read(
            f"{INFO}Starting TestA.test_x ... ",
            f"{ERROR}FAIL: Subtest TestA.test_x (i=1)",
            "Traceback (most recent call last):",
            f"{ERROR}FAIL: Subtest TestA.test_x (i=2)",
            status=1,
            closing="2 failed, 0 error(s) of 1 tests",
        )
        self.assertEqual((outcome.passed, outcome.failed), (0, 1))

    def test_failing_class_setup_is_a_failure_though_no_test_started(self):
        outcome = read(
            f"{ERROR}ERROR: setUpClass (odoo.addons.sync.tests.test_a.TestA)",
            status=1,
            closing="0 failed, 1 error(s) of 0 tests",
        )
        self.assertEqual((outcome.passed, outcome.failed), (0, 1))

    def test_skipped_test_is_neither_passed_nor_failed(self):
        outcome = read(
            f"{INFO}Starting TestA.test_x ... ",
            f"{INFO}skipped TestA.test_x : Chrome executable not found",
            closing="0 failed, 0 error(s) of 1 tests",
        )
        self.assertEqual((outcome.passed, outcome.failed), (0, 0))
        self.assertEqual(
            list(outcome.skipped.values()), ["Chrome executable not found"]
        )

    def test_server_that_dies_before_its_closing_line_is_a_failure(self):
        outcome = read(f"{INFO}Starting TestA.test_x ... ", status=255)
        self.assertEqual(outcome.failed, 1)
        self.assertIn("status 255", outcome.problems[0])

    def test_run_that_is_cut_off_names_the_last_test(self):
        outcome = read(f"{INFO}Starting TestA.test_slow ... ", status=None)
        self.assertIn("TestA.test_slow", outcome.problems[0])

    def test_failure_that_only_the_closing_line_knows_is_a_failure(self):
        outcome = read(
            f"{INFO}Starting TestA.test_x ... ",
            status=1,
            closing="1 failed, 0 error(s) of 1 tests",
        )
        self.assertEqual(outcome.failed, 1)

    def test_bad_status_without_a_failed_test_is_a_failure(self):
        outcome = read(
            f"{INFO}Starting TestA.test_x ... ",
            status=1,
            closing="0 failed, 0 error(s) of 1 tests",
        )
        self.assertEqual(outcome.failed, 1)


class TestRecords(unittest.TestCase):
    def test_lines_of_a_traceback_belong_to_their_entry(self):
        lines = [f"{ERROR}Boom\n", "Traceback:\n", "  at home\n", f"{INFO}Next\n"]
        found = [(it.level, it.text) for it in records(lines)]
        self.assertEqual(
            found, [("ERROR", "Boom\nTraceback:\n  at home"), ("INFO", "Next")]
        )

    def test_output_before_the_log_starts_is_kept_as_an_error(self):
        found = list(records(["SyntaxError: no\n"]))
        self.assertEqual(
            [(it.level, it.text) for it in found], [("ERROR", "SyntaxError: no")]
        )
