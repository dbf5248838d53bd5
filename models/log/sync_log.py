from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.logs import tracebacks
from ...engine.logs.buffer import LEVELS
from ...engine.logs.table import COLUMNS, lines

# Fields that a log takes from its job, and what they are there.
_OF_JOBS = {"job_state": "state", "job_start": "date_start"}


class OfJob(fields.Many2one):
    """What a log repeats of its job, to have it in an index.

    The job's own reference is checked, and takes job and logs along when its record is
    deleted. PostgreSQL need not check the same with each line.
    """

    def update_db_foreign_key(self, model, column):
        """Create no foreign key."""


class SyncLog(models.Model):
    """One line of a job's log."""

    _name = "sync.log"
    _inherit = "sync.of_project"
    _description = "Sync Log"
    _order = "id desc"
    _log_access = False
    _rec_name = "message"

    job_id = fields.Many2one(
        "sync.job", required=True, readonly=True, ondelete="cascade"
    )
    project_id = OfJob("sync.project", readonly=True, ondelete="cascade")
    task_id = OfJob("sync.task", readonly=True, ondelete="cascade")
    trigger_id = fields.Many2one(
        "sync.trigger", "Job Trigger", readonly=True, ondelete="set null"
    )
    job_start = fields.Datetime(related="job_id.date_start", string="Job Start Time")
    job_state = fields.Selection(related="job_id.state", string="Status")
    time = fields.Datetime(required=True, readonly=True)
    level = fields.Selection(
        [(level, level.capitalize()) for level in LEVELS],
        "Log Level",
        required=True,
        readonly=True,
    )
    type = fields.Selection(
        [
            ("message", "Message"),
            ("data_out", "Data Sent"),
            ("data_in", "Data Received"),
        ],
        required=True,
        readonly=True,
    )
    recipient = fields.Char("Sent To / From", readonly=True)
    message = fields.Text(readonly=True)
    summary = fields.Char(compute="_compute_summary")

    _job_index = models.Index("(job_id, id)")
    _project_index = models.Index("(project_id, id)")
    _task_index = models.Index("(task_id, id)")
    _trigger_index = models.Index("(trigger_id, id)")
    # For the filters of these names: the last ones, without sorting all of a level.
    _errors_index = models.Index("(id) WHERE level IN ('error', 'critical')")
    _warnings_index = models.Index(
        "(id) WHERE level IN ('warning', 'error', 'critical')"
    )

    @api.depends("message")
    def _compute_summary(self):
        for log in self:
            text = (log.message or "").strip()
            if text.startswith("Traceback"):
                text = tracebacks.conclusion(text)
            log.summary = " ".join(text[:400].split())[:200]

    @api.depends("level", "summary")
    def _compute_display_name(self):
        for log in self:
            log.display_name = log.summary

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        sorted_by = {term.split()[0] for term in (order or "").split(",") if term}
        of_jobs = {spec.split(":")[0] for spec in groupby} <= _OF_JOBS.keys()
        if (
            groupby
            and of_jobs
            and not (domain or having)
            and list(aggregates) == ["__count"]
            and sorted_by <= set(groupby)
        ):
            return self._count_by_job(groupby, offset, limit, order)
        return super()._read_group(
            domain, groupby, aggregates, having, offset, limit, order
        )

    def _count_by_job(self, groupby, offset, limit, order):
        """Count all logs, grouped by fields of their jobs.

        The logs of each job are counted first, from an index: joining each log with
        its job takes a second where there are a million.
        """
        self.check_access("read")
        jobs = self.env["sync.job"]
        # Who may read a job may read its logs.
        query = jobs._search([])
        per_job = SQL("(SELECT job_id, COUNT(*) AS logs FROM sync_log GROUP BY job_id)")
        condition = SQL("per_job.job_id = %s", SQL.identifier(jobs._table, "id"))
        query.add_join("JOIN", "per_job", per_job, condition)
        terms = {}
        for spec in groupby:
            name, *granularity = spec.split(":")
            of_job = ":".join([_OF_JOBS[name], *granularity])
            terms[spec] = jobs._read_group_groupby(jobs._table, of_job, query)
        query.order = self._read_group_orderby(order, terms, query)
        query.groupby = SQL(", ").join(terms.values())
        query.limit, query.offset = limit, offset
        total = SQL("SUM(per_job.logs)::bigint")
        rows = self.env.execute_query(query.select(*terms.values(), total))
        *groups, totals = list(zip(*rows, strict=True)) or [()] * (len(terms) + 1)
        found = map(self._read_group_postprocess_groupby, groupby, groups)
        return list(zip(*found, totals, strict=True))

    def action_open_job(self):
        """Open the job that wrote the line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sync.job",
            "res_id": self.job_id.id,
            "view_mode": "form",
        }

    @api.model
    def _write_entries(self, job, entries):
        """Insert the lines of a job's log in one statement."""
        owner = (job.id, job.project_id.id, job.task_id.id, job.trigger_id.id)
        self._write_rows(owner, entries)

    @api.model
    def _write_rows(self, owner, entries):
        """Insert lines for ``owner``: the ids of job, project, task and trigger."""
        if not entries:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO sync_log (%s) SELECT %s, t.* FROM %s AS t",
                COLUMNS,
                SQL(", ").join(SQL("%s::int", value or None) for value in owner),
                lines(entries),
            )
        )
        self.invalidate_model()
