from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.safe_eval import safe_eval

from ...engine.events import event_counts, hooks, memory

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
    include_due = fields.Boolean(
        "Also Records Already Due",
        help="The first check also hands over what was due before the trigger was made "
        "or switched on. If it is ticked later, the next check does.",
    )
    automation_id = fields.Many2one(
        "base.automation", copy=False, readonly=True, index=True
    )

    event_count = fields.Integer(
        "Events Looked At",
        compute="_compute_event_count",
        help="Records of which the trigger heard in the last 7 days, whether they "
        "mattered or not. Counted within a minute or two.",
    )
    event_job_count = fields.Integer(
        "Jobs Made", compute="_compute_event_count", help="In the last 7 days."
    )

    _check_delay = models.Constraint(
        "CHECK(delay IS NULL OR delay >= 0)", "Use Before for a delay under zero."
    )

    def _compute_event_count(self):
        # sudo: whoever may see a trigger may see how busy it is
        counts, jobs = (
            self.env["sync.trigger.count"].sudo(),
            self.env["sync.job"].sudo(),
        )
        since = fields.Date.today() - timedelta(days=event_counts.DAYS)
        own = ("trigger_id", "in", self.ids)
        domain = [own, ("date", ">", since)]
        events = dict(counts._read_group(domain, ["trigger_id"], ["events:sum"]))
        domain = [own, ("date_created", ">", since)]
        made = dict(jobs._read_group(domain, ["trigger_id"], ["__count"]))
        for trigger in self:
            waiting = event_counts.waiting(self.env.registry, trigger.id)
            trigger.event_count = events.get(trigger, 0) + waiting
            trigger.event_job_count = made.get(trigger, 0)

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

    @api.constrains("type", "model_id", "condition", "watched_field_ids")
    def _check_watched_fields(self):
        updates = self.filtered(lambda trigger: trigger._hears_of_updates())
        # sudo: a Developer may have no right to read the definitions of fields
        for field in updates.sudo().watched_field_ids:
            updates.filtered(
                lambda trigger, field=field: field in trigger.sudo().watched_field_ids
            )._check_watched(field)

    def _check_watched(self, field):
        for trigger in self:
            if field.model_id != trigger.sudo().model_id:
                raise ValidationError(trigger._foreign_field_error(field))
            if not self.env[field.model]._fields[field.name].store:
                raise ValidationError(
                    self.env._(
                        'The trigger "%(trigger)s" can\'t watch the field "%(field)s": '
                        "it is computed when it is read, so nobody notices when it "
                        "changes. Watch the fields that it is computed from.",
                        trigger=trigger.name,
                        field=field.field_description,
                    )
                )

    @api.constrains("type", "model_id", "condition", "date_field_id")
    def _check_date_field(self):
        for trigger in self:
            # sudo: as above
            field = trigger.sudo().date_field_id
            if trigger.condition != "on_time" or trigger.type != "db" or not field:
                continue
            if field.model_id != trigger.sudo().model_id:
                raise ValidationError(trigger._foreign_field_error(field))

    def _foreign_field_error(self, field):
        return self.env._(
            'The field "%(field)s" of the trigger "%(trigger)s" belongs to the model '
            '"%(other)s": choose a field of the model "%(model)s".',
            trigger=self.name,
            field=field.field_description,
            other=field.model,
            model=self.sudo().model_id.model,
        )

    def _hears_of_updates(self):
        updates = ("on_write", "on_create_or_write")
        return self.type == "db" and self.condition in updates

    # -- CRUD ------------------------------------------------------------------

    def write(self, vals):
        wants_due = vals.get("include_due")
        asked = self.filtered(lambda trigger: wants_due and not trigger.include_due)
        result = super().write(vals)
        # sudo: a Developer may have no right on automation rules
        asked.sudo().automation_id.last_run = False
        return result

    def unlink(self):
        heard = "db" in self.mapped("type")
        result = super().unlink()
        if heard:
            self._hear_of_events()
        return result

    # -- business --------------------------------------------------------------

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
        triggers = self.filtered(lambda trigger: trigger.type == "db").sudo()
        for trigger in triggers:
            values = trigger._prepare_automation()
            rule = trigger.automation_id.with_context(sync_technical=True)
            if rule:
                rule.write(values)
            else:
                rule = rule.create(values)
                trigger._set_technical("automation_id", rule)
        if triggers:
            self._hear_of_events()
        return res

    @api.model
    def _hear_of_events(self):
        """Let the models of all live triggers tell of their events."""
        # While modules are being loaded, models are not complete.
        if not self.env.registry.ready:
            return
        self.env["base.automation"].flush_model()
        self.flush_model()
        memory.changed(self.env, (), structure=True)
        hooks.renew(self.env, self.env["sync.cached"]._plans_epoch())

    def _prepare_automation(self):
        timed = self.condition == "on_time"
        updates = self.condition in ("on_write", "on_create_or_write")
        watched = self.watched_field_ids.ids if updates else []
        return {
            "name": f"Sync Studio: {self.project_id.name} / {self.name}",
            "sync_trigger_id": self.id,
            "model_id": self.model_id.id,
            "trigger": "on_time" if timed else "sync_event",
            "filter_domain": self.filter_domain or False,
            "filter_pre_domain": updates and self.filter_pre_domain,
            "trigger_field_ids": [(6, 0, watched)],
            "trg_date_id": timed and self.date_field_id.id,
            "trg_date_range": self.delay if timed else 0,
            "trg_date_range_type": timed and self.delay_type,
            "trg_date_range_mode": timed and self.delay_mode,
            "trg_date_calendar_id": timed and self.calendar_id.id,
            "last_run": timed and self._checked_until(),
            "active": self._is_live(),
        }

    def _checked_until(self):
        """Return the moment after which records have to become due."""
        archived = not (self.active and self.task_id.active and self.project_id.active)
        if self.include_due or archived:
            return self.include_due and self.automation_id.last_run
        return self.automation_id.last_run or self.env.cr.now()

    def _technical_records(self):
        # sudo: as above
        return [*super()._technical_records(), self.sudo().automation_id]

    def _fail_event(self, error):
        """Keep a failed job, once, of an event that a filter could not be asked for."""
        text = self.env._("The filter can't be applied: %s", error.splitlines()[0])
        # sudo: whoever causes an event
        job = self.env["sync.job"].sudo()
        last = job.search([("trigger_id", "=", self.id)], limit=1)
        if last.state != "failed" or last.error != text:
            job._insert_failed(self, self.env.user, text)


class SyncTask(models.Model):
    _inherit = "sync.task"

    db_trigger_ids = fields.One2many(
        "sync.trigger",
        "task_id",
        domain=[("type", "=", "db")],
        context={"active_test": False},
        copy=True,
    )
