"""Guards on Odoo's process, and their tests.

Code that a Developer types also runs in Odoo's own sandboxes: in server actions,
crons, domains, computed fields and templates. They are meant to be as tight as ours,
and these guards close what is open there, for every database of the process.

Each file here stands for one thing that is changed in Odoo or Python, whichever part
of the addon changes it (:mod:`.patches` has them all), and has an attack on it. All
attacks run whenever a registry is loaded. If one isn't refused, the vault stays shut.
"""

from __future__ import annotations

import logging
from contextvars import Context

from ..errors import is_transient
from ..events import memory
from ..logs import alarm
from ..protocols import Environment, Registry
from ..vault import lockdown
from . import (
    automation,
    dispatch,
    event_hooks,
    files,
    forbidden_names,
    format_strings,
    last_query,
    log_groups,
    merges,
    registry_models,
    remote_calls,
    restarts,
    run_cursor,
    savepoints,
    signals,
    templates,
)
from .rehearsal import Guard, NotRefused

_logger = logging.getLogger(__name__)

GUARDS = (
    format_strings.GUARD,
    forbidden_names.GUARD,
    templates.GUARD,
    last_query.GUARD,
    files.GUARD,
    registry_models.GUARD,
    run_cursor.GUARD,
    remote_calls.GUARD,
    dispatch.GUARD,
    restarts.GUARD,
    event_hooks.GUARD,
    savepoints.GUARD,
    signals.GUARD,
    automation.GUARD,
    log_groups.GUARD,
    merges.GUARD,
)
protect_models = registry_models.protect
_installed: list[Guard] = []


def install() -> None:
    """Put all guards up; a second call does nothing."""
    for guard in GUARDS:
        if guard not in _installed:
            _installed.append(guard)
            try:
                guard.install()
            except Exception as error:
                _failed(guard, error)


def test(env: Environment) -> None:
    """Attack a registry that has been loaded, once for each guard."""
    # A context of its own: a job or a request may be what loads the registry.
    Context().run(_test_all, env)
    memory.of(env.registry).tested = True


def _test_all(env: Environment) -> None:
    with alarm.rehearsal(), env.cr.savepoint(flush=False) as savepoint:
        for guard in GUARDS:
            try:
                guard.test(env)
            except Exception as error:
                if is_transient(error):
                    raise
                # What fails in SQL must not end the registry's transaction.
                savepoint.rollback()
                _failed(guard, error)


def failures(registry: Registry) -> tuple[lockdown.Failure, ...]:
    """Return the guards that failed, and what else keeps Protected Code shut."""
    found = lockdown.failures()
    if not found and not memory.of(registry).tested:
        return (lockdown.UNTESTED,)
    return found


def _failed(guard: Guard, error: Exception) -> None:
    reason = error.args[0] if isinstance(error, NotRefused) else repr(error)
    _logger.critical(
        'The guard "%s" (engine/guards/%s.py) failed: %s. %s',
        *(guard.title, guard.name, reason, lockdown.REMEDY),
    )
    lockdown.shut(guard.title, reason)
