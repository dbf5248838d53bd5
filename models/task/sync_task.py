from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.errors import CodeError
from ...engine.messages import translated
from ...engine.runs.project import Task
from ...engine.sandbox import catalogue, lint
from ...engine.sandbox.trigger_types import TYPES
from ..mixins.sync_cached import remembered


class SyncTask(models.Model):
    _name = "sync.task"
    _description = "Sync Task"
    _inherit = [
        "sync.cached",
        "sync.copied",
        "sync.counted",
        "sync.archived",
        "sync.coded",
    ]
    _order = "sequence, id"
    _counted_by = "task_id"
    _code_fields = ("code",)
    _structural = frozenset({"active", "project_id"})

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    project_id = fields.Many2one(
        "sync.project", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="project_id.company_id")
    code = fields.Text(
        default=lambda self: self._default_code(),
        help="Define handle_cron(), handle_db(records), handle_webhook(httprequest) "
        "or handle_button(data), as the triggers need.",
    )
    trigger_ids = fields.One2many("sync.trigger", "task_id", string="Triggers")
    job_ids = fields.One2many("sync.job", "task_id", string="Jobs")
    available_html = fields.Html(
        "Available in Code", compute="_compute_available_html", sanitize=False
    )

    @api.model
    def _default_code(self):
        return "def handle_button(data):\n    log(data)\n"

    # -- compute ---------------------------------------------------------------

    @api.depends("project_id")
    def _compute_available_html(self):
        for task in self:
            values = {
                "groups": catalogue.grouped(),
                "own": task._own_names(),
                "told": partial(translated, self.env),
            }
            task.available_html = self.env["ir.qweb"]._render(
                "sync.available_names", values
            )

    def _own_names(self):
        """Return the project's own names, by where they come from."""
        if not self.project_id._origin:
            return {}
        snapshot = self.project_id._origin._read_snapshot()
        own = {
            self.env._("Protected Code"): sorted(
                lint.top_level_names(snapshot.protected_code)
            ),
            self.env._("Common Code"): sorted(
                lint.top_level_names(snapshot.common_code)
            ),
            "params": sorted(snapshot.params),
            "texts": sorted(snapshot.texts),
            "webhooks": sorted(snapshot.webhooks),
        }
        return {place: names for place, names in own.items() if names}

    # -- checks ----------------------------------------------------------------

    @api.constrains("code")
    def _check_code(self):
        for task in self:
            try:
                task._check_own_code()
            except CodeError as error:
                raise ValidationError(task._describe_problems(error)) from None

    def _describe_problems(self, error):
        return self.env._(
            'Task "%(task)s"\n%(problems)s',
            task=self.name,
            problems=translated(self.env, error),
        )

    def _check_own_code(self):
        source = self.code or ""
        lint.check_sandboxed(source, "code", self.project_id._known_names())
        for trigger in self.trigger_ids:
            lint.check_handler(source, trigger.type, trigger.name)

    # -- CRUD ------------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"active", "project_id"}:
            self.trigger_ids._update_technical()
        return result

    def copy(self, default=None):
        # Its project has the webhooks of the original already.
        addresses = tuple(key for key, found in TYPES.items() if found.address)
        renaming = self.with_context(sync_renamed=addresses)
        return super(SyncTask, renaming).copy(default)

    def unlink(self):
        self.env["sync.job"]._forget_queue([("task_id", "in", self.ids)])
        self.with_context(active_test=False).trigger_ids.unlink()
        return super().unlink()

    # -- business --------------------------------------------------------------

    @remembered(lambda task: task.sudo().project_id.id)
    def _snapshot(self):
        """Return the engine's :class:`Task`, read once until something changes."""
        task = self.sudo()
        return Task(
            id=task.id,
            name=task.name,
            code=task.code or "",
            project_id=task.project_id.id,
            active=task.active and task.project_id._may_run(),
        )

    def _ensure_runnable(self):
        self.ensure_one()
        if self._snapshot().active:
            return
        self.project_id._ensure_runnable()
        if not self.active:
            raise UserError(
                self.env._('The task "%s" is archived. Unarchive it.', self.name)
            )
