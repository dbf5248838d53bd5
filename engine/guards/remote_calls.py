"""What a Manager's call by XML-RPC or JSON-RPC asks for is noted before it runs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from odoo.service import model as service_model

from ..boundary import callers
from ..messages import _lt
from ..protocols import Environment
from ..vault import remote_calls
from .rehearsal import Guard, expect, expect_call


def _install() -> None:
    service_model.execute_cr = remote_calls.noted(service_model.execute_cr)


class _Witness:
    """A cursor's stand-in that knows whether the user's rights were asked for."""

    def __init__(self) -> None:
        self.asked = False

    def execute(self, *_query: Any) -> None:
        self.asked = True

    def fetchall(self) -> list[Any]:
        return []


def _test(_env: Environment) -> None:
    witness = _Witness()
    change = [[0], {"protected_code": "none"}]
    with suppress(Exception):  # Odoo finds that it is no cursor, and goes no further
        service_model.execute_cr(witness, 0, "sync.project", "write", change, {})
    # Within a run nothing is noted, whoever calls.
    expect(witness.asked or callers.in_run(), "a remote call went by unnoticed")
    expect_call(service_model, "execute_cr")


GUARD = Guard("remote_calls", _lt("Remote calls"), _test, _install)
