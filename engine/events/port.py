"""What events ask of the models above them, which plug it in when they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .snapshots import Snapshot


@dataclass(frozen=True)
class Port:
    """The models' side of an event.

    ``epoch`` returns an object that lives until all of Odoo's caches are cleared;
    ``fail`` notes that a trigger (its id) could not be asked, and why; ``job`` returns
    the id of a new job of a trigger, None if the trigger is gone, or of the job that is
    given, if that still exists; ``add`` gives a job records of a model, with the stored
    values of those that were deleted.
    """

    epoch: Callable[[Any], object]
    fail: Callable[[Any, int, str], None]
    job: Callable[[Any, int, int | None], int | None]
    add: Callable[[Any, int, str, Sequence[int], Snapshot], None]


_plugged: list[Port] = []


def plug(port: Port) -> None:
    """Let events reach the models."""
    _plugged[:] = [port]


def models() -> Port:
    """Return the models' side."""
    return _plugged[0]
