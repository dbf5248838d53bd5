"""Odoo's automation rules find records for our triggers, and ours change no class."""

from __future__ import annotations

from odoo.addons.base_automation.models import base_automation

from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect_call, expect_override


def _test(env: Environment) -> None:
    odoos = base_automation.BaseAutomation
    for name in ("_update_registry", "_process"):
        expect_override(env.registry["base.automation"], name, odoos)
        expect_call(base_automation, name)


GUARD = Guard("automation", _lt("Automation rules"), _test)
