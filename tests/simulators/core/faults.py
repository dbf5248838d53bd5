"""Faults on demand: what goes wrong, how often, and with which requests."""

import itertools
import re
import threading
from dataclasses import asdict, dataclass, field

REQUEST_KINDS = ("slow", "down", "refused", "status", "rate_limit")
DELIVERY_KINDS = ("lose", "duplicate", "reorder")

_ids = itertools.count(1)


class UnknownFault(ValueError):
    """A fault that no simulator knows how to produce."""


@dataclass
class Fault:
    """One thing that goes wrong.

    ``match`` is a regular expression, searched in ``"POST /the/path"`` for requests
    and in the event's name for deliveries. ``times`` is how often the fault strikes;
    None means until it is cleared. ``seconds`` is a delay (slow), the time without a
    listener (refused) or the time to wait (rate_limit). ``status`` is the HTTP status,
    0 the service's usual one. With ``after`` the service does what it was asked, and
    only its answer is lost or replaced. ``secondary`` chooses GitHub's other limit.
    """

    kind: str
    times: int | None = 1
    match: str = ""
    seconds: float = 1.0
    status: int = 0
    after: bool = False
    secondary: bool = False
    id: int = field(default_factory=lambda: next(_ids))

    def __post_init__(self) -> None:
        if self.kind not in REQUEST_KINDS + DELIVERY_KINDS:
            raise UnknownFault(f"unknown kind of fault: {self.kind!r}")
        try:
            re.compile(self.match)
        except re.error as error:
            raise UnknownFault(f"match is no regular expression: {error}") from error

    def concerns(self, subject: str) -> bool:
        """Tell whether the fault strikes this request or event."""
        return bool(re.search(self.match, subject))

    def as_dict(self) -> dict:
        """Describe the fault for the control endpoint and the page."""
        return asdict(self)


class FaultBoard:
    """The faults that are still to strike."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, kind: str, **options: object) -> Fault:
        """Order a fault; the options are the fields of Fault."""
        if kind == "reorder":
            options.setdefault("times", 2)
        fault = Fault(kind, **options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Call everything off."""
        with self._lock:
            self._faults.clear()

    def take(self, kinds: tuple, subject: str, after: bool = False) -> Fault | None:
        """Return the first fault that strikes now, and count it."""
        with self._lock:
            for fault in self._faults:
                if fault.kind in kinds and fault.after == after:
                    if fault.concerns(subject):
                        return self._count(fault)
        return None

    def _count(self, fault: Fault) -> Fault:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)
        return fault

    def as_list(self) -> list[dict]:
        """Describe all faults that are still to strike."""
        with self._lock:
            return [fault.as_dict() for fault in self._faults]
