"""The test phases outside Odoo: dev's own logic, and end-to-end tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .cache import ROOT, Cache
from .errors import CommandFailed
from .odoo_log import Outcome
from .processes import run
from .tags import Tags
from .ui import Step

FOLDERS = {"dev": ROOT / "dev/tests", "e2e": ROOT / "tests/e2e"}
_TIMEOUT = 1500


def run_phase(
    cache: Cache,
    phase: str,
    tags: Tags,
    *,
    title: str,
    python: Path | str = sys.executable,
) -> Outcome:
    """Run the tests of one folder in a process of their own, and count them."""
    with cache.scratch(f"{phase}-tests") as work, Step(title) as step:
        results = work / "results"
        problem = _run(cache, phase, tags, step, results, python)
        outcome = read(results.read_text() if results.exists() else "")
        if problem and not outcome.problems:
            outcome.problems.append(problem)
        step.update(f"{len(outcome.started)} tests")
        return outcome


def _run(
    cache: Cache,
    phase: str,
    tags: Tags,
    step: Step,
    results: Path,
    python: Path | str,
) -> str | None:
    """Run the tests; return what went wrong beside failing tests."""

    def show(line: str) -> None:
        if line.startswith("ran "):
            step.update(line)
        else:
            step.say(line)

    options = [str(FOLDERS[phase]), phase, str(results), *filter(None, [tags.text])]
    try:
        run(
            [python, "-B", "-m", "dev.unit_runner", *options],
            what=f"run the tests of {FOLDERS[phase].relative_to(ROOT)}",
            timeout=_TIMEOUT,
            on_line=show,
            log=cache.logs / f"{phase}-tests.log",
            cwd=ROOT,
        )
    except CommandFailed as error:
        return str(error)
    return None


def read(text: str) -> Outcome:
    """Count the events that the runner wrote."""
    outcome = Outcome()
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        if row["event"] == "started":
            outcome.started.append(row["test"])
        elif row["event"] == "broken":
            outcome.broken[row["test"]] = row["text"]
        elif row["event"] == "skipped":
            outcome.skipped[row["test"]] = row["text"]
    if not rows or rows[-1]["event"] != "over":
        outcome.problems.append("the test process ended before its tests were over")
    return outcome
