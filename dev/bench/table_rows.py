"""Rows about tables that have grown: links, logs and jobs."""

from __future__ import annotations

from . import fill
from .lab import Lab
from .result import (
    MICROSECONDS,
    MILLISECONDS,
    Budget,
    Pair,
    Result,
    at_most,
    under,
)

_LOOKUPS = 500
_RUNS = 100
_OPENINGS = 8
_LIMIT = 0.3  # seconds
_GROWTH = 1.25
# The cost of opening these must not depend on how many rows there are.
_FLAT = ("project kanban", "project list", "job list", "log list")


def links(lab: Lab, rounds: int) -> list[Result]:
    """Compare with the tables and statements that do the least."""
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


def lookup_before(lab: Lab, rounds: int) -> list[float]:
    """Look links up among a thousand."""
    return [_lookup(lab, fill.SMALL)[0] for _ in range(rounds)]


def lookup(lab: Lab, rounds: int, before: list[float]) -> list[Result]:
    """Look links up among a million."""
    after = [_lookup(lab, fill.LARGE)[0] for _ in range(rounds)]
    work = "get_link among 1,000,000 links; peer: among 1,000"
    pairs = _sorted_pairs(after, before)
    return [Result("lookup", work, MICROSECONDS, pairs, at_most(_GROWTH))]


def run_before(lab: Lab, rounds: int) -> list[float]:
    """Run a queued job while there are few."""
    return [lab.call("run_queued", _RUNS) for _ in range(rounds)]


def run(lab: Lab, rounds: int, before: list[float]) -> list[Result]:
    """Run a queued job while there are many."""
    after = [lab.call("run_queued", _RUNS) for _ in range(rounds)]
    work = "a queued run with 1,000,000 logs; peer: with 1,000"
    pairs = _sorted_pairs(after, before)
    return [Result("run", work, MILLISECONDS, pairs, at_most(_GROWTH))]


def views_before(lab: Lab, rounds: int) -> list[dict[str, float]]:
    """Open each view with small tables."""
    return [lab.call("open_views", _OPENINGS) for _ in range(rounds)]


def views(lab: Lab, rounds: int, before: list[dict[str, float]]) -> list[Result]:
    """Open each view with large tables."""
    after = [lab.call("open_views", _OPENINGS) for _ in range(rounds)]
    return [
        Result(
            "views",
            f"{view}, 1,000,000 logs; peer: 1,000",
            MILLISECONDS,
            _sorted_pairs([each[view] for each in after], [e[view] for e in before]),
            _view_budget(view),
        )
        for view in after[0]
    ]


def _view_budget(view: str) -> Budget:
    if view not in _FLAT:
        return under(_LIMIT, "< 300 ms")
    return Budget(
        f"< 300 ms, ratio <= {_GROWTH}",
        lambda ours, ratio: ours < _LIMIT and ratio <= _GROWTH,
    )


def _sorted_pairs(ours: list[float], peers: list[float]) -> list[Pair]:
    """Pair rounds that could not alternate: the fastest with the fastest."""
    return list(zip(sorted(ours), sorted(peers), strict=True))
