"""What Odoo's log tells about a test run: records, and the fate of each test.

Odoo logs `Starting Class.method ...` for each test, `FAIL: ...` or `ERROR: ...` with
the traceback for a test or subtest that fails, `skipped Class.method : reason`, and in
the end `1 failed, 0 error(s) of 7 tests when loading database 'name'`. Counting names
rather than trusting the closing line gives each test one fate, whatever its number of
failing subtests, and shows a server that died before its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): "
    r"(?P<text>.*)$"
)
_STARTING = re.compile(r"^Starting (\S+) \.\.\.")
_BROKEN = re.compile(
    r"^(?:FAIL|ERROR): (?:Subtest )?((?:setUp|tearDown)(?:Class|Module) \(\S+\)|\S+)"
)
_SKIPPED = re.compile(r"^skipped (.+?) : (.*)", re.S)
_CLOSING = re.compile(r"^(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass
class Record:
    """Hold one entry of the log with all its lines."""

    level: str
    logger: str
    text: str

    def stripped(self) -> Record:
        """Return the entry without the space that Odoo leaves at its end."""
        return Record(self.level, self.logger, self.text.rstrip())

    @property
    def broken_test(self) -> str | None:
        """Return the test that this entry reports as failed."""
        found = _BROKEN.match(self.text) if self.level == "ERROR" else None
        return f"{self.logger}:{found[1]}" if found else None


@dataclass
class Outcome:
    """Count tests by their fate; `problems` says what else makes a run a failure.

    `remarks` are lines that the report shows as they are.
    """

    started: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Return the number of failures, each problem counting as one."""
        return len(self.broken) + len(self.problems)

    @property
    def passed(self) -> int:
        """Return the number of tests that ran to their end and neither failed."""
        return len(set(self.started) - set(self.broken) - set(self.skipped))

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.started + other.started,
            self.broken | other.broken,
            self.skipped | other.skipped,
            self.problems + other.problems,
            self.remarks + other.remarks,
        )


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Group the lines of a log into its entries."""
    current = None
    for line in lines:
        line = _COLOUR.sub("", line.rstrip("\n"))
        found = _RECORD.match(line)
        if found:
            if current:
                yield current.stripped()
            current = Record(found["level"], found["logger"], found["text"])
        elif current:
            current.text += f"\n{line}"
        else:
            current = Record("ERROR", "odoo", line)
    if current:
        yield current.stripped()


class TestLog:
    """Read the entries of a test run one by one."""

    def __init__(self) -> None:
        self.outcome = Outcome()
        self._closing: tuple[int, int] | None = None

    def add(self, record: Record) -> None:
        """Note what an entry says about a test."""
        outcome = self.outcome
        if found := _STARTING.match(record.text):
            outcome.started.append(f"{record.logger}:{found[1]}")
        elif name := record.broken_test:
            outcome.broken[name] = record.text
        elif found := _SKIPPED.match(record.text):
            outcome.skipped[f"{record.logger}:{found[1]}"] = found[2].strip()
        elif found := _CLOSING.match(record.text):
            self._closing = int(found[1]) + int(found[2]), int(found[3])

    def close(self, status: int | None) -> Outcome:
        """Return the outcome, given the server's exit status (None: cut off)."""
        problem = self._problem(status)
        if problem:
            self.outcome.problems.append(problem)
        return self.outcome

    def _problem(self, status: int | None) -> str | None:
        outcome = self.outcome
        if status is None:
            return f"the tests took too long; the last one was {self._last()}"
        if self._closing is None:
            return f"Odoo ended with status {status} before its tests were over"
        broken, total = self._closing
        if total != len(outcome.started) or bool(broken) != bool(outcome.broken):
            return f"Odoo counts {broken} of {total} tests as failed, its log differs"
        if status and not outcome.broken:
            return f"Odoo ended with status {status}, and no test failed"
        return None

    def _last(self) -> str:
        return self.outcome.started[-1] if self.outcome.started else "none yet"
