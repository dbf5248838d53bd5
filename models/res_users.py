from odoo import api, models, tools

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

    @tools.ormcache("self.id")
    def _company_choice(self):
        """Return the ids of the companies of who has chosen none, the default first.

        Odoo's own list of them begins with any one.
        """
        default = self.company_id.id
        others = (id_ for id_ in self._get_company_ids() if id_ != default)
        return (default, *others) if default else tuple(others)
