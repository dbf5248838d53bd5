"""A run's code can't end the transaction that the run lives in."""

from __future__ import annotations

from ..messages import _lt
from ..protocols import Environment
from ..runs import transaction
from .rehearsal import Guard, confined, refused


def _test(env: Environment) -> None:
    # If it got through, the transaction would stay what it is.
    for attack in (
        "cr.execute('SET TRANSACTION READ WRITE')",
        "cr.connection.set_session()",
    ):
        with refused("can't commit or roll back"), transaction.kept(env.cr):
            confined(attack, {"cr": env.cr})


GUARD = Guard("run_cursor", _lt("A run's transaction"), _test)
