from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .sync_project_approval import approve, require


class SyncProjectParam(models.Model):
    _name = "sync.project.param"
    _description = "Project Parameter"
    _inherit = ["sync.project.value"]

    value = fields.Text()
    locked = fields.Boolean(
        copy=False,
        help="Only Managers can change a locked parameter, and no code can. Lock what "
        "decides where Protected Code sends a secret, e.g. the URL of a server.",
    )

    may_unlock = fields.Boolean(
        compute="_compute_may_unlock", help="Whether the user may lock and unlock it."
    )

    _key_uniq = models.Constraint(
        "UNIQUE(project_id, key)", "The project has a parameter of that key already."
    )

    @api.depends_context("uid")
    def _compute_may_unlock(self):
        self.may_unlock = self.env.user.has_group("sync.group_manager")

    # -- CRUD ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("locked"):
                self._require(None, vals, ("locked", "value"))
        params = super().create(vals_list)
        for param in params.filtered("locked"):
            _approve(param, param.key)
        return params

    def write(self, vals):
        guarded = self._guarded(vals)
        keys = {param: param.key for param in guarded}
        for param in guarded:
            param._require(param.id, vals, ("key", "value", "locked"))
        result = super().write(vals)
        for param, key in keys.items():
            _approve(param, key)
        return result

    def unlink(self):
        locked = [(param.project_id, param.key) for param in self if param.locked]
        for param in self.filtered("locked"):
            require(self.env, self._name, param.id, "unlink")
        result = super().unlink()
        for project, key in locked:
            approve(project, lambda signed, key=key: signed.with_param(key, None))
        return result

    def _guarded(self, vals):
        """Return the parameters of which ``vals`` changes what a Manager approved."""
        if vals.get("locked"):
            return self
        locked = self.filtered("locked")
        if locked and "project_id" in vals:
            raise ValidationError(
                self.env._("A locked parameter can't be moved to another project.")
            )
        return locked if vals.keys() & {"key", "value", "locked"} else self.browse()

    def _require(self, id_, vals, names):
        for name in names:
            if name in vals and (id_ is None or self[name] != vals[name]):
                require(self.env, self._name, id_, name, vals[name])


def _approve(param, old_key):
    """Sign a parameter as it is now; this is no method, as code could call it."""
    value = (param.value or "") if param.locked else None
    key = param.key

    def change(signed):
        return signed.with_param(old_key, None).with_param(key, value)

    approve(param.project_id, change)
