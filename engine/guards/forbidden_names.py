"""``safe_eval`` refuses names that lead out of it, and the job's log tells of it."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from odoo.tools import safe_eval

from ..boundary import callers
from ..logs import alarm
from ..logs.buffer import LogBuffer
from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, confined, expect, refused

# What lxml's elements offer beyond their own document: files.
_NAMES = ("getroottree", "xinclude")


def _install() -> None:
    safe_eval._UNSAFE_ATTRIBUTES.extend(_NAMES)
    safe_eval.assert_no_dunder_name = _reported(safe_eval.assert_no_dunder_name)


def _reported(check: Callable[..., None]) -> Callable[..., None]:
    """Return ``assert_no_dunder_name``, which says in the job's log what it refuses."""

    def check_reported(code: CodeType, expr: str) -> None:
        try:
            check(code, expr)
        except NameError as error:
            if callers.in_run():
                alarm.report(str(error))
            raise

    return check_reported


def _test(_env: Environment) -> None:
    logs = LogBuffer(str)
    with alarm.heard_by(logs), callers.running():
        for name in ("__class__", *_NAMES):
            with refused("forbidden name"):
                confined(f"(1).{name}", {})
    told = [entry.message for entry in logs.take()]
    expect(len(told) == 1 + len(_NAMES), "what was refused is not in the job's log")


GUARD = Guard("forbidden_names", _lt("Forbidden names in safe_eval"), _test, _install)
