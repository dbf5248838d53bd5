"""Logs that are grouped by fields of their jobs are counted job by job."""

from __future__ import annotations

from odoo.addons.web.models import models as web_models
from odoo.orm import models

from ..messages import _lt
from ..protocols import Environment
from .rehearsal import Guard, expect_call, expect_override

_USED = ("groupby", "orderby", "postprocess_groupby")


def _test(env: Environment) -> None:
    expect_override(env.registry["sync.log"], "_read_group", models.BaseModel)
    expect_call(web_models, "_read_group")
    for name in _USED:
        expect_call(models, f"_read_group_{name}")


GUARD = Guard("log_groups", _lt("Groups of logs"), _test)
