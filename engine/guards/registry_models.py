"""Confined code can't put something else in the place of a model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from odoo.orm import registry

from ..boundary import callers
from ..logs import alarm
from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, confined, refused

_ORM = f"{registry.__name__.rpartition('.')[0]}."
_REFUSAL = _lt("Project code can't put something in the place of a model.")


class Models(dict):  # type: ignore[type-arg]
    """A registry's models by name, which confined code can't change."""


def protect(models_of: Any) -> None:
    """Guard the models of a registry that has been loaded."""
    if not isinstance(models_of.models, Models):
        models_of.models = Models(models_of.models)


def _guard_change(name: str) -> Callable[..., Any]:
    change = getattr(dict, name)

    def guarded(self: Models, *args: Any, **kwargs: Any) -> Any:
        if _asks_confined_code(sys._getframe(1)):
            alarm.refuse(_REFUSAL)
        return change(self, *args, **kwargs)

    return guarded


def _asks_confined_code(frame: Any) -> bool:
    """Tell whether project code asks, itself or by a callback of some library.

    It may lead Odoo to load a model anew, which Odoo's own code does then.
    """
    if frame.f_globals.get("__name__") == registry.__name__:
        frame = frame.f_back
    if callers.is_confined(frame):
        return True
    asking = str(frame.f_globals.get("__name__"))
    return not asking.startswith(_ORM) and callers.in_run()


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem"):
    setattr(Models, _name, _guard_change(_name))
for _name in ("setdefault", "update"):
    setattr(Models, _name, _guard_change(_name))


def _test(env: Environment) -> None:
    # If they got through, all would be as before.
    for attack in (
        "models['base'] = models['base']",
        "registry['base'] = registry['base']",
        "models.update({})",
        "[*map(models.update, [{}])]",
    ):
        with refused(_REFUSAL):
            confined(attack, {"registry": env.registry, "models": env.registry.models})


GUARD = Guard("registry_models", _lt("Models of the registry"), _test)
