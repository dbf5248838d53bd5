"""The stored values of deleted records, which their job carries and puts back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from odoo.tools import DEFAULT_SERVER_DATETIME_FORMAT

_SKIPPED_TYPES = ("binary", "properties", "properties_definition")

Snapshot = dict[int, dict[str, Any]]


def take(records: Any) -> Snapshot:
    """Return the stored values of records that are about to be deleted."""
    names = [
        name
        for name, field in records._fields.items()
        if field.store and field.column_type and field.type not in _SKIPPED_TYPES
    ]
    # sudo: the task that gets them runs in superuser mode
    rows = records.sudo().read(names, load="")
    return {
        row.pop("id"): {name: _storable(value) for name, value in row.items()}
        for row in rows
    }


def _storable(value: Any) -> Any:
    """Return a value in the form that both JSON and Odoo's fields accept."""
    if isinstance(value, datetime):
        return value.strftime(DEFAULT_SERVER_DATETIME_FORMAT)
    return str(value) if isinstance(value, date | Decimal) else value


def restore(records: Any, values: Snapshot) -> None:
    """Put the values of deleted records into the cache, so that they can be read."""
    for record in records:
        for name, value in values.get(record.id, {}).items():
            field = record._fields.get(name)
            if field is not None and field.store:
                cached = field.convert_to_cache(value, record, validate=False)
                field._update_cache(record, cached)
