from odoo import api, fields, models


class SyncJobWebhook(models.Model):
    """What the job of a webhook shows of its request."""

    _inherit = "sync.job"

    curl = fields.Text(
        "Copy as curl", compute="_compute_curl", groups="sync.group_developer"
    )

    @api.depends("handler", "log_ids.curl")
    def _compute_curl(self):
        webhooks = self.filtered(lambda job: job.handler == "handle_webhook")
        domain = [("job_id", "in", webhooks.ids), ("type", "=", "data_in")]
        received = self.env["sync.log"].search(domain, order="id desc")
        # The first line of a job comes last, and stays.
        commands = {log.job_id: log.curl for log in received}
        for job in self:
            job.curl = commands.get(job, False)
