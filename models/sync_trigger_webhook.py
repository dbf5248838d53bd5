import secrets

from odoo import api, fields, models, tools

TOKEN_BYTES = 32


class SyncTriggerWebhook(models.Model):
    """Triggers of type webhook: each has a URL that can't be guessed."""

    _inherit = "sync.trigger"

    # Who knows the URL can call the webhook.
    webhook_token = fields.Char(
        copy=False,
        readonly=True,
        index="btree_not_null",
        groups="sync.group_developer",
    )
    webhook_url = fields.Char(
        "Webhook URL", compute="_compute_webhook_url", groups="sync.group_developer"
    )

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        for trigger in self:
            token = trigger.webhook_token
            base = trigger.get_base_url()
            trigger.webhook_url = token and f"{base}/sync/webhook/{token}"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals.pop("webhook_token", None)
        triggers = super().create(vals_list)
        triggers.filtered(lambda t: t.type == "webhook")._regenerate_token()
        return triggers

    def action_regenerate_url(self):
        """Give the webhook a new URL; the old one stops to work at once."""
        self.check_access("write")
        self._regenerate_token()
        return True

    def _summarize(self):
        if self.type != "webhook":
            return super()._summarize()
        return self.env._("A request to its URL")

    def _regenerate_token(self):
        for trigger in self:
            trigger.webhook_token = secrets.token_urlsafe(TOKEN_BYTES)

    @api.model
    @tools.ormcache()
    def _webhook_ids(self):
        """Return ``{token: id}`` of the webhooks that answer."""
        # One cached value, so that wrong tokens don't fill the cache.
        live = self.sudo().search(
            [
                ("type", "=", "webhook"),
                ("task_id.active", "=", True),
                ("project_id.active", "=", True),
            ]
        )
        return {trigger.webhook_token: trigger.id for trigger in live}

    @api.model
    def _find_webhook(self, token):
        return self.browse(self._webhook_ids().get(token))
