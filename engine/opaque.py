"""What Protected Code exports, as sandboxed code gets it.

Data crosses the boundary as a copy: a change on one side is not seen on the other.
Functions, classes and other objects cross it as an :class:`Exported`, which passes
calls and public attributes on and keeps the original out of reach: in a context
variable, which attribute and item access can't enter. Exceptions are copied without
their frames, because frames lead to the protected globals.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

from odoo.tools.safe_eval import _UNSAFE_ATTRIBUTES

from . import alarm, zones
from .crossing import detached, is_class, is_data, is_sealed
from .failures import Mask, stripped
from .report import Sources, user_lines


class _Registry(NamedTuple):
    originals: WeakKeyDictionary[Exported, Any]
    known: WeakValueDictionary[int, Exported]
    sources: Sources
    mask: Mask


_registry: ContextVar[_Registry] = ContextVar("sync_exports")
_COPIED = (list, tuple, set, frozenset)


class Exported:
    """A function, class or object of Protected Code, closed to all but its use."""

    __slots__ = ("__name__", "__weakref__")

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{self!r} has no public attribute {name}")
        return _enter(self, _attribute, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _enter(self, _call, *args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return _enter(self, lambda target, key: target[key], key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _enter(self, _set_item, key, value)

    def __contains__(self, value: Any) -> bool:
        return _enter(self, lambda target, value: value in target, value)

    def __iter__(self) -> Iterator[Any]:
        return _enter(self, iter)

    def __next__(self) -> Any:
        return _enter(self, next)

    def __len__(self) -> int:
        return _enter(self, len)

    def __bool__(self) -> bool:
        return _enter(self, bool)

    def __str__(self) -> str:
        return _enter(self, _text)

    def __enter__(self) -> Any:
        return _enter(self, lambda target: target.__enter__())

    def __exit__(self, *error: Any) -> Any:
        return _enter(self, lambda target: target.__exit__(*error))

    def __repr__(self) -> str:
        return f"<protected {self.__name__}>"


def _call(target: Any, *args: Any, **kwargs: Any) -> Any:
    return target(*args, **kwargs)


def _set_item(target: Any, key: Any, value: Any) -> None:
    target[key] = value


def _attribute(target: Any, name: str) -> Any:
    if is_sealed(target) or name in _UNSAFE_ATTRIBUTES:
        alarm.refuse(
            f"A {type(target).__name__} of Protected Code is closed: let a function "
            f"of the Protected Code return what you need of it."
        )
    return getattr(target, name)


def _text(target: Any) -> str:
    return repr(type(target)) if is_sealed(target) else str(target)


@contextmanager
def registry(sources: Sources, mask: Mask) -> Iterator[None]:
    """Keep what is exported for the time of one run."""
    known = _Registry(WeakKeyDictionary(), WeakValueDictionary(), sources, mask)
    token = _registry.set(known)
    try:
        yield
    finally:
        _registry.reset(token)


def export(name: str, value: Any) -> Any:
    """Return ``value`` as sandboxed code may have it."""
    value = detached(value, _registry.get().mask)
    if is_data(value):
        return value
    if isinstance(value, dict):
        return {export(name, key): export(name, val) for key, val in value.items()}
    if type(value) in _COPIED:
        return type(value)(export(name, item) for item in value)
    return _exported(name, value)


def _exported(name: str, value: Any) -> Exported:
    known = _registry.get()
    found = known.known.get(id(value))
    if found is None:
        own = getattr(value, "__name__", None) if callable(value) else None
        found = Exported(own or (type(value).__name__ if not is_class(value) else name))
        known.known[id(value)] = found
        known.originals[found] = value
    return found


class Failed(NamedTuple):
    """An exception that is to be raised where no variable holds an original."""

    error: Exception


def _enter(
    exported: Exported, operation: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    outcome = attempt(_perform, exported, operation, args, kwargs)
    if isinstance(outcome, Failed):
        # Its traceback begins here: this frame knows the exported handle only.
        raise outcome.error
    return outcome


def attempt(function: Callable[..., Any], *args: Any) -> Any:
    """Return what ``function`` returns, or :class:`Failed` with its exception, cut."""
    try:
        return function(*args)
    except Exception as error:
        return Failed(_cut(error))


def _perform(
    exported: Exported,
    operation: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    target = _original(exported)
    args = tuple(_imported(arg) for arg in args)
    kwargs = {key: _imported(arg) for key, arg in kwargs.items()}
    return export(exported.__name__, operation(target, *args, **kwargs))


def _cut(error: Exception) -> Exception:
    """Return an exception of Protected Code without anything that leads back there."""
    known = _registry.get()
    lines = user_lines(error.__traceback__, known.sources)
    failure = stripped(error, known.mask)
    failure.protected_lines = [*lines, *getattr(error, "protected_lines", ())]
    return failure


def _original(exported: Exported) -> Any:
    try:
        return _registry.get().originals[exported]
    except (LookupError, KeyError):
        raise RuntimeError(
            f"{exported!r} belongs to a run that is over; call it by its name."
        ) from None


def _imported(value: Any) -> Any:
    """Return what sandboxed code passes in as Protected Code may have it."""
    if isinstance(value, Exported):
        return _original(value)
    if isinstance(value, types.FunctionType) and zones.is_confined(value):
        return _callback(value)
    if isinstance(value, dict) and _holds_code(value):
        return {key: _imported(item) for key, item in value.items()}
    if type(value) in _COPIED and _holds_code(value):
        return type(value)(_imported(item) for item in value)
    return value


def _holds_code(value: Any, depth: int = 0) -> bool:
    if isinstance(value, Exported | types.FunctionType):
        return True
    if depth > 8 or not isinstance(value, (*_COPIED, dict)):
        return False
    items = value.values() if isinstance(value, dict) else value
    return any(_holds_code(item, depth + 1) for item in items)


def _callback(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return sandboxed code's function so that it gets exports and no originals."""

    def callback(*args: Any, **kwargs: Any) -> Any:
        args = tuple(export("argument", arg) for arg in args)
        kwargs = {key: export(key, arg) for key, arg in kwargs.items()}
        return _imported(function(*args, **kwargs))

    callback.__name__ = function.__name__  # add_job() goes by it
    return callback
