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
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .errors import LinkError
from .linktable import LinkTable

BATCH_SIZE = 100


class Synced(NamedTuple):
    """What a synchronization did: the links it created and updated, what it left."""

    created: Any
    updated: Any
    skipped: list[Any]


def functions(env: Any) -> dict[str, Callable[..., Synced]]:
    """Return the synchronization helpers for project code in ``env``."""

    def sync_odoo2x(
        records: Any, sync_info: Any, create: bool = True, update: bool = True
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


class _Direction:
    """One direction of synchronization: how items are linked, made and updated."""

    source, target = "", ""

    def __init__(self, env: Any, info: Mapping[str, Any]) -> None:
        self.env = env
        self.table = LinkTable(env)
        self.info = info
        self.relation = _get(info, "relation")
        self.batch_size = int(info.get("batch_size", BATCH_SIZE))

    def function(self, side: str, name: str) -> Callable[..., Any]:
        return _get(_get(self.info, side), name, side)

    def key(self, item: Any) -> str:
        return str(self.function(self.source, "get_ref")(item))

    def found(self, items: Sequence[Any]) -> dict[str, Any]:
        raise NotImplementedError

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        raise NotImplementedError

    def other_end(self, link: Any) -> Any:
        raise NotImplementedError

    def none(self) -> Any:
        return self.table.record_links(self.relation, refs=[])


class _Odoo2X(_Direction):
    source, target = "odoo", "x"

    def key(self, item: Any) -> str:
        return str(item.id)

    def found(self, items: Sequence[Any]) -> dict[str, Any]:
        records = items[0].union(*items)
        links = self.table.record_links(self.relation, records)
        return {str(link.odoo.id): link for link in links}

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        pairs = list(zip(items, made, strict=True))
        return self.table.set_record_links(self.relation, pairs)

    def other_end(self, link: Any) -> Any:
        return link.external


class _X2Odoo(_Direction):
    source, target = "x", "odoo"

    def found(self, items: Sequence[Any]) -> dict[str, Any]:
        refs = [self.key(item) for item in items]
        links = self.table.record_links(self.relation, refs=refs)
        return {link.external: link for link in links}

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        refs = (self.key(item) for item in items)
        pairs = list(zip(made, refs, strict=True))
        return self.table.set_record_links(self.relation, pairs)

    def other_end(self, link: Any) -> Any:
        return link.odoo


class _External(_Direction):
    def __init__(self, env: Any, info: Mapping[str, Any]) -> None:
        super().__init__(env, info)
        self.source = _get(info, "source")
        self.target = _get(info, "target")

    def found(self, items: Sequence[Any]) -> dict[str, Any]:
        refs = [self.key(item) for item in items]
        ends = {self.source: refs, self.target: None}
        links = self.table.external_links(self.relation, ends)
        return {link.get(self.source): link for link in links}

    def link(self, items: Sequence[Any], made: Sequence[Any]) -> Any:
        pairs = [
            {self.source: self.key(item), self.target: ref}
            for item, ref in zip(items, made, strict=True)
        ]
        return self.table.set_external_links(self.relation, pairs)

    def other_end(self, link: Any) -> Any:
        return link.get(self.target)

    def none(self) -> Any:
        ends = {self.source: [], self.target: None}
        return self.table.external_links(self.relation, ends)


def _sync(side: _Direction, items: list[Any], create: bool, update: bool) -> Synced:
    done = Synced(side.none(), side.none(), [])
    for batch in _batches(items, side.batch_size):
        linked = side.found(batch)
        old = [item for item in batch if side.key(item) in linked]
        new = _unique(side, (item for item in batch if side.key(item) not in linked))
        created = _create(side, new) if create and new else side.none()
        updated = _update(side, old, linked) if update and old else side.none()
        skipped = ([] if create else new) + ([] if update else old)
        done = Synced(
            done.created | created, done.updated | updated, done.skipped + skipped
        )
    return done


def _unique(side: _Direction, items: Iterable[Any]) -> list[Any]:
    """Keep the last of the items that stand for the same thing."""
    return list({side.key(item): item for item in items}.values())


def _create(side: _Direction, items: list[Any]) -> Any:
    made = list(side.function(side.target, "create")(_batch(side, items)))
    if len(made) != len(items):
        raise LinkError(
            f"{side.relation}: create() got {len(items)} items and returned "
            f"{len(made)}; return one for each, in the same order."
        )
    return side.link(items, made)


def _update(side: _Direction, items: list[Any], linked: Mapping[str, Any]) -> Any:
    links = [linked[side.key(item)] for item in items]
    ends = [side.other_end(link) for link in links]
    pairs = list(zip(items, ends, strict=True))
    if side.target == "odoo":
        pairs = [(end, item) for item, end in pairs]
    side.function(side.target, "update")(pairs)
    touched = side.none()
    for link in links:
        touched |= link
    touched.update()
    return touched


def _batch(side: _Direction, items: list[Any]) -> Any:
    return items[0].union(*items) if side.source == "odoo" else items


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _get(mapping: Any, key: str, owner: str = "sync_info") -> Any:
    try:
        return mapping[key]
    except (KeyError, TypeError):
        raise LinkError(
            f'{owner} has no "{key}"; see the guide for sync_info.'
        ) from None
