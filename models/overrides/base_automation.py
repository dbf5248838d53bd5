from odoo import fields, models

from ...engine.events import collected, hooks, memory
from ...engine.events.plans import TIMED


class BaseAutomation(models.Model):
    """Rules of ours: each defines a trigger, and looks for records whose time has come.

    Events reach our triggers on their own way: Odoo must not wait for them as well.
    """

    _inherit = "base.automation"

    sync_trigger_id = fields.Many2one(
        "sync.trigger", index="btree_not_null", ondelete="cascade", readonly=True
    )
    # What Odoo doesn't know, it doesn't look for at each creation and update.
    trigger = fields.Selection(
        selection_add=[("sync_event", "Event for Sync Studio")],
        ondelete={"sync_event": "cascade"},
    )

    def _register_hook(self):
        result = super()._register_hook()
        registry = self.env.registry
        hooks.renew(self.env, self.env["sync.cached"]._plans_epoch())
        memory.listen(registry, self.env.cr, lambda: hooks.install(registry))
        return result

    def _unregister_hook(self):
        hooks.uninstall(self.env.registry)
        return super()._unregister_hook()

    def _update_registry(self):
        # No class has to change for our rules, and no worker to load all anew.
        if self.env.context.get("sync_technical"):
            return None
        return super()._update_registry()

    def _process(self, records, domain_post=None):
        # sudo: the schedule's user may have no right on triggers. The field alone: Odoo
        # must find in the cache what it would without us.
        rule = self.sudo().with_context(prefetch_fields=False)
        trigger = rule.sync_trigger_id.with_env(self.env(su=True))
        if not trigger:
            return super()._process(records, domain_post=domain_post)
        here = trigger.with_env(records.env)._in_project_company()
        transaction = collected.of(self.env.cr)
        known = memory.of(self.env.registry)
        transaction.pending(here.env, lambda: known.plans).collect(
            transaction.actor(here.env),
            records._name,
            (TIMED, trigger.id),
            records.ids,
        )
        return None
