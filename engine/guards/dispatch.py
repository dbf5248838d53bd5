"""Odoo's way to a route leads by ``models/overrides/ir_http.py``.

If it didn't, nothing that a Manager asks for would be noted, nor whose request it is.
"""

from __future__ import annotations

from odoo import http
from odoo.addons.base.models import ir_http

from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect_call, expect_override


def _test(env: Environment) -> None:
    for name in ("_dispatch", "_match"):
        expect_override(env.registry["ir.http"], name, ir_http.IrHttp)
        expect_call(http, name)


GUARD = Guard("dispatch", _lt("Requests on their way to a route"), _test)
