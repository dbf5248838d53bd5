"""`dev bench`: the options, the order of the rows, and what is printed."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
import sys

from ..errors import DevError
from ..ui import Step, say, seconds
from . import fill
from .lab import Lab, open_lab
from .result import Result
from .rows import ROWS, Row
from .table import as_rst, as_text

_ROUNDS = 5
_LIMIT = 600.0
_DESCRIPTION = """
Measure Sync Studio against its peers, in turn and in the same run: on real servers with
two workers and the job runner, in a fresh database that is dropped in the end. Takes
about eight minutes, ten at most.
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
        lab = stack.enter_context(open_lab())
        results = _run(lab, rows, options.rounds, began)
        generator = lab.load.name
    _show(results, options)
    if not options.json:
        took = seconds(time.monotonic() - began)
        say(f"\n{options.rounds} rounds, load by {generator}, {took} in all.")
    return 1 if any(result.met is False for result in results) else 0


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


def _run(lab: Lab, rows: list[Row], rounds: int, began: float) -> list[Result]:
    results: list[Result] = []
    known = {}
    for row in rows:
        if row.before:
            with _step(row, "small tables"):
                known[row.name] = row.before(lab, rounds)
    for large in (False, True):
        chosen = [row for row in rows if row.large == large]
        if large and chosen:
            lab.fill(fill.LARGE)
        for row in chosen:
            _check_time(began)
            before = [known[row.name]] if row.name in known else []
            with _step(row):
                results += row.measure(lab, rounds, *before)
    return results


def _step(row: Row, detail: str = "") -> Step:
    return Step(f"{row.name}: {row.help}" + (f" ({detail})" if detail else ""))


def _check_time(began: float) -> None:
    if time.monotonic() - began > _LIMIT:
        raise DevError(
            "The benchmark takes longer than 10 minutes: this machine is busy. Choose"
            " some rows, or fewer rounds, e.g. `python3 dev bench --rounds 3 webhook`."
        )


def _show(results: list[Result], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps([result.as_dict() for result in results], indent=2))
        return
    say()
    say(as_text(results))
    for result in results:
        if result.note:
            say(f"  {result.row}: {result.note}")
    if options.rst:
        _write_rst(options.rst, results)


_START = ".. figures of the last run: written by ``python3 dev bench --rst``"
_END = ".. end of the figures"


def _write_rst(page: Path, results: list[Result]) -> None:
    """Replace the table between the two comments of a page."""
    head, _, rest = page.read_text().partition(_START)
    _, _, tail = rest.partition(_END)
    if not tail:
        raise DevError(f"{page} has no place for the table: the lines {_START!r} and"
                       f" {_END!r}.")
    notes = [f"* {result.row}: {result.note}" for result in results if result.note]
    table = "\n".join([as_rst(results), "", *notes])
    page.write_text(f"{head}{_START}\n\n{table}\n\n{_END}{tail}")
