from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.safe_eval import safe_eval

from ..engine import dbevents

CONDITIONS = {
    "on_create": "On Creation",
    "on_write": "On Update",
    "on_create_or_write": "On Creation & Update",
    "on_unlink": "On Deletion",
    "on_time": "Based on Timed Condition",
}


class SyncTriggerDb(models.Model):
    """Triggers of type db: each has an automation rule that reports its records."""

    _inherit = "sync.trigger"

    model_id = fields.Many2one(
        "ir.model",
        domain=[("abstract", "=", False), ("transient", "=", False)],
        ondelete="cascade",
    )
    model_name = fields.Char(related="model_id.model", string="Model Name")
    condition = fields.Selection(
        list(CONDITIONS.items()), "Trigger Condition", default="on_create"
    )
    filter_domain = fields.Char("Apply on", help="Only for records that match this.")
    filter_pre_domain = fields.Char(
        "Before Update Domain", help="Only for records that matched this before."
    )
    watched_field_ids = fields.Many2many(
        "ir.model.fields",
        "sync_trigger_watched_field_rel",
        "trigger_id",
        "field_id",
        string="Watched Fields",
        domain="[('model_id', '=', model_id)]",
        help="Only when one of these changes. Empty: any field.",
    )
    date_field_id = fields.Many2one(
        "ir.model.fields",
        domain="[('model_id', '=', model_id), ('ttype', 'in', ('date', 'datetime'))]",
        ondelete="cascade",
    )
    delay = fields.Integer()
    delay_type = fields.Selection(
        [
            ("minutes", "Minutes"),
            ("hour", "Hours"),
            ("day", "Days"),
            ("month", "Months"),
        ],
        default="hour",
    )
    delay_mode = fields.Selection(
        [("after", "After"), ("before", "Before")], default="after"
    )
    calendar_id = fields.Many2one("resource.calendar", "Working Days of")
    automation_id = fields.Many2one(
        "base.automation", copy=False, readonly=True, index=True
    )

    _check_delay = models.Constraint(
        "CHECK(delay IS NULL OR delay >= 0)", "Use Before for a delay under zero."
    )

    @api.constrains("type", "model_id", "condition", "date_field_id")
    def _check_db(self):
        for trigger in self.filtered(lambda trigger: trigger.type == "db"):
            if not trigger.model_id or not trigger.condition:
                raise ValidationError(
                    self.env._(
                        'The trigger "%s" needs a model and a condition.', trigger.name
                    )
                )
            if trigger.condition == "on_time" and not trigger.date_field_id:
                raise ValidationError(
                    self.env._('The trigger "%s" needs a date field.', trigger.name)
                )

    @api.constrains("filter_domain", "filter_pre_domain", "model_id")
    def _check_domains(self):
        for trigger in self.filtered("model_id"):
            for domain in (trigger.filter_domain, trigger.filter_pre_domain):
                trigger._check_domain(domain)

    def _check_domain(self, domain):
        if not domain:
            return
        context = (
            self.env["base.automation"]
            .new({"model_id": self.model_id.id})
            ._get_eval_context()
        )
        try:
            # sudo: only the domain's form is checked, no record is read
            self.env[self.model_id.model].sudo()._search(safe_eval(domain, context))
        except Exception as error:
            raise ValidationError(
                self.env._(
                    'The trigger "%(trigger)s" has an invalid filter %(filter)s: '
                    "%(error)s",
                    trigger=self.name,
                    filter=domain,
                    error=error,
                )
            ) from None

    def _summarize(self):
        if self.type != "db":
            return super()._summarize()
        conditions = dict(self._fields["condition"]._description_selection(self.env))
        # sudo: whoever may read the trigger may read its model's name
        model = self.sudo().model_id.name or ""
        return f"{model}: {conditions.get(self.condition, '')}"

    def _update_technical(self):
        res = super()._update_technical()
        # sudo: a Developer may have no right on automation rules
        for trigger in self.filtered(lambda trigger: trigger.type == "db").sudo():
            values = trigger._prepare_automation()
            if trigger.automation_id:
                trigger.automation_id.write(values)
            else:
                rule = self.env["base.automation"].sudo().create(values)
                trigger._set_technical("automation_id", rule)
        return res

    def _prepare_automation(self):
        timed = self.condition == "on_time"
        updates = self.condition in ("on_write", "on_create_or_write")
        watched = self.watched_field_ids.ids if updates else []
        return {
            "name": f"Sync Studio: {self.project_id.name} / {self.name}",
            "sync_trigger_id": self.id,
            "model_id": self.model_id.id,
            "trigger": self.condition,
            "filter_domain": self.filter_domain or False,
            "filter_pre_domain": updates and self.filter_pre_domain,
            "trigger_field_ids": [(6, 0, watched)],
            "trg_date_id": timed and self.date_field_id.id,
            "trg_date_range": self.delay if timed else 0,
            "trg_date_range_type": timed and self.delay_type,
            "trg_date_range_mode": timed and self.delay_mode,
            "trg_date_calendar_id": timed and self.calendar_id.id,
            "active": self._is_live(),
        }

    def _technical_records(self):
        # sudo: as above
        return [*super()._technical_records(), self.sudo().automation_id]

    def _collect(self, records):
        """Remember records of an event until the transaction is about to end."""
        snapshot = None
        if self.condition == "on_unlink":
            snapshot = dbevents.snapshot(records)
        dbevents.collect(records.env, self.id, records, snapshot)
