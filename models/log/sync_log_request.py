from odoo import api, fields, models

from ...engine.http import curl, pretty


class SyncLogRequest(models.Model):
    """Lines about what a webhook has received and answered."""

    _inherit = "sync.log"

    text = fields.Text(compute="_compute_text")
    curl = fields.Text(
        "Copy as curl", compute="_compute_curl", groups="sync.group_developer"
    )

    @api.depends("message", "type")
    def _compute_text(self):
        for log in self:
            spread = log.type != "message"
            log.text = pretty.message(log.message or "") if spread else log.message

    @api.depends("message", "type", "job_id.handler", "trigger_id.webhook_url")
    def _compute_curl(self):
        for log in self:
            webhook = log.trigger_id
            received = log.type == "data_in" and log.job_id.handler == "handle_webhook"
            known = received and webhook.webhook_url
            log.curl = known and curl.command(log.message or "", webhook.webhook_url)
