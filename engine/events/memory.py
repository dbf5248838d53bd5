"""What a process remembers of a database until it changes, and how others hear of it.

Odoo has one cache for nearly all, and whoever clears it clears it for everybody. What
is ours lies here, by project: a saved project costs the others nothing. Who changes
something writes a line into a table of signals after the commit; all processes look at
the table's last id in the statement by which Odoo asks for its own signals anyway.
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from odoo.tools import SQL

from ..boundary import callers
from ..protocols import Cursor, Environment, Registry
from . import plans
from .plans import Plans

Key = tuple[str, str, int | bool]
_LOCK = 0x53796E63  # any number: orders those who write signals


class Memory:
    """What is remembered for one registry."""

    def __init__(self) -> None:
        self.plans: Plans = {}
        self.sequence = 0
        # Whether the guards have been tested since the registry was loaded.
        self.tested = False
        # The classes whose methods tell of events, by model and method.
        self.hooked: set[tuple[str, str]] = set()
        # Odoo's caches at the time of what is remembered, see SyncCached.
        self.plans_epoch: object = None
        self._epoch: object = None
        self._generation = 0
        self._values: dict[Key, Any] = {}
        self._of_project: defaultdict[int, set[Key]] = defaultdict(set)

    def keep_pace(self, epoch: object) -> None:
        """Forget everything if Odoo's cache was cleared since the last call."""
        if epoch is not self._epoch:
            self._epoch = epoch
            self.forget_all()

    def get(
        self, key: Key, find: Callable[[], Any], project: Callable[[], int | None]
    ) -> Any:
        """Return what is remembered under ``key``, or what ``find`` returns.

        ``project`` returns the id of the project that it belongs to, None if it
        belongs to the structure of all.
        """
        if key in (known := self._values):
            return known[key]
        generation = self._generation
        value = find()
        # What was read before a change must not be kept after it, nor what a run reads:
        # it may have changed rows by SQL that a rollback brings back.
        if generation == self._generation and not callers.in_run():
            self._of_project[project() or 0].add(key)
            self._values[key] = value
        return value

    def forget(self, project_ids: Iterable[int], structure: bool) -> None:
        """Forget what belongs to projects, and to the structure of all."""
        self._generation += 1
        for project_id in (*project_ids, *([0] if structure else [])):
            for key in self._of_project.pop(project_id, ()):
                self._values.pop(key, None)

    def forget_all(self) -> None:
        """Forget everything but the plans."""
        self._generation += 1
        self._values.clear()
        self._of_project.clear()


_memories: dict[str, tuple[weakref.ref[Any], Memory]] = {}


def of(registry: Registry) -> Memory:
    """Return the memory of a registry."""
    found = _memories.get(registry.db_name)
    if found is None or found[0]() is not registry:
        found = _memories[registry.db_name] = (weakref.ref(registry), Memory())
    return found[1]


# -- what this process changes -------------------------------------------------------


class _Changes:
    """What a transaction has changed so far."""

    def __init__(self) -> None:
        self.project_ids: set[int] = set()
        self.structure = False


def changed(
    env: Environment, project_ids: Iterable[int], structure: bool = False
) -> None:
    """Forget projects here at once, and everywhere when the transaction is over."""
    data = env.cr.postcommit.data
    changes = data.get(__name__)
    if changes is None:
        changes = data[__name__] = _Changes()
        registry = env.registry
        env.cr.postcommit.add(lambda: _signal(registry, changes))
        env.cr.postrollback.add(lambda: _renew(registry, changes))
    changes.project_ids.update(project_ids)
    changes.structure |= structure
    of(env.registry).forget(project_ids, structure)


def _renew(registry: Registry, changes: _Changes) -> None:
    """Forget what was read of changes that are undone."""
    memory = of(registry)
    memory.forget(changes.project_ids, changes.structure)
    if changes.structure:
        with registry.cursor() as cr:
            memory.plans = plans.read(cr)


def _signal(registry: Registry, changes: _Changes) -> None:
    memory = of(registry)
    memory.forget(changes.project_ids, changes.structure)
    rows = [(id_, changes.structure) for id_ in changes.project_ids or {0}]
    # A cursor of its own: this runs after a commit.
    with registry.cursor() as cr:
        # Who gets the higher id commits later, so that no process misses the lower.
        cr.execute(SQL("SELECT pg_advisory_xact_lock(%s)", _LOCK))
        cr.execute(
            SQL(
                "INSERT INTO orm_signaling_sync (project_id, structure) VALUES %s"
                " RETURNING id",
                SQL(", ").join(map(SQL, ["%s"] * len(rows), rows)),
            )
        )
        ids = [row[0] for row in cr.fetchall()]
        if changes.structure:
            memory.plans = plans.read(cr)
    if ids[0] == memory.sequence + 1:
        memory.sequence = ids[-1]


# -- what others change ---------------------------------------------------------------


def create_table(cr: Cursor) -> None:
    """Create the table of signals. It stays, as Odoo's, when the addon goes."""
    cr.execute(
        """
        CREATE TABLE IF NOT EXISTS orm_signaling_sync (
            id SERIAL PRIMARY KEY, date TIMESTAMP DEFAULT now(),
            project_id INTEGER, structure BOOLEAN);
        INSERT INTO orm_signaling_sync (project_id, structure)
        SELECT 0, true WHERE NOT EXISTS (SELECT FROM orm_signaling_sync)
        """
    )


def clean_table(cr: Cursor) -> None:
    """Delete signals that everybody has seen."""
    cr.execute(
        "DELETE FROM orm_signaling_sync WHERE date < now() - interval '1 day'"
        " AND id < (SELECT max(id) FROM orm_signaling_sync)"
    )


def listen(registry: Registry, cr: Cursor, rehook: Callable[[], None]) -> None:
    """Let a registry hear of changes, and call ``rehook`` after those of triggers."""
    if "get_sequences" in vars(registry):
        return
    memory = of(registry)
    cr.execute("SELECT max(id) FROM orm_signaling_sync")
    memory.sequence = cr.fetchone()[0] or 0

    def get_sequences(cr: Cursor) -> tuple[int, dict[str, int]]:
        """Read the signals of Odoo's caches, as Odoo does, and ours with them."""
        names = ("registry", *registry.cache_sequences, "sync")
        last = [
            SQL("(SELECT max(id) FROM %s)", SQL.identifier(f"orm_signaling_{name}"))
            for name in names
        ]
        cr.execute(SQL("SELECT %s", SQL(", ").join(last)))
        whole, *caches, own = cr.fetchone()
        # A registry that is about to be loaded anew begins with nothing.
        if own != memory.sequence and whole == registry.registry_sequence:
            _follow(memory, cr, own, rehook)
        return whole, dict(zip(registry.cache_sequences, caches, strict=True))

    registry.get_sequences = get_sequences


def _follow(memory: Memory, cr: Cursor, last: int, rehook: Callable[[], None]) -> None:
    cr.execute(
        SQL(
            "SELECT id, project_id, structure FROM orm_signaling_sync WHERE id >= %s",
            memory.sequence,
        )
    )
    rows = {number: values for number, *values in cr.fetchall()}
    # Without the last one we saw: what came after it may have been deleted as well.
    whole = rows.pop(memory.sequence, None) is None
    memory.sequence = last
    structure = whole or any(structure for _, structure in rows.values())
    if whole:
        memory.forget_all()
    memory.forget({project_id for project_id, _ in rows.values()}, structure)
    if structure:
        memory.plans = plans.read(cr)
        rehook()
