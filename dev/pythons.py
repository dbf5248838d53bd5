"""`dev test --python VERSION`: the tests under other Pythons than this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .cache import open_cache
from .environment import environment
from .odoo_log import Outcome
from .odoo_phase import run_odoo_tests
from .tags import Tags
from .unit_phase import FOLDERS, run_phase
from .venv import Interpreter, find_version


def phases(versions: Iterable[str], tags: Tags, no_browser: bool) -> Iterator[Outcome]:
    """Run dev's own tests and those in Odoo under each of the Pythons.

    A version that this machine doesn't have is reported as a skipped test.
    """
    for version in dict.fromkeys(versions):
        python = find_version(version)
        if python is None:
            reason = f"there is no Python {version} with `venv` on this machine"
            yield Outcome(skipped={version: reason})
            continue
        for outcome in _under(python, tags, no_browser):
            yield named(outcome, version)


def _under(python: Interpreter, tags: Tags, no_browser: bool) -> Iterator[Outcome]:
    title = f"Tests of dev itself (Python {python.version})"
    yield run_phase(open_cache(), "dev", tags, title=title, python=python.path)
    if odoo_tags := tags.for_odoo(tuple(FOLDERS)):
        with environment(python) as env:
            yield run_odoo_tests(env, "sync", odoo_tags, no_browser)


def named(outcome: Outcome, version: str) -> Outcome:
    """Return an outcome whose tests differ in name from those on another Python."""

    def name(test: str) -> str:
        return f"{test} (Python {version})"

    return Outcome(
        [name(test) for test in outcome.started],
        {name(test): text for test, text in outcome.broken.items()},
        {name(test): text for test, text in outcome.skipped.items()},
        outcome.problems,
    )
