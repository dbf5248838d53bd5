"""Rows about the queue: getting jobs into it, and having them run."""

from __future__ import annotations

from .lab import Lab, Labs, stopwatch
from .result import PER_SECOND, Result, at_least

_ENQUEUED = 200
_JOBS = 300


def enqueue(labs: Labs, rounds: int) -> list[Result]:
    """Queue jobs in one transaction."""
    pairs = [labs.small.call("enqueue", _ENQUEUED) for _ in range(rounds)]
    rates = [(1 / ours, 1 / peer) for ours, peer in pairs]
    work = "jobs queued; peer: bare queue_job"
    return [Result("enqueue", work, PER_SECOND, rates, at_least(0.9))]


def run(labs: Labs, rounds: int) -> list[Result]:
    """Let the job runner run jobs that do nothing."""
    pairs = []
    for kind in ("ours", "peer"):
        _rate(labs.small, kind)
    for number in range(rounds):
        order = ("ours", "peer") if number % 2 else ("peer", "ours")
        rates = {kind: _rate(labs.small, kind) for kind in order}
        pairs.append((rates["ours"], rates["peer"]))
    work = "no-op jobs run by the job runner; peer: bare queue_job"
    return [Result("queue", work, PER_SECOND, pairs, at_least(0.9))]


def _rate(lab: Lab, kind: str) -> float:
    seconds: list[float] = []
    lab.call("queue", kind, _JOBS)
    with stopwatch(seconds):
        lab.wait_for_queue()
    return _JOBS / seconds[0]
