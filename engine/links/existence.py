"""Which records of links are still there: a link outlives its record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from ..protocols import Environment
from .store import MODEL, REF1, Row

# A record as a link names it: its model, and its id as text.
End = tuple[str, str]


def existing(env: Environment, model: str, ids: Iterable[int]) -> Any:
    """Return the records that exist, none of a model that was uninstalled."""
    if model not in env or env[model]._abstract:
        return env["base"]
    return env[model].browse(ids).exists()


def living(env: Environment, rows: Sequence[Row]) -> dict[End, Any]:
    """Return the records of links by their ends; those that are gone are left out."""
    ids: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        ids[row[MODEL]].append(int(row[REF1]))
    return {
        (model, str(record.id)): record
        for model, of_model in ids.items()
        for record in existing(env, model, of_model)
    }
