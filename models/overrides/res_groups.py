from odoo import api, models

from ...engine.vault import audit


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        # A new group may imply that of the Managers.
        with audit.recorded_managers(self.env):
            return super().create(vals_list)

    def write(self, vals):
        if not vals.keys() & {"user_ids", "implied_ids", "implied_by_ids"}:
            return super().write(vals)
        with audit.recorded_managers(self.env):
            return super().write(vals)
