from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.errors import PayloadError
from ...engine.messages import translated
from ...engine.runs import codec, payloads
from ...engine.runs.run import Run
from ..mixins.sync_counted import opened

FINISHED = ("done", "failed", "cancelled")


class SyncJob(models.Model):
    """One execution of a handler."""

    _name = "sync.job"
    _inherit = "sync.of_project"
    _description = "Sync Job"
    _order = "id desc"
    _log_access = False

    project_id = fields.Many2one(
        "sync.project", required=True, readonly=True, ondelete="cascade"
    )
    task_id = fields.Many2one(
        "sync.task", required=True, readonly=True, ondelete="cascade"
    )
    trigger_id = fields.Many2one("sync.trigger", readonly=True, ondelete="set null")
    trigger_type = fields.Selection(related="trigger_id.type")
    handler = fields.Char("Function", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, ondelete="set null", index="btree_not_null"
    )
    parent_id = fields.Many2one(
        "sync.job",
        "Parent Job",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    child_ids = fields.One2many("sync.job", "parent_id", "Sub-Jobs", readonly=True)
    child_count = fields.Integer("Sub-Jobs Count", compute="_compute_child_count")
    failed_child_count = fields.Integer(
        "Failed Sub-Jobs",
        compute="_compute_failed_child_count",
        search="_search_failed_child_count",
    )
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("started", "Started"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="pending",
        readonly=True,
    )
    error = fields.Char(readonly=True, help="Type and message of what went wrong.")
    date_created = fields.Datetime(
        "Created", required=True, readonly=True, default=fields.Datetime.now
    )
    date_start = fields.Datetime("Started", readonly=True)
    date_end = fields.Datetime("Finished", readonly=True)
    duration = fields.Float(
        "Duration (s)", readonly=True, digits=(16, 3), aggregator="avg"
    )
    payload = fields.Text(readonly=True, help="JSON: what the function is called with.")
    payload_token = fields.Text(
        readonly=True,
        groups="base.group_system",
        help="The payload encrypted, if a secret stands in it.",
    )
    context = fields.Text(
        readonly=True, help="JSON: language, time zone and companies of its event."
    )
    batch_ids = fields.One2many("sync.job.batch", "job_id", readonly=True)
    record_count = fields.Integer("Records", readonly=True)
    queue_job_uuid = fields.Char(readonly=True, index="btree_not_null", copy=False)
    log_ids = fields.One2many("sync.log", "job_id", readonly=True)
    log_count = fields.Integer("Logs", compute="_compute_log_count")
    traceback = fields.Text(
        compute="_compute_traceback", help="What the log says last about the failure."
    )

    _project_index = models.Index("(project_id, id)")
    _task_index = models.Index("(task_id, id)")
    _trigger_index = models.Index("(trigger_id, id)")
    # Most jobs are done, and nobody looks for those by their state alone.
    _open_index = models.Index(
        "(trigger_id, state, project_id, task_id)"
        " WHERE state IN ('pending', 'started', 'failed')"
    )
    _state_index = models.Index(
        "(state, id) WHERE state IN ('pending', 'started', 'failed', 'cancelled')"
    )
    _created_index = models.Index("(date_created)")
    _failed_children_index = models.Index(
        "(parent_id) WHERE state = 'failed' AND parent_id IS NOT NULL"
    )

    # -- compute ---------------------------------------------------------------

    @api.depends("handler", "task_id.name")
    def _compute_display_name(self):
        for job in self:
            job.display_name = self.env._(
                "Job %(id)s: %(task)s", id=job.id, task=job.task_id.sudo().name
            )

    @api.depends("child_ids")
    def _compute_child_count(self):
        groups = self._read_group(
            [("parent_id", "in", self.ids)], ["parent_id"], ["__count"]
        )
        counts = {parent.id: count for parent, count in groups}
        for job in self:
            job.child_count = counts.get(job.id, 0)

    @api.depends("child_ids.state")
    def _compute_failed_child_count(self):
        groups = self._read_group(
            [("parent_id", "in", self.ids), ("state", "=", "failed")],
            ["parent_id"],
            ["__count"],
        )
        counts = {parent.id: count for parent, count in groups}
        for job in self:
            job.failed_child_count = counts.get(job.id, 0)

    def _search_failed_child_count(self, operator, value):
        if (operator, value) != (">", 0):
            return NotImplemented
        failed = [("state", "=", "failed"), ("parent_id", "!=", False)]
        return [("id", "in", self._search(failed).subselect("parent_id"))]

    def _compute_log_count(self):
        groups = self.env["sync.log"]._read_group(
            [("job_id", "in", self.ids)], ["job_id"], ["__count"]
        )
        counts = {job.id: count for job, count in groups}
        for job in self:
            job.log_count = counts.get(job.id, 0)

    @api.depends("state", "log_ids")
    def _compute_traceback(self):
        failed = self.filtered(lambda job: job.state == "failed")
        (self - failed).traceback = False
        for job in failed:
            job.traceback = self._last_error(job).message

    def _last_error(self, job):
        domain = [
            ("job_id", "=", job.id),
            ("type", "=", "message"),
            ("level", "in", ("error", "critical")),
        ]
        return self.env["sync.log"].search(domain, limit=1)

    # -- CRUD ------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(job.state == "started" for job in self):
            raise UserError(self.env._("A job that is running can't be deleted."))

    def unlink(self):
        self._forget_queue([("id", "in", self.ids)])
        return super().unlink()

    # -- actions ---------------------------------------------------------------

    def action_open_logs(self):
        """Open the job's logs, from their beginning."""
        action = opened(self.env, "sync.sync_log_action", [("job_id", "in", self.ids)])
        return {**action, "context": {"sync_one_run": len(self) == 1}}

    def action_open_children(self):
        """Open the sub-jobs."""
        return opened(self.env, "sync.sync_job_action", [("parent_id", "in", self.ids)])

    def action_open_failed_children(self):
        """Open the sub-jobs that failed."""
        return opened(
            self.env,
            "sync.sync_job_action",
            [("parent_id", "in", self.ids), ("state", "=", "failed")],
        )

    def _tell_outcome(self, title=None):
        """Return the action that says that the job is queued, and then how it ended."""
        return {
            "type": "ir.actions.client",
            "tag": "sync_outcome",
            "params": {
                "job_id": self.id,
                "title": title or self.display_name,
                "message": self.env._("The job is queued."),
                # The form that was clicked on is loaded again.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # -- business --------------------------------------------------------------

    def _is_busy(self, trigger):
        """Tell whether a job of ``trigger`` has not finished yet."""
        domain = [
            ("trigger_id", "=", trigger.id),
            ("state", "in", ("pending", "started")),
        ]
        return bool(self.sudo().search_count(domain, limit=1))

    @api.model
    def _prepare_run(self, task, trigger_name, queue):
        """Return the engine's :class:`Run` for the environment's user."""
        keep = ("lang", "tz", "allowed_company_ids")
        context = {
            key: self.env.context[key] for key in keep if key in self.env.context
        }
        if not self._is_language(context.get("lang")):
            del context["lang"]
        snapshot = task._snapshot()
        project = self.env["sync.project"].browse(snapshot.project_id)
        return Run(
            env=self.env(su=True, context=context),
            project=project._snapshot(),
            task=snapshot,
            trigger=trigger_name,
            queue=queue,
            webhook_urls=project._webhook_urls(),
        )

    def _is_language(self, code):
        """Tell whether Odoo speaks the language, or none was chosen."""
        return not code or bool(self.env["res.lang"]._get_data(code=code))

    @api.model
    def _last_of_projects(self, ids):
        """Return the date and state of the last job of each project that has one."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT project_id, COALESCE(date_start, date_created), state
                  FROM unnest(%s) AS project (id), LATERAL (
                       -- A range in place of "=" leads to the index of both columns,
                       -- not through all jobs that are newer than the project's last.
                       SELECT * FROM sync_job
                        WHERE project_id BETWEEN project.id AND project.id
                        ORDER BY project_id DESC, id DESC LIMIT 1) AS job
                """,
                ids,
            )
        )
        return {project: values for project, *values in self.env.cr.fetchall()}

    def _add_batch(self, model, ids, snapshot):
        batch = self.env["sync.job.batch"]
        # sudo: batches are written by the studio alone
        batch.sudo().create(batch._prepare(self, model, ids, snapshot))
        self.sudo().record_count += len(ids)

    @api.model
    def _prepare_payload(self, payload, project):
        """Return the fields that keep ``payload``: as JSON, secrets out of sight."""
        if not payload:
            return {"payload": None, "payload_token": None}
        try:
            text = codec.encode(payload)
        except PayloadError as error:
            raise UserError(
                self.env._(
                    "These arguments can't be queued: %s", translated(self.env, error)
                )
            ) from None
        stored = payloads.store(project._snapshot(), text)
        return {"payload": stored.shown, "payload_token": stored.token}

    def _arguments(self, logs=None):
        """Return the positional and named arguments of the job's function.

        Records that were deleted meanwhile are left out, and ``logs`` are told which.
        """
        if self.record_count:
            return [self.batch_ids._records()], {}
        if not self.payload:
            return [], {}
        text = payloads.read(self.project_id.id, self.payload, self.payload_token)
        payload, gone = codec.decode(text, self.env)
        if gone and logs:
            logs.add("info", "message", codec.describe_gone(gone))
        return payload.get("args", []), payload.get("kwargs", {})
