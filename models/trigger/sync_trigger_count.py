from datetime import timedelta

from odoo import api, fields, models

from ...engine.events import event_counts


class SyncTriggerCount(models.Model):
    """The events that a DB trigger has looked at on one day."""

    _name = "sync.trigger.count"
    _description = "Events of a DB Trigger"
    _log_access = False
    _rec_name = "date"

    trigger_id = fields.Many2one(
        "sync.trigger", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True)
    events = fields.Integer(required=True, readonly=True)

    _day_index = models.UniqueIndex("(trigger_id, date)")

    @api.autovacuum
    def _gc_counts(self):
        """Delete the counts of days that nobody is shown any more."""
        oldest = fields.Date.today() - timedelta(days=event_counts.KEPT)
        self.env.cr.execute("DELETE FROM sync_trigger_count WHERE date < %s", (oldest,))
