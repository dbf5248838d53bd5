from collections import Counter
from types import MappingProxyType

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.errors import CodeError
from ...engine.messages import translated
from ...engine.runs.project import Project
from ...engine.sandbox import catalogue, lint
from ..mixins.sync_cached import remembered
from ..mixins.sync_counted import opened


class SyncProject(models.Model):
    _name = "sync.project"
    _description = "Sync Project"
    _inherit = [
        "sync.cached",
        "sync.copied",
        "sync.counted",
        "sync.archived",
        "sync.coded",
    ]
    _order = "sequence, name, id"
    _counted_by = "project_id"
    _code_fields = ("protected_code", "common_code")
    _structural = frozenset({"active", "company_id", "run_neutralized"})

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(
        default=True, help="An archived project runs nothing: its triggers are off."
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Leave empty to share the project."
    )
    description = fields.Text()
    color = fields.Integer()
    param_ids = fields.One2many(
        "sync.project.param", "project_id", string="Parameters", copy=True
    )
    text_ids = fields.One2many(
        "sync.project.text", "project_id", string="Texts", copy=True
    )
    secret_ids = fields.One2many(
        "sync.project.secret", "project_id", string="Secrets", copy=True
    )
    protected_code = fields.Text(
        groups="sync.group_manager",
        help="Plain Python with imports and secrets, run before the Common Code.",
    )
    common_code = fields.Text(
        help="Run before each task of the project; tasks see its functions and values."
    )
    task_ids = fields.One2many("sync.task", "project_id", string="Tasks", copy=True)
    trigger_ids = fields.One2many("sync.trigger", "project_id", string="Triggers")
    log_days = fields.Integer(
        "Keep Logs (days)",
        default=30,
        help="Older finished jobs and their logs are deleted. 0 keeps them for ever.",
    )
    job_ids = fields.One2many("sync.job", "project_id", string="Jobs")
    task_count = fields.Integer(compute="_compute_task_count")
    last_job_date = fields.Datetime(
        "Last Job", compute="_compute_last_job", compute_sudo=True
    )
    last_job_state = fields.Selection(
        selection=lambda self: self.env["sync.job"]._fields["state"].selection,
        compute="_compute_last_job",
        compute_sudo=True,
    )
    runner_state = fields.Selection(
        [("runner", "Job runner"), ("cron", "Scheduled action")],
        compute="_compute_runner_state",
    )

    _check_log_days = models.Constraint(
        "CHECK(log_days >= 0)", "Logs are kept for 0 (for ever) or more days."
    )

    # -- compute ---------------------------------------------------------------

    @api.depends("task_ids")
    def _compute_task_count(self):
        # sudo: the rules of tasks lead back to the project, and cost a join
        groups = (
            self.env["sync.task"]
            .sudo()
            ._read_group([("project_id", "in", self.ids)], ["project_id"], ["__count"])
        )
        counts = {project.id: count for project, count in groups}
        for project in self:
            project.task_count = counts.get(project._origin.id, 0)

    @api.depends("job_ids")
    def _compute_last_job(self):
        jobs = self.env["sync.job"]._last_of_projects(self._origin.ids)
        for project in self:
            date, state = jobs.get(project._origin.id, (False, False))
            project.last_job_date = date
            project.last_job_state = state

    def _compute_runner_state(self):
        alive = self.env["sync.job"]._is_runner_alive()
        self.runner_state = "runner" if alive else "cron"

    # -- checks ----------------------------------------------------------------

    @api.constrains("protected_code", "common_code")
    def _check_code(self):
        for project in self:
            snapshot = project._read_snapshot()
            try:
                self._check_protected(snapshot)
                self._check_common(snapshot)
            except CodeError as error:
                raise ValidationError(translated(self.env, error)) from None

    def _check_protected(self, snapshot):
        known = catalogue.names(catalogue.PROTECTED)
        try:
            lint.check_protected(snapshot.protected_code, "code", known)
        except CodeError as error:
            raise ValidationError(
                self.env._(
                    "Protected Code\n%(problems)s", problems=translated(self.env, error)
                )
            ) from None

    def _check_common(self, snapshot):
        known = catalogue.names() | lint.top_level_names(snapshot.protected_code)
        try:
            lint.check_sandboxed(snapshot.common_code, "code", known)
        except CodeError as error:
            raise ValidationError(
                self.env._(
                    "Common Code\n%(problems)s", problems=translated(self.env, error)
                )
            ) from None

    # -- CRUD ------------------------------------------------------------------

    def _cached_projects(self):
        return set(self.ids)

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"active", "company_id"}:
            self.trigger_ids._update_technical()
        return result

    def unlink(self):
        # Jobs, logs and triggers go by the database's cascade, which would leave
        # crons, automation rules and queued jobs behind.
        self.env["sync.job"]._forget_queue([("project_id", "in", self.ids)])
        self.with_context(active_test=False).task_ids.unlink()
        return super().unlink()

    def copy_data(self, default=None):
        hidden = dict.fromkeys(self._fields_of_managers(), False)
        vals_list = super().copy_data({**(default or {}), **hidden})
        for project, vals in zip(self, vals_list, strict=True):
            for name in hidden:
                del vals[name]
            if "name" not in (default or {}):
                vals["name"] = self.env._("%s (copy)", project.name)
        return vals_list

    def copy(self, default=None):
        copies = super().copy(default)
        if "secret_ids" in self._fields_of_managers():
            for project, copy in zip(self, copies, strict=True):
                # sudo: the keys, without values, show a Manager what to fill in
                for secret in project.sudo().secret_ids:
                    secret.copy({"project_id": copy.id})
        return copies

    def _fields_of_managers(self):
        """Return what the user may not copy: a Manager has to add it again."""
        if self.env.su or self.env.user.has_group("sync.group_manager"):
            return ()
        return ("protected_code", "secret_ids")

    # -- actions ---------------------------------------------------------------

    def action_open_tasks(self):
        """Open the project's tasks."""
        action = opened(
            self.env, "sync.sync_task_action", [("project_id", "in", self.ids)]
        )
        return {**action, "context": {"default_project_id": self.id}}

    # -- business --------------------------------------------------------------

    @remembered(lambda project: project.id)
    def _snapshot(self):
        """Return the engine's :class:`Project`, read once until something changes."""
        return self._read_snapshot()

    @api.model
    @remembered(lambda projects: None)
    def _by_company(self):
        """Return the ids of all projects by their company's id, which may be False."""
        # sudo: this is what rules are made of; archived projects have jobs and logs too
        projects = self.sudo().with_context(active_test=False)
        groups = projects._read_group([], ["company_id"], ["id:array_agg"])
        return {company.id: ids for company, ids in groups}

    def _read_snapshot(self):
        self.ensure_one()
        # sudo: running a project doesn't need the right to read its Protected Code
        project = self.sudo().with_context(lang=None, active_test=True)
        return Project(
            id=project.id,
            name=project.name,
            protected_code=project.protected_code or "",
            common_code=project.common_code or "",
            signature=project.protected_signature or "",
            approved=project.approved_text or "",
            company_id=project.company_id.id or None,
            params=project._params(),
            locked=project._locked_params(),
            texts=project._texts(),
            secrets=project._tokens(),
            webhooks=project._live_webhooks(),
            doubled=project._doubled_keys(),
        )

    # What the cached snapshot holds can't be changed: all runs share it.

    def _params(self):
        values = {param.key: param.value or "" for param in self.param_ids}
        return MappingProxyType({**values, **self._locked_params()})

    def _doubled_keys(self):
        """Return keys of several rows: SQL may have dropped the constraint."""
        rows = (self.param_ids.mapped("key"), self.secret_ids.mapped("key"))
        return tuple(
            sorted({key for keys in rows for key, n in Counter(keys).items() if n > 1})
        )

    def _texts(self):
        values = self.text_ids._by_language().items()
        return MappingProxyType({key: MappingProxyType(text) for key, text in values})

    def _tokens(self):
        values = {secret.key: secret.token for secret in self.secret_ids}
        return MappingProxyType({key: tok for key, tok in values.items() if tok})

    def _live_webhooks(self):
        webhooks = self.trigger_ids.filtered(lambda trigger: trigger.type == "webhook")
        tokens = {webhook.trigger_name: webhook.webhook_token for webhook in webhooks}
        return MappingProxyType(tokens)

    def _webhook_urls(self):
        tokens = self._snapshot().webhooks
        if not tokens:
            return {}
        return self.env["sync.trigger"]._urls(tokens)

    def _known_names(self):
        """Return the names that the code of the project's tasks may use."""
        snapshot = self._read_snapshot()
        return (
            catalogue.names(catalogue.TASK)
            | lint.top_level_names(snapshot.protected_code)
            | lint.top_level_names(snapshot.common_code)
        )

    def _ensure_runnable(self):
        self.ensure_one()
        if not self.active:
            raise UserError(
                self.env._(
                    'The project "%s" is archived. Unarchive it to run its tasks.',
                    self.name,
                )
            )
