from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..engine import masking, vault, zones
from ..engine.errors import VaultError


class SyncProjectSecret(models.Model):
    _name = "sync.project.secret"
    _description = "Project Secret"
    _inherit = ["sync.project.value"]

    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        groups="sync.group_manager",
        help="Type a new value to replace the secret. It is stored encrypted.",
    )
    token = fields.Char(
        "Encrypted Value", copy=False, readonly=True, groups="sync.group_manager"
    )
    is_set = fields.Boolean(compute="_compute_is_set", compute_sudo=True)

    _key_uniq = models.Constraint(
        "UNIQUE(project_id, key)", "The project has a secret of that key already."
    )

    @api.depends("token")
    def _compute_value(self):
        # A value leaves the vault for Protected Code only, never through a record.
        self.value = False

    @api.depends("token")
    def _compute_is_set(self):
        for secret in self:
            secret.is_set = bool(secret.token)

    def _inverse_value(self):
        for secret in self.filtered("value"):
            secret._lock(secret.value)
        # Not even the cache of this transaction keeps the value.
        self._forget_values()

    def _forget_values(self):
        self._fields["value"]._invalidate_cache(self.env, self._ids)

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_project_code()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_project_code()
        # A secret is locked for its project and key, so it is locked anew when
        # one of them changes.
        moved = self.filtered("token") if vals.keys() & {"key", "project_id"} else ()
        values = {secret: secret._open() for secret in moved}
        result = super().write(vals)
        for secret, value in values.items():
            secret._lock(value)
        return result

    def _refuse_project_code(self):
        # Protected Code may, e.g. to keep a token that it has refreshed.
        if zones.in_sandbox():
            raise AccessError(
                self.env._("Only Managers and Protected Code can change secrets.")
            )

    def _owner(self):
        return f"{self.project_id.id}/{self.key}"

    def _open(self):
        self.ensure_one()
        try:
            return vault.decrypt(self._owner(), self.token)
        except VaultError as error:
            raise UserError(str(error)) from None

    def _lock(self, value):
        self.ensure_one()
        if len(value) < masking.MIN_LENGTH:
            raise ValidationError(
                self.env._(
                    "The secret %(key)s is too short: values under %(least)s "
                    "characters can't be kept out of the logs.",
                    key=self.key,
                    least=masking.MIN_LENGTH,
                )
            )
        try:
            self.token = vault.encrypt(self._owner(), value)
        except VaultError as error:
            raise UserError(str(error)) from None
