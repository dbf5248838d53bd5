from odoo import fields, models


class BaseAutomation(models.Model):
    _inherit = "base.automation"

    sync_trigger_id = fields.Many2one(
        "sync.trigger", index="btree_not_null", ondelete="cascade", readonly=True
    )

    def _get_actions(self, records, triggers):
        rules = super()._get_actions(records, triggers)
        # The context that comes with them is for the rules' own way of processing.
        # Each environment more makes all that the transaction does a bit slower.
        if all(rule.sync_trigger_id for rule in rules.sudo()):
            return rules.with_env(self.env)
        return rules

    def _process(self, records, domain_post=None):
        # sudo: whoever saves a record may have no right on triggers
        trigger = self.sudo().sync_trigger_id
        if not trigger:
            return super()._process(records, domain_post=domain_post)
        if self.sudo().trigger_field_ids:
            records = records.filtered(self._check_trigger_fields)
        if self.sudo().trigger == "on_write":
            records = records.filtered(self._is_update)
        if records:
            trigger._collect(records)
        return None

    def _is_update(self, record):
        """Tell an update from the computations that follow a record's creation."""
        if "create_date" not in record or record.create_date != self.env.cr.now():
            return True
        changed = (self.env.context.get("old_values") or {}).get(record.id, {})
        return not all(record._fields[name].compute for name in changed)
