"""Run plain unittest modules in a process of their own: `-m dev.unit_runner`.

    python -m dev.unit_runner FOLDER PHASE RESULTS [TAGS]

Each event goes to the file RESULTS as a line of JSON, failures also to the terminal.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
import unittest
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from .servers import stop_shared
from .tags import Tags

ErrorInfo = (
    tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
)


class Reporter(unittest.TestResult):
    """Write each test's fate to a stream as it becomes known."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self._stream = stream
        self._since = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._since = time.monotonic()
        self.write("started", test)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        print(f"ran {test.id()} ({time.monotonic() - self._since:.1f} s)", flush=True)

    def addError(self, test: unittest.TestCase, err: ErrorInfo) -> None:
        super().addError(test, err)
        self._broken("ERROR", test, self.errors[-1][1])

    def addFailure(self, test: unittest.TestCase, err: ErrorInfo) -> None:
        super().addFailure(test, err)
        self._broken("FAIL", test, self.failures[-1][1])

    def addSubTest(
        self, test: unittest.TestCase, subtest: unittest.TestCase, err: ErrorInfo | None
    ) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            text = "".join(traceback.format_exception(*err))
            self._broken("FAIL", test, f"{subtest}\n{text}")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.write("skipped", test, reason)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self._broken("FAIL", test, "It was expected to fail, and passed.")

    def _broken(self, kind: str, test: unittest.TestCase, text: str) -> None:
        print(f"{kind}: {test.id()}\n{text}", flush=True)
        self.write("broken", test, text)

    def write(
        self, event: str, test: unittest.TestCase | None = None, text: str = ""
    ) -> None:
        """Write one event; `over` is the last one of a complete run."""
        row = {"event": event, "test": test.id() if test else "", "text": text}
        self._stream.write(json.dumps(row) + "\n")
        self._stream.flush()


def chosen(
    suite: unittest.TestSuite, phase: str, tags: Tags
) -> Iterator[unittest.TestCase]:
    """Yield the tests that the tags choose; a module that can't load always."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, phase, tags)
        elif _is_chosen(test, phase, tags):
            yield test


def _is_chosen(test: unittest.TestCase, phase: str, tags: Tags) -> bool:
    kind = type(test)
    if kind.__module__ == "unittest.loader":
        return True
    file = kind.__module__.replace(".", "/") + ".py"
    return tags.choose(phase, file, kind.__name__, test._testMethodName)


def main(folder: str, phase: str, results: str, tags: str | None = None) -> None:
    """Run the tests of a folder."""
    found = unittest.TestLoader().discover(folder, top_level_dir=folder)
    suite = unittest.TestSuite(chosen(found, phase, Tags(tags)))
    with Path(results).open("w") as stream:
        reporter = Reporter(stream)
        try:
            suite.run(reporter)
        finally:
            stop_shared()
        reporter.write("over")


if __name__ == "__main__":
    main(*sys.argv[1:])
