"""Nothing is opened, signed or encrypted in a process in which a guard has failed.

There is a way in and none out: whatever has got past a guard may be in the process.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from ..boundary.hidden import Hidden, hide, reveal
from ..errors import GuardFailed
from ..messages import _lt

REMEDY = _lt(
    "Secrets and Protected Code stay shut in this server process. Update Sync Studio, "
    "or go back to the versions of Odoo and its addons that ran before; then restart "
    "the server."
)


class Failure(NamedTuple):
    """A guard that failed, and why."""

    guard: str
    reason: str


UNTESTED = Failure(
    _lt("Tests of the guards"), _lt("none has run since the database was loaded")
)
_failures: Hidden[dict[str, Failure]] = hide({})


def shut(guard: str, reason: str) -> None:
    """Shut the vault for the rest of the process."""
    reveal(_failures).setdefault(guard, Failure(guard, reason))


def failures() -> tuple[Failure, ...]:
    """Return the guards that failed."""
    return tuple(reveal(_failures).values())


def check() -> None:
    """Let nobody in if a guard has failed.

    :raise GuardFailed: for the first one
    """
    for failure in failures():
        refuse(failure)


def refuse(failure: Failure) -> NoReturn:
    """Say which guard keeps the vault shut.

    :raise GuardFailed: always
    """
    raise GuardFailed(
        _lt(
            'The guard "%(guard)s" failed: %(reason)s. %(remedy)s',
            guard=failure.guard,
            reason=failure.reason,
            remedy=REMEDY,
        )
    )
