from odoo import api, fields, models
from odoo.tools import SQL

OPEN = ("pending", "started", "failed")
# More than this are not counted: that would take longer the more there are.
COUNT_LIMIT = 1_000


def opened(env, xmlid, domain):
    """Return an action that shows the records of a domain."""
    action = env["ir.actions.act_window"]._for_xml_id(xmlid)
    return {**action, "domain": domain, "context": {}}


class SyncCounted(models.AbstractModel):
    """What has jobs and logs, and shows how many.

    Counts that every list shows look at unfinished and failed jobs only, which have
    an index of their own. The totals end at a limit. So all of them cost the same
    however many jobs are done.
    """

    _name = "sync.counted"
    _description = "Owner of Sync Jobs and Logs"
    # The field of jobs and logs that leads here.
    _counted_by = None

    job_total = fields.Char("Number of Jobs", compute="_compute_job_total")
    pending_count = fields.Integer("Pending Jobs", compute="_compute_open_counts")
    failed_count = fields.Integer(
        "Failed Jobs", compute="_compute_open_counts", search="_search_failed_count"
    )
    log_total = fields.Char("Number of Logs", compute="_compute_log_total")

    @api.depends("job_ids")
    @api.depends_context("lang")
    def _compute_job_total(self):
        totals = self._total_by_owner("sync.job")
        for owner in self:
            owner.job_total = totals.get(owner._origin.id, "0")

    @api.depends("job_ids.state")
    def _compute_open_counts(self):
        by = self._counted_by
        domain = [(by, "in", self.ids), ("state", "in", OPEN)]
        # sudo: as below
        jobs = self.env["sync.job"].sudo()
        groups = jobs._read_group(domain, [by, "state"], ["__count"])
        counts = {(owner.id, state): count for owner, state, count in groups}
        for owner in self:
            pending, started, failed = (
                counts.get((owner._origin.id, state), 0) for state in OPEN
            )
            owner.pending_count = pending + started
            owner.failed_count = failed

    @api.depends_context("lang")
    def _compute_log_total(self):
        totals = self._total_by_owner("sync.log")
        for owner in self:
            owner.log_total = totals.get(owner._origin.id, "0")

    def _total_by_owner(self, model):
        """Return the number of each owner's records, as people read it."""
        # No rules: those of what is counted lead back to the owner, and cost a join.
        records = self.env[model]
        records.flush_model([self._counted_by])
        by = SQL.identifier(self._counted_by)
        self.env.cr.execute(
            SQL(
                """
                SELECT owner.id, (
                       SELECT COUNT(*) FROM (
                           -- In the order of the index, which is faster than all rows.
                           SELECT FROM %s WHERE %s = owner.id
                            ORDER BY %s, id LIMIT %s) AS counted)
                  FROM unnest(%s::int[]) AS owner (id)
                """,
                SQL.identifier(records._table),
                by,
                by,
                COUNT_LIMIT + 1,
                self._origin.ids,
            )
        )
        return {
            owner: self._show_total(total) for owner, total in self.env.cr.fetchall()
        }

    def _show_total(self, total):
        shown = min(total, COUNT_LIMIT)
        # formatLang() asks the database for the language, this takes it from a cache.
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        text = lang.format("%d", shown, grouping=True) if lang else str(shown)
        return f"{text}+" if total > COUNT_LIMIT else text

    @api.readonly
    def deletion_warning(self):
        """Return what a person is told before these records are deleted."""
        self.check_access("read")
        domain = [(self._counted_by, "in", self.ids)]
        jobs = self.env["sync.job"].search_count(domain)
        logs = self.env["sync.log"].search_count(domain, limit=COUNT_LIMIT + 1)
        values = {
            "names": ", ".join(self.mapped("display_name")[:10]),
            "jobs": jobs,
            "logs": self._show_total(logs),
        }
        return self._describe_deletion(values)

    def _describe_deletion(self, values):
        return self.env._(
            "%(names)s\n\nThe code, %(jobs)s jobs and %(logs)s lines of their logs "
            "are deleted as well, and can't be brought back. What is archived runs "
            "nothing either, and keeps all that.",
            **values,
        )

    # -- actions ---------------------------------------------------------------

    def action_open_jobs(self):
        """Open the jobs."""
        return self._open_counted("sync.sync_job_action")

    def action_open_failed_jobs(self):
        """Open the failed jobs."""
        failed = [("state", "=", "failed")]
        return self._open_counted("sync.sync_job_action", failed)

    def action_open_pending_jobs(self):
        """Open the jobs that have not finished."""
        unfinished = [("state", "in", ("pending", "started"))]
        return self._open_counted("sync.sync_job_action", unfinished)

    def action_open_logs(self):
        """Open the logs."""
        return self._open_counted("sync.sync_log_action")

    def _open_counted(self, xmlid, domain=()):
        return opened(self.env, xmlid, [(self._counted_by, "in", self.ids), *domain])

    def _search_failed_count(self, operator, value):
        if (operator, value) != (">", 0):
            return NotImplemented
        failed = self.env["sync.job"]._search([("state", "=", "failed")])
        return [("id", "in", failed.subselect(self._counted_by))]
