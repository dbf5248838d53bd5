"""The stored values of deleted records, which their job carries and puts back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from odoo.tools import SQL
from odoo.tools.query import Query

from ..protocols import Records

_SKIPPED_TYPES = ("binary", "properties", "properties_definition")

Snapshot = dict[int, dict[str, Any]]


def take(records: Records) -> Snapshot:
    """Return the stored values of records that are about to be deleted.

    They are read in SQL: the ORM's cache has no use for records that go.
    """
    # sudo: the task that gets them runs in superuser mode
    records = records.sudo()
    names = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and field.type not in _SKIPPED_TYPES
    ]
    table = records._table
    query = Query(records.env, table, records._table_sql)
    key = SQL.identifier(table, "id")
    query.add_where(SQL("%s = ANY(%s)", key, list(records._ids)))
    columns = [records._field_to_sql(table, name, query) for name in names]
    return {
        number: dict(zip(names, map(_storable, values), strict=True))
        for number, *values in records.env.execute_query(query.select(key, *columns))
    }


def _storable(value: Any) -> Any:
    """Return a value in the form that both JSON and Odoo's fields accept."""
    # A datetime is a date, too.
    if isinstance(value, date):
        if isinstance(value, datetime):
            return value.isoformat(" ", "seconds")
        return value.isoformat()
    return value


def restore(records: Records, values: Snapshot) -> None:
    """Put the values of deleted records into the cache, so that they can be read."""
    for record in records:
        for name, value in values.get(record.id, {}).items():
            field = record._fields.get(name)
            if field is not None and field.store:
                cached = field.convert_to_cache(value, record, validate=False)
                field._update_cache(record, cached)
