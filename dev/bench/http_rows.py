"""Rows that are measured from outside, by HTTP."""

from __future__ import annotations

import threading

from . import fill
from .lab import Lab, Labs, stopwatch
from .result import (
    MEGABYTES,
    MILLISECONDS,
    PER_SECOND,
    Budget,
    Result,
    at_least,
    under,
)

_SECONDS = 1.0
_RUNS = 10_000
_WARM_UP = 200


def webhook(labs: Labs, rounds: int) -> list[Result]:
    """Compare with a controller that inserts one row."""
    return [_compare(labs.small, rounds, "webhook", "bare", "bare controller", 0.9)]


def rule(labs: Labs, rounds: int) -> list[Result]:
    """Compare with an automation rule that runs a line of code."""
    return [
        _compare(labs.small, rounds, "webhook-rule", "rule", "automation rule", 1.4)
    ]


def _compare(
    lab: Lab, rounds: int, row: str, peer: str, name: str, ratio: float
) -> Result:
    for kind in ("ours", peer):
        lab.load.count(lab.url(kind), _WARM_UP)
    pairs = []
    for number in range(2 * rounds):
        order = ("ours", peer) if number % 2 else (peer, "ours")
        rates = {kind: lab.load.rate(lab.url(kind), _SECONDS) for kind in order}
        pairs.append((rates["ours"], rates[peer]))
    work = f"webhook with a job and its logs; peer: {name}"
    return Result(row, work, PER_SECOND, pairs, at_least(ratio))


def memory(labs: Labs, rounds: int) -> list[Result]:
    """Compare a worker's memory after many runs with that after the first ones."""
    lab = labs.small
    url = lab.url("ours")
    lab.load.count(url, _RUNS // 10)
    before = lab.memory()
    lab.load.count(url, _RUNS)
    after = lab.memory()
    work = f"memory of the workers after {_RUNS:,} runs; peer: before them"
    limit = 4 * 2**20
    budget = Budget("grows < 4 MB", lambda ours, ratio: ours - ours / ratio < limit)
    note = f"{(after - before) / 2**20:+.1f} MB"
    return [Result("memory", work, MEGABYTES, [(after, before)], budget, note)]


def retention(labs: Labs, rounds: int) -> list[Result]:
    """Delete all old logs while webhooks are answered."""
    lab = labs.large
    url = lab.url("ours")
    quiet = lab.load.slowest(url, _SECONDS)
    batches: list[float] = []
    seconds: list[float] = []
    gone = threading.Event()
    lab.call("expire")

    def delete() -> None:
        try:
            with stopwatch(seconds):
                while _delete_batch(lab, batches):
                    pass
        finally:
            gone.set()

    worker = threading.Thread(target=delete)
    worker.start()
    slowest = []
    while not gone.is_set():
        slowest.append(lab.load.slowest(url, _SECONDS))
    worker.join()
    return [_retention_result(slowest, quiet, batches, seconds[0])]


def _delete_batch(lab: Lab, batches: list[float]) -> bool:
    """Let one worker delete a batch; tell whether there is more."""
    took, more = lab.call("delete_batch")
    batches.append(took)
    return more


def _retention_result(
    slowest: list[float], quiet: float, batches: list[float], seconds: float
) -> Result:
    note = (
        f"{fill.LARGE.logs:,} logs in {seconds:.0f} s, {len(batches)} batches of at"
        f" most {max(batches):.2f} s"
    )
    return Result(
        "retention",
        "slowest webhook while old logs are deleted; peer: while not",
        MILLISECONDS,
        [(found, quiet) for found in slowest],
        under(max(batches) + 0.5, "none waits for a batch"),
        note,
    )
