"""What the DB triggers of a model need to hear of, read once for a registry."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from odoo.tools import SQL

from ..protocols import Cursor

CREATIONS = ("on_create", "on_create_or_write")
UPDATES = ("on_write", "on_create_or_write")

# Where events wait: by kind, by the id of a trigger that hears of some only, or of one
# whose time has come.
CREATED, UPDATED, TIMED = "created", "updated", "timed"
Source = str | int | tuple[str, int]


@dataclass(frozen=True)
class Rule:
    """A live DB trigger; the domains are texts as people typed them."""

    id: int
    condition: str
    domain: str
    before: str
    watched: frozenset[str]

    @cached_property
    def constant(self) -> list[Any] | None:
        """The value of the domain, or None if it depends on user or time."""
        return constant(self.domain)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where the events wait that this trigger hears of."""
        created = (CREATED,) if self.condition in CREATIONS else ()
        if self.condition not in UPDATES:
            return created or (self.id,)
        return (*created, self.id if self.before or self.watched else UPDATED)


def constant(domain: str) -> list[Any] | None:
    """Return the value of a domain that is written without names."""
    try:
        return ast.literal_eval(domain) if domain else []
    except (ValueError, SyntaxError):
        return None


class Plan:
    """The triggers of one model, sorted by what they need at an event."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        updates = [rule for rule in self.rules if rule.condition in UPDATES]
        self.creations = any(rule.condition in CREATIONS for rule in self.rules)
        self.updates = bool(updates)
        self.plain_updates = any(UPDATED in rule.sources for rule in updates)
        self.choosy = tuple(rule for rule in updates if rule.before or rule.watched)
        self.watched = frozenset().union(*(rule.watched for rule in self.choosy))
        self.befores = tuple({rule.before: None for rule in updates if rule.before})
        self.deletions = tuple(r for r in self.rules if r.condition == "on_unlink")


Plans = dict[str, Plan]


def read(cr: Cursor) -> Plans:
    """Return the plans of all models that have live triggers."""
    cr.execute(
        SQL(
            """
            SELECT model.model, trigger.id, trigger.condition,
                   COALESCE(trigger.filter_domain, ''),
                   CASE WHEN trigger.condition IN %(updates)s
                        THEN COALESCE(trigger.filter_pre_domain, '') ELSE '' END,
                   CASE WHEN trigger.condition IN %(updates)s
                        THEN ARRAY(SELECT field.name FROM ir_model_fields field
                                     JOIN sync_trigger_watched_field_rel watched
                                       ON watched.field_id = field.id
                                    WHERE watched.trigger_id = trigger.id)
                        ELSE ARRAY[]::varchar[] END
              FROM sync_trigger trigger
              JOIN base_automation rule ON rule.id = trigger.automation_id
              JOIN ir_model model ON model.id = trigger.model_id
             WHERE trigger.type = 'db' AND rule.active
               AND trigger.condition != 'on_time'
             ORDER BY trigger.id
            """,
            updates=UPDATES,
        )
    )
    rules: dict[str, list[Rule]] = {}
    for model, id_, condition, domain, before, watched in cr.fetchall():
        rule = Rule(id_, condition, domain, before, frozenset(watched))
        rules.setdefault(model, []).append(rule)
    return {model: Plan(found) for model, found in rules.items()}
