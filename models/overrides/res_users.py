from odoo import api, models, tools

from ...engine.vault import audit


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        with audit.recorded_managers(self.env):
            return super().create(vals_list)

    def write(self, vals):
        if "group_ids" not in vals:
            result = super().write(vals)
        else:
            with audit.recorded_managers(self.env):
                result = super().write(vals)
        if "active" in vals:
            self._update_schedules()
        return result

    def _update_schedules(self):
        """Let the schedules in the users' names fail, or run again."""
        # sudo: whoever archives a user may have no right on triggers
        triggers = self.env["sync.trigger"].sudo().with_context(active_test=False)
        domain = [("type", "=", "cron"), ("user_id", "in", self.ids)]
        triggers.search(domain)._update_technical()

    @tools.ormcache("self.id")
    def _company_choice(self):
        """Return the ids of the companies of who has chosen none, the default first.

        Odoo's own list of them begins with any one.
        """
        default = self.company_id.id
        others = (id_ for id_ in self._get_company_ids() if id_ != default)
        return (default, *others) if default else tuple(others)
