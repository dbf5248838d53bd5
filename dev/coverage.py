"""What the tests in Odoo reach of the addon, in percent of its lines.

Python 3.12 and later tell of lines at next to no cost. Earlier ones would call back at
each line: there, nothing is measured.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from .cache import ROOT
from .environment import Environment
from .errors import CommandFailed
from .processes import Command, run
from .venv import build_venv

_LOCK = ROOT / "dev/coverage.lock"
_FOLDERS = ("engine", "models", "controllers", "wizard")
_VERSION = re.compile(r"python3\.(\d+)$")
_TIMEOUT = 120


class Coverage:
    """Measure one run of Odoo, if its Python does so without slowing it down."""

    def __init__(self, env: Environment, folder: Path) -> None:
        self._env = env
        self._data = folder / "coverage"
        self._packages = _packages(env)

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return a command line of Odoo with the measuring around it."""
        if not self._packages:
            return list(arguments)
        python, *rest = arguments
        sources = ",".join(str(ROOT / name) for name in _FOLDERS)
        options = ("--data-file", str(self._data), "--source", sources)
        return [python, "-m", "coverage", "run", *options, *rest]

    def variables(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the environment variables of that command line."""
        if not self._packages:
            return dict(variables)
        path = f"{variables['PYTHONPATH']}{os.pathsep}{self._packages}"
        return {**variables, "PYTHONPATH": path, "COVERAGE_CORE": "sysmon"}

    def summary(self) -> str:
        """Say in one line what was reached, or why that isn't known."""
        if not self._packages:
            return "not measured: Python 3.12 and later do so without slowing tests"
        report = self._data.with_suffix(".json")
        options: Command = ("--data-file", self._data, "-q", "-o", report)
        python: Command = (self._env.python, "-m", "coverage")
        try:
            run(
                [*python, "json", *options],
                what="read what tests reached",
                timeout=_TIMEOUT,
                env=self.variables(self._env.env()),
            )
        except CommandFailed:
            return "not known: Odoo ended before it was written"
        return summarize(json.loads(report.read_text())["files"])


def summarize(files: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    """Return the share of lines that were run, for each folder of the addon."""
    lines: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    for path, found in files.items():
        folder = (ROOT / path).relative_to(ROOT).parts[0]
        lines[folder] += found["summary"]["num_statements"]
        reached[folder] += found["summary"]["covered_lines"]
    shares = (
        f"{name} {100 * reached[name] / lines[name]:.0f} %"
        for name in _FOLDERS
        if lines[name]
    )
    return ", ".join(shares)


def _packages(env: Environment) -> Path | None:
    """Return the folder of the package, None if it would slow the tests down."""
    (library,) = env.venv.glob("lib/python3.*")
    version = _VERSION.search(library.name)
    if version is None or int(version[1]) < 12:
        return None
    venv = build_venv(env.cache, "coverage", _LOCK, "Coverage")
    (packages,) = venv.glob("lib/python3.*/site-packages")
    return packages if packages.parent.name == library.name else None
