from odoo import api, models


class SyncArchived(models.AbstractModel):
    """What those can archive who may change it."""

    _name = "sync.archived"
    _description = "Part of a Project that Can Be Archived"

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        fields = super().fields_get(allfields, attributes)
        # The web client offers to archive what has this field, if it isn't read-only.
        if "readonly" in fields.get("active", ()) and not self.has_access("write"):
            fields["active"]["readonly"] = True
        return fields
