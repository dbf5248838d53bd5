import secrets

from odoo import api, fields, models, tools

from ...engine.http import address
from ..mixins.sync_cached import remembered

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
            trigger.webhook_url = token and trigger._urls({"": token})[""]

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
    def _urls(self, tokens):
        """Return the URLs of webhooks by the keys of their tokens."""
        # sudo: Developers may know where Odoo is
        system = self.env["ir.config_parameter"].sudo()
        base = address.webhooks_begin_with(
            self.get_base_url(),
            lambda: system.get_param("web.base.url.freeze"),
            tools.config,
        )
        return {key: f"{base}/sync/webhook/{token}" for key, token in tokens.items()}

    @api.model
    @remembered(lambda triggers: None)
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


class SyncTask(models.Model):
    _inherit = "sync.task"

    webhook_trigger_ids = fields.One2many(
        "sync.trigger",
        "task_id",
        domain=[("type", "=", "webhook")],
        context={"active_test": False},
        copy=True,
    )
