"""Whose code is running: the boundary that secrets stand on.

Each frame of Python's stack knows the builtins that its code was given. Ordinary
modules have Python's own, Protected Code has a copy of them that is its mark, and
everything that a Developer types has a short list: in our sandbox, in Odoo's
``safe_eval`` (server actions, crons, domains, computed fields) and in QWeb. So the
stack tells whose code asks, also for a function that was stored away and is called
much later by somebody else, where a flag would have been reset.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType, FunctionType, ModuleType
from typing import Any

_TRUSTED = builtins.__dict__
# Compared by identity: these builtins are the mark of Protected Code.
PROTECTED_BUILTINS: dict[str, Any] = dict(_TRUSTED)
# Besides the stack, and never instead of it: a flag alone can be outlived.
_running: ContextVar[bool] = ContextVar("sync_running", default=False)


def in_sandbox() -> bool:
    """Tell whether confined code runs: it is nearer to us than any Protected Code."""
    for builtins_ in _project_code():
        return builtins_ is not PROTECTED_BUILTINS
    return False


def in_run() -> bool:
    """Tell whether a run goes on, or project code is anywhere on the stack."""
    return _running.get() or any(True for _ in _project_code())


@contextmanager
def running() -> Iterator[None]:
    """Count all that happens meanwhile as part of a run.

    What a handler returns may be made as it is read: by functions that were given to
    ``map``, say, when no frame of project code is left.
    """
    token = _running.set(True)
    try:
        yield
    finally:
        _running.reset(token)


def called_by_protected_code() -> bool:
    """Tell whether Protected Code itself called our caller, with nothing between."""
    return sys._getframe(2).f_builtins is PROTECTED_BUILTINS


def called_from(module: ModuleType) -> bool:
    """Tell whether a function of a module of Odoo's is anywhere on the stack."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals is vars(module):
            return True
        frame = frame.f_back
    return False


def is_confined(code: FunctionType | FrameType) -> bool:
    """Tell whether a function was defined, or a frame runs, in confined code."""
    given = code.f_builtins if isinstance(code, FrameType) else code.__builtins__
    return given is not _TRUSTED and given is not PROTECTED_BUILTINS


def _project_code() -> Iterator[dict[str, Any]]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_builtins is not _TRUSTED:
            yield frame.f_builtins
        frame = frame.f_back
