"""Confined code can't read the last query of a cursor."""

from __future__ import annotations

from typing import Any

from odoo import sql_db

from ..boundary import callers
from ..logs import alarm
from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, confined, refused

_REFUSAL = _lt("Project code can't read the last query of the cursor.")


def _install() -> None:
    sql_db.Cursor.query = property(_last_query)


def _last_query(cursor: Any) -> bytes:
    """Return the last query with its values, which may be Protected Code's."""
    if callers.in_sandbox():
        alarm.refuse(_REFUSAL)
    return cursor._obj.query


def _test(env: Environment) -> None:
    with refused(_REFUSAL):
        confined("cr.query", {"cr": env.cr})


GUARD = Guard("last_query", _lt("The last query of a cursor"), _test, _install)
