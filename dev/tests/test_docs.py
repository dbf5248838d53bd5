"""The page that `dev docs` writes."""

import argparse
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from dev import docs


class TestDocs(unittest.TestCase):
    def test_page_is_written_from_the_catalogue(self):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "reference.rst"
            with patch.multiple(docs, PAGE=page, ROOT=Path(folder)):
                self.assertEqual(docs.main(argparse.Namespace()), 0)
            self.assertIn("``set_link(relation", page.read_text())
