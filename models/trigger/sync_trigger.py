import itertools
import keyword
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.errors import CodeError
from ...engine.events import companies
from ...engine.runs.project import Trigger
from ...engine.sandbox import lint
from ...engine.sandbox.trigger_types import TYPES
from ..mixins.sync_cached import remembered


class SyncTrigger(models.Model):
    """What starts a task; the four types add their fields in files of their own."""

    _name = "sync.trigger"
    _description = "Job Trigger"
    _inherit = ["sync.cached", "sync.counted", "sync.archived", "sync.coded"]
    _order = "type, id"
    _counted_by = "trigger_id"
    _code_fields = ("data",)
    _structural = frozenset({"active", "type", "task_id", "webhook_token"})

    name = fields.Char(required=True, help="Shown to users, e.g. Upload all products.")
    trigger_name = fields.Char(
        "Technical Name",
        compute="_compute_trigger_name",
        store=True,
        readonly=False,
        copy=True,
        help="What code calls this trigger: TRIGGER_NAME, webhooks.NAME.",
    )
    type = fields.Selection(
        [(key, found.label) for key, found in TYPES.items()],
        required=True,
        default="button",
    )
    active = fields.Boolean(default=True)
    task_id = fields.Many2one(
        "sync.task", required=True, index=True, ondelete="cascade"
    )
    # Not precomputed: that leaves a draft of the trigger in the project's cache.
    project_id = fields.Many2one(related="task_id.project_id", store=True, index=True)
    company_id = fields.Many2one(related="project_id.company_id")
    job_ids = fields.One2many("sync.job", "trigger_id", string="Jobs")
    summary = fields.Char(
        "When", compute="_compute_summary", help="What starts the task, in short."
    )

    _name_uniq = models.Constraint(
        "UNIQUE(task_id, trigger_name)",
        "The task has a trigger of that technical name already.",
    )

    # -- compute ---------------------------------------------------------------

    @api.depends("name")
    def _compute_trigger_name(self):
        for trigger in self:
            if trigger.name and not trigger.trigger_name:
                trigger.trigger_name = _identifier(trigger.name)

    @api.depends("type", "interval_number", "interval_type", "model_id", "condition")
    def _compute_summary(self):
        for trigger in self:
            trigger.summary = trigger._summarize()

    def _summarize(self):
        """Say in a few words what starts the task."""
        return ""

    # -- checks ----------------------------------------------------------------

    @api.constrains("trigger_name")
    def _check_trigger_name(self):
        for trigger in self:
            name = trigger.trigger_name or ""
            usable = name.isidentifier() and not name.startswith("_")
            if not usable or keyword.iskeyword(name):
                raise ValidationError(
                    self.env._(
                        'The technical name "%s" can\'t be used in code: use letters, '
                        "digits and underscores, and start with a letter.",
                        name,
                    )
                )

    @api.constrains("trigger_name", "type", "task_id")
    def _check_webhook_name(self):
        for trigger in self.filtered(lambda trigger: trigger.type == "webhook"):
            same = [
                ("project_id", "=", trigger.project_id.id),
                ("type", "=", "webhook"),
                ("trigger_name", "=", trigger.trigger_name),
            ]
            if self.search_count(same, limit=2) > 1:
                raise ValidationError(
                    self.env._(
                        'The project has a webhook "%(name)s" already: '
                        "webhooks.%(name)s must be one URL.",
                        name=trigger.trigger_name,
                    )
                )

    @api.constrains("type", "task_id")
    def _check_handler(self):
        for trigger in self:
            try:
                lint.check_handler(trigger.task_id.code, trigger.type, trigger.name)
            except CodeError as error:
                text = trigger.task_id._describe_problems(error)
                raise ValidationError(text) from None

    # -- CRUD ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        triggers = super().create(vals_list)
        triggers._update_technical()
        return triggers

    def write(self, vals):
        result = super().write(vals)
        if not self.env.context.get("sync_technical"):
            self._update_technical()
        return result

    def copy(self, default=None):
        renaming = self.with_context(sync_renamed=tuple(TYPES))
        return super(SyncTrigger, renaming).copy({"active": False, **(default or {})})

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        renamed = self.env.context.get("sync_renamed", ())
        for trigger, vals in zip(self, vals_list, strict=True):
            if trigger.type in renamed and "trigger_name" not in (default or {}):
                vals["trigger_name"] = trigger._free_name()
        return vals_list

    def _free_name(self):
        """Return a technical name like this one's that the project doesn't have."""
        triggers = self.with_context(active_test=False).search(
            [("project_id", "=", self.project_id.id)]
        )
        taken = set(triggers.mapped("trigger_name"))
        names = (f"{self.trigger_name}_{number}" for number in itertools.count(2))
        return next(name for name in names if name not in taken)

    def unlink(self):
        for records in self._technical_records():
            records.with_context(sync_technical=True).unlink()
        return super().unlink()

    # -- business --------------------------------------------------------------

    def _describe_deletion(self, values):
        return self.env._(
            "%(names)s\n\n%(jobs)s jobs and %(logs)s lines of their logs stay, but "
            "don't say any more what has caused them.",
            **values,
        )

    def _handler(self):
        return TYPES[self.type].handler

    def _is_live(self):
        """Tell whether nothing above the trigger is archived, or may not run."""
        return self.active and self.task_id.active and self.project_id._may_run()

    @remembered(lambda trigger: trigger.sudo().project_id.id)
    def _snapshot(self):
        """Return the engine's :class:`Trigger`, read once until something changes."""
        trigger = self.sudo()
        return Trigger(
            id=trigger.id,
            name=trigger.trigger_name,
            handler=trigger._handler(),
            task_id=trigger.task_id.id,
            active=trigger._is_live(),
        )

    def _in_project_company(self):
        """Return the trigger in its project's company, if the project has one."""
        task = self.env["sync.task"].browse(self._snapshot().task_id)
        project = self.env["sync.project"].browse(task._snapshot().project_id)
        return companies.of_project(self, project._snapshot().company_id)

    def _ensure_live(self):
        if self._snapshot().active:
            return
        self.task_id._ensure_runnable()
        if not self.active:
            raise UserError(
                self.env._('The trigger "%s" is archived. Unarchive it.', self.name)
            )

    def _update_technical(self):
        """Bring the technical records behind the triggers up to date."""

    def _set_technical(self, name, record):
        """Keep the technical record of a trigger without updating it again."""
        self.with_context(sync_technical=True).write({name: record.id})

    def _technical_records(self):
        """Return the recordsets behind the triggers, in the order to delete them."""
        return []

    def _enqueue(self, payload=None, options=None):
        """Queue a job that runs the task's handler."""
        snapshot = self._snapshot()
        return self.env["sync.job"]._enqueue(
            self.env["sync.task"].browse(snapshot.task_id),
            snapshot.handler,
            trigger=self,
            payload=payload,
            options=options,
        )

    def _notify(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.name,
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


def _identifier(name):
    """Return a technical name for a name that people read."""
    text = re.sub(r"\W+", "_", name or "", flags=re.ASCII).strip("_").upper()
    return f"T_{text}" if text[:1].isdigit() or not text else text
