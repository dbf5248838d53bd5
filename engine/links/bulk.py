"""One-to-one synchronization of two sides: create, update and link, in batches.

``sync_info`` describes both sides::

    {
        "relation": "shop_product",
        "x": {                      # the other side
            "get_ref": item -> reference,          # sync_x2odoo, sync_external
            "create": records -> references,       # sync_odoo2x
            "update": [(record, reference)] -> None,
        },
        "odoo": {                   # our side, for sync_x2odoo
            "create": items -> records,
            "update": [(record, item)] -> None,
        },
    }

For :func:`sync_external` the two sides are named as the systems of the link and
``sync_info`` says which is the source: ``{"relation": ..., "source": "github",
"target": "trello", "github": {"get_ref": ...}, "trello": {"create": ...,
"update": ...}}``. Functions get and return whole batches (``batch_size`` items,
by default 100); a created batch must come back in the order it was given.

A link whose record is gone counts as none: ``"missing": "create"``, the default, makes
the record anew, ``"skip"`` leaves the item alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import LinkError
from ..messages import _lt
from ..protocols import Environment, Records
from .existence import living
from .references import reference, shown
from .store import MODEL, REF1, REF2
from .table import LinkTable

BATCH_SIZE = 100
_MISSING = ("create", "skip")


class Synced(NamedTuple):
    """What a synchronization did: the links it created and updated, what it left."""

    created: Any
    updated: Any
    skipped: list[Any]


def functions(env: Environment) -> dict[str, Callable[..., Synced]]:
    """Return the synchronization helpers for project code in ``env``."""

    def sync_odoo2x(
        records: Records, sync_info: Any, create: bool = True, update: bool = True
    ) -> Synced:
        return _sync(_Odoo2X(env, sync_info), list(records), create, update)

    def sync_x2odoo(
        items: Any, sync_info: Any, create: bool = True, update: bool = True
    ) -> Synced:
        return _sync(_X2Odoo(env, sync_info), list(items), create, update)

    def sync_external(
        items: Any, sync_info: Any, create: bool = True, update: bool = True
    ) -> Synced:
        return _sync(_External(env, sync_info), list(items), create, update)

    return {
        "sync_odoo2x": sync_odoo2x,
        "sync_x2odoo": sync_x2odoo,
        "sync_external": sync_external,
    }


class _Found(NamedTuple):
    """What is known of a batch: links and their other ends, and what to leave alone."""

    links: dict[str, Any]
    ends: dict[str, Any]
    left: set[str]


class _Direction:
    """One direction of synchronization: how items are linked, made and updated."""

    source, target = "", ""

    def __init__(self, env: Environment, info: Mapping[str, Any]) -> None:
        self.env = env
        self.table = LinkTable(env)
        self.info = info
        self.relation = _get(info, "relation")
        self.batch_size = _batch_size(info)
        self.missing = info.get("missing", _MISSING[0])
        if self.missing not in _MISSING:
            raise LinkError(
                _lt(
                    '"missing" is "create" or "skip", not %(value)s.',
                    value=shown(self.missing),
                )
            )

    def function(self, side: str, name: str) -> Callable[..., Any]:
        return _get(_get(self.info, side), name, side)

    def key(self, item: Any) -> str:
        ref = self.function(self.source, "get_ref")(item)
        return reference(ref, f"{self.relation}, get_ref({shown(item)}): ")

    def found(self, items: Sequence[Any]) -> _Found:
        raise NotImplementedError

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        raise NotImplementedError

    def none(self) -> Any:
        return self.table.record_links(self.relation, refs=[])


class _Odoo2X(_Direction):
    source, target = "odoo", "x"

    def key(self, item: Any) -> str:
        return str(item.id)

    def found(self, items: Sequence[Any]) -> _Found:
        records = items[0].union(*items)
        links = self.table.own(self.table.record_links(self.relation, records))
        by_id = dict(zip((row[REF1] for row in links._rows), links, strict=True))
        ends = {key: link.external for key, link in by_id.items()}
        gone = {self.key(record) for record in records - records.exists()}
        return _Found(by_id, ends, gone)

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        pairs = list(zip(items, made, strict=True))
        return self.table.set_record_links(self.relation, pairs)


class _X2Odoo(_Direction):
    source, target = "x", "odoo"

    def found(self, items: Sequence[Any]) -> _Found:
        refs = [self.key(item) for item in items]
        links = self.table.record_links(self.relation, refs=refs)
        there = living(self.env, links._rows)
        by_ref, ends = {}, {}
        for row, link in zip(links._rows, links, strict=True):
            record = there.get((row[MODEL], row[REF1]))
            if record is not None:
                by_ref[row[REF2]], ends[row[REF2]] = link, record
        gone = {row[REF2] for row in links._rows} - by_ref.keys()
        return _Found(by_ref, ends, gone if self.missing == "skip" else set())

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        refs = (self.key(item) for item in items)
        pairs = list(zip(made, refs, strict=True))
        return self.table.set_record_links(self.relation, pairs)


class _External(_Direction):
    def __init__(self, env: Environment, info: Mapping[str, Any]) -> None:
        super().__init__(env, info)
        self.source = _get(info, "source")
        self.target = _get(info, "target")

    def found(self, items: Sequence[Any]) -> _Found:
        refs = [self.key(item) for item in items]
        ends = {self.source: refs, self.target: None}
        links = self.table.external_links(self.relation, ends)
        by_ref = {link.get(self.source): link for link in links}
        others = {ref: link.get(self.target) for ref, link in by_ref.items()}
        return _Found(by_ref, others, set())

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        pairs = [
            {self.source: self.key(item), self.target: ref}
            for item, ref in zip(items, made, strict=True)
        ]
        return self.table.set_external_links(self.relation, pairs)

    def none(self) -> Any:
        ends: dict[str, Any] = {self.source: [], self.target: None}
        return self.table.external_links(self.relation, ends)


def _sync(side: _Direction, items: list[Any], create: bool, update: bool) -> Synced:
    done = Synced(side.none(), side.none(), [])
    for batch in _batches(items, side.batch_size):
        found = side.found(batch)
        old, new, left = _sorted_out(side, batch, found)
        created = _create(side, new) if create and new else side.none()
        updated = _update(side, old, found) if update and old else side.none()
        skipped = left + ([] if create else new) + ([] if update else old)
        done = Synced(
            done.created | created, done.updated | updated, done.skipped + skipped
        )
    return done


def _sorted_out(
    side: _Direction, batch: Sequence[Any], found: _Found
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the items that are linked, those that are new, and those to leave."""
    old: list[Any] = []
    new: list[Any] = []
    left: list[Any] = []
    for item in batch:
        key = side.key(item)
        kind = left if key in found.left else old if key in found.links else new
        kind.append(item)
    return old, _unique(side, new), left


def _unique(side: _Direction, items: Iterable[Any]) -> list[Any]:
    """Keep the last of the items that stand for the same thing."""
    return list({side.key(item): item for item in items}.values())


def _create(side: _Direction, items: list[Any]) -> Any:
    made = side.function(side.target, "create")(_batch(side, items))
    number = None if made is None else len(made := list(made))
    if number != len(items):
        raise LinkError(
            _lt(
                "%(relation)s: create() got %(count)s items and returned "
                "%(number)s; return one for each, in the same order.",
                relation=side.relation,
                count=len(items),
                number=number,
            )
        )
    return side.link(items, made)


def _update(side: _Direction, items: list[Any], found: _Found) -> Any:
    keys = [side.key(item) for item in items]
    pairs = [(item, found.ends[key]) for item, key in zip(items, keys, strict=True)]
    if side.target == "odoo":
        pairs = [(end, item) for item, end in pairs]
    side.function(side.target, "update")(pairs)
    touched = side.none()
    for key in keys:
        touched |= found.links[key]
    touched.update()
    return touched


def _batch(side: _Direction, items: list[Any]) -> Any:
    return items[0].union(*items) if side.source == "odoo" else items


def _batch_size(info: Mapping[str, Any]) -> int:
    size = info.get("batch_size", BATCH_SIZE)
    try:
        # A project's parameter is a text.
        number = int(size)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if number < 1:
        raise LinkError(
            _lt('"batch_size" is a number of items, not %(value)s.', value=shown(size))
        )
    return number


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _get(mapping: Any, key: str, owner: str = "sync_info") -> Any:
    try:
        return mapping[key]
    except (KeyError, TypeError):
        raise LinkError(
            _lt(
                '%(owner)s has no "%(key)s"; see the guide for sync_info.',
                owner=owner,
                key=key,
            )
        ) from None
