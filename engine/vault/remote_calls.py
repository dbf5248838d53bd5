"""Note which changes a Manager's remote call asks for, before anything else runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

from ..boundary import callers
from ..protocols import Cursor
from . import audit, authority, trusted_rows

_requester: ContextVar[int | None] = ContextVar("sync_requester", default=None)


@contextmanager
def arrived(uid: int | None) -> Iterator[None]:
    """Remember whose request it is: its session can be made somebody else's."""
    token = _requester.set(uid)
    try:
        yield
    finally:
        _requester.reset(token)


def requester() -> int | None:
    """Return the user whose session the current request came with."""
    return _requester.get()


def declared(
    cr: Cursor,
    uid: int | None,
    model: str,
    method: str,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> AbstractContextManager[None]:
    """Allow what the call asks for while it runs, if its user is a Manager."""
    changes = authority.read_call(model, method, args, kwargs)
    # Project code can make such calls too, with any user.
    if uid is None or not changes or callers.in_run():
        return nullcontext()
    if not trusted_rows.is_manager(cr, uid):
        return nullcontext()
    audit.note_first_use(cr, uid)
    return authority.asked(changes)


def noted(execute: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``odoo.service.model.execute_cr`` for XML-RPC and JSON-RPC."""

    def execute_noted(
        cr: Cursor, uid: int, model: str, method: str, args: Any, kwargs: Any
    ) -> Any:
        with declared(cr, uid, model, method, args, kwargs):
            return execute(cr, uid, model, method, args, kwargs)

    return execute_noted
