"""``str.format`` without a way to what its arguments hide.

A format string can walk attributes and items of its arguments
(``"{0.__init__.__globals__}"``) out of sight of any check of the code. Here a field
name may walk public attributes only, and not those that lead to frames or code.
"""

from __future__ import annotations

import _string
import string
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import EscapeFormatter, Markup
from odoo.tools.safe_eval import _UNSAFE_ATTRIBUTES

from ..logs import alarm
from ..messages import _lt

METHODS = ("format", "format_map", "vformat")
# An error of the database has the cursor it came from, with the last query of whoever
# used that, Protected Code included.
CURSOR = "cursor"
GUARDED = (*METHODS, CURSOR)
_PUBLIC_PRIVATE = frozenset({"_name", "_description"})


def guarded(obj: Any, method: str) -> Any:
    """Return ``obj.method``; for text, a version that walks public names only."""
    if method == CURSOR:
        return _attribute(obj, method)
    if isinstance(obj, str) and method != "vformat":
        return _bound(obj, method)
    if isinstance(obj, string.Formatter) and not isinstance(obj, _PublicFields):
        return getattr(_public(obj), method)
    if isinstance(obj, type) and issubclass(obj, str):
        return lambda text, *args, **kwargs: _bound(text, method)(*args, **kwargs)
    return getattr(obj, method)


def _bound(text: str, method: str) -> Callable[..., str]:
    if method == "format_map":
        return lambda mapping: _render(text, (), mapping)
    return lambda *args, **kwargs: _render(text, args, kwargs)


def _render(text: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    if isinstance(text, Markup):
        safe = _MarkupFormatter(Markup.escape).vformat(str(text), args, kwargs)
        return Markup(safe)  # noqa: S704
    return _Formatter().vformat(text, args, kwargs)


class _PublicFields(string.Formatter):
    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        first, rest = _string.formatter_field_name_split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            value = _attribute(value, key) if is_attribute else value[key]
        return value, first


def _public(formatter: string.Formatter) -> string.Formatter:
    """Return a formatter that does the same, and walks public names only."""
    kind = type(formatter)
    public: type[string.Formatter] = type(kind.__name__, (_PublicFields, kind), {})
    made = object.__new__(public)
    made.__dict__.update(vars(formatter))
    return made


class _Formatter(_PublicFields):
    pass


class _MarkupFormatter(_PublicFields, EscapeFormatter):
    pass


def _attribute(value: Any, name: str) -> Any:
    private = name.startswith("_") and name not in _PUBLIC_PRIVATE
    if private or name in _UNSAFE_ATTRIBUTES:
        problem = _lt("A format string can't use the private name %(name)s.", name=name)
        alarm.report(problem)
        raise AttributeError(problem)
    if name == CURSOR and isinstance(value, BaseException):
        alarm.refuse(_lt("Project code can't have the cursor of an error."))
    return getattr(value, name)
