"""Models with DB triggers tell of changes, by methods that are wrapped."""

from __future__ import annotations

from odoo.orm import fields, models

from ..events import hooks, memory
from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect, expect_call, expect_override


def _test(env: Environment) -> None:
    for name in hooks.METHODS:
        expect(hasattr(models.BaseModel, name), f"models have no {name} any more")
    expect_call(fields, "_compute_field_value")
    translate = "_update_field_translations"
    expect_call(models, translate)
    model = env.registry["sync.project.text"]
    expect_override(model, translate, models.BaseModel)
    for name, method in memory.of(env.registry).hooked:
        wrapped = vars(env.registry[name]).get(method) if name in env.registry else True
        expect(wrapped, f"{name}.{method} tells no trigger")


GUARD = Guard("event_hooks", _lt("Changes that DB triggers hear of"), _test)
