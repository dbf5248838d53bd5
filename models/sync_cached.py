from odoo import api, models


class SyncCached(models.AbstractModel):
    """What runs read from a cache: each change of it clears that cache."""

    _name = "sync.cached"
    _description = "Cached Part of a Project"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
