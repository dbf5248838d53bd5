"""`dev test`: dev's own tests, Odoo's in a fresh database, then end to end."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator

from . import pythons
from .cache import open_cache
from .environment import Environment, environment
from .odoo_log import Outcome
from .odoo_phase import run_odoo_tests
from .tags import Tags
from .ui import say
from .unit_phase import FOLDERS, run_phase
from .venv import VERSIONS

HELP = "run all tests in fresh databases; the last line is `N passed, N failed`"
DESCRIPTION = """
Run dev's own unit tests, then all tests of the addon in a fresh database (tours in
Chromium included), then the end-to-end tests against real server processes. Prints
failures only; the path of the whole log is shown. The exit status is 0 if tests ran
and none failed.
"""
_TAGS = """
which tests: Odoo's grammar, [-][tag][/module][:class][.method], comma separated.
End-to-end tests have the tag `e2e`, dev's own the tag `dev`. For example
`--tags=/sync:TestLinks`, `--tags=e2e`, `--tags=-e2e,-dev`
"""
# What is installed for Odoo's own tests, and their tags.
ODOO_TESTS = {
    "base_automation": (
        "sync,test_base_automation",
        "/base_automation,/test_base_automation",
    )
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `dev test`."""
    parser.add_argument("--tags", help=_TAGS)
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="don't start Chromium: tours are reported as skipped",
    )
    parser.add_argument(
        "--python",
        action="append",
        choices=sorted(VERSIONS),
        help="instead: all but the end-to-end tests under that Python; may be given"
        " several times, and one that isn't on this machine is reported as skipped",
    )
    parser.add_argument(
        "--odoo",
        choices=sorted(ODOO_TESTS),
        help="instead: Odoo's own tests of that module, beside the addon",
    )


def main(options: argparse.Namespace) -> int:
    """Run the tests and return the exit status."""
    outcome = Outcome()
    if options.odoo:
        phases = _odoo_phase(options.odoo, options.no_browser)
    elif options.python:
        tags = Tags(options.tags)
        phases = pythons.phases(options.python, tags, options.no_browser)
    else:
        phases = _phases(Tags(options.tags), options.no_browser)
    for part in phases:
        outcome += part
    return report(outcome, may_skip_all=bool(options.python))


def _odoo_phase(module: str, no_browser: bool) -> Iterator[Outcome]:
    with environment() as env:
        yield run_odoo_tests(env, *ODOO_TESTS[module], no_browser)


def _phases(tags: Tags, no_browser: bool) -> Iterator[Outcome]:
    yield run_phase(open_cache(), "dev", tags, title="Tests of dev itself")
    with environment() as env:
        odoo_tags = tags.for_odoo(tuple(FOLDERS))
        if odoo_tags:
            yield run_odoo_tests(env, "sync", odoo_tags, no_browser)
        if FOLDERS["e2e"].is_dir():
            yield _end_to_end(env, tags)


def _end_to_end(env: Environment, tags: Tags) -> Outcome:
    title = "End-to-end tests"
    return run_phase(env.cache, "e2e", tags, title=title, python=env.python)


def report(outcome: Outcome, may_skip_all: bool = False) -> int:
    """Print the outcome, its line of counts last, and return the exit status."""
    for name in outcome.broken:
        say(f"  FAILED  {name}")
    for problem in outcome.problems:
        say(f"  FAILED  {problem}")
    for reason, count in Counter(outcome.skipped.values()).items():
        say(f"  skipped {count}: {reason}")
    for remark in outcome.remarks:
        say(f"  {remark}")
    ran = outcome.passed + outcome.failed
    if not ran and not may_skip_all:
        say("No test ran: is the tag right?")
    skipped = f", {len(outcome.skipped)} skipped" if outcome.skipped else ""
    say(f"{outcome.passed} passed, {outcome.failed} failed{skipped}")
    return 0 if (ran or may_skip_all) and not outcome.failed else 1
