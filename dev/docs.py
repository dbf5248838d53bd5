"""`dev docs`: write the generated page of the documentation."""

from __future__ import annotations

import argparse

from .cache import ROOT
from .ui import say

HELP = "write doc/reference.rst, which is made from engine/sandbox/catalogue.py"
DESCRIPTION = """
Write doc/reference.rst again: the names that project code can use, from the same list
as the task form's. A test fails while the page is out of date.
"""
PAGE = ROOT / "doc/reference.rst"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no option: there is nothing to choose."""


def main(options: argparse.Namespace) -> int:
    """Write the page."""
    from engine.sandbox.catalogue import as_rst

    PAGE.write_text(as_rst(), encoding="utf-8")
    say(f"Written: {PAGE.relative_to(ROOT)}")
    return 0
