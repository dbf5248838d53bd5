"""Rows that are measured inside a worker, on the engine and the triggers."""

from __future__ import annotations

from .lab import Lab, Labs
from .result import MILLISECONDS, SECONDS, Budget, Pair, Result, at_most, under

_REPEAT = 200


def engine(labs: Labs, rounds: int) -> list[Result]:
    """Run 240 lines of code, warm."""
    pairs = [labs.small.call("engine", _REPEAT // 4) for _ in range(rounds)]
    work = "a run's overhead, 240 lines of code, warm; peer: safe_eval"
    return [Result("engine", work, MILLISECONDS, pairs, under(0.3e-3, "< 0.3 ms"))]


def boundary(labs: Labs, rounds: int) -> list[Result]:
    """Run the same code with secrets in Protected Code, and without."""
    pairs = [labs.small.call("boundary", _REPEAT) for _ in range(rounds)]
    work = "a run with Protected Code and two secrets; peer: all in Common Code"
    budget = Budget("adds < 0.2 ms", lambda ours, ratio: ours - ours / ratio < 0.2e-3)
    return [Result("boundary", work, MILLISECONDS, pairs, budget)]


def bulk_create(labs: Labs, rounds: int) -> list[Result]:
    """Create partners with a trigger, without one, and with a rule."""
    lab = labs.small
    bare = [_create_in_turn(lab, "bare") for _ in range(rounds)]
    # A rule takes long, and has no budget.
    rule = [_create_in_turn(lab, "rule")]
    work = "2,000 partners created under a trigger"
    return [
        Result("bulk-create", f"{work}; peer: none", SECONDS, bare, at_most(1.05)),
        Result("bulk-create", f"{work}; peer: automation rule", SECONDS, rule),
    ]


def _create_in_turn(lab: Lab, peer: str) -> Pair:
    """Return the seconds under a trigger and those of its peer: the best of two."""
    seconds: dict[str, list[float]] = {"trigger": [], peer: []}
    for kind in (peer, "trigger", "trigger", peer):
        seconds[kind].append(lab.call("bulk_create", kind))
        # Rows that were undone would slow the next turn down.
        lab.sql("VACUUM ANALYZE res_partner; VACUUM ANALYZE mail_message;")
    return min(seconds["trigger"]), min(seconds[peer])
