"""The rows that the boundary stands on, read and written in SQL.

Project code runs with the ORM's full rights and could put something else in the
place of a model. The cursor of a request or a run is out of its reach.
"""

from __future__ import annotations

from typing import NamedTuple

from odoo.tools import SQL

from ..protocols import Cursor

# The manager group, and every group that implies it.
_GRANTING = SQL(
    """
    WITH RECURSIVE granting(gid) AS (
        SELECT res_id FROM ir_model_data
         WHERE module = 'sync' AND name = 'group_manager'
         UNION
        SELECT implied.gid FROM res_groups_implied_rel implied
          JOIN granting ON granting.gid = implied.hid
    )
    """
)


class SecretRow(NamedTuple):
    """Where a secret belongs, and its encrypted value."""

    id: int
    project_id: int
    key: str
    token: str | None


def managers(cr: Cursor) -> set[int]:
    """Return the ids of the users who are Managers."""
    cr.execute(
        SQL(
            "%s SELECT rel.uid FROM res_groups_users_rel rel"
            "  JOIN granting ON granting.gid = rel.gid",
            _GRANTING,
        )
    )
    return {row[0] for row in cr.fetchall()}


def is_manager(cr: Cursor, uid: int | None) -> bool:
    """Tell whether a user is a Manager."""
    return uid in managers(cr)


def secret(cr: Cursor, secret_id: int) -> SecretRow | None:
    """Return a secret's row."""
    cr.execute(
        SQL(
            "SELECT id, project_id, key, token FROM sync_project_secret WHERE id = %s",
            secret_id,
        )
    )
    row = cr.fetchone()
    return SecretRow(*row) if row else None


def set_token(cr: Cursor, project_id: int, key: str, token: str) -> bool:
    """Store a secret's encrypted value; tell whether the project has that secret."""
    cr.execute(
        SQL(
            "UPDATE sync_project_secret SET token = %s"
            " WHERE project_id = %s AND key = %s",
            token,
            project_id,
            key,
        )
    )
    return bool(cr.rowcount)


def nothing_locked(cr: Cursor) -> bool:
    """Tell whether nothing in the database needs a key: then one may be made."""
    cr.execute(
        """
        SELECT NOT EXISTS (SELECT FROM sync_project_secret WHERE token IS NOT NULL)
           AND NOT EXISTS (SELECT FROM sync_project
                            WHERE protected_signature IS NOT NULL)
        """
    )
    return cr.fetchone()[0]


def database_reads_files(cr: Cursor) -> bool:
    """Tell whether Odoo's database role may read files of the database's server."""
    cr.execute(
        """
        SELECT rolsuper
            OR pg_has_role(current_user, 'pg_read_server_files', 'MEMBER')
            OR pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')
          FROM pg_roles WHERE rolname = current_user
        """
    )
    return cr.fetchone()[0]
