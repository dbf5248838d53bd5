"""The test phase inside Odoo: the addon is installed in a fresh database and tested."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path

from . import databases, processes, templates
from .browser import find_browser
from .coverage import Coverage
from .environment import Environment
from .odoo_cli import command, free_port, write_config
from .odoo_log import Outcome, Record, TestLog, records
from .ui import Step, say

_TIMEOUT = 1800
# Said elsewhere, or by the summary.
_QUIET = re.compile(
    r"Running as user 'root'|Chrome executable not found|Module sync: \d+ failures"
    r"|At least one test failed|\d+ failed, \d+ error"
)
_BROWSER_TROUBLE = ("chrome", "devtools", "websocket-client")


def run_odoo_tests(
    env: Environment, modules: str, tags: str, no_browser: bool
) -> Outcome:
    """Install the addon in a fresh database and run tests there."""
    browser, reason = (None, "--no-browser")
    if not no_browser:
        browser, reason = find_browser(env.cache)
    database = f"sync_test_{os.getpid()}"
    databases.drop(env, database)
    templates.make(env, templates.BASE, database)
    try:
        outcome = _run(env, database, modules, tags, browser is not None)
    finally:
        databases.drop(env, database)
    return judge_skipped(outcome, browser, reason)


def _run(
    env: Environment, database: str, modules: str, tags: str, with_browser: bool
) -> Outcome:
    log_path = env.cache.logs / f"{database}.log"
    config = write_config(env, database, "test", http_port=free_port())
    arguments = command(
        env,
        *("server", "-c", str(config), "-i", modules, "--with-demo"),
        *("--test-tags", tags, "--stop-after-init", "--max-cron-threads=0"),
    )
    variables = _variables(env, with_browser)
    say(f"  log   {log_path}")
    with env.cache.scratch("coverage") as folder:
        coverage = Coverage(env, folder)
        arguments = coverage.command(arguments)
        variables = coverage.variables(variables)
        with Step("Tests in Odoo, with the addon's installation") as step:
            outcome = _follow(arguments, log_path, step, variables, env)
        outcome.remarks.append(f"coverage  {coverage.summary()}")
    return outcome


def _variables(env: Environment, with_browser: bool) -> dict[str, str]:
    """Return the environment; without a browser, a PATH that can't lead to one."""
    variables = env.env()
    if not with_browser:
        variables["PATH"] = str(env.venv / "bin")
    return variables


def _follow(
    arguments: list[str],
    log_path: Path,
    step: Step,
    variables: dict[str, str],
    env: Environment,
) -> Outcome:
    """Run Odoo, show what matters of its log while it grows, and count tests."""
    test_log = TestLog()
    late = threading.Event()
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=variables,
        cwd=env.cache.folder,
        start_new_session=True,
        preexec_fn=processes.die_with_parent,
    )

    def stop() -> None:
        late.set()
        processes.stop(process)

    timer = threading.Timer(_TIMEOUT, stop)
    timer.start()
    try:
        assert process.stdout
        with log_path.open("w") as sink:
            for record in records(processes.tee(process.stdout, sink)):
                test_log.add(record)
                _show(record, test_log, step)
        status = process.wait()
    finally:
        timer.cancel()
        processes.stop(process)
    return test_log.close(None if late.is_set() else status)


def _show(record: Record, test_log: TestLog, step: Step) -> None:
    started = test_log.outcome.started
    if started:
        step.update(f"{len(started)} tests, {started[-1].rpartition(':')[2]}")
    grave = record.level in ("WARNING", "ERROR", "CRITICAL")
    if grave and not _QUIET.match(record.text):
        step.say(f"{record.level} {record.logger}: {record.text}")


def judge_skipped(outcome: Outcome, browser: str | None, reason: str) -> Outcome:
    """Say why tours were skipped; a browser that is there but fails is a failure."""
    for name, text in list(outcome.skipped.items()):
        if not any(word in text.lower() for word in _BROWSER_TROUBLE):
            continue
        if browser:
            outcome.broken[name] = (
                f"{browser} doesn't start: {outcome.skipped.pop(name)}"
            )
        else:
            outcome.skipped[name] = f"needs a browser: {reason}"
    return outcome
