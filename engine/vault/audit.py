"""The trail of what Managers do with secrets and Protected Code.

It is written to the table ``sync_audit`` and to the server's log: project code could
delete the row, but not the line.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from odoo.tools import SQL

from ..logs import alarm
from ..messages import _lt
from ..protocols import Cursor, Environment
from . import trusted_rows

_logger = logging.getLogger(__name__)


def record(
    cr: Cursor,
    uid: int,
    action: str,
    project_id: int | None = None,
    subject: str | None = None,
    note: str | None = None,
) -> None:
    """Add a line: user ``uid`` did ``action`` to ``subject``, e.g. a secret's key."""
    _logger.info(
        "%s: user %s, project %s, %s %s",
        *(action, uid, project_id, subject or "", note or ""),
    )
    cr.execute(
        SQL(
            """
            INSERT INTO sync_audit (date, user_id, action, project_id, subject, note)
            VALUES (now() AT TIME ZONE 'UTC', %s, %s, %s, %s, %s)
            """,
            *(uid, action, project_id, subject, note),
        )
    )


@contextmanager
def recorded_managers(env: Environment) -> Iterator[None]:
    """Record who becomes or ceases to be a Manager meanwhile."""
    before = trusted_rows.managers(env.cr)
    yield
    env.flush_all()
    after = trusted_rows.managers(env.cr)
    for user in sorted(after - before):
        _record_manager(env, "manager_added", user)
    for user in sorted(before - after):
        _record_manager(env, "manager_removed", user)


def _record_manager(env: Environment, action: str, user: int) -> None:
    record(env.cr, env.uid, action, subject=f"user {user}")
    if action == "manager_added":
        text = _lt("User %(user)s is now a Manager of Sync Studio.", user=user)
    else:
        text = _lt("User %(user)s is no longer a Manager of Sync Studio.", user=user)
    alarm.tell(text, "warning")


def note_first_use(cr: Cursor, uid: int) -> None:
    """Record a Manager that was never seen: SQL may have made the user one."""
    cr.execute(
        SQL(
            "SELECT EXISTS (SELECT FROM sync_audit"
            " WHERE action = 'manager_added' AND subject = %s)",
            f"user {uid}",
        )
    )
    if not cr.fetchone()[0]:
        note = "noticed at the first use of a Manager's right"
        record(cr, uid, "manager_added", subject=f"user {uid}", note=note)
