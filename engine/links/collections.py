"""Links as project code sees them: small collections that read naturally."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from ..errors import LinkError
from ..messages import _lt
from ..protocols import Environment
from .existence import existing
from .store import DATE, ID, MODEL, REF1, REF2, LinkStore, Row


class Links:
    """A collection of links, or one of them; supports ``|``, ``&``, ``-``, ``in``.

    Of one link the properties are plain values, of a collection they are lists.
    """

    __slots__ = ("_env", "_relation", "_rows", "_single")

    def __init__(
        self, env: Environment, relation: str, rows: Sequence[Row], single: bool = False
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
        return self._with(
            (*self._rows, *(r for r in other._rows if r[ID] not in known))
        )

    def __and__(self, other: Links) -> Links:
        wanted = self._ids(other)
        return self._with([row for row in self._rows if row[ID] in wanted])

    def __sub__(self, other: Links) -> Links:
        unwanted = self._ids(other)
        return self._with([row for row in self._rows if row[ID] not in unwanted])

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
        return min((row[DATE] for row in self._rows), default=None)

    def update(self, sync_date: datetime | None = None) -> None:
        """Set the date of every link, by default to now."""
        date = sync_date_or_now(sync_date)
        LinkStore(self._env).touch([row[ID] for row in self._rows], date)
        self._rows = tuple((*row[:DATE], date) for row in self._rows)

    def delete(self) -> None:
        """Delete every link; the records and what they are linked with stay."""
        LinkStore(self._env).delete([row[ID] for row in self._rows])
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

    def _values(self, column: int) -> Any:
        values = [row[column] for row in self._rows]
        return next(iter(values), None) if self._single else values

    def _with(self, rows: Sequence[Row], single: bool = False) -> Any:
        return type(self)(self._env, self._relation, rows, single)

    @staticmethod
    def _ids(links: Links) -> set[int]:
        return {row[ID] for row in links._rows}


class OdooLinks(Links):
    """Links between Odoo records and references of another system."""

    __slots__ = ("_model", "_prefetch")

    def __init__(
        self,
        env: Environment,
        relation: str,
        rows: Sequence[Row],
        single: bool = False,
        model: str | None = None,
    ) -> None:
        super().__init__(env, relation, rows, single)
        self._model = model
        self._prefetch: Sequence[int] = ()

    def __iter__(self) -> Iterator[OdooLinks]:
        # What is read of one record is read of all, as in a loop over records.
        together = self._ids_by_model()
        for row in self._rows:
            link = self._with((row,), single=True)
            link._prefetch = together[row[MODEL]]
            yield link

    @property
    def odoo(self) -> Any:
        """The records that are still there: a link outlives its record."""
        ids = self._ids_by_model()
        models = [model for model in ids if model in self._env]
        if len(models) > 1:
            raise LinkError(
                _lt(
                    "The links of %(relation)s lead to several models: %(models)s. "
                    "Iterate over them.",
                    relation=self._relation,
                    models=", ".join(sorted(models)),
                )
            )
        model = (models or [self._model or "base"])[0]
        records = existing(self._env, model, ids.get(model, ()))
        return records.with_prefetch(self._prefetch) if self._prefetch else records

    @property
    def external(self) -> Any:
        """The external reference (text); of a collection the list of them."""
        return self._values(REF2)

    def _ids_by_model(self) -> dict[str, list[int]]:
        ids: dict[str, list[int]] = {}
        for row in self._rows:
            ids.setdefault(row[MODEL], []).append(int(row[REF1]))
        return ids

    def _with(self, rows: Sequence[Row], single: bool = False) -> OdooLinks:
        return OdooLinks(self._env, self._relation, rows, single, self._model)

    def __repr__(self) -> str:
        pairs = ", ".join(f"{r[MODEL]}({r[REF1]}) - {r[REF2]}" for r in self._rows[:10])
        return f"<links {self._relation}: {pairs}>"


class ExternalLinks(Links):
    """Links between two external systems, e.g. ``elink.github``, ``elink.trello``."""

    __slots__ = ("_systems",)

    def __init__(
        self,
        env: Environment,
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
                _lt(
                    "%(relation)s links %(systems)s, not %(system)s",
                    relation=self._relation,
                    systems=" and ".join(self._systems),
                    system=system,
                )
            )
        return self._values((REF1, REF2)[self._systems.index(system)])

    def __getattr__(self, system: str) -> Any:
        if system.startswith("_"):
            raise AttributeError(system)
        return self.get(system)

    def _with(self, rows: Sequence[Row], single: bool = False) -> ExternalLinks:
        return ExternalLinks(self._env, self._relation, rows, single, self._systems)

    def __repr__(self) -> str:
        pairs = ", ".join(f"{row[REF1]} - {row[REF2]}" for row in self._rows[:10])
        return f"<links {self._relation} {'/'.join(self._systems)}: {pairs}>"


def sync_date_or_now(value: datetime | None) -> datetime:
    """Return a date in naive UTC, by default now, to the second."""
    if value is None:
        return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
    if not isinstance(value, datetime):
        raise LinkError(
            _lt(
                "sync_date must be a date and time in UTC, not %(value)s.",
                value=f"{value!r}",
            )
        )
    if value.tzinfo:
        return value.astimezone(timezone.utc).replace(tzinfo=None)
    return value
