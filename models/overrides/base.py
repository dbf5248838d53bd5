from odoo import api, models

from ...engine.links.table import LinkTable, one


class Base(models.AbstractModel):
    _inherit = "base"

    @api.private
    def set_link(self, relation, external, sync_date=None, allow_many2many=False):
        """Link the record with an external reference and return the link."""
        self.ensure_one()
        return one(
            LinkTable(self.env).set_record_links(
                relation, [(self, external)], sync_date, allow_many2many
            ),
            repr(external),
        )

    @api.private
    def get_link(self, relation):
        """Return the record's link under a relation, falsy if there is none."""
        self.ensure_one()
        table = LinkTable(self.env)
        return one(table.own(table.record_links(relation, self)), str(self))

    @api.private
    def set_links(self, relation, externals, sync_date=None, allow_many2many=False):
        """Link each record with the reference at the same place of ``externals``."""
        pairs = list(zip(self, externals, strict=True))
        return LinkTable(self.env).set_record_links(
            relation, pairs, sync_date, allow_many2many
        )

    @api.private
    def search_links(self, relation):
        """Return all links of the records under a relation."""
        return LinkTable(self.env).record_links(relation, self)
