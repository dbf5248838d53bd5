"""The table of links, in SQL: one statement for any number of rows.

A row pairs two ends under a relation. Of an Odoo link, the first end is the record
(``system1`` is ``odoo``, ``model`` its model) and the second the external reference;
of an external link, the two systems stand in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from odoo.tools import SQL

ODOO = "odoo:record"
EXTERNAL = "odoo:external"
_BATCH = 50_000


class Row(NamedTuple):
    """One link of a relation; ``date`` is naive UTC, references are text."""

    id: int
    ref1: str
    ref2: str
    model: str
    date: datetime


# What Row._make does, without its check of the length: links come by the thousand.
_row = partial(tuple.__new__, Row)


_PAIR = ("relation", "system1", "ref1", "system2", "ref2", "model")
_COLUMNS = SQL(", ").join(SQL.identifier("sync_link", name) for name in Row._fields)
_FIND = """
    SELECT id, ref1, ref2, model, date FROM sync_link
     WHERE relation = %s AND system1 = %s AND system2 = %s
"""
_SAME_PAIR = SQL(" AND ").join(
    SQL("sync_link.%s = pair.%s", SQL.identifier(name), SQL.identifier(name))
    for name in _PAIR
)


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
        query, values = _FIND, [relation, system1, system2]
        if refs1 is not None:
            query += " AND ref1 = ANY(%s)"
            values.append(list(refs1))
        if refs2 is not None:
            query += " AND ref2 = ANY(%s)"
            values.append(list(refs2))
        if model is not None:
            query += " AND model = %s"
            values.append(model)
        return self._fetch(SQL(query, *values))

    def _fetch(self, query: SQL) -> list[Row]:
        """Return the rows of ``query``, the oldest first."""
        self._env.cr.execute(query)
        return sorted(map(_row, self._env.cr.fetchall()))

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
        names = SQL(", ").join(map(SQL.identifier, _PAIR))
        pairs = SQL("unnest(%s) AS pair (%s)", arrays, names)
        # A conflict with what this transaction can't see is a serialization error,
        # whichever end it is about: that takes DO NOTHING without a target. Of many
        # to many, an exclusive link of the same pair is no conflict for the indexes.
        query = SQL(
            """
            INSERT INTO sync_link (%s, many, date)
            SELECT pair.*, %s, %s FROM %s
             WHERE NOT EXISTS (SELECT FROM sync_link WHERE %s AND %s)
            ON CONFLICT DO NOTHING RETURNING %s
            """,
            *(names, many, date, pairs, many, _SAME_PAIR, _COLUMNS),
        )
        found = self._fetch(query)
        return found if len(found) == len(rows) else self._redate(pairs, date)

    def _redate(self, pairs: SQL, date: datetime) -> list[Row]:
        """Set the date of all ``pairs`` that stand, and return them."""
        query = SQL(
            "UPDATE sync_link SET date = %s FROM %s WHERE %s RETURNING %s",
            *(date, pairs, _SAME_PAIR, _COLUMNS),
        )
        return self._fetch(query)

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
