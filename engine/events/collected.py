"""Records of database events: collected in a transaction, handed over in its end.

While a transaction goes on, events are only remembered. When it is about to be
committed, each trigger's records are looked up once, and become one job for each
trigger, user and set of companies.

A savepoint that is rolled back takes its events along. What came before it, and what
comes in savepoints that are released, has to wait for the end nevertheless: it is noted
in a setting of PostgreSQL, which forgets with the savepoint what was noted inside.
"""

from __future__ import annotations

import itertools
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, NamedTuple

from odoo.sql_db import _FlushingSavepoint
from odoo.tools import SQL

from ..protocols import Cursor, Environment, Registry
from . import companies, handover
from .domains import Before
from .plans import Plans, Source
from .snapshots import Snapshot

_logger = logging.getLogger(__name__)

_DATA = "sync.dbevents"
_SETTING = "sync.dbevents"
_SAVEPOINTS = {
    _FlushingSavepoint.__init__.__code__,
    _FlushingSavepoint._close.__code__,
}
# Jobs may cause events themselves: as often as Odoo flushes for its own hooks.
_ROUNDS = 10
_numbers = itertools.count(1)

Ids = dict[int, None]


class Actor(NamedTuple):
    """On whose behalf something happens: a job has one."""

    uid: int
    company_ids: tuple[int, ...]


class Place(NamedTuple):
    """Where events wait that have all this in common."""

    actor: Actor
    model: str
    source: Source


class Events:
    """Events that stand and fall together: those between two flushes."""

    def __init__(self) -> None:
        self.ids: dict[Place, Ids] = {}
        # The same, for those who have many sources of one model.
        self._sources: dict[tuple[Actor, str], dict[Source, Ids]] = {}
        self.deleted: defaultdict[str, set[int]] = defaultdict(set)
        self.snapshots: defaultdict[str, Snapshot] = defaultdict(dict)
        # How many updates were looked at, of models whose triggers are choosy.
        self.updates: Counter[str] = Counter()
        # Why a trigger could not be asked.
        self.errors: dict[handover.Event, str] = {}

    def collect(
        self, actor: Actor, model: str, source: Source, ids: Iterable[int]
    ) -> None:
        """Remember records of an event."""
        self.collect_all(actor, model, {source: ids})

    def collect_all(
        self, actor: Actor, model: str, found: Mapping[Source, Iterable[int]]
    ) -> None:
        """Remember records of an event at several places."""
        sources = self._sources.setdefault((actor, model), {})
        for source, ids in found.items():
            known = sources.get(source)
            if known is None:
                known = sources[source] = self.ids[Place(actor, model, source)] = {}
            known.update(dict.fromkeys(ids))

    def merge(self, other: Events) -> None:
        """Add what came later."""
        for place, ids in other.ids.items():
            self.collect(*place, ids)
        for model, deleted in other.deleted.items():
            self.deleted[model] |= deleted
        for model, values in other.snapshots.items():
            self.snapshots[model].update(values)
        self.updates.update(other.updates)
        self.errors.update(other.errors)


class Transaction:
    """The events of one transaction; stands in the place of its cursor's ``flush``."""

    def __init__(self, cr: Cursor) -> None:
        self.before = Before()
        self.created: dict[str, set[int]] = {}
        self.jobs: dict[handover.Event, int] = {}
        self._cr = cr
        self._flush: Callable[[], None] = cr.flush
        self._plans: Callable[[], Plans] = dict
        self._actors: dict[Any, Actor] = {}
        self._contexts: dict[Actor, dict[str, Any]] = {}
        self._env: Environment
        # Flushed events, and those whose savepoint may still be rolled back.
        self._ready: list[Events] = []
        self._noted: dict[int, Events] = {}

    def actor(self, env: Environment) -> Actor:
        """Return on whose behalf ``env`` acts."""
        context = env.context
        key = (env.uid, *(context.get("allowed_company_ids") or ()))
        actor = self._actors.get(key)
        if actor is None:
            actor = self._actors[key] = Actor(env.uid, tuple(companies.present(env)))
            own = {name: context[name] for name in ("lang", "tz") if name in context}
            chosen = {"allowed_company_ids": list(actor.company_ids)}
            self._contexts.setdefault(actor, {**own, **chosen})
        return actor

    @property
    def registry(self) -> Registry:
        """The registry of those who act."""
        return self._env.registry

    def pending(self, env: Environment, plans: Callable[[], Plans]) -> Events:
        """Return the events since the last flush."""
        data = self._cr.precommit.data
        events = data.get(_DATA)
        if events is None:
            events = data[_DATA] = Events()
            self._env, self._plans = env, plans
            self._cr.precommit.add(self._stash)
        return events

    def _stash(self) -> None:
        self._ready.append(self._cr.precommit.data.pop(_DATA))

    def __call__(self) -> None:
        """Flush the cursor; hand over what has happened, if this is the end."""
        self._flush()
        if is_savepoint(sys._getframe(1)):
            self._note()
            return
        for _ in range(_ROUNDS):
            events = self._take()
            if not events:
                return
            handover.run(self, events, self._plans())
            self._flush()
        _logger.warning("A DB trigger is caused by its own job: events are left out")

    def _note(self) -> None:
        """Note flushed events in a setting that a rollback resets."""
        for events in self._ready:
            number = next(_numbers)
            self._noted[number] = events
            self._cr.execute(
                SQL(
                    "SELECT set_config(%(name)s, concat_ws(',', NULLIF("
                    "current_setting(%(name)s, true), ''), %(number)s), true)",
                    name=_SETTING,
                    number=str(number),
                )
            )
        self._ready.clear()

    def _take(self) -> Events | None:
        """Return all events that have not been undone, None if there is none."""
        taken, self._ready = self._ready, []
        if self._noted:
            taken = self._taken_back() + taken
        if not taken:
            return None
        whole = Events()
        for events in taken:
            whole.merge(events)
        return whole

    def _taken_back(self) -> list[Events]:
        """Return the noted events, and take the note back.

        If this is undone, as in a savepoint around it, they are noted again.
        """
        self._cr.execute(
            SQL(
                "WITH note AS MATERIALIZED (SELECT current_setting(%(name)s, true) n)"
                " SELECT n, set_config(%(name)s, '', true) FROM note",
                name=_SETTING,
            )
        )
        kept = {int(n) for n in (self._cr.fetchone()[0] or "").split(",") if n}
        return [events for number, events in self._noted.items() if number in kept]

    def env(self, actor: Actor) -> Environment:
        """Return the environment of an actor's jobs."""
        return self._env(user=actor.uid, su=True, context=self._contexts[actor])


def is_savepoint(frame: FrameType) -> bool:
    """Tell whether Odoo flushes a cursor for a savepoint, and not for a commit."""
    return frame.f_code in _SAVEPOINTS


def of(cr: Cursor) -> Transaction:
    """Return the events of a cursor's transaction."""
    transaction = vars(cr).get("flush")
    if transaction is None:
        transaction = cr.flush = Transaction(cr)
        cr.postcommit.add(lambda: forget(cr))
        cr.postrollback.add(lambda: forget(cr))
    return transaction


def forget(cr: Cursor) -> None:
    """Forget a transaction that is over."""
    vars(cr).pop("flush", None)
