from odoo import api, fields, models

OPEN = ("pending", "started", "failed")


class SyncCounted(models.AbstractModel):
    """What has jobs and logs, and shows how many.

    Counts that every list shows look at unfinished and failed jobs only, which have
    an index of their own: they cost the same however many jobs are done.
    """

    _name = "sync.counted"
    _description = "Owner of Sync Jobs and Logs"
    # The field of jobs and logs that leads here.
    _counted_by = None

    job_count = fields.Integer(compute="_compute_job_count")
    pending_count = fields.Integer("Pending Jobs", compute="_compute_open_counts")
    failed_count = fields.Integer(
        "Failed Jobs", compute="_compute_open_counts", search="_search_failed_count"
    )
    log_count = fields.Integer(compute="_compute_log_count")

    @api.depends("job_ids")
    def _compute_job_count(self):
        counts = self._count_by_owner("sync.job")
        for owner in self:
            owner.job_count = counts.get(owner._origin.id, 0)

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

    def _compute_log_count(self):
        counts = self._count_by_owner("sync.log")
        for owner in self:
            owner.log_count = counts.get(owner._origin.id, 0)

    def _count_by_owner(self, model):
        by = self._counted_by
        # sudo: the rules of what is counted lead back to the owner, and cost a join
        records = self.env[model].sudo()
        groups = records._read_group([(by, "in", self.ids)], [by], ["__count"])
        return {owner.id: count for owner, count in groups}

    def _search_failed_count(self, operator, value):
        if (operator, value) != (">", 0):
            return NotImplemented
        failed = self.env["sync.job"]._search([("state", "=", "failed")])
        return [("id", "in", failed.subselect(self._counted_by))]
