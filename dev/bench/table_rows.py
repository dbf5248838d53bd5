"""Rows about tables that have grown: links, logs and jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import fill
from .lab import Lab, Labs
from .result import (
    MICROSECONDS,
    MILLISECONDS,
    Budget,
    Pair,
    Result,
    at_most,
    under,
)

_LOOKUPS = 300
_RUNS = 300
_OPENINGS = 10
_LIMIT = 0.3  # seconds
_GROWTH = 1.25


def links(labs: Labs, rounds: int) -> list[Result]:
    """Compare with the tables and statements that do the least."""
    lab = labs.large
    made = [lab.call("links_set") for _ in range(rounds)]
    got = [_lookup(lab, fill.LARGE) for _ in range(rounds)]
    found = [lab.call("links_search", 10) for _ in range(rounds)]
    return [
        Result(
            "links",
            "set_links of 2,000 records; peer: _update_xmlids",
            MILLISECONDS,
            made,
            at_most(1),
        ),
        Result(
            "links", "get_link; peer: one raw SELECT", MICROSECONDS, got, at_most(2)
        ),
        Result(
            "links",
            "search_links of 10,000; peer: raw SQL",
            MILLISECONDS,
            found,
            at_most(1.3),
        ),
    ]


def _lookup(lab: Lab, size: fill.Size) -> Pair:
    return lab.call("link_get", _LOOKUPS, size.links)


def lookup(labs: Labs, rounds: int) -> list[Result]:
    """Look links up among a million, and among a thousand."""
    # Both look at the same links: what differs is how many others there are.
    pairs = _in_turn(labs, rounds, lambda lab: _lookup(lab, fill.SMALL)[0])
    work = "get_link among 1,000,000 links; peer: among 1,000"
    return [Result("lookup", work, MICROSECONDS, pairs, at_most(_GROWTH))]


def run(labs: Labs, rounds: int) -> list[Result]:
    """Run a queued job while there are many, and few."""
    pairs = _in_turn(labs, rounds, lambda lab: lab.call("run_queued", _RUNS))
    work = "a queued run with 1,000,000 logs; peer: with 1,000"
    return [Result("run", work, MILLISECONDS, pairs, at_most(_GROWTH))]


def views(labs: Labs, rounds: int) -> list[Result]:
    """Open each view with large tables, and with small ones."""
    found = _in_turn(labs, rounds, lambda lab: lab.call("open_views", _OPENINGS))
    return [
        Result(
            "views",
            f"{view}, 1,000,000 logs; peer: 1,000",
            MILLISECONDS,
            [(large[view], small[view]) for large, small in found],
            _view_budget(view),
        )
        for view in found[0][0]
    ]


def _in_turn(
    labs: Labs, rounds: int, measure: Callable[[Lab], Any]
) -> list[tuple[Any, Any]]:
    """Measure in the large lab and in the small one, and return the pairs."""
    pairs = []
    for number in range(rounds):
        order = ("large", "small") if number % 2 else ("small", "large")
        found = {kind: measure(getattr(labs, kind)) for kind in order}
        pairs.append((found["large"], found["small"]))
    return pairs


def _view_budget(view: str) -> Budget:
    # What groups all rows reads all rows. What shows a page of them must not.
    if " by " in view:
        return under(_LIMIT, "< 300 ms")
    return Budget(
        f"< 300 ms, ratio <= {_GROWTH}",
        lambda ours, ratio: ours < _LIMIT and ratio <= _GROWTH,
    )
