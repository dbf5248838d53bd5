"""Options of ``add_job`` in the types that the queue takes, or refused in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from .. import plaintext
from ..errors import SyncError
from ..messages import _lt

_LARGEST = 2**31 - 1  # of PostgreSQL's integer


def checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in the types that the queue stores; None, "" are not set.

    :raise SyncError: for a value that can't be meant
    """
    return {
        name: _CHECKS[name](name, value) if name in _CHECKS else value
        for name, value in options.items()
        if name not in _CHECKS or (value is not None and value != "")
    }


def _eta(name: str, value: Any) -> datetime | timedelta:
    """Return a date in naive UTC, or how long to wait."""
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, datetime):
            aware = value.tzinfo is not None
            utc = value.astimezone(timezone.utc) if aware else value
            return utc.replace(tzinfo=None)
        if not isinstance(value, timedelta):
            value = timedelta(seconds=_seconds(value))
        # Dates end with the year 9999.
        datetime.now() + value
        return value
    except (TypeError, ValueError, OverflowError):
        raise _refusal(
            name, value, _lt("a date and time (UTC) or a number of seconds")
        ) from (None)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return value


def _count(name: str, value: Any, least: int = 0) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = least - 1
    cut = isinstance(value, float) and number != value
    if cut or not least <= number <= _LARGEST:
        raise _refusal(
            name,
            value,
            _lt(
                "a whole number from %(least)s to %(largest)s",
                least=least,
                largest=_LARGEST,
            ),
        )
    return number


def _priority(name: str, value: Any) -> int:
    return _count(name, value, -_LARGEST)


def _description(name: str, value: Any) -> str:
    return plaintext.clean(plaintext.told(value))


def _channel(name: str, value: Any) -> str:
    if not isinstance(value, str) or plaintext.clean(value) != value:
        raise _refusal(name, value, _lt("the name of a channel, such as root.sync"))
    return value


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "eta": _eta,
    "priority": _priority,
    "max_retries": _count,
    "description": _description,
    "channel": _channel,
}


def _refusal(name: str, value: Any, wanted: str) -> SyncError:
    shown = plaintext.told(value, repr)
    return SyncError(
        _lt(
            "%(name)s must be %(wanted)s, not %(shown)s.",
            name=name,
            wanted=wanted,
            shown=f"{shown:.100}",
        )
    )
