"""The keys go along when the server starts a process in its own place.

They were taken out of the environment, where the new process looks for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from odoo.service import server

from ..messages import _lt
from ..protocols import Environment
from ..vault import keys
from .rehearsal import Guard, expect, expect_call


def _install() -> None:
    server._reexec = _with_keys(server._reexec)
    server.PreforkServer.long_polling_spawn = _with_keys(
        server.PreforkServer.long_polling_spawn
    )


def _with_keys(start: Callable[..., Any]) -> Callable[..., Any]:
    def started(*args: Any, **kwargs: Any) -> Any:
        configured = keys.configured()
        if not configured or keys.ENVIRONMENT not in configured.place:
            return start(*args, **kwargs)
        os.environ[keys.ENVIRONMENT] = b",".join(configured.keys).decode()
        try:
            return start(*args, **kwargs)
        finally:
            os.environ.pop(keys.ENVIRONMENT, None)

    return started


def _test(_env: Environment) -> None:
    expect(keys.ENVIRONMENT not in os.environ, "the keys are in the environment")
    for start in (server._reexec, server.PreforkServer.long_polling_spawn):
        # Another addon may have wrapped our function, as we have Odoo's.
        odoos = start.__code__.co_filename == server.__file__
        expect(not odoos, f"{start.__qualname__} starts without the keys")
    expect_call(server, "_reexec")
    expect_call(server, "long_polling_spawn")


GUARD = Guard("restarts", _lt("Keys over a restart"), _test, _install)
