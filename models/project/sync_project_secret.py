from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.errors import VaultError
from ...engine.messages import translated
from ...engine.runs.project import secret_owner
from ...engine.vault import audit, cipher, masking, trusted_rows
from .sync_project_approval import as_typed, require, without_guarded


class SyncProjectSecret(models.Model):
    """A secret's value is encrypted before the ORM sees it, and never opened by it.

    No method here returns a value: project code can call every method.
    """

    _name = "sync.project.secret"
    _description = "Project Secret"
    _inherit = ["sync.project.value"]

    value = fields.Char(
        compute="_compute_value",
        readonly=False,
        groups="sync.group_manager",
        help="Written, it replaces the secret. Read, it is always empty.",
    )
    token = fields.Char(
        "Encrypted Value", copy=False, readonly=True, groups="sync.group_manager"
    )
    is_set = fields.Boolean("Set", compute="_compute_is_set", compute_sudo=True)

    _key_uniq = models.Constraint(
        "UNIQUE(project_id, key)", "The project has a secret of that key already."
    )

    @api.depends("token")
    def _compute_value(self):
        self.value = False

    @api.depends("token")
    def _compute_is_set(self):
        for secret in self:
            secret.is_set = bool(secret.token)

    # -- CRUD ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        values = [vals.get("value") for vals in vals_list]
        for value in filter(None, values):
            require(self.env, self._name, None, "value", value)
        secrets = super().create([_without_value(vals) for vals in vals_list])
        for secret, value in zip(secrets, values, strict=True):
            _lock(secret, value)
        return secrets

    def write(self, vals):
        for secret in self:
            secret._require(vals)
        moved = _relocked(self, vals.get("key"))
        result = super().write(_without_value(vals))
        for secret in self:
            if secret.id in moved:
                secret.token = moved[secret.id]
            _lock(secret, vals.get("value"))
        return result

    def onchange(self, values, field_names, fields_spec):
        # An automation rule may run a Developer's code while a Manager types.
        if "value" in values:
            values = {**values, "value": False}
        result = super().onchange(values, field_names, fields_spec)
        return as_typed(result, values, ("key", "value"))

    @api.model
    def default_get(self, fields_list):
        return without_guarded(super().default_get(fields_list), ("value", "token"))

    def _require(self, vals):
        if "project_id" in vals and vals["project_id"] != self.project_id.id:
            raise ValidationError(
                self.env._("A secret can't be moved to another project.")
            )
        if vals.get("value"):
            require(self.env, self._name, self.id, "value", vals["value"])
        if "key" in vals and vals["key"] != self.key:
            require(self.env, self._name, self.id, "key", vals["key"])


def _without_value(vals):
    return {key: value for key, value in vals.items() if key != "value"}


def _lock(secret, value):
    """Encrypt ``value`` for a secret; the caller has checked who asks."""
    if not value:
        return
    _check_length(secret, value)
    owner = secret_owner(secret.project_id.id, secret.key)
    try:
        create = trusted_rows.nothing_locked(secret.env.cr)
        secret.token = cipher.encrypt(owner, value, create=create)
    except VaultError as error:
        raise UserError(translated(secret.env, error)) from None
    env = secret.env
    audit.record(env.cr, env.uid, "secret_set", secret.project_id.id, secret.key)


def _check_length(secret, value):
    if len(value) < masking.MIN_LENGTH:
        raise ValidationError(
            secret.env._(
                "The secret %(key)s is too short: values under %(least)s characters "
                "can't be kept out of the logs.",
                key=secret.key,
                least=masking.MIN_LENGTH,
            )
        )


def _relocked(secrets, key):
    """Return the tokens for a new key, by id: each is locked for its key."""
    moved = secrets.filtered(lambda secret: secret.token and secret.key != key)
    return {secret.id: _relock(secret, key) for secret in moved if key}


def _relock(secret, key):
    project_id = secret.project_id.id
    try:
        return cipher.relock(
            secret_owner(project_id, secret.key),
            secret.token,
            secret_owner(project_id, key),
        )
    except VaultError as error:
        raise UserError(translated(secret.env, error)) from None
