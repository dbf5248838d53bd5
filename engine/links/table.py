"""What project code does with links: set, get and search them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..errors import AmbiguousLink, LinkConflict, LinkError
from ..messages import _lt
from ..protocols import Environment, Records
from .collections import ExternalLinks, OdooLinks, sync_date_or_now
from .existence import living
from .references import reference, references, relation_name
from .store import EXTERNAL, ID, MODEL, ODOO, REF1, REF2, LinkStore, Pair, Row

# The first end of a link: its reference and its model.
End = tuple[str, str]

_HINT = _lt("Delete that link first, or pass allow_many2many=True.")


class LinkTable:
    """The link functions of project code, for one environment."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._store = LinkStore(env)

    def set_record_links(
        self,
        relation: str,
        pairs: Sequence[tuple[Any, Any]],
        sync_date: datetime | None = None,
        allow_many2many: bool = False,
    ) -> OdooLinks:
        """Link each record with its external reference."""
        rows = [
            (
                relation_name(relation),
                ODOO,
                str(_id(rec)),
                EXTERNAL,
                reference(ref),
                rec._name,
            )
            for rec, ref in pairs
        ]
        found = self._set(rows, sync_date, allow_many2many)
        return OdooLinks(self._env, relation, found)

    def set_external_links(
        self,
        relation: str,
        pairs: Sequence[Mapping[str, Any]],
        sync_date: datetime | None = None,
        allow_many2many: bool = False,
    ) -> ExternalLinks:
        """Link references of two systems; each pair maps a system to a reference."""
        first, second = systems = _two_systems(pairs[0]) if pairs else ("", "")
        rows = [
            (relation_name(relation), first, reference(pair[first]))
            + (second, reference(pair[second]), "")
            for pair in pairs
        ]
        found = self._set(rows, sync_date, allow_many2many)
        return ExternalLinks(self._env, relation, found, systems=systems)

    def record_links(
        self, relation: str, records: Records = None, refs: Any = None
    ) -> OdooLinks:
        """Return the links of a relation, of ``records``, or with ``refs``."""
        ids = None if records is None else [str(_id(record)) for record in records]
        model = None if records is None else records._name
        found = self._store.find(
            relation_name(relation), ODOO, EXTERNAL, ids, references(refs), model
        )
        return OdooLinks(self._env, relation, found, model=model)

    def own(self, links: OdooLinks) -> OdooLinks:
        """Leave out links from a merge, if their record has one of its own."""
        ends = [(row[MODEL], row[REF1]) for row in links._rows]
        if len(ends) == len(set(ends)):
            return links
        merged = self._store.merged([row[ID] for row in links._rows])
        own = {
            end
            for end, row in zip(ends, links._rows, strict=True)
            if row[ID] not in merged
        }
        kept = [
            row
            for end, row in zip(ends, links._rows, strict=True)
            if row[ID] not in merged or end not in own
        ]
        return links._with(kept)

    def external_links(self, relation: str, ends: Mapping[str, Any]) -> ExternalLinks:
        """Return the links between two systems; None doesn't filter an end."""
        first, second = _two_systems(ends)
        found = self._store.find(
            relation_name(relation),
            first,
            second,
            references(ends[first]),
            references(ends[second]),
        )
        return ExternalLinks(self._env, relation, found, systems=(first, second))

    def _set(
        self, rows: list[Pair], sync_date: datetime | None, many: bool
    ) -> list[Row]:
        rows = list(dict.fromkeys(rows))
        if not rows:
            return []
        date = sync_date_or_now(sync_date)
        found = [] if many else self._set_new(rows, date)
        if not found:
            found = self._store.insert(rows, date, many)
        if len(found) < len(rows):
            raise LinkConflict(
                _lt(
                    "Another link of %(relation)s was made meanwhile.",
                    relation=rows[0][0],
                )
            )
        order = {(row[2], row[4], row[5]): place for place, row in enumerate(rows)}
        return sorted(found, key=lambda r: order[r[REF1], r[REF2], r[MODEL]])

    def _set_new(self, rows: list[Pair], date: datetime) -> list[Row]:
        """Insert exclusive links, and look for what they meet only if they do."""
        wanted = {(row[2], row[5]): row[4] for row in rows}
        backward = {row[4]: (row[2], row[5]) for row in rows}
        if len(wanted) < len(rows) or len(backward) < len(rows):
            raise LinkConflict(
                _lt(
                    "%(relation)s: one end stands in several pairs. %(hint)s",
                    relation=rows[0][0],
                    hint=_HINT,
                )
            )
        found = self._store.insert_new(rows, date)
        if not found:
            self._make_room(rows, wanted, backward)
        return found

    def _make_room(
        self,
        rows: list[Pair],
        wanted: Mapping[End, str],
        backward: Mapping[str, End],
    ) -> None:
        """Delete what is in the way if its record is gone, and refuse the rest."""
        relation, system1, *_ = rows[0]
        met = self._conflicts(rows, wanted, backward)
        if system1 == ODOO and met:
            there = living(self._env, met)
            gone = [row for row in met if (row[MODEL], row[REF1]) not in there]
            self._store.delete([row[ID] for row in gone])
            met = [row for row in met if row not in gone]
        for _id, ref1, ref2, model, _date in met[:1]:
            raise LinkConflict(
                _lt(
                    "%(relation)s: %(what)s %(ref1)s and %(ref2)s are linked "
                    "already. %(hint)s",
                    relation=relation,
                    what=model or system1,
                    ref1=ref1,
                    ref2=ref2,
                    hint=_HINT,
                )
            )

    def _conflicts(
        self,
        rows: list[Pair],
        wanted: Mapping[End, str],
        backward: Mapping[str, End],
    ) -> list[Row]:
        """Return the links that share one end with a new pair, but not the other."""
        relation, system1, _, system2, _, _ = rows[0]
        refs1, refs2 = [row[2] for row in rows], [row[4] for row in rows]
        existing = self._store.find(relation, system1, system2, refs1=refs1)
        existing += self._store.find(relation, system1, system2, refs2=refs2)
        # A pair that stands is not made: it gets another date.
        stand = {((row[REF1], row[MODEL]), row[REF2]) for row in existing}
        new1 = {
            end1: ref2 for end1, ref2 in wanted.items() if (end1, ref2) not in stand
        }
        new2 = {
            ref2: end1 for ref2, end1 in backward.items() if (end1, ref2) not in stand
        }
        return [
            row
            for row in existing
            if new1.get((row[REF1], row[MODEL]), row[REF2]) != row[REF2]
            or new2.get(row[REF2], (row[REF1], row[MODEL])) != (row[REF1], row[MODEL])
        ]


def one(links: Any, what: str) -> Any:
    """Return the only link of a collection as a single one, empty if it is empty."""
    if len(links) > 1:
        raise AmbiguousLink(
            _lt(
                "%(count)s links of %(relation)s match %(what)s; use search_links.",
                count=len(links),
                relation=links.relation,
                what=what,
            )
        )
    return links._with(links._rows, single=True)


def _id(record: Any) -> int:
    if not record.id or not isinstance(record.id, int):
        raise LinkError(
            _lt("%(record)s has no id yet; save it before linking it.", record=record)
        )
    return record.id


def _two_systems(ends: Mapping[str, Any]) -> tuple[str, str]:
    if len(ends) != 2:
        raise LinkError(
            _lt(
                "An external link has two ends: pass two systems, for instance "
                "github=12, trello='abc'."
            )
        )
    first, second = sorted(ends)
    return first, second
