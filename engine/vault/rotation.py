"""Replace the key of the vault: lock and sign everything with the first of the keys."""

from __future__ import annotations

from typing import Any, NamedTuple

from cryptography.fernet import Fernet
from odoo.tools import SQL

from ..protocols import Cursor
from . import approval, cipher, keys

# What is encrypted: the column, and the owner that it was locked for.
_TOKENS = {
    ("sync_project_secret", "token"): "'secret/' || t.project_id || '/' || t.key",
    ("sync_job", "payload_token"): "'job/' || t.project_id",
    ("sync_job_batch", "snapshot_token"): (
        "'job/' || (SELECT project_id FROM sync_job WHERE id = t.job_id)"
    ),
}


class Rotated(NamedTuple):
    """What was locked and signed anew, and the projects left to a Manager."""

    tokens: int
    signatures: int
    unsigned: list[str]


def add_key() -> None:
    """Put a new key before the others in the keys' file.

    From now on it locks, and the others still open: running servers read the file
    again by themselves, and whatever happens next, nothing is lost.
    """
    keys.store((Fernet.generate_key(), *keys.load()))


def forget_old_keys() -> None:
    """Keep only the first key in the file."""
    keys.store(keys.load()[:1])


def rotate(cr: Cursor) -> Rotated:
    """Lock and sign everything with the first key, in the transaction of ``cr``.

    :raise VaultError: if something can't be opened; then roll back
    """
    # Nobody sets a secret meanwhile, which would be lost.
    cr.execute("LOCK TABLE sync_project, sync_project_secret IN EXCLUSIVE MODE")
    tokens = sum(_relock(cr, *column, owner) for column, owner in _TOKENS.items())
    signed, unsigned = _sign(cr)
    return Rotated(tokens, signed, unsigned)


def _relock(cr: Cursor, table: str, column: str, owner: str) -> int:
    rows = _tokens(cr, table, column, owner)
    for id_, name, token in rows:
        cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s",
                *(SQL.identifier(table), SQL.identifier(column)),
                *(cipher.relock(name, token), id_),
            )
        )
    return len(rows)


def _tokens(cr: Cursor, table: str, column: str, owner: str) -> list[tuple[Any, ...]]:
    cr.execute(
        SQL(
            "SELECT t.id, %(owner)s, t.%(column)s FROM %(table)s t"
            " WHERE t.%(column)s IS NOT NULL",
            owner=SQL(owner),
            column=SQL.identifier(column),
            table=SQL.identifier(table),
        )
    )
    return cr.fetchall()


def _sign(cr: Cursor) -> tuple[int, list[str]]:
    signed, unsigned = 0, []
    for id_, name, text, signature in _signatures(cr):
        if not approval.verified(id_, text, signature):
            unsigned.append(name)
            continue
        new = cipher.sign(approval.owner(id_), text)
        cr.execute(
            SQL(
                "UPDATE sync_project SET protected_signature = %s WHERE id = %s",
                *(new, id_),
            )
        )
        signed += 1
    return signed, unsigned


def _signatures(cr: Cursor) -> list[tuple[Any, ...]]:
    cr.execute(
        "SELECT id, name, approved_text, protected_signature FROM sync_project"
        " WHERE protected_signature IS NOT NULL"
    )
    return cr.fetchall()


def problems(cr: Cursor, only_first: bool = False) -> list[str]:
    """Return what the keys, or the first one alone, don't open or verify."""
    found = []
    for column, owner in _TOKENS.items():
        for id_, name, token in _tokens(cr, *column, owner):
            if not cipher.opens(name, token, only_first):
                found.append(f"{name} (row {id_} of {column[0]})")
    for id_, name, text, signature in _signatures(cr):
        owner = approval.owner(id_)
        if not cipher.is_signed(owner, text or "", signature, only_first):
            found.append(f'the signature of the project "{name}"')
    return found
