from contextlib import suppress

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...engine.errors import VaultError
from ...engine.vault import lockdown
from .sync_project_approval import (
    approve,
    as_typed,
    explained,
    require,
    verified,
    without_guarded,
)


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
                self._require(None, vals)
        params = super().create(vals_list)
        for param, vals in zip(params, vals_list, strict=True):
            if not vals.get("locked"):
                continue
            # From the call, not from the record: rules and defaults come between.
            wanted = (vals["key"], vals.get("value") or "", True)
            if (param.key, param.value or "", param.locked) != wanted:
                raise AccessError(
                    self.env._(
                        'The parameter "%s" was changed by something else while it '
                        "was saved, so it is not locked. Look for automation rules "
                        "on parameters.",
                        vals["key"],
                    )
                )
            _approve(param.project_id, vals["key"], vals["key"], wanted[1])
        return params

    def write(self, vals):
        plans = [param._plan(vals) for param in self._guarded(vals)]
        result = super().write(vals)
        for plan in filter(None, plans):
            _approve(*plan)
        return result

    def unlink(self):
        locked = [(param.project_id, param.key) for param in self if param._is_locked()]
        for param in self:
            if param._is_locked():
                require(self.env, self._name, param.id, "unlink")
        result = super().unlink()
        for project, key in locked:
            _approve(project, key)
        return result

    # -- what a Manager's form gets --------------------------------------------

    @api.model
    def default_get(self, fields_list):
        return without_guarded(super().default_get(fields_list), ("locked",))

    def onchange(self, values, field_names, fields_spec):
        result = super().onchange(values, field_names, fields_spec)
        return as_typed(result, values, ("key", "value", "locked"))

    # -- locking ---------------------------------------------------------------

    def _guarded(self, vals):
        """Return the parameters of which ``vals`` changes what a Manager approved."""
        if not vals.keys() & {"key", "value", "locked", "project_id"}:
            return self.browse()
        guarded = (
            self if vals.get("locked") else self.filtered(lambda p: p._is_locked())
        )
        if guarded and "project_id" in vals:
            raise ValidationError(
                self.env._("A locked parameter can't be moved to another project.")
            )
        return guarded

    def _is_locked(self):
        """Tell whether the record says so, or what a Manager approved."""
        return self.locked or self.key in _signed(self.project_id)

    def _plan(self, vals):
        """Check that a Manager asks for what ``vals`` changes; return what to approve.

        It is compared with what was approved last: the record itself, SQL may have
        brought to the wanted values already.
        """
        self.ensure_one()
        with explained(self.env):
            lockdown.check()
        approved = _signed(self.project_id)
        key = vals.get("key", self.key)
        if not vals.get("locked", self.locked):
            require(self.env, self._name, self.id, "locked", False)
            return (self.project_id, self.key)
        value = vals.get("value", approved.get(self.key, self.value)) or ""
        if self.key == key and approved.get(key) == value:
            return None
        self._require(self.id, vals)
        if self.key not in approved and not vals.keys() >= {"key", "value", "locked"}:
            # The form sends all of it along.
            raise UserError(
                self.env._(
                    'Write the key and the value of "%s" again where you lock it: '
                    "what was not read can't be approved.",
                    self.key,
                )
            )
        return (self.project_id, self.key, key, value)

    def _require(self, id_, vals):
        for name in ("key", "value", "locked"):
            if name in vals:
                require(self.env, self._name, id_, name, vals[name])


# No methods, as project code could call them.
def _signed(project):
    """Return the locked parameters as approved last; none if no key can tell."""
    with suppress(VaultError):
        if signed := verified(project):
            return signed.params
    return {}


def _approve(project, old_key, key=None, value=None):
    """Sign a parameter with ``key`` and ``value`` in the place of ``old_key``'s."""

    def change(signed):
        others = signed.with_param(old_key, None)
        return others.with_param(key, value) if key else others

    approve(project, change)
