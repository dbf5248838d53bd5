"""What may name a thing of another system, and a relation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from odoo.models import BaseModel

from ..errors import LinkError
from ..messages import _lt

# Their text would be the same for different things, or for none at all.
_NO_REFERENCES = (
    *(bool, type(None), bytes, bytearray, memoryview, BaseModel),
    *(list, tuple, set, frozenset, Mapping),
)
_SHOWN = 200


def reference(value: Any, what: str = "") -> str:
    """Return an external reference as text; ``what`` names its owner in the error.

    What is empty, or no single value, is refused: all things that have no reference
    would be taken for the same one.
    """
    if type(value) not in (str, int) and _is_no_single_value(value):
        raise _refusal(value, what)
    text = str(value)
    if not text or text.isspace() or not is_storable(text):
        raise _refusal(value, what)
    if not isinstance(value, str) and text.startswith("<") and text.endswith(">"):
        # What Python shows of an object that has no text: not which one it is.
        raise _refusal(value, what)
    return text


def references(values: Any) -> list[str] | None:
    """Return one or more references as a list of texts; None stays None."""
    if values is None:
        return None
    if isinstance(values, list | tuple | set | frozenset):
        return [reference(value) for value in values]
    return [reference(values)]


def relation_name(name: Any) -> str:
    """Return a relation's name, which must be a text."""
    if not isinstance(name, str) or not name or not is_storable(name):
        raise LinkError(_lt("The relation's name must be a text that is not empty."))
    return name


def is_storable(text: str) -> bool:
    """Tell whether PostgreSQL can hold a text: no NUL, no half of a character."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: Any) -> str:
    """Return a value's ``repr``, cut, for a message."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _is_no_single_value(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, Decimal):
        return not value.is_finite()
    return isinstance(value, _NO_REFERENCES)


def _refusal(value: Any, what: str) -> LinkError:
    return LinkError(
        _lt(
            "%(what)s%(value)s is no external reference.", what=what, value=shown(value)
        )
    )
