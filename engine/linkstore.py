"""The table of links, in SQL: one statement for any number of rows.

A row pairs two ends under a relation. Of an Odoo link, the first end is the record
(``system1`` is ``odoo``, ``model`` its model) and the second the external reference;
of an external link, the two systems stand in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from odoo.tools import SQL

ODOO = "odoo:record"
EXTERNAL = "odoo:external"
_BATCH = 50_000


class Row(NamedTuple):
    """One link; ``date`` is naive UTC, references are text."""

    id: int
    relation: str
    system1: str
    ref1: str
    system2: str
    ref2: str
    model: str
    date: datetime


_COLUMNS = SQL("id, relation, system1, ref1, system2, ref2, model, date")


class LinkStore:
    """Find, insert, touch and delete links through one cursor."""

    def __init__(self, env: Any) -> None:
        self._env = env

    def find(
        self,
        relation: str,
        system1: str,
        system2: str,
        refs1: Iterable[str] | None = None,
        refs2: Iterable[str] | None = None,
        model: str | None = None,
    ) -> list[Row]:
        """Return the links of ``relation``; an end that is None is not filtered."""
        conditions = [
            SQL("relation = %s", relation),
            SQL("system1 = %s", system1),
            SQL("system2 = %s", system2),
        ]
        if refs1 is not None:
            conditions.append(SQL("ref1 = ANY(%s)", list(refs1)))
        if refs2 is not None:
            conditions.append(SQL("ref2 = ANY(%s)", list(refs2)))
        if model is not None:
            conditions.append(SQL("model = %s", model))
        where = SQL(" AND ").join(conditions)
        query = SQL("SELECT %s FROM sync_link WHERE %s ORDER BY id", _COLUMNS, where)
        self._env.cr.execute(query)
        return list(map(Row._make, self._env.cr.fetchall()))

    def insert(
        self, rows: Sequence[tuple[str, ...]], date: datetime, many: bool
    ) -> list[Row]:
        """Insert rows of (relation, system1, ref1, system2, ref2, model).

        Pairs that stand already get the new date. A concurrent transaction that
        links one of the ends makes this one fail with a serialization error, which
        Odoo and the job queue retry.
        """
        found: list[Row] = []
        for start in range(0, len(rows), _BATCH):
            found += self._insert(rows[start : start + _BATCH], date, many)
        self._env["sync.link"].invalidate_model()
        return found

    def _insert(
        self, rows: Sequence[tuple[str, ...]], date: datetime, many: bool
    ) -> list[Row]:
        columns = [list(column) for column in zip(*rows, strict=True)]
        arrays = SQL(", ").join(SQL("%s::text[]", column) for column in columns)
        query = SQL(
            """
            INSERT INTO sync_link
                (relation, system1, ref1, system2, ref2, model, many, date)
            SELECT t.*, %s, %s FROM unnest(%s) AS t
            ON CONFLICT (
                relation, system1, ref1, model, system2,
                (CASE WHEN many THEN ref2 ELSE '' END)
            ) DO UPDATE SET date = EXCLUDED.date WHERE sync_link.ref2 = EXCLUDED.ref2
            RETURNING %s
            """,
            many,
            date,
            arrays,
            _COLUMNS,
        )
        self._env.cr.execute(query)
        return list(map(Row._make, self._env.cr.fetchall()))

    def touch(self, ids: Sequence[int], date: datetime) -> None:
        """Set the date of the links with these ids."""
        query = SQL("UPDATE sync_link SET date = %s WHERE id = ANY(%s)", date, ids)
        self._change(query)

    def delete(self, ids: Sequence[int]) -> None:
        """Delete the links with these ids."""
        self._change(SQL("DELETE FROM sync_link WHERE id = ANY(%s)", ids))

    def _change(self, query: SQL) -> None:
        self._env.cr.execute(query)
        self._env["sync.link"].invalidate_model()
