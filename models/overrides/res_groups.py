from odoo import api, models

from ...engine.vault import audit, trusted_rows


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        # A new group may imply that of the Managers.
        before = trusted_rows.managers(self.env.cr)
        groups = super().create(vals_list)
        audit.record_managers(self.env, before)
        return groups

    def write(self, vals):
        if not vals.keys() & {"user_ids", "implied_ids", "implied_by_ids"}:
            return super().write(vals)
        before = trusted_rows.managers(self.env.cr)
        result = super().write(vals)
        audit.record_managers(self.env, before)
        return result
