"""`dev i18n`: write the template that translations are made from."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from . import databases, templates
from .cache import ROOT
from .environment import Environment, environment
from .odoo_cli import command, write_config
from .processes import run
from .ui import Step, say

HELP = "write i18n/sync.pot, the template of the translations"
DESCRIPTION = """
Write i18n/sync.pot again with Odoo's own export: all texts of views, fields, Python and
JavaScript that people see. A test fails while the file is out of date.
"""
POT = ROOT / "i18n/sync.pot"
_DATABASE = "sync_i18n"
_TIMEOUT = 300
_DATES = re.compile(r'^"(POT-Creation|PO-Revision)-Date: .*\n', re.MULTILINE)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare no option: there is nothing to choose."""


def main(options: argparse.Namespace) -> int:
    """Write the file, unless nothing but its date would change."""
    with environment() as env, env.cache.scratch("i18n") as folder:
        exported = _export(env, folder / "sync.pot")
    name = POT.relative_to(ROOT)
    if _undated(exported) == _undated(POT.read_text(encoding="utf-8")):
        say(f"Up to date: {name}")
    else:
        POT.write_text(exported, encoding="utf-8")
        say(f"Written: {name}")
    return 0


def _export(env: Environment, target: Path) -> str:
    templates.make(env, templates.STUDIO, _DATABASE)
    try:
        config = write_config(env, _DATABASE, "i18n")
        options = ("-c", str(config), "-d", _DATABASE, "-l", "pot", "-o", str(target))
        with Step("Export of the texts"):
            run(
                command(env, "i18n", "export", *options, "sync"),
                what="export the texts",
                timeout=_TIMEOUT,
                env=env.env(),
            )
        return target.read_text(encoding="utf-8")
    finally:
        databases.drop(env, _DATABASE)


def _undated(text: str) -> str:
    return _DATES.sub("", text)
