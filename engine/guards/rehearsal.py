"""What self-tests share: an attack is tried, and has to be refused.

Attacks are made so that they do no harm if they get through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from odoo.tools import safe_eval

from ..messages import Message, _lt


class NotRefused(Exception):
    """What a guard is there for has happened, or may happen."""


class Guard(NamedTuple):
    """One thing that is guarded: how it is put up, and an attack on it.

    ``test`` is called with an environment, and raises whatever shows that the guard
    doesn't hold.
    """

    name: str
    title: Message
    test: Callable[[Any], object]
    install: Callable[[], object] = lambda: None


@contextmanager
def refused(saying: str) -> Iterator[None]:
    """Expect that what is tried is refused with these words.

    :raise NotRefused: if it isn't, or with other words
    """
    try:
        yield
    except Exception as error:
        if saying not in str(error):
            raise NotRefused(f"refused with other words: {error!r}") from error
        return
    raise NotRefused(_lt("the attack was not refused"))


def confined(code: str, values: Mapping[str, Any]) -> None:
    """Run code as a Developer's server action runs."""
    safe_eval.safe_eval(code, dict(values), mode="exec")


def expect(holds: object, otherwise: str) -> None:
    """Check something that has to be so.

    :raise NotRefused: if it isn't
    """
    if not holds:
        raise NotRefused(otherwise)


def expect_call(module: ModuleType, name: str) -> None:
    """Check that a module of Odoo's still calls what we stand in the place of.

    Its source tells: other addons may have wrapped the function that does so.

    :raise NotRefused: if it doesn't
    """
    expect(_calls(module, name), f"{module.__name__} doesn't call {name} any more")


@cache
def _calls(module: ModuleType, name: str) -> bool:
    source = Path(str(module.__file__)).read_text("utf-8")
    return bool(re.search(rf"(?<!def )\b{name}\(", source))


def expect_override(model: type, name: str, odoos: type) -> None:
    """Check that a model's method is one of ours, and that Odoo's class has it too.

    :raise NotRefused: if it isn't
    """
    ours = any(name in vars(kind) for kind in model.__mro__ if _is_ours(kind))
    where = getattr(model, "_name", model.__name__)
    expect(ours, f"{where}.{name} is not ours")
    expect(name in vars(odoos), f"{odoos.__module__} has no {name} any more")


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("odoo.addons.sync.")
