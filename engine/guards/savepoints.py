"""A flush for a savepoint is told from the one before a commit."""

from __future__ import annotations

import sys
from typing import Any

from odoo import sql_db

from ..events import collected
from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect


class _Probe(sql_db.BaseCursor):
    """A cursor without a connection, which knows who has flushed it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bool] = []
        # As collected.Transaction is put there.
        self.flush = self._tell

    def _tell(self) -> None:
        self.told.append(collected.is_savepoint(sys._getframe(1)))

    def execute(self, *_query: Any) -> None:
        """Do without a database."""


def _test(_env: Environment) -> None:
    probe = _Probe()
    with probe.savepoint():
        pass
    expect(probe.told == [True, True], "a savepoint is taken for a commit")
    probe.flush()
    expect(not probe.told[-1], "a commit is taken for a savepoint")


GUARD = Guard("savepoints", _lt("Savepoints and commits"), _test)
