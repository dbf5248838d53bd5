"""What the tests reach, in one line."""

import unittest

from dev.cache import ROOT
from dev.coverage import summarize


def found(lines: int, reached: int) -> dict[str, dict[str, int]]:
    """Return what coverage.py says of a file."""
    return {"summary": {"num_statements": lines, "covered_lines": reached}}


class TestSummary(unittest.TestCase):
    def test_each_folder_has_its_share(self):
        files = {
            str(ROOT / "engine/links/store.py"): found(90, 90),
            str(ROOT / "engine/errors.py"): found(10, 5),
            "models/job/sync_job.py": found(4, 3),
        }
        self.assertEqual(summarize(files), "engine 95 %, models 75 %")


if __name__ == "__main__":
    unittest.main()
