"""What a row of the benchmark found: rounds, their ratios, and the budget."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Pair = tuple[float, float]


@dataclass(frozen=True)
class Budget:
    """A limit, in words, and whether a row's median keeps it."""

    text: str
    is_met: Callable[[float, float], bool]


def at_least(ratio: float) -> Budget:
    """Return the budget of work that is counted: the more the better."""
    return Budget(f"ratio >= {ratio:g}", lambda _ours, found: found >= ratio)


def at_most(ratio: float) -> Budget:
    """Return the budget of work that takes time, relative to its peer's."""
    return Budget(f"ratio <= {ratio:g}", lambda _ours, found: found <= ratio)


def under(limit: float, text: str) -> Budget:
    """Return the budget of work that takes time, whatever its peer's is."""
    return Budget(text, lambda ours, _found: ours < limit)


@dataclass(frozen=True)
class Unit:
    """How a figure is written: divided by `factor`, with a name behind it."""

    name: str
    factor: float = 1.0

    def show(self, figure: float) -> str:
        """Return a figure with three digits that count."""
        figure /= self.factor
        digits = 0 if figure >= 100 else 1 if figure >= 10 else 2 if figure >= 1 else 3
        return f"{figure:.{digits}f} {self.name}"


PER_SECOND = Unit("/s")
SECONDS = Unit("s")
MILLISECONDS = Unit("ms", 1e-3)
MICROSECONDS = Unit("us", 1e-6)
MEGABYTES = Unit("MB", 2**20)


@dataclass
class Result:
    """One line of the table: each round has our figure and the peer's."""

    row: str
    work: str
    unit: Unit
    rounds: Sequence[Pair]
    budget: Budget | None = None
    note: str = ""
    ratios: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.ratios = [ours / peer for ours, peer in self.rounds]

    @property
    def ours(self) -> float:
        """Return the median of our figures."""
        return statistics.median(ours for ours, _ in self.rounds)

    @property
    def peer(self) -> float:
        """Return the median of the peer's figures."""
        return statistics.median(peer for _, peer in self.rounds)

    @property
    def ratio(self) -> float:
        """Return the median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def met(self) -> bool | None:
        """Tell whether the budget is kept; None if there is none."""
        if self.budget is None:
            return None
        return self.budget.is_met(self.ours, self.ratio)

    def as_dict(self) -> dict[str, object]:
        """Return the line as JSON has it; figures are in seconds, bytes or 1/s."""
        return {
            "row": self.row,
            "work": self.work,
            "unit": self.unit.name,
            "ours": self.ours,
            "peer": self.peer,
            "ratio": {
                "median": self.ratio,
                "min": min(self.ratios),
                "max": max(self.ratios),
            },
            "rounds": [list(pair) for pair in self.rounds],
            "budget": self.budget.text if self.budget else None,
            "met": self.met,
            "note": self.note,
        }
