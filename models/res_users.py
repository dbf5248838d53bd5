from odoo import api, models

from ..engine import audit, rows


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        before = rows.managers(self.env.cr)
        users = super().create(vals_list)
        audit.record_managers(self.env, before)
        return users

    def write(self, vals):
        if "group_ids" not in vals:
            return super().write(vals)
        before = rows.managers(self.env.cr)
        result = super().write(vals)
        audit.record_managers(self.env, before)
        return result
