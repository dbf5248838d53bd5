"""`dev bench`: the options, the order of the rows, and what is printed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path

from ..errors import DevError
from ..ui import Step, say, seconds
from .lab import Labs, open_labs
from .result import Result
from .rows import ROWS, Row
from .table import as_rst, as_text

_ROUNDS = 5
# No row is begun after this, so that all is over after twenty minutes.
_LIMIT = 1100.0
_START = ".. figures of the last run: written by ``python3 dev bench --rst``"
_END = ".. end of the figures"
_DESCRIPTION = """
Measure Sync Studio against its peers, in turn and in the same run: on real servers with
two workers and the job runner, in a fresh database that is dropped in the end. Takes
about fifteen minutes, twenty at most.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; the exit status tells whether each budget is met."""
    options = _parser().parse_args(arguments)
    rows = [row for row in ROWS if row.name in (options.rows or _names())]
    began = time.monotonic()
    with ExitStack() as stack:
        if options.json:
            # Progress goes aside: only the outcome is printed.
            stack.enter_context(redirect_stdout(sys.stderr))
        labs = stack.enter_context(open_labs())
        session = _Session(labs, options.rounds, began)
        for row in rows:
            session.measure(row)
        took = f"{seconds(time.monotonic() - began)} in all"
        say(f"{options.rounds} rounds, load by {labs.load.name}, {took}.")
    _show(session.results, options)
    if session.skipped:
        names = " ".join(session.skipped)
        raise DevError(
            f"This machine is busy: no time was left to measure {names}. Choose them,"
            f" or fewer rounds: `python3 dev bench --rounds 3 {names}`."
        )
    return 1 if any(result.met is False for result in session.results) else 0


def _names() -> list[str]:
    return [row.name for row in ROWS]


def _parser() -> argparse.ArgumentParser:
    names = "\n".join(f"  {row.name:<14}{row.help}" for row in ROWS)
    parser = argparse.ArgumentParser(
        "python3 dev bench",
        description=_DESCRIPTION,
        epilog=f"rows:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("rows", nargs="*", choices=[*_names(), []], metavar="ROW", help="(all)")
    add("--rounds", type=int, default=_ROUNDS, help="(default: %(default)s)")
    add("--json", action="store_true", help="print all figures as JSON")
    add("--rst", type=Path, help="write the table into this page of the documentation")
    return parser


class _Session:
    """Measure rows in their order, as long as there is time."""

    def __init__(self, labs: Labs, rounds: int, began: float) -> None:
        self._labs = labs
        self._rounds = rounds
        self._end = began + _LIMIT
        self.results: list[Result] = []
        self.skipped: list[str] = []

    def measure(self, row: Row) -> None:
        """Measure a row, unless the time is over."""
        if time.monotonic() > self._end:
            self.skipped.append(row.name)
            return
        with Step(f"{row.name}: {row.help}"):
            self.results += row.measure(self._labs, self._rounds)


def _show(results: list[Result], options: argparse.Namespace) -> None:
    if options.rst:
        _write_rst(options.rst, results)
    if options.json:
        print(json.dumps([result.as_dict() for result in results], indent=2))
        return
    say(f"\n{as_text(results)}")
    for result in results:
        if result.note:
            say(f"  {result.row}: {result.note}")


def _write_rst(page: Path, results: list[Result]) -> None:
    """Replace the table between the two comments of a page."""
    head, _, rest = page.read_text().partition(_START)
    _, _, tail = rest.partition(_END)
    if not tail:
        raise DevError(
            f"{page} has no place for the table, which goes between the lines"
            f" `{_START}` and `{_END}`."
        )
    notes = [f"* {result.row}: {result.note}" for result in results if result.note]
    table = "\n".join([as_rst(results), "", *notes])
    page.write_text(f"{head}{_START}\n\n{table}\n\n{_END}{tail}")
