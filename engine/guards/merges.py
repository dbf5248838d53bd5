"""Links go along when one of Odoo's wizards merges records."""

from __future__ import annotations

from odoo.addons.base.wizard import base_partner_merge

from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect_call, expect_override

_MODEL = "base.partner.merge.automatic.wizard"
_METHOD = "_update_reference_fields_generic"


def _test(env: Environment) -> None:
    wizard = base_partner_merge.BasePartnerMergeAutomaticWizard
    expect_override(env.registry[_MODEL], _METHOD, wizard)
    expect_call(base_partner_merge, _METHOD)


GUARD = Guard("merges", _lt("Records that are merged"), _test)
