"""The way from what has happened in a transaction to the jobs of triggers."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from ..protocols import Environment, Registry
from . import domains, event_counts, port
from .plans import Plans, Rule, Source

if TYPE_CHECKING:
    from .collected import Actor, Events, Ids, Transaction

_logger = logging.getLogger(__name__)


class Event(NamedTuple):
    """What becomes one batch of one job."""

    actor: Actor
    model: str
    trigger_id: int


Wanted = dict[Event, "Ids"]


def run(transaction: Transaction, events: Events, plans: Plans) -> None:
    """Make the jobs of all triggers, in the order of their first events."""
    rules = {rule.id: rule for plan in plans.values() for rule in plan.rules}
    wanted = _wanted(events, plans)
    _count(transaction.registry, events, wanted, plans)
    # Asked before the first job is made: nothing is pending that could fail meanwhile.
    matching = _Matching(transaction, wanted, rules)
    for event, reason in events.errors.items():
        port.models().fail(transaction.env(event.actor), event.trigger_id, reason)
    for event, ids in wanted.items():
        env = transaction.env(event.actor)
        if error := matching.errors.get(event):
            port.models().fail(env, event.trigger_id, error)
        elif kept := _kept(event, ids, rules.get(event.trigger_id), matching, events):
            _add_batch(env, transaction, event, kept, events)


def _kept(
    event: Event, ids: Ids, rule: Rule | None, matching: _Matching, events: Events
) -> list[int]:
    """Return the ids that a trigger gets."""
    # A timed trigger is in no plan; both it and a deletion were filtered before.
    if rule is None or rule.condition == "on_unlink":
        return list(ids)
    deleted = events.deleted.get(event.model, ())
    found = matching.found(event)
    return [i for i in ids if (found is None or i in found) and i not in deleted]


def _wanted(events: Events, plans: Plans) -> Wanted:
    """Return the ids that each trigger has to look at."""
    hearers: dict[tuple[str, Source], list[int]] = defaultdict(list)
    for model, plan in plans.items():
        for rule in plan.rules:
            for source in rule.sources:
                hearers[model, source].append(rule.id)
    wanted: Wanted = {}
    for place, ids in events.ids.items():
        # What a schedule found is for its own trigger.
        timed = [place.source[1]] if isinstance(place.source, tuple) else []
        for trigger_id in timed or hearers.get((place.model, place.source), []):
            event = Event(place.actor, place.model, trigger_id)
            wanted.setdefault(event, {}).update(ids)
    return wanted


def _count(registry: Registry, events: Events, wanted: Wanted, plans: Plans) -> None:
    """Count what each trigger has looked at, whether it mattered or not."""
    counts: Counter[int] = Counter()
    for event, ids in wanted.items():
        counts[event.trigger_id] += len(ids)
    for model, updates in events.updates.items():
        for rule in plans[model].choosy if model in plans else ():
            counts[rule.id] += updates
    event_counts.add(registry, counts)


class _Matching:
    """Which of the wanted records match *Apply on*; asked once for all of a model."""

    def __init__(
        self, transaction: Transaction, wanted: Wanted, rules: dict[int, Rule]
    ) -> None:
        self.errors: dict[Event, str] = {}
        self._found: dict[Event, Collection[int]] = {}
        groups: dict[tuple[Actor, str], dict[Event, str]] = defaultdict(dict)
        for event in wanted:
            rule = rules.get(event.trigger_id)
            if rule and rule.domain and rule.condition != "on_unlink":
                groups[event.actor, event.model][event] = rule.domain
        for (actor, name), texts in groups.items():
            ids = {id_ for event in texts for id_ in wanted[event]}
            answer = domains.ask(
                transaction.env(actor)[name], dict.fromkeys(texts.values()), ids
            )
            for event, text in texts.items():
                if text in answer.errors:
                    self.errors[event] = answer.errors[text]
                else:
                    self._found[event] = answer.found[text]

    def found(self, event: Event) -> Collection[int] | None:
        """Return the ids that match, None if the trigger takes all."""
        return self._found.get(event)


def _add_batch(
    env: Environment,
    transaction: Transaction,
    event: Event,
    ids: list[int],
    events: Events,
) -> None:
    models, trigger_id = port.models(), event.trigger_id
    job_id = models.job(env, trigger_id, transaction.jobs.get(event))
    if job_id is None:
        _logger.warning("The trigger %s is gone, its event is lost", trigger_id)
        return
    transaction.jobs[event] = job_id
    values = events.snapshots.get(event.model, {})
    kept = {i: values[i] for i in ids if i in values}
    models.add(env, job_id, event.model, ids, kept)
