"""The table of links, in SQL: one statement for any number of rows.

A row pairs two ends under a relation. Of an Odoo link, the first end is the record
(``system1`` is ``odoo``, ``model`` its model) and the second the external reference;
of an external link, the two systems stand in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Final

from odoo.tools import SQL
from psycopg2.errors import ProgramLimitExceeded, UniqueViolation

from ..errors import LinkError
from ..messages import _lt
from ..protocols import Environment

ODOO = "odoo:record"
EXTERNAL = "odoo:external"

# An index entry has at most 2,704 bytes: longer texts get there only if they can be
# compressed, which PostgreSQL alone can tell.
_LONG = 500

# Relation, system1, ref1, system2, ref2 and model of a link.
Pair = tuple[str, str, str, str, str, str]


# A link of a relation, as the table gives it: links come by the thousand, and plain
# tuples cost least. The date is naive UTC, references are text.
Row = tuple[int, str, str, str, datetime]
ID: Final = 0
REF1: Final = 1
REF2: Final = 2
MODEL: Final = 3
DATE: Final = 4

_PAIR = ("relation", "system1", "ref1", "system2", "ref2", "model")
_PAIR_NAMES = SQL(", ").join(map(SQL.identifier, _PAIR))
_COLUMNS = SQL(", ").join(
    SQL.identifier("sync_link", name)
    for name in ("id", "ref1", "ref2", "model", "date")
)
_FIND = """
    SELECT id, ref1, ref2, model, date FROM sync_link
     WHERE relation = %s AND system1 = %s AND system2 = %s
"""
_DROP_DOUBLES = """
    DELETE FROM sync_link
     USING (SELECT id, row_number() OVER (PARTITION BY relation, system2, ref2
                                          ORDER BY ref1 = %s DESC, id) AS place
              FROM sync_link
             WHERE system1 = %s AND model = %s AND ref1 = ANY(%s)) AS ranked
     WHERE sync_link.id = ranked.id AND place > 1
"""
_HAND_ON = """
    UPDATE sync_link
       SET merged = merged OR NOT many AND place > 1,
           many = many OR place > 1,
           ref1 = %s
      FROM (SELECT id, row_number() OVER (PARTITION BY relation, system2, many
                                          ORDER BY ref1 = %s DESC, id) AS place
              FROM sync_link
             WHERE system1 = %s AND model = %s AND ref1 = ANY(%s)) AS ranked
     WHERE sync_link.id = ranked.id AND ref1 <> %s
"""
_SAME_PAIR = SQL(" AND ").join(
    SQL("sync_link.%s = pair.%s", SQL.identifier(name), SQL.identifier(name))
    for name in _PAIR
)


class LinkStore:
    """Find, insert, touch and delete links through one cursor."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def find(
        self,
        relation: str,
        system1: str,
        system2: str,
        refs1: list[str] | None = None,
        refs2: list[str] | None = None,
        model: str | None = None,
    ) -> list[Row]:
        """Return the links of ``relation``; an end that is None is not filtered."""
        query = _FIND
        values: list[str | list[str]] = [relation, system1, system2]
        for column, refs in (("ref1", refs1), ("ref2", refs2)):
            if refs is not None:
                query += f" AND {column} = " + ("%s" if len(refs) == 1 else "ANY(%s)")
                values.append(refs[0] if len(refs) == 1 else refs)
        if model is not None:
            query += " AND model = %s"
            values.append(model)
        if 1 in (len(refs1 or ()), len(refs2 or ())):
            # A few at most: sorting them here is less than planning it there.
            return sorted(self._fetch(SQL(query, *values)))
        return self._fetch(SQL(f"{query} ORDER BY id", *values))

    def _fetch(self, query: SQL) -> list[Row]:
        # An exception is the caller's to handle, or will be logged where it ends.
        self._env.cr.execute(query, log_exceptions=False)
        return self._env.cr.fetchall()

    def insert_new(self, rows: Sequence[Pair], date: datetime) -> list[Row]:
        """Insert exclusive links of one relation, without a look before it.

        Nothing is inserted if one of them meets a link that stands, or if the
        relation has links many to many, which the indexes don't keep apart.
        """
        crowded = SQL("relation = %s AND many", rows[0][0])
        try:
            # What fails is undone alone, and the caller finds out what stands there.
            with self._env.cr.savepoint(flush=False):
                return self._insert(rows, date, False, crowded, SQL(""))
        except UniqueViolation:
            return []

    def insert(self, rows: Sequence[Pair], date: datetime, many: bool) -> list[Row]:
        """Insert links; pairs that stand already get the new date.

        A concurrent transaction that links one of the ends makes this one fail with
        a serialization error, which Odoo and the job queue retry.
        """
        # A conflict with what this transaction can't see is a serialization error,
        # whichever end it is about: that takes DO NOTHING without a target. Of many
        # to many, an exclusive link of the same pair is no conflict for the indexes.
        stands = SQL("%s AND %s", many, _SAME_PAIR)
        # A text that is too long fails alone, see insert_new().
        long = any(len(text) > _LONG for row in rows for text in row)
        with self._env.cr.savepoint(flush=False) if long else nullcontext():
            new = self._insert(rows, date, many, stands, SQL("ON CONFLICT DO NOTHING"))
        return new if len(new) == len(rows) else self._redate(rows, date)

    def _insert(
        self, rows: Sequence[Pair], date: datetime, many: bool, unless: SQL, clash: SQL
    ) -> list[Row]:
        query = SQL(
            """
            INSERT INTO sync_link (%s, many, date)
            SELECT pair.*, %s, %s FROM %s
             WHERE NOT EXISTS (SELECT FROM sync_link WHERE %s)
            %s RETURNING %s
            """,
            *(_PAIR_NAMES, many, date, _pairs(rows), unless, clash, _COLUMNS),
        )
        try:
            found = self._fetch(query)
        except ProgramLimitExceeded:
            raise LinkError(
                _lt(
                    "%(relation)s: a reference is too long to be linked; take its "
                    "hash.",
                    relation=rows[0][0],
                )
            ) from None
        self._env["sync.link"].invalidate_model()
        return found

    def _redate(self, rows: Sequence[Pair], date: datetime) -> list[Row]:
        """Set the date of all pairs that stand, and return them."""
        query = SQL(
            "UPDATE sync_link SET date = %s FROM %s WHERE %s RETURNING %s",
            *(date, _pairs(rows), _SAME_PAIR, _COLUMNS),
        )
        return self._fetch(query)

    def touch(self, ids: Sequence[int], date: datetime) -> None:
        """Set the date of the links with these ids."""
        query = SQL("UPDATE sync_link SET date = %s WHERE id = ANY(%s)", date, ids)
        self._change(query)

    def delete(self, ids: Sequence[int]) -> None:
        """Delete the links with these ids."""
        self._change(SQL("DELETE FROM sync_link WHERE id = ANY(%s)", ids))

    def merged(self, ids: Sequence[int]) -> set[int]:
        """Return those of the ids whose links came by a merge of records."""
        query = SQL("SELECT id FROM sync_link WHERE merged AND id = ANY(%s)", list(ids))
        return {row[0] for row in self._fetch(query)}

    def merge(self, model: str, gone: Sequence[int], kept: int) -> None:
        """Hand the links of records that are merged into another one on to it.

        An exclusive link stands beside one that the other record has as a link many
        to many that is marked: both references lead to the record, and the record
        leads to the reference it had.
        """
        refs = [*map(str, gone), str(kept)]
        self._change(SQL(_DROP_DOUBLES, str(kept), ODOO, model, refs))
        values = (str(kept), str(kept), ODOO, model, refs, str(kept))
        self._change(SQL(_HAND_ON, *values))

    def _change(self, query: SQL) -> None:
        self._env.cr.execute(query)
        self._env["sync.link"].invalidate_model()


def _pairs(rows: Sequence[Pair]) -> SQL:
    """Return the table ``pair`` of rows that share relation and systems.

    What is the same in all of them is sent once.
    """
    relation, system1, _, system2, _, model = rows[0]
    refs1, refs2, models = ([row[place] for row in rows] for place in (2, 4, 5))
    same = models.count(model) == len(models)
    return SQL(
        """
        (SELECT %s::text AS relation, %s::text AS system1, row.ref1,
                %s::text AS system2, row.ref2, COALESCE(row.model, %s) AS model
           FROM unnest(%s::text[], %s::text[], %s::text[]) AS row (ref1, ref2, model)
        ) AS pair
        """,
        *(relation, system1, system2, model, refs1, refs2, [] if same else models),
    )
