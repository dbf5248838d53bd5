"""Proof that a Manager wants a change: what setting secrets and signing stand on.

Access rights can't be that proof: project code runs in superuser mode, and can leave
calls behind (a queued job, an automation rule, a callback at the end of the
transaction) that run when none of its code is on the stack. So a change is allowed
only if a Manager's own request asks for exactly this change, which is noted before
anything else runs (:mod:`.remote_calls`).

Trusted Python, like another addon, a test or a shell, says so itself::

    from odoo.addons.sync.engine import authority

    with authority.granted():
        project.protected_code = code
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from ..boundary import callers


class Change(NamedTuple):
    """One value that a request sets; ``id`` is None for a record that it creates.

    Deleting and copying a record are changes too, with the field "unlink" or "copy".
    """

    model: str
    id: int | None
    field: str
    value: Any = True


Asked = frozenset[Change]
PROJECT, PARAM, SECRET = "sync.project", "sync.project.param", "sync.project.secret"
MODELS = (PROJECT, PARAM, SECRET)
_LINES = {"param_ids": PARAM, "secret_ids": SECRET}
# Compared by identity; not empty, because all empty frozensets are the same object.
_EVERYTHING: Asked = frozenset({Change("*", None, "*")})

_asked: ContextVar[Asked | None] = ContextVar("sync_asked", default=None)


@contextmanager
def granted() -> Iterator[None]:
    """Allow every change meanwhile; for trusted Python only."""
    with _set(_EVERYTHING):
        yield


@contextmanager
def asked(changes: Iterable[Change]) -> Iterator[None]:
    """Allow ``changes`` meanwhile, besides those that are allowed already."""
    known = _asked.get()
    with _set(known if known is _EVERYTHING else (known or frozenset()) | {*changes}):
        yield


@contextmanager
def _set(changes: Asked) -> Iterator[None]:
    token = _asked.set(changes)
    try:
        yield
    finally:
        _asked.reset(token)


def is_asked() -> bool:
    """Tell whether a Manager's call goes on that has what is guarded in it."""
    return _asked.get() is not None


def allows(model: str, id_: int | None, field: str, value: Any = True) -> bool:
    """Tell whether a Manager asks for this change, and no project code does."""
    known = _asked.get()
    if known is None or callers.in_run():
        return False
    return known is _EVERYTHING or Change(model, id_, field, value) in known


def read_call(
    model: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Asked:
    """Return the changes that a remote call of an ORM method asks for."""
    if model not in MODELS:
        return frozenset()
    if method == "create":
        rows = args[0] if args else kwargs.get("vals_list")
        return frozenset(c for row in _list(rows) for c in _row(model, None, row))
    ids = _list(args[0] if args else None)
    if method in ("copy", "unlink"):
        return frozenset(Change(model, id_, method) for id_ in ids)
    if method in ("write", "web_save"):
        values = args[1] if len(args) > 1 else kwargs.get("vals", {})
        return frozenset(c for id_ in ids or [None] for c in _row(model, id_, values))
    return frozenset()


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _row(model: str, id_: int | None, values: Mapping[str, Any]) -> Iterator[Change]:
    if not isinstance(values, Mapping):
        return  # a call that will fail
    for field, value in values.items():
        if model == PROJECT and field in _LINES:
            for command in value or ():
                yield from _line(_LINES[field], command)
        elif isinstance(value, str | bool | int | None):
            yield Change(model, id_, field, value)


def _line(model: str, command: list[Any]) -> Iterator[Change]:
    match command:
        case [0, _, values]:
            yield from _row(model, None, values)
        case [1, int(id_), values]:
            yield from _row(model, id_, values)
        case [2 | 3, int(id_), *_]:
            yield Change(model, id_, "unlink")
