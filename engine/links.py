"""Links as project code sees them: small collections that read naturally."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .errors import AmbiguousLink, LinkConflict, LinkError
from .linkstore import EXTERNAL, ODOO, LinkStore, Row


class Links:
    """A collection of links, or one of them; supports ``|``, ``&``, ``-``, ``in``.

    Of one link the properties are plain values, of a collection they are lists.
    """

    __slots__ = ("_env", "_relation", "_rows", "_single")

    def __init__(
        self, env: Any, relation: str, rows: Sequence[Row], single: bool = False
    ) -> None:
        self._env = env
        self._relation = relation
        self._rows = tuple(rows)
        self._single = single

    def __iter__(self) -> Iterator[Any]:
        return (self._with((row,), single=True) for row in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def __contains__(self, link: Links) -> bool:
        return self._ids(link) <= self._ids(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Links) and self._ids(self) == self._ids(other)

    def __hash__(self) -> int:
        return hash(frozenset(self._ids(self)))

    def __or__(self, other: Links) -> Links:
        known = self._ids(self)
        return self._with((*self._rows, *(r for r in other._rows if r.id not in known)))

    def __and__(self, other: Links) -> Links:
        wanted = self._ids(other)
        return self._with([row for row in self._rows if row.id in wanted])

    def __sub__(self, other: Links) -> Links:
        unwanted = self._ids(other)
        return self._with([row for row in self._rows if row.id not in unwanted])

    def __getitem__(self, index: Any) -> Links:
        if isinstance(index, slice):
            return self._with(self._rows[index])
        return self._with((self._rows[index],), single=True)

    @property
    def relation(self) -> str:
        """The relation's name."""
        return self._relation

    @property
    def sync_date(self) -> datetime | None:
        """The date of the link, of a collection the oldest one; None if empty."""
        return min((row.date for row in self._rows), default=None)

    def update(self, sync_date: datetime | None = None) -> None:
        """Set the date of every link, by default to now."""
        date = _date(sync_date)
        LinkStore(self._env).touch([row.id for row in self._rows], date)
        self._rows = tuple(row._replace(date=date) for row in self._rows)

    def delete(self) -> None:
        """Delete every link; the records and what they are linked with stay."""
        LinkStore(self._env).delete([row.id for row in self._rows])
        self._rows = ()

    def filtered(self, condition: Callable[[Any], bool]) -> Links:
        """Return the links for which ``condition`` holds."""
        kept = [
            row for row, link in zip(self._rows, self, strict=True) if condition(link)
        ]
        return self._with(kept)

    def sorted(self, key: Callable[[Any], Any], reverse: bool = False) -> Links:
        """Return the links in the order of ``key``."""
        links = sorted(self, key=key, reverse=reverse)
        return self._with([row for link in links for row in link._rows])

    def _values(self, column: str) -> Any:
        values = [getattr(row, column) for row in self._rows]
        return next(iter(values), None) if self._single else values

    def _with(self, rows: Sequence[Row], single: bool = False) -> Any:
        return type(self)(self._env, self._relation, rows, single)

    @staticmethod
    def _ids(links: Links) -> set[int]:
        return {row.id for row in links._rows}


class OdooLinks(Links):
    """Links between Odoo records and references of another system."""

    __slots__ = ("_model",)

    def __init__(
        self,
        env: Any,
        relation: str,
        rows: Sequence[Row],
        single: bool = False,
        model: str | None = None,
    ) -> None:
        super().__init__(env, relation, rows, single)
        self._model = model

    @property
    def odoo(self) -> Any:
        """The records; a link outlives its record, so use ``.exists()`` in doubt."""
        models = {row.model for row in self._rows} or {self._model or "base"}
        if len(models) > 1:
            raise LinkError(
                f"The links of {self._relation} lead to several models: "
                f"{', '.join(sorted(models))}. Iterate over them."
            )
        return self._env[models.pop()].browse(int(row.ref1) for row in self._rows)

    @property
    def external(self) -> Any:
        """The external reference (text); of a collection the list of them."""
        return self._values("ref2")

    def _with(self, rows: Sequence[Row], single: bool = False) -> OdooLinks:
        return OdooLinks(self._env, self._relation, rows, single, self._model)

    def __repr__(self) -> str:
        pairs = ", ".join(f"{r.model}({r.ref1}) - {r.ref2}" for r in self._rows[:10])
        return f"<links {self._relation}: {pairs}>"


class ExternalLinks(Links):
    """Links between two external systems, e.g. ``elink.github``, ``elink.trello``."""

    __slots__ = ("_systems",)

    def __init__(
        self,
        env: Any,
        relation: str,
        rows: Sequence[Row],
        single: bool = False,
        systems: Sequence[str] = (),
    ) -> None:
        super().__init__(env, relation, rows, single)
        self._systems = tuple(systems)

    def get(self, system: str) -> Any:
        """Return the reference for ``system``; of a collection the list of them."""
        if system not in self._systems:
            raise AttributeError(
                f"{self._relation} links {' and '.join(self._systems)}, not {system}"
            )
        return self._values(f"ref{self._systems.index(system) + 1}")

    def __getattr__(self, system: str) -> Any:
        if system.startswith("_"):
            raise AttributeError(system)
        return self.get(system)

    def _with(self, rows: Sequence[Row], single: bool = False) -> ExternalLinks:
        return ExternalLinks(self._env, self._relation, rows, single, self._systems)

    def __repr__(self) -> str:
        pairs = ", ".join(f"{row.ref1} - {row.ref2}" for row in self._rows[:10])
        return f"<links {self._relation} {'/'.join(self._systems)}: {pairs}>"


class LinkTable:
    """The link functions of project code, for one environment."""

    def __init__(self, env: Any) -> None:
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
            (_name(relation), ODOO, str(_id(rec)), EXTERNAL, _ref(ref), rec._name)
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
        systems = _two_systems(pairs[0]) if pairs else ()
        rows = [
            (_name(relation), systems[0], _ref(p[systems[0]]))
            + (systems[1], _ref(p[systems[1]]), "")
            for p in pairs
        ]
        found = self._set(rows, sync_date, allow_many2many)
        return ExternalLinks(self._env, relation, found, systems=systems)

    def record_links(
        self, relation: str, records: Any = None, refs: Any = None
    ) -> OdooLinks:
        """Return the links of a relation, of ``records``, or with ``refs``."""
        ids = None if records is None else [str(_id(record)) for record in records]
        model = None if records is None else records._name
        found = self._store.find(
            _name(relation), ODOO, EXTERNAL, ids, _refs(refs), model
        )
        return OdooLinks(self._env, relation, found, model=model)

    def external_links(self, relation: str, ends: Mapping[str, Any]) -> ExternalLinks:
        """Return the links between two systems; None doesn't filter an end."""
        first, second = _two_systems(ends)
        found = self._store.find(
            _name(relation), first, second, _refs(ends[first]), _refs(ends[second])
        )
        return ExternalLinks(self._env, relation, found, systems=(first, second))

    def _set(
        self, rows: list[tuple[str, ...]], sync_date: datetime | None, many: bool
    ) -> list[Row]:
        rows = list(dict.fromkeys(rows))
        if not rows:
            return []
        if not many:
            self._refuse_conflicts(rows)
        found = self._store.insert(rows, _date(sync_date), many)
        if len(found) < len(rows):
            raise LinkConflict(f"Another link of {rows[0][0]} was made meanwhile.")
        order = {(row[2], row[4], row[5]): place for place, row in enumerate(rows)}
        return sorted(found, key=lambda r: order[r.ref1, r.ref2, r.model])

    def _refuse_conflicts(self, rows: list[tuple[str, ...]]) -> None:
        relation, system1, _, system2, _, _ = rows[0]
        wanted = {(row[2], row[5]): row[4] for row in rows}
        backward = {row[4]: (row[2], row[5]) for row in rows}
        if len(wanted) < len(rows) or len(backward) < len(rows):
            raise LinkConflict(f"{relation}: one end stands in several pairs. {_HINT}")
        refs1, refs2 = [row[2] for row in rows], [row[4] for row in rows]
        existing = self._store.find(relation, system1, system2, refs1=refs1)
        existing += self._store.find(relation, system1, system2, refs2=refs2)
        for row in existing:
            key = (row.ref1, row.model)
            clash = wanted.get(key, row.ref2) != row.ref2
            if clash or backward.get(row.ref2, key) != key:
                raise LinkConflict(
                    f"{relation}: {row.model or system1} {row.ref1} and {row.ref2} "
                    f"are linked already. {_HINT}"
                )


_HINT = "Delete that link first, or pass allow_many2many=True."


def one(links: Any, what: str) -> Any:
    """Return the only link of a collection as a single one, empty if it is empty."""
    if len(links) > 1:
        raise AmbiguousLink(
            f"{len(links)} links of {links.relation} match {what}; use search_links."
        )
    return links._with(links._rows, single=True)


def _name(relation: Any) -> str:
    if not isinstance(relation, str) or not relation:
        raise LinkError("The relation's name must be a text that is not empty.")
    return relation


def _id(record: Any) -> int:
    if not record.id or not isinstance(record.id, int):
        raise LinkError(f"{record} has no id yet; save it before linking it.")
    return record.id


def _ref(ref: Any) -> str:
    if isinstance(ref, bool) or ref is None or ref == "":
        raise LinkError(f"{ref!r} is no external reference.")
    return str(ref)


def _refs(refs: Any) -> list[str] | None:
    if refs is None:
        return None
    if isinstance(refs, list | tuple | set | frozenset):
        return [_ref(ref) for ref in refs]
    return [_ref(refs)]


def _date(value: datetime | None) -> datetime:
    if value is None:
        return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
    if not isinstance(value, datetime):
        raise LinkError(f"sync_date must be a date and time in UTC, not {value!r}.")
    if value.tzinfo:
        return value.astimezone(timezone.utc).replace(tzinfo=None)
    return value


def _two_systems(ends: Mapping[str, Any]) -> tuple[str, str]:
    if len(ends) != 2:
        raise LinkError(
            "An external link has two ends: pass two systems, for instance "
            "github=12, trello='abc'."
        )
    first, second = sorted(ends)
    return first, second
