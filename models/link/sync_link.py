from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.links.existence import existing
from ...engine.links.store import EXTERNAL, ODOO


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
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_ends(self):
        labels = self._record_labels()
        for link in self:
            link.is_odoo = link.system1 == ODOO
            end = (link.model, link.ref1)
            link.label1 = labels.get(end, f"{link.model or link.system1} {link.ref1}")
            external = link.system2 == EXTERNAL
            link.label2 = link.ref2 if external else f"{link.system2} {link.ref2}"

    def _record_labels(self):
        """Return what the linked records are called, by model and reference."""
        ids = defaultdict(set)
        for link in self:
            if link.system1 == ODOO:
                ids[link.model].add(int(link.ref1))
        return {
            (model, str(id_)): label
            for model, of_model in ids.items()
            for id_, label in self._labels_of(model, of_model).items()
        }

    def _labels_of(self, model, ids):
        """Return labels by id: a name is only for those who may read the record."""
        names = self._readable_names(model, ids)
        rest = ids - names.keys()
        # Who may not read a record may know that it is there: the link says so.
        there = set(existing(self.env, model, rest).ids) if rest else set()
        labels = {id_: f"{name} ({model} {id_})" for id_, name in names.items()}
        for id_ in rest - there:
            labels[id_] = self.env._(
                "%(model)s %(id)s (deleted)", model=model, id=str(id_)
            )
        return labels

    def _readable_names(self, model, ids):
        if model not in self.env or self.env[model]._abstract:
            return {}
        records = self.env[model].with_context(active_test=False)
        try:
            domain = [("id", "in", list(ids))]
            found = records.search_fetch(domain, ["display_name"], order="id")
            return {record.id: record.display_name for record in found}
        except AccessError:
            return {}

    @api.depends("relation", "ref1", "ref2")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_display_name(self):
        for link in self:
            link.display_name = f"{link.relation}: {link.label1} - {link.label2}"

    def action_open_record(self):
        """Open the linked Odoo record."""
        self.ensure_one()
        if not existing(self.env, self.model, [int(self.ref1)]):
            raise UserError(
                self.env._(
                    "%(model)s %(id)s was deleted; its link is all that is left of it.",
                    model=self.model,
                    id=self.ref1,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": int(self.ref1),
            "view_mode": "form",
        }
