"""`dev lint`: ruff, mypy and pylint-odoo, in locked versions."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from pathlib import Path

from .cache import ROOT, Cache, open_cache
from .processes import Command
from .ui import say
from .venv import build_venv

HELP = "check the code with ruff, mypy and pylint-odoo"
DESCRIPTION = """
Run ruff (rules and formatting) and pylint-odoo over this checkout, and mypy over its
typed parts, engine/ and dev/, in the versions that dev/lint.lock names. The exit status
is 0 if none of them has anything to say.
"""
_LOCK = ROOT / "dev/lint.lock"
_TIMEOUT = 900
# The author is this project, not a community; a long model may be several files.
_ALLOWED = "manifest-required-author,consider-merging-classes-inherited"
_NOT_ADDON = (".*", "dev", "e2e", "simulators", "__pycache__")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `dev lint`."""
    parser.add_argument(
        "--fix", action="store_true", help="let ruff mend and format what it can"
    )


def main(options: argparse.Namespace) -> int:
    """Run the linters and return the exit status."""
    cache = open_cache()
    python = lint_venv(cache) / "bin/python"
    ruff: Command = [python, "-m", "ruff"]
    mypy: Command = [python, "-m", "mypy", "--no-error-summary"]
    fix = ["--fix"] if options.fix else []
    check = [] if options.fix else ["--check"]
    results = [
        _call("ruff check", [*ruff, "check", "--no-cache", "--quiet", *fix, "."]),
        _call("ruff format", [*ruff, "format", "--no-cache", "--quiet", *check, "."]),
        _call("mypy", [*mypy, "--cache-dir", cache.folder / "mypy"]),
        _pylint(cache, python),
    ]
    return 0 if all(results) else 1


def _pylint(cache: Cache, python: Path) -> bool:
    """Call pylint-odoo, which takes the addon's name from the name of its folder."""
    skip = shutil.ignore_patterns(*_NOT_ADDON)
    with cache.scratch("lint") as folder:
        shutil.copytree(ROOT, folder / "sync", ignore=skip)
        flags = [f"--rcfile={ROOT / '.pylintrc'}", f"--disable={_ALLOWED}"]
        return _call("pylint-odoo", [python, "-m", "pylint", *flags, "sync"], folder)


def lint_venv(cache: Cache) -> Path:
    """Return the virtual environment of the linters and the wheel's build backend."""
    with cache.lock("provision", "another dev command is setting up"):
        return build_venv(cache, "lint", _LOCK, "Linters")


def _call(title: str, command: Command, folder: Path = ROOT) -> bool:
    result = subprocess.run(command, cwd=folder, timeout=_TIMEOUT)
    say(f"  {'failed' if result.returncode else 'ok'}  {title}")
    return result.returncode == 0
