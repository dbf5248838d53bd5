"""What Protected Code exports, as sandboxed code gets it.

Data crosses the boundary as a copy, in both directions: a change on one side is not
seen on the other.
Functions, classes and other objects cross it as an :class:`Exported`, which passes
calls and public attributes on and keeps the original out of reach: in a context
variable, which attribute and item access can't enter. Exceptions are copied without
their frames, because frames lead to the protected globals.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FunctionType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

from odoo.tools.safe_eval import _UNSAFE_ATTRIBUTES

from ..logs import alarm
from ..logs.tracebacks import Sources, user_lines
from ..messages import _lt
from ..sandbox import format_guard
from .exceptions import Mask, stripped
from .transfer import (
    copied,
    detached,
    is_class,
    is_container,
    is_data,
    is_protected_error,
    is_sealed,
)


class _Registry(NamedTuple):
    originals: WeakKeyDictionary[Exported, Any]
    known: WeakValueDictionary[int, Exported]
    # Exception classes of Protected Code, and those that stand for them outside.
    errors: dict[type, type]
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
            problem = _lt(
                "%(handle)s has no public attribute %(name)s",
                handle=f"{self!r}",
                name=name,
            )
            # Libraries ask for dunder names; code that is typed can't.
            if not name.startswith("__"):
                alarm.report(problem)
            raise AttributeError(problem)
        return _enter(self, _attribute, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _enter(self, _call, *args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return _enter(self, _inside(lambda target, key: target[key]), key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _enter(self, _inside(_set_item), key, value)

    def __contains__(self, value: Any) -> bool:
        return _enter(self, _inside(lambda target, value: value in target), value)

    def __iter__(self) -> Iterator[Any]:
        return _enter(self, _inside(iter))

    def __next__(self) -> Any:
        return _enter(self, _inside(next))

    def __len__(self) -> int:
        return _enter(self, _inside(len))

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
        _refuse_closed(target)
    return getattr(target, name)


def _inside(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``operation``, which looks into its target, for targets that are open."""

    def checked(target: Any, *args: Any) -> Any:
        if is_sealed(target):
            _refuse_closed(target)
        return operation(target, *args)

    return checked


def _refuse_closed(target: Any) -> None:
    alarm.refuse(
        _lt(
            "A %(type)s of Protected Code is closed: let a function of the "
            "Protected Code return what you need of it.",
            type=type(target).__name__,
        )
    )


def _text(target: Any) -> str:
    """Return the text of an object whose class says what that is.

    What Python makes up, the representation of a dataclass for one, shows all fields.
    """
    kind = type(target)
    told = isinstance(kind.__str__, FunctionType)
    if is_sealed(target) or is_class(target) or not told:
        return f"<protected {kind.__name__}>"
    return _registry.get().mask(str(target))


@contextmanager
def registry(sources: Sources, mask: Mask) -> Iterator[None]:
    """Keep what is exported for the time of one run."""
    known = _Registry(WeakKeyDictionary(), WeakValueDictionary(), {}, sources, mask)
    token = _registry.set(known)
    try:
        yield
    finally:
        _registry.reset(token)


class _Copy:
    """One crossing of the boundary: containers are copied, each of them once.

    ``leaf`` says what becomes of anything else.
    """

    def __init__(self, leaf: Callable[[Any], Any]) -> None:
        self._leaf = leaf
        self._made: dict[int, Any] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            made = self._made.get(id(value))
            return self._dict(value) if made is None else made
        if type(value) is list:
            made = self._made.get(id(value))
            return self._list(value) if made is None else made
        if type(value) in _COPIED:
            return type(value)(map(self, value))
        return self._leaf(value)

    def _dict(self, value: dict[Any, Any]) -> dict[Any, Any]:
        made = self._made[id(value)] = {}
        made.update((self(key), self(item)) for key, item in value.items())
        return made

    def _list(self, value: list[Any]) -> list[Any]:
        made = self._made[id(value)] = []
        made.extend(map(self, value))
        return made


def export(name: str, value: Any) -> Any:
    """Return ``value`` as sandboxed code may have it."""
    mask = _registry.get().mask

    def leaf(item: Any) -> Any:
        item = detached(item, mask)
        if is_data(item):
            return item
        return _shown(item) if is_protected_error(item) else _exported(name, item)

    return _Copy(leaf)(value)


def _shown(kind: type) -> type:
    """Return the exception class that stands for ``kind`` outside Protected Code.

    It has the same name and place in the tree, so that tasks can catch it, and nothing
    of what Protected Code put into its own.
    """
    if not is_protected_error(kind):
        return kind
    errors = _registry.get().errors
    if kind not in errors:
        bases = [_shown(base) for base in kind.__bases__ if _is_error(base)]
        own = {"__module__": kind.__module__, "__slots__": ()}
        errors[kind] = type(kind.__name__, tuple(bases), own)
    return errors[kind]


def _is_error(kind: type) -> bool:
    return issubclass(kind, BaseException)


def _meant(kind: type) -> type:
    """Return the exception class of Protected Code that ``kind`` stands for."""
    pairs = _registry.get().errors.items()
    return next((own for own, shown in pairs if shown is kind), kind)


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
    except BaseException as error:
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


def _cut(error: BaseException) -> Exception:
    """Return an exception of Protected Code without anything that leads back there."""
    known = _registry.get()
    lines = user_lines(error.__traceback__, known.sources)
    failure = stripped(error, known.mask, _shown)
    failure.protected_lines = [*lines, *getattr(error, "protected_lines", ())]
    return failure


def _original(exported: Exported) -> Any:
    try:
        return _registry.get().originals[exported]
    except (LookupError, KeyError):
        raise RuntimeError(
            _lt(
                "%(what)s belongs to a run that is over; call it by its name.",
                what=f"{exported!r}",
            )
        ) from None


def _imported(value: Any) -> Any:
    """Return what sandboxed code passes in as Protected Code may have it."""
    return _Copy(_leaf)(value)


def _leaf(value: Any) -> Any:
    if isinstance(value, Exported):
        return _original(value)
    if is_class(value):
        return _meant(value) if _is_error(value) else _Kind(value)
    if is_data(value):
        return detached(value, _registry.get().mask)
    if is_container(value):
        return copied(value)
    # Not only functions: a list's append() would keep what it is called with.
    return _callback(value) if callable(value) else value


def _callback(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return sandboxed code's function so that it gets exports and no originals."""

    def callback(*args: Any, **kwargs: Any) -> Any:
        args = tuple(export("argument", arg) for arg in args)
        kwargs = {key: export(key, arg) for key, arg in kwargs.items()}
        try:
            return _imported(function(*args, **kwargs))
        except Exception as error:
            if (kind := _meant(type(error))) is type(error):
                raise
            raise _instance(kind, error.args) from error

    # add_job() goes by it
    callback.__name__ = getattr(function, "__name__", type(function).__name__)
    return callback


class _Kind:
    """A class of sandboxed code's: it tells kinds apart, and makes objects of exports.

    ``str`` of an original would show what its representation does.
    """

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self.__name__ = kind.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _callback(self._kind)(*args, **kwargs)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, self._kind)

    def __subclasscheck__(self, value: type) -> bool:
        return issubclass(value, self._kind)

    def __eq__(self, other: object) -> bool:
        return self._kind is getattr(other, "_kind", other)

    def __hash__(self) -> int:
        return hash(self._kind)


def _instance(kind: Any, args: tuple[Any, ...]) -> Any:
    # Not its own __init__, which may want anything.
    error = kind.__new__(kind, *args)
    error.args = args
    return error


def guarded_format(obj: Any, method: str) -> Any:
    """Return ``obj.method`` for Protected Code, where the text may be a Developer's.

    It walks what it is given as far as sandboxed code could.
    """
    if method == format_guard.CURSOR:
        return getattr(obj, method)
    found = format_guard.guarded(obj, method)
    kind = obj if is_class(obj) else type(obj)
    texts = issubclass(kind, str | string.Formatter)
    if not texts or _registry.get(None) is None:  # a thread of its own has no run
        return found

    def closed(*args: Any, **kwargs: Any) -> str:
        return found(*export("argument", args), **export("argument", kwargs))

    return closed
