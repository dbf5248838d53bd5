from odoo import fields, models

from ...engine import guards
from ...engine.messages import translated


class SyncProject(models.Model):
    """A project shows which of the server's guards don't hold."""

    _inherit = "sync.project"

    guard_warning = fields.Text(
        compute="_compute_guard_warning", groups="sync.group_developer"
    )

    def _compute_guard_warning(self):
        self.guard_warning = self._describe_guards()

    def _describe_guards(self):
        """Return what people are told of guards that failed, False if none did."""
        failures = guards.failures(self.env.registry)
        if not failures:
            return False
        return self.env._(
            "A guard of this server doesn't hold: %(guards)s. Secrets and Protected "
            "Code stay shut; tasks of projects without Protected Code go on. Update "
            "Sync Studio, or go back to the versions of Odoo and its addons that ran "
            "before, and restart the server. Its log says more.",
            guards="; ".join(map(self._describe_guard, failures)),
        )

    def _describe_guard(self, failure):
        title, reason = (translated(self.env, text) for text in failure)
        return f"{title} ({reason})"

    def _register_hook(self):
        result = super()._register_hook()
        guards.protect_models(self.env.registry)
        guards.test(self.env)
        return result
