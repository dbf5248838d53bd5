from odoo import SUPERUSER_ID, api, fields, models


class SyncTriggerCron(models.Model):
    """Triggers of type cron: each has an ``ir.cron`` that queues a job."""

    _inherit = "sync.trigger"

    interval_number = fields.Integer("Execute Every", default=1)
    interval_type = fields.Selection(
        [
            ("minutes", "Minutes"),
            ("hours", "Hours"),
            ("days", "Days"),
            ("weeks", "Weeks"),
            ("months", "Months"),
        ],
        default="hours",
        string="Unit",
    )
    user_id = fields.Many2one(
        "res.users",
        "Scheduler User",
        default=lambda self: self.env.user,
        help="The task runs in the name of this user.",
    )
    cron_id = fields.Many2one("ir.cron", copy=False, readonly=True, index=True)
    nextcall = fields.Datetime(
        "Next Execution Date",
        compute="_compute_nextcall",
        inverse="_inverse_nextcall",
        compute_sudo=True,
    )

    _check_interval = models.Constraint(
        "CHECK(type != 'cron' OR interval_number > 0)",
        "A cron trigger is executed every 1 or more units.",
    )

    @api.depends("cron_id.nextcall")
    def _compute_nextcall(self):
        for trigger in self:
            trigger.nextcall = trigger.cron_id.nextcall or fields.Datetime.now()

    def _inverse_nextcall(self):
        for trigger in self.filtered("cron_id"):
            # sudo: Developers manage triggers, not scheduled actions
            trigger.sudo().cron_id.nextcall = trigger.nextcall

    def action_run_manually(self):
        """Queue a job now, unless the previous one has not finished."""
        self.ensure_one()
        self.check_access("write")
        self._ensure_live()
        if job := self._queue_next():
            return job._tell_outcome(self.name)
        return self._notify(
            self.env._("The previous job has not finished yet."), "warning"
        )

    def _run_cron(self):
        """Queue a job as scheduled, or leave one that says why there is none."""
        # sudo: the Scheduler User needs no right on the studio
        if self.sudo()._is_user_archived():
            return self._fail_archived_user()
        return self._queue_next()

    def _is_user_archived(self):
        user = self.user_id
        # OdooBot is archived always.
        return bool(user) and not user.active and user.id != SUPERUSER_ID

    def _fail_archived_user(self):
        trigger = self.sudo()
        error = self.env._(
            'The Scheduler User "%(user)s" of the trigger "%(trigger)s" is archived: '
            "choose another one, or archive the trigger.",
            user=trigger.user_id.name,
            trigger=trigger.name,
        )
        return self.env["sync.job"]._insert_failed(trigger, trigger.user_id, error)

    def _queue_next(self):
        """Queue a job if the previous one has finished; return it, or nothing."""
        # sudo: the Scheduler User needs no right on the studio
        trigger = self.sudo()
        # Two schedulers, or a scheduler and a click, must not both find no job.
        if not trigger.try_lock_for_update(allow_referencing=True):
            return self.env["sync.job"]
        if self.env["sync.job"]._is_busy(trigger):
            return self.env["sync.job"]
        return trigger._in_project_company()._enqueue()

    def _summarize(self):
        if self.type != "cron":
            return super()._summarize()
        if self.interval_number == 1:
            return self._every_unit().get(self.interval_type, "")
        text = self._every_units().get(self.interval_type)
        return text % {"number": self.interval_number} if text else ""

    def _every_unit(self):
        return {
            "minutes": self.env._("Every minute"),
            "hours": self.env._("Every hour"),
            "days": self.env._("Every day"),
            "weeks": self.env._("Every week"),
            "months": self.env._("Every month"),
        }

    def _every_units(self):
        # Whole sentences: languages differ in how they count and in what agrees.
        return {
            "minutes": self.env._("Every %(number)s minutes"),
            "hours": self.env._("Every %(number)s hours"),
            "days": self.env._("Every %(number)s days"),
            "weeks": self.env._("Every %(number)s weeks"),
            "months": self.env._("Every %(number)s months"),
        }

    def _update_technical(self):
        res = super()._update_technical()
        # sudo: a Developer may have no right on scheduled actions
        for trigger in self.filtered(lambda trigger: trigger.type == "cron").sudo():
            values = trigger._prepare_cron()
            if trigger.cron_id:
                changed = _changes(trigger.cron_id, values)
                if changed:
                    trigger.cron_id.write(changed)
            else:
                cron = self.env["ir.cron"].sudo().create(values)
                trigger._set_technical("cron_id", cron)
        return res

    def _prepare_cron(self):
        # Odoo skips scheduled actions of archived users, and tells only its own log.
        user_id = SUPERUSER_ID if self._is_user_archived() else self.user_id.id
        return {
            "name": f"Sync Studio: {self.project_id.name} / {self.name}",
            "model_id": self.env["ir.model"]._get_id("sync.trigger"),
            "state": "code",
            "code": f"model.browse({self.id})._run_cron()",
            "user_id": user_id or self.env.uid,
            "interval_number": self.interval_number or 1,
            "interval_type": self.interval_type or "hours",
            "active": self._is_live(),
        }

    def _technical_records(self):
        # sudo: as above; the server action stays when its cron goes
        crons = self.sudo().cron_id
        return [*super()._technical_records(), crons, crons.ir_actions_server_id]


class SyncTask(models.Model):
    _inherit = "sync.task"

    cron_trigger_ids = fields.One2many(
        "sync.trigger",
        "task_id",
        domain=[("type", "=", "cron")],
        context={"active_test": False},
        copy=True,
    )


def _changes(record, values):
    """Return those of ``values`` that the record doesn't have yet."""
    current = record._convert_to_write({name: record[name] for name in values})
    return {key: value for key, value in values.items() if current[key] != value}
