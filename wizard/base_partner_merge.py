from odoo import api, models

from ..engine.links.store import LinkStore


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        # All of Odoo's wizards that merge records come by here, not those of partners
        # alone. The links must go along before the records are deleted.
        LinkStore(self.env).merge(referenced_model, src_records.ids, dst_record.id)
        return super()._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )
