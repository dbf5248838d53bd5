from odoo import api, fields, models

from ..engine.linkstore import EXTERNAL, ODOO


class SyncLink(models.Model):
    """A pair of references; code works with them through ``engine/links.py``."""

    _name = "sync.link"
    _description = "Sync Link"
    _order = "id desc"
    _log_access = False

    relation = fields.Char(required=True, readonly=True)
    system1 = fields.Char("System 1", required=True, readonly=True)
    ref1 = fields.Char("Reference 1", required=True, readonly=True)
    system2 = fields.Char("System 2", required=True, readonly=True)
    ref2 = fields.Char("Reference 2", required=True, readonly=True)
    model = fields.Char(required=True, default="", readonly=True)
    date = fields.Datetime("Sync Date", required=True)
    many = fields.Boolean(
        "Many to Many",
        required=True,
        default=False,
        readonly=True,
        help="Made with allow_many2many: its ends may have other links.",
    )
    merged = fields.Boolean(
        "From a Merge",
        readonly=True,
        help="Of a record that was merged into this one, which had a link already.",
    )
    is_odoo = fields.Boolean("Odoo Record", compute="_compute_ends")
    label1 = fields.Char("From", compute="_compute_ends")
    label2 = fields.Char("To", compute="_compute_ends")

    # One index for each end, which serves the look-ups too, and the first one those
    # of a whole relation. They keep a second exclusive link out even if two
    # transactions make one at the same time.
    _end1_uniq = models.UniqueIndex(
        "(relation, system1, ref1, model, system2, "
        "(CASE WHEN many THEN ref2 ELSE '' END))",
        "This reference is linked already.",
    )
    _end2_uniq = models.UniqueIndex(
        "(ref2, relation, system2, system1, "
        "(CASE WHEN many THEN model || ',' || ref1 ELSE '' END))",
        "This reference is linked already.",
    )

    # Whether a relation has any: see LinkStore.insert_new().
    _many_index = models.Index("(relation) WHERE many")

    @api.depends("system1", "system2", "ref1", "ref2", "model")
    def _compute_ends(self):
        for link in self:
            link.is_odoo = link.system1 == ODOO
            link.label1 = f"{link.model or link.system1} {link.ref1}"
            external = link.system2 == EXTERNAL
            link.label2 = link.ref2 if external else f"{link.system2} {link.ref2}"

    @api.depends("relation", "ref1", "ref2")
    def _compute_display_name(self):
        for link in self:
            link.display_name = f"{link.relation}: {link.label1} - {link.label2}"

    def action_open_record(self):
        """Open the linked Odoo record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": int(self.ref1),
            "view_mode": "form",
        }
