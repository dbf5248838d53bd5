"""Rows on what people's work costs while triggers listen, and somebody saves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from .lab import Lab, Labs
from .result import PER_SECOND, SECONDS, Result, at_least, at_most

_SAVES = 10  # a second
_SECONDS = 1.0


class _Work(NamedTuple):
    """Some work, and how long it may take under triggers, relative to none."""

    kind: str
    text: str
    budgets: dict[int, float]
    tries: int = 3


_WORKS = (
    _Work("create", "2,000 partners created at once", {1: 1.05, 50: 1.3}),
    _Work("create-hit", "2,000 created at once, all match", {1: 1.1}),
    _Work("singles", "1,000 created one by one", {1: 1.1, 50: 1.5}, 2),
    _Work("writes", "1,000 written one by one", {1: 1.3, 50: 2}, 5),
    _Work("watched", "the same, watched fields", {1: 1.3, 50: 2}, 5),
    _Work("before", "the same, Before Update Domain", {1: 2, 50: 2}, 5),
    _Work("write", "2,000 written at once", {1: 1.05, 50: 1.5}, 5),
    _Work("delete", "2,000 deleted, all match", {1: 1.2}),
    _Work("delete-filter", "2,000 deleted", {50: 1.5}),
    _Work("import", "10,000 imported", {1: 1.05, 50: 1.3}, 1),
    _Work("other", "2,000 of a model without triggers", {50: 1.01}, 5),
)


def events(labs: Labs, rounds: int) -> list[Result]:
    """Do the same work under no trigger, one and fifty."""
    return [result for work in _WORKS for result in _compare(labs.small, work, rounds)]


def _compare(lab: Lab, work: _Work, rounds: int) -> Iterator[Result]:
    counts = [0, *work.budgets]
    found: dict[int, list[float]] = {count: [] for count in counts}
    # Each turn is long: fewer of them, each with the best of some tries.
    for number in range(rounds // 2 + 1):
        for count in counts if number % 2 == 0 else reversed(counts):
            found[count].append(lab.call("events", work.kind, count, work.tries))
            # Rows that were undone would slow the next turn down.
            lab.sql("VACUUM ANALYZE res_partner; VACUUM ANALYZE mail_message;")
    for count, limit in work.budgets.items():
        text = f"{work.text}; {count} trigger{'s' * (count > 1)}; peer: none"
        pairs = list(zip(found[count], found[0], strict=True))
        yield Result("events", text, SECONDS, pairs, at_most(limit))


def saves(labs: Labs, rounds: int) -> list[Result]:
    """Answer webhooks while a parameter of another project is saved, and saved."""
    lab = labs.small
    url = lab.url("ours")
    pairs = []
    # A second tells little: many of them do.
    for number in range(8 * rounds):
        order = ("ours", "peer") if number % 2 else ("peer", "ours")
        rates = {}
        for kind in order:
            with _repeated(partial(lab.call, "save", kind)):
                rates[kind] = lab.load.rate(url, _SECONDS)
        pairs.append((rates["ours"], rates["peer"]))
    work = f"webhooks during {_SAVES} saves a second; peer: saves of another record"
    return [Result("saves", work, PER_SECOND, pairs, at_least(0.95))]


@contextmanager
def _repeated(save: Callable[[], object]) -> Iterator[None]:
    """Save again and again meanwhile."""
    over = threading.Event()

    def loop() -> None:
        while not over.wait(1 / _SAVES):
            save()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
