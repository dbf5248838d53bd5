"""Templates get no further than code in ``safe_eval``, and no request within a run.

``models/overrides/ir_qweb.py`` sees to it.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from ..boundary import callers
from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect, refused

_FORMAT = "<t t-out=\"'{0.__class__}'.format(1)\"/>"
_REQUEST = '<t t-if="request is None">none</t>'


class _Smuggled:
    """An option whose representation is code, which QWeb writes into a template's."""

    def __repr__(self) -> str:
        return "(1).__class__"


def _test(env: Environment) -> None:
    with refused("private name __class__"):
        _render(env, _FORMAT, minimal_qcontext=True)
    with refused("forbidden name '__class__'"):
        _render(env, "<p/>", minimal_qcontext=True, inherit_branding=_Smuggled())
    with callers.running():
        expect(_render(env, _REQUEST) == "none", "a template gets the request in a run")


def _render(env: Environment, template: str, **options: Any) -> str:
    return str(env["ir.qweb"]._render(etree.fromstring(template), {}, **options))


GUARD = Guard("templates", _lt("QWeb templates"), _test)
