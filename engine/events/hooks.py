"""How models with triggers tell what happens to their records.

The methods of such a model's class are wrapped, as Odoo does for its automation rules:
other models know nothing of it. A wrapper stays when its triggers go, and finds nothing
to do. What it does before and after the real method must be short.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any, Protocol, cast

from ..protocols import Environment, Records, Registry
from . import collected, domains, memory, plans, port, snapshots
from .collected import Events, Transaction
from .handover import Event
from .plans import CREATED, UPDATED, Plan, Source

Values = dict[str, list[Any]]

# Up to here, records are asked one by one in memory whether they match; above, the
# database is told of what is pending and asked for all.
_FEW = 200


class _Wrapper(Protocol):
    """A method around another one, its ``origin``."""

    origin: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


def _wrapper(function: Callable[..., Any]) -> _Wrapper:
    # It gets its origin when it is put into a class.
    return cast(_Wrapper, function)


def install(registry: Registry) -> None:
    """Wrap the methods of the models that have triggers."""
    known = memory.of(registry)
    for name, plan in known.plans.items():
        if name in registry:
            for method, make in _MAKERS.items():
                if _is_needed(method, plan) and (name, method) not in known.hooked:
                    known.hooked.add((name, method))
                    _wrap(registry[name], name, method, make)


def uninstall(registry: Registry) -> None:
    """Give all models their own methods back."""
    known = memory.of(registry)
    for name, method in known.hooked:
        if name in registry and method in vars(registry[name]):
            delattr(registry[name], method)
    known.hooked.clear()


def _is_needed(method: str, plan: Plan) -> bool:
    if method == "unlink":
        return True
    return plan.updates or (method == "create" and plan.creations)


def _wrap(
    model_class: Any, name: str, method: str, make: Callable[[str], _Wrapper]
) -> None:
    wrapper = make(name)
    origin = getattr(model_class, method)
    # How it may be called over RPC, and how: as before.
    update_wrapper(wrapper, origin)
    wrapper.origin = origin
    setattr(model_class, method, wrapper)


def _plan(records: Records, name: str) -> Plan | None:
    """Return what there is to do, None if there is nothing."""
    # A model that inherits from this one calls its methods too.
    if records._name != name:
        return None
    known = memory.of(records.pool)
    epoch = port.models().epoch(records.env)
    if known.plans_epoch is not epoch:
        renew(records.env, epoch)
    return known.plans.get(name)


def renew(env: Environment, epoch: object) -> None:
    """Read the plans anew."""
    known = memory.of(env.registry)
    known.plans_epoch = epoch
    known.plans = plans.read(env.cr)
    install(env.registry)


def _events(records: Records) -> tuple[Transaction, Events]:
    transaction = collected.of(records.env.cr)
    known = memory.of(records.pool)
    return transaction, transaction.pending(records.env, lambda: known.plans)


# -- creation ------------------------------------------------------------------


def _make_create(name: str) -> _Wrapper:
    @_wrapper
    def create(self: Any, vals_list: Any, **kw: Any) -> Any:
        records = create.origin(self, vals_list, **kw)
        if plan := _plan(self, name):
            _created(self, records._ids, plan)
        return records

    return create


def _created(model: Any, ids: Iterable[int], plan: Plan) -> None:
    transaction, events = _events(model)
    transaction.created.setdefault(model._name, set()).update(ids)
    if plan.creations:
        events.collect(transaction.actor(model.env), model._name, CREATED, ids)


# -- updates -------------------------------------------------------------------


def _make_write(name: str) -> _Wrapper:
    @_wrapper
    def write(self: Any, vals: Any, **kw: Any) -> Any:
        plan = self._ids and _plan(self, name)
        if not plan or not plan.updates:
            return write.origin(self, vals, **kw)
        update = _Update(self, vals, plan)
        result = write.origin(self, vals, **kw)
        update.finish()
        return result

    return write


def _make_compute(name: str) -> _Wrapper:
    @_wrapper
    def _compute_field_value(self: Any, field: Any) -> Any:
        plan = field.store and any(self._ids) and _plan(self, name)
        if not plan or not plan.updates:
            return _compute_field_value.origin(self, field)
        fields = self.pool.field_computed[field]
        update = _Update(self, [f.name for f in fields if f.store], plan, fields)
        result = _compute_field_value.origin(self, field)
        update.finish()
        return result

    return _compute_field_value


def _make_translations(name: str) -> _Wrapper:
    @_wrapper
    def _update_field_translations(
        self: Any, field_name: str, translations: Any, *args: Any, **kw: Any
    ) -> Any:
        origin = _update_field_translations.origin
        plan = self._fields[field_name].store and _plan(self, name)
        if not plan or not plan.updates:
            return origin(self, field_name, translations, *args, **kw)
        update = _Translation(self, field_name, plan)
        result = origin(self, field_name, translations, *args, **kw)
        update.finish()
        return result

    return _update_field_translations


class _Update:
    """What has to be known before fields are written, and what was changed after."""

    def __init__(
        self, records: Records, names: Iterable[str], plan: Plan, computed: Any = ()
    ) -> None:
        self._plan = plan
        self._names = [n for n in names if n in records._fields]
        self._transaction, _events_ = _events(records)
        self._records = self._heard_of(records, bool(computed))
        # sudo: whoever writes may have no right to read what a trigger watches
        self._sudo = self._records.sudo()
        self._before = domains.Answer()
        self._old: Values = {}
        if self._records and plan.choosy:
            self._before = self._matching_before(computed)
            self._old = self._values(plan.watched.intersection(self._names))

    def _heard_of(self, records: Records, computed: bool) -> Any:
        """Return the records without those whose creation goes on by computing."""
        ids = records._ids if all(records._ids) else [i for i in records._ids if i]
        created = self._transaction.created.get(records._name)
        if created and not created.isdisjoint(ids):
            fields = map(records._fields.get, self._names)
            if computed or all(f.compute for f in fields if f.store):
                ids = [id_ for id_ in ids if id_ not in created]
        return records if ids is records._ids else records.browse(ids)

    def _matching_before(self, computed: Any) -> domains.Answer:
        texts, records = self._plan.befores, self._sudo
        if not computed and len(records) > _FEW:
            return domains.ask(records.browse(), texts, records._ids)
        actor = self._transaction.actor(records.env)
        with _computed_later(records.env, computed):
            return self._transaction.before.ask(actor, records, texts)

    def _values(self, names: Iterable[str]) -> Values:
        """Return the values of fields, in the order of the records."""
        records = self._sudo
        found = {}
        for name in names:
            field = records._fields[name]
            # No other field is read along: most of them nobody asks for.
            missing = [
                i for i in records._ids if i not in field._get_cache(records.env)
            ]
            if missing:
                records.browse(missing).fetch([name])
            found[name] = [record[name] for record in records]
        return found

    def finish(self) -> None:
        """Remember the records of which triggers want to hear."""
        records, plan = self._records, self._plan
        if not records:
            return
        transaction, events = _events(records)
        actor, name, ids = transaction.actor(records.env), records._name, records._ids
        if plan.plain_updates:
            events.collect(actor, name, UPDATED, ids)
        if plan.choosy:
            events.updates[name] += len(ids)
            events.collect_all(actor, name, self._chosen())
            for rule in plan.choosy if self._before.errors else ():
                if rule.before in self._before.errors:
                    event = Event(actor, name, rule.id)
                    events.errors[event] = self._before.errors[rule.before]

    def _chosen(self) -> dict[Source, Collection[int]]:
        """Return the records of each trigger that doesn't hear of all."""
        changed = self._changed() if self._old else {}
        moved: dict[frozenset[str], set[int]] = {}
        chosen: dict[Source, Collection[int]] = {}
        for rule in self._plan.choosy:
            ids: Collection[int] = self._sudo._ids
            if rule.before:
                ids = self._before.found.get(rule.before, ())
            if ids and (watched := rule.watched):
                if watched not in moved:
                    sets = (changed[name] for name in watched if name in changed)
                    moved[watched] = set().union(*sets)
                ids = [id_ for id_ in ids if id_ in moved[watched]]
            if ids:
                chosen[rule.id] = ids
        return chosen

    def _changed(self) -> dict[str, set[int]]:
        """Return which records have another value than before, by field."""
        new = self._values(self._old)
        ids = self._sudo._ids
        return {
            name: {
                id_
                for id_, was, now in zip(ids, old, new[name], strict=True)
                if was != now
            }
            for name, old in self._old.items()
        }


class _Translation(_Update):
    """A change of translations, which Odoo writes in SQL, in all languages at once."""

    def __init__(self, records: Records, name: str, plan: Plan) -> None:
        super().__init__(records, [name], plan)

    def _values(self, names: Iterable[str]) -> Values:
        return {
            name: [
                self._records._fields[name]._get_stored_translations(record)
                for record in self._sudo
            ]
            for name in names
        }


@contextmanager
def _computed_later(env: Environment, fields: Iterable[Any]) -> Iterator[None]:
    """Leave alone what is to be computed from fields that are being computed.

    Else it would be computed from their old values, and not again.
    """
    waiting = {
        dependent: pending
        for field in fields
        for dependent in env.registry.get_dependent_fields(field)
        if (pending := env.records_to_compute(dependent))
    }
    yield
    for field, records in waiting.items():
        env.add_to_compute(field, records)


# -- deletion ------------------------------------------------------------------


def _make_unlink(name: str) -> _Wrapper:
    @_wrapper
    def unlink(self: Any, **kw: Any) -> Any:
        plan = self._ids and _plan(self, name)
        if not plan:
            return unlink.origin(self, **kw)
        deletion = _Deletion(self, plan)
        result = unlink.origin(self, **kw)
        deletion.finish()
        return result

    return unlink


class _Deletion:
    """What has to be known of records before they are deleted."""

    def __init__(self, records: Records, plan: Plan) -> None:
        self._records = records
        # sudo: what a trigger filters by, whoever deletes
        texts = {rule.domain for rule in plan.deletions if rule.domain}
        sudo = records.browse().sudo()
        answer = domains.ask(sudo, texts, records._ids)
        self._found: dict[int, Iterable[int]] = {}
        self._errors: dict[int, str] = {}
        for rule in plan.deletions:
            if rule.domain in answer.errors:
                self._errors[rule.id] = answer.errors[rule.domain]
            else:
                matching = answer.found.get(rule.domain)
                self._found[rule.id] = [
                    i for i in records._ids if matching is None or i in matching
                ]
        ids = {id_ for ids in self._found.values() for id_ in ids}
        self._values = snapshots.take(records.browse(ids)) if ids else {}

    def finish(self) -> None:
        """Remember what has been deleted."""
        records = self._records
        transaction, events = _events(records)
        actor, name = transaction.actor(records.env), records._name
        events.deleted[name].update(records._ids)
        events.snapshots[name].update(self._values)
        for trigger_id, ids in self._found.items():
            if ids:
                events.collect(actor, name, trigger_id, ids)
        for trigger_id, error in self._errors.items():
            events.errors[Event(actor, name, trigger_id)] = error


_MAKERS: dict[str, Callable[[str], _Wrapper]] = {
    "create": _make_create,
    "write": _make_write,
    "_compute_field_value": _make_compute,
    "_update_field_translations": _make_translations,
    "unlink": _make_unlink,
}
METHODS = tuple(_MAKERS)
