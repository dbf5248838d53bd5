"""Which records match the domains of triggers: asked once, for all of them together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from odoo.fields import Domain
from odoo.tools import SQL, safe_eval
from odoo.tools.query import Query

from ..errors import DomainError, is_concurrency
from ..protocols import Records
from .plans import constant

Predicate = Callable[[Any], bool]


def read_domain(model: Any, text: str) -> Domain:
    """Return the domain that is written in ``text``.

    :raise DomainError: if it doesn't fit the model
    """
    value = constant(text)
    try:
        if value is None:
            value = safe_eval.safe_eval(text, _names(model))
        return Domain(value).optimize_full(model)
    except Exception as error:
        raise DomainError(f"{type(error).__name__}: {error}") from error


def _names(model: Any) -> dict[str, Any]:
    """Return what Odoo's automation rules let a domain use."""
    return {
        "datetime": safe_eval.datetime,
        "dateutil": safe_eval.dateutil,
        "time": safe_eval.time,
        "uid": model.env.uid,
        "user": model.env.user,
        "model": model,
    }


@dataclass
class Answer:
    """The ids that match, or why it could not be found out, for each domain."""

    found: dict[str, Collection[int]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def ask(model: Any, texts: Iterable[str], ids: Collection[int]) -> Answer:
    """Return which of those records exist and match, for each domain.

    One statement reads each record once, however many domains there are. Whether a
    record is active plays no part, unless a domain says so.
    """
    answer = Answer()
    domains: dict[str, Domain] = {}
    for text in texts:
        try:
            domains[text] = read_domain(model, text)
        except DomainError as error:
            answer.errors[text] = str(error)
    if domains:
        _ask(model, domains, ids, answer)
    return answer


def _ask(
    model: Any, domains: dict[str, Domain], ids: Collection[int], answer: Answer
) -> None:
    """Ask for all domains at once; for each alone if the database refuses one."""
    try:
        answer.found.update(_matching(model, domains, ids))
    # A value that can't be sent to the database raises no error of the database.
    except (psycopg2.Error, ValueError) as error:
        if is_concurrency(error):
            raise
        if len(domains) == 1:
            answer.errors.update(dict.fromkeys(domains, str(error).strip()))
            return
        for text, domain in domains.items():
            _ask(model, {text: domain}, ids, answer)


def _matching(
    model: Any, domains: dict[str, Domain], ids: Collection[int]
) -> dict[str, set[int]]:
    query = Query(model.env, model._table, model._table_sql)
    terms = [d._to_sql(model, model._table, query) for d in domains.values()]
    key = SQL.identifier(model._table, "id")
    query.add_where(SQL("%s = ANY(%s)", key, list(ids)))
    query.add_where(SQL("(%s)", SQL(" OR ").join(SQL("(%s)", term) for term in terms)))
    select = query.select(key, *(SQL("(%s)", term) for term in terms))
    # What is pending may fail for reasons of its own.
    model.env.flush_query(select)
    # What was saved must not be lost because of somebody's filter.
    with model.env.cr.savepoint(flush=False):
        model.env.cr.execute(select)
        rows = model.env.cr.fetchall()
    return {
        text: {row[0] for row in rows if row[number]}
        for number, text in enumerate(domains, 1)
    }


class Before:
    """Whether records match domains now, of which a write is about to change them.

    Asked in memory: the database would have to be told first of all that is pending.
    """

    def __init__(self) -> None:
        self._predicates: dict[tuple[Any, ...], Predicate | None] = {}

    def ask(self, actor: Any, records: Records, texts: Iterable[str]) -> Answer:
        """Return which of the records match, for each domain."""
        answer = Answer()
        # Each record is made once, not for each domain: often there are many of those.
        rows = list(zip(records._ids, records, strict=True))
        for text in texts:
            try:
                holds = self._predicate((actor, records._name, text), records, text)
                answer.found[text] = {
                    id_: None for id_, record in rows if holds(record)
                }
            except psycopg2.Error:
                raise
            except Exception as error:
                answer.errors[text] = f"{type(error).__name__}: {error}"
        return answer

    def _predicate(
        self, key: tuple[Any, ...], records: Records, text: str
    ) -> Predicate:
        try:
            found = self._predicates[key]
        except KeyError:
            found = self._predicates[key] = _lasting_predicate(records, text)
        return found or _predicate(records, text)


def _predicate(records: Records, text: str) -> Predicate:
    return _plain_domain(records, text)._as_predicate(records)


def _lasting_predicate(records: Records, text: str) -> Predicate | None:
    """Return a predicate that holds for any records, None if there is none."""
    domain = _plain_domain(records, text)
    values = [condition.value for condition in domain.iter_conditions()]
    operators = {condition.operator for condition in domain.iter_conditions()}
    if operators & {"child_of", "parent_of"} or any(map(_is_query, values)):
        return None
    return domain._as_predicate(records)


def _is_query(value: Any) -> bool:
    return isinstance(value, (Domain, Query, SQL))


def _plain_domain(records: Records, text: str) -> Domain:
    value = constant(text)
    if value is None:
        value = safe_eval.safe_eval(text, _names(records.browse()))
    return Domain(value).optimize(records)
