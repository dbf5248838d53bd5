"""Rows that are measured inside a worker, on the engine and the triggers."""

from __future__ import annotations

from .lab import Labs
from .result import MILLISECONDS, SECONDS, Budget, Result, at_most, under

_REPEAT = 200
_KINDS = ("bare", "trigger")


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
    found = []
    for number in range(rounds):
        # Short turns: what else the machine does hits both alike.
        kinds = (_KINDS, _KINDS[::-1], _KINDS[::-1], _KINDS)
        # The rule, which takes long, has no budget.
        rules = ["rule"] * len(kinds) if number == 0 else []
        found.append(labs.small.call("bulk_create", [*sum(kinds, ()), *rules]))
    bare = [(each["trigger"], each["bare"]) for each in found]
    rule = [(each["trigger"], each["rule"]) for each in found if "rule" in each]
    work = "2,000 partners under a trigger, 500 at a time"
    return [
        Result("bulk-create", f"{work}; peer: none", SECONDS, bare, at_most(1.05)),
        Result("bulk-create", f"{work}; peer: automation rule", SECONDS, rule),
    ]
