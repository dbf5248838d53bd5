"""What Protected Code exports, as sandboxed code gets it.

An exported function reaches sandboxed code as an :class:`Exported`: it can be called
and nothing else. The function itself is kept in a context variable, which attribute
and item access can't enter. Exceptions leave it without their frames, because frames
lead to the protected globals.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from .report import Sources, user_lines
from .zones import in_sandbox, zone


class _Registry(NamedTuple):
    functions: dict[Exported, Callable[..., Any]]
    sources: Sources


_registry: ContextVar[_Registry] = ContextVar("sync_exports")

_CODE = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.BuiltinMethodType,
    types.GeneratorType,
)
_CONTAINERS = (list, tuple, dict, set)


class Exported:
    """A callable of Protected Code, closed to anything but a call."""

    __slots__ = ("__name__",)

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _enter(self, args, kwargs)

    def __repr__(self) -> str:
        return f"<protected function {self.__name__}>"


@contextmanager
def registry(sources: Sources) -> Iterator[None]:
    """Keep what is exported for the time of one run."""
    token = _registry.set(_Registry({}, sources))
    try:
        yield
    finally:
        _registry.reset(token)


def export(name: str, value: Any) -> Any:
    """Return ``value`` as sandboxed code may have it."""
    if isinstance(value, types.GeneratorType):
        return _iterate(value, "protected")
    if isinstance(value, Exported) or not _is_code(value):
        return value
    exported = Exported(getattr(value, "__name__", name))
    _registry.get().functions[exported] = value
    return exported


def _is_code(value: Any) -> bool:
    if isinstance(value, type):
        # Exceptions stay classes, so that a task can catch them by name.
        plain = value.__module__ in ("builtins", "datetime", "decimal")
        return not plain and not issubclass(value, BaseException)
    return isinstance(value, _CODE)


def _enter(exported: Exported, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if in_sandbox():
        args = tuple(_imported(arg) for arg in args)
        kwargs = {key: _imported(arg) for key, arg in kwargs.items()}
    failure: Exception
    try:
        with zone("protected"):
            result = _function(exported)(*args, **kwargs)
        return export(exported.__name__, result)
    except Exception as error:
        failure = _cut(error)
    # Outside the handler, so that no context links back to the protected frames.
    raise failure


def _function(exported: Exported) -> Callable[..., Any]:
    try:
        return _registry.get().functions[exported]
    except (LookupError, KeyError):
        raise RuntimeError(
            f"{exported!r} belongs to a run that is over; call it by its name."
        ) from None


def _cut(error: Exception) -> Exception:
    lines = user_lines(error.__traceback__, _registry.get().sources)
    error.protected_lines = [*lines, *getattr(error, "protected_lines", ())]
    return without_frames(error)


def without_frames(error: BaseException) -> Any:
    """Return ``error`` with nothing that leads to the frames it came through."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    error.__suppress_context__ = True
    return error


def _imported(value: Any) -> Any:
    """Return sandboxed code's ``value`` so that calling it re-enters the sandbox."""
    if isinstance(value, types.FunctionType | types.MethodType):
        return _callback(value)
    if isinstance(value, types.GeneratorType):
        return _iterate(value, "sandbox")
    if isinstance(value, _CONTAINERS) and _holds_code(value, 0):
        return _imported_container(value)
    return value


def _holds_code(value: Any, depth: int) -> bool:
    if isinstance(value, types.FunctionType | types.MethodType | types.GeneratorType):
        return True
    if depth > 8 or not isinstance(value, _CONTAINERS):
        return False
    items = value.values() if isinstance(value, dict) else value
    return any(_holds_code(item, depth + 1) for item in items)


def _imported_container(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _imported(item) for key, item in value.items()}
    return type(value)(_imported(item) for item in value)


def _callback(function: Callable[..., Any]) -> Callable[..., Any]:
    def callback(*args: Any, **kwargs: Any) -> Any:
        with zone("sandbox"):
            return function(*args, **kwargs)

    return callback


def _iterate(generator: Iterator[Any], name: Any) -> Iterator[Any]:
    while True:
        with zone(name):
            try:
                item = next(generator)
            except StopIteration:
                return
        yield item
