"""The tag filter for tests outside Odoo."""

import unittest

from dev.errors import DevError
from dev.tags import Tags

PHASES = ("dev", "e2e")


def chosen(text: str | None, phase: str = "e2e") -> bool:
    """Tell whether a certain test is chosen."""
    return Tags(text).choose(phase, "test_smoke.py", "TestSmoke", "test_up")


class TestTags(unittest.TestCase):
    def test_chosen(self):
        for text in (
            None,
            "/sync",
            "e2e",
            "*",
            ":TestSmoke",
            ":TestSmoke.test_up",
            ".test_up",
            "/sync/tests/e2e/test_smoke.py",
            "other,e2e",
            "-dev",
        ):
            with self.subTest(tags=text):
                self.assertTrue(chosen(text))

    def test_not_chosen(self):
        for text in (
            "dev",
            "slow",
            "/mail",
            ":TestOther",
            ".test_down",
            "/sync/tests/jobs/test_jobs.py",
            "-e2e",
            "/sync,-e2e",
            "-:TestSmoke",
        ):
            with self.subTest(tags=text):
                self.assertFalse(chosen(text))

    def test_odoo_gets_the_addon_unless_something_is_included(self):
        self.assertEqual(Tags(None).for_odoo(PHASES), "/sync")
        self.assertEqual(Tags("-slow").for_odoo(PHASES), "/sync,-slow")
        self.assertEqual(Tags("/sync:TestA").for_odoo(PHASES), "/sync:TestA")

    def test_odoo_is_left_out_when_only_other_phases_are_meant(self):
        self.assertIsNone(Tags("e2e").for_odoo(PHASES))
        self.assertIsNone(Tags("dev,e2e:TestSmoke").for_odoo(PHASES))
        self.assertEqual(Tags("e2e,/sync").for_odoo(PHASES), "e2e,/sync")

    def test_what_is_no_tag_is_refused(self):
        with self.assertRaisesRegex(DevError, "no test tag"):
            Tags("a b")
