from odoo import fields, models


class SyncCopied(models.AbstractModel):
    """What runs by itself, so that a copy of it must not run beside the original."""

    _name = "sync.copied"
    _description = "Archived Until It Differs from Its Original"

    is_copy = fields.Boolean(
        "Copied", copy=False, readonly=True, help="And not unarchived since."
    )

    def copy(self, default=None):
        return super().copy({"active": False, "is_copy": True, **(default or {})})

    def write(self, vals):
        if vals.get("active"):
            vals = {**vals, "is_copy": False}
        return super().write(vals)
