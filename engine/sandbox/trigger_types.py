"""What defines a type of trigger, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TriggerType:
    """A type of trigger: what it calls, and what becomes of its jobs.

    The handler is called with at most ``most`` arguments, and may take ``least``.
    Where somebody ``waits`` for the handler's answer, a job can't be run again later.
    The technical name is one ``address`` if code reaches the trigger by it.
    """

    key: str
    label: str
    signature: str
    least: int
    most: int
    waits: bool = False
    address: bool = False

    @property
    def handler(self) -> str:
        """The name of the function that the task defines."""
        return self.signature.partition("(")[0]


TYPES = {
    found.key: found
    for found in (
        TriggerType("cron", "Cron", "handle_cron()", 0, 0),
        TriggerType("db", "DB", "handle_db(records)", 1, 1),
        TriggerType(
            *("webhook", "Webhook", "handle_webhook(httprequest)", 1, 1),
            waits=True,
            address=True,
        ),
        TriggerType("button", "Button", "handle_button(data)", 0, 1),
    )
}
_BY_HANDLER = {found.handler: found for found in TYPES.values()}
# The handlers whose jobs can't be run again.
AWAITED = tuple(found.handler for found in TYPES.values() if found.waits)


def may_take_less(handler: str) -> bool:
    """Tell whether a handler may leave out arguments that it is called with."""
    found = _BY_HANDLER.get(handler)
    return found is not None and found.least < found.most
