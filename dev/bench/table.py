"""The table that the benchmark prints, for a terminal or a page of the docs."""

from __future__ import annotations

from collections.abc import Sequence

from .result import Result

_HEAD = ("work", "ours", "peer", "ratio (min - max)", "budget", "met")


def as_text(results: Sequence[Result]) -> str:
    """Return the table with its columns aligned."""
    return "\n".join("  ".join(cells).rstrip() for cells in _aligned(results))


def as_rst(results: Sequence[Result]) -> str:
    """Return the table in reStructuredText."""
    rows = _aligned(results)
    rule = "  ".join("=" * len(cell) for cell in rows[0])
    lines = ["  ".join(cells).rstrip() for cells in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def _aligned(results: Sequence[Result]) -> list[list[str]]:
    rows = [list(_HEAD), *map(_cells, results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    ]


def _cells(result: Result) -> list[str]:
    low, high = min(result.ratios), max(result.ratios)
    met = {True: "yes", False: "NO", None: "-"}[result.met]
    return [
        result.work,
        result.unit.show(result.ours),
        result.unit.show(result.peer),
        f"{result.ratio:.2f} ({low:.2f} - {high:.2f})",
        result.budget.text if result.budget else "-",
        met,
    ]
