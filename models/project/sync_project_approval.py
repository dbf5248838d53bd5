import difflib
from contextlib import contextmanager, suppress
from types import MappingProxyType

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, convert, str2bool

from ...engine.boundary import callers
from ...engine.errors import GuardFailed, SignatureMismatch, VaultError
from ...engine.events import memory
from ...engine.logs.alarm import report
from ...engine.messages import translated
from ...engine.vault import approval, audit, authority, cipher, trusted_rows
from ...engine.vault.approval import Approval

GUARDED = ("protected_code", "run_neutralized")
SIGNED = ("protected_signature", "approved_text", "approved_by", "approved_on")


def require(env, model, id_, field, value=True):
    """Refuse a change that no Manager's own request asks for."""
    if (
        id_ is None
        and _is_module_data(env)
        or authority.allows(model, id_, field, value)
    ):
        return
    text = env._(
        "Only a Manager can change %(field)s, in the form of the project.", field=field
    )
    report(text)
    raise AccessError(text)


def _is_module_data(env):
    """Tell whether a module's file is read: that is trusted as its Python is.

    Only while modules are loaded, and for new records only: which record a name in the
    file stands for, SQL may have changed.
    """
    return (
        not env.registry.ready and not callers.in_run() and callers.called_from(convert)
    )


def approve(project, change):
    """Sign what was approved last after ``change``, a function of one and to one.

    This is no method, because project code can call any method.
    """
    with explained(project.env):
        write_approval(project, change(verified(project) or Approval()))


@contextmanager
def explained(env):
    """Turn what the vault has to say into an error that the web client shows."""
    try:
        yield
    except VaultError as error:
        raise UserError(translated(env, error)) from None


def verified(project):
    """Return what is approved, if its signature is genuine."""
    project = project.sudo()  # sudo: the signature is not for everybody to see
    return approval.verified(
        project.id, project.approved_text or "", project.protected_signature or ""
    )


def write_approval(project, approved):
    """Store ``approved`` with its signature."""
    cr = project.env.cr
    # A wrong key must not sign: the right one may come back.
    project._snapshot().check_secrets()
    create = trusted_rows.nothing_locked(cr)
    signature = cipher.sign(approval.owner(project.id), approved.text, create=create)
    cr.execute(
        SQL(
            "UPDATE sync_project SET approved_text = %s, protected_signature = %s,"
            " approved_by = %s, approved_on = now() AT TIME ZONE 'UTC' WHERE id = %s",
            *(approved.text, signature, project.env.uid, project.id),
        )
    )
    audit.record(cr, project.env.uid, "code_signed", project.id)
    project.invalidate_recordset(SIGNED, flush=False)
    memory.changed(project.env, project.ids)


def describe(project):
    """Return what is to be approved, and how it differs from what was approved last.

    :return: the ``text`` to sign, the ``diff`` as lines, and who approved when
    """
    current = project._read_snapshot().current
    with explained(project.env):
        signed = verified(project)
    return {
        "text": current.text,
        "diff": _diff(signed or Approval(), current),
        "signed": bool(signed),
        "approved_by": signed and project.approved_by.display_name,
        "approved_on": signed and fields.Datetime.to_string(project.approved_on),
        "changed_by": project.write_uid.display_name,
        "changed_on": fields.Datetime.to_string(project.write_date),
    }


def _diff(old, new):
    lines = difflib.unified_diff(
        old.lines, new.lines, "approved", "now", n=3, lineterm=""
    )
    return list(lines)[2:]


def sign_reviewed(project, reviewed):
    """Sign ``reviewed``, the text of :func:`describe`, if it is still up to date."""
    current = project._read_snapshot().current
    if current.text != reviewed:
        raise UserError(project.env._("It has changed meanwhile: look at it again."))
    with explained(project.env):
        write_approval(project, current)


class SyncProject(models.Model):
    """Protected Code and locked parameters are signed when a Manager approves them."""

    _inherit = "sync.project"

    protected_signature = fields.Char(
        groups="sync.group_manager", copy=False, readonly=True
    )
    approved_text = fields.Text(
        groups="sync.group_manager",
        copy=False,
        readonly=True,
        help="JSON: the Protected Code and locked parameters that were signed last.",
    )
    approved_by = fields.Many2one(
        "res.users", groups="sync.group_manager", copy=False, readonly=True
    )
    approved_on = fields.Datetime(
        groups="sync.group_manager", copy=False, readonly=True
    )
    run_neutralized = fields.Boolean(
        "Run in a Neutralized Database",
        copy=False,
        groups="sync.group_manager",
        help="A copy for tests is neutralized, so that it doesn't talk to the same "
        "systems as the original. Its projects run only if a Manager says so.",
    )
    vault_warning = fields.Char(compute="_compute_vault_warning")
    needs_signature = fields.Boolean(compute="_compute_vault_warning")

    @api.depends("protected_signature", "secret_ids", "param_ids")
    def _compute_vault_warning(self):
        for project in self:
            problem = project._vault_problem()
            project.needs_signature = isinstance(problem, SignatureMismatch)
            # Guards that failed have a warning of their own, on every project.
            shown = problem and not isinstance(problem, GuardFailed)
            told = shown and translated(self.env, problem)
            project.vault_warning = told or project._file_risk()

    def _vault_problem(self):
        if not self._origin.id:
            return None
        try:
            # Not from memory, which a Developer's SQL doesn't reach: what a Manager
            # sees in the form must not differ from what this judges.
            snapshot = self._origin._read_snapshot()
            # A wrong key shows there first: then there is nothing to sign.
            snapshot.check_secrets()
            snapshot.check_signature()
        except VaultError as error:
            return error
        return None

    def _file_risk(self):
        if not self._origin.id or not self._origin._snapshot().secrets:
            return False
        if not trusted_rows.database_reads_files(self.env.cr):
            return False
        return self.env._(
            "Odoo's database user may read files of the database's server. If the "
            "server's key lies there, Developers can read the secrets: give Odoo a "
            "database user without that right."
        )

    # -- CRUD ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_signed(vals)
            if vals.get("protected_code"):
                require(
                    self.env, self._name, None, "protected_code", vals["protected_code"]
                )
        projects = super().create(vals_list)
        for project, vals in zip(projects, vals_list, strict=True):
            if vals.get("protected_code"):
                approve(project, _with_code(vals["protected_code"]))
        return projects

    def write(self, vals):
        self._refuse_signed(vals)
        if "run_neutralized" in vals:
            for project in self:
                value = vals["run_neutralized"]
                require(self.env, self._name, project.id, "run_neutralized", value)
        asked = self._ask_for_code(vals)
        result = super().write(vals)
        for project in asked:
            approve(project, _with_code(vals["protected_code"] or ""))
        if "run_neutralized" in vals:
            self.trigger_ids._update_technical()
        return result

    def _ask_for_code(self, vals):
        """Return the projects whose new Protected Code a Manager's request asks for.

        What is approved needs no request. What a module's file changes is written and
        waits for a Manager.
        """
        if "protected_code" not in vals or _is_module_data(self.env):
            return self.browse()
        code = vals["protected_code"]
        changed = self.filtered(lambda project: not is_approved(project, code or ""))
        for project in changed:
            require(self.env, self._name, project.id, "protected_code", code)
        return changed

    def _refuse_signed(self, vals):
        for field in SIGNED:
            if vals.get(field):
                require(self.env, "no request may change it", None, field)

    def copy(self, default=None):
        approvals = [project._approval_to_copy() for project in self]
        changes = [
            authority.Change(self._name, None, "protected_code", approved.code)
            for approved in approvals
            if approved
        ]
        with authority.asked(changes):
            copies = super().copy(default)
        for copy, approved in zip(copies, approvals, strict=True):
            if approved:
                _lock(copy.param_ids, approved.params)
        return copies

    def _approval_to_copy(self):
        """Return what is approved, if a Manager asks for a copy."""
        hidden = "protected_code" in self._fields_of_managers()
        if hidden or not authority.allows(self._name, self.id, "copy"):
            return None
        approved = self._approved_as_is()
        if self.protected_code and not approved:
            raise UserError(self.env._("Sign the Protected Code before you copy it."))
        return approved

    def _approved_as_is(self):
        approved = verified(self)
        return approved if approved == self._read_snapshot().current else None

    # -- what a Manager's form gets --------------------------------------------

    @api.model
    def default_get(self, fields_list):
        return without_guarded(super().default_get(fields_list), GUARDED)

    def onchange(self, values, field_names, fields_spec):
        # An automation rule may run a Developer's code while a Manager types.
        lines = values.get("secret_ids")
        if lines:
            lines = [_without_secret(command) for command in lines]
            values = {**values, "secret_ids": lines}
        result = super().onchange(values, field_names, fields_spec)
        return as_typed(result, values, (*GUARDED, "param_ids", "secret_ids"))

    # -- business --------------------------------------------------------------

    def _locked_params(self):
        """Return the values of the locked parameters, by key."""
        locked = self.param_ids.filtered("locked")
        return MappingProxyType({param.key: param.value or "" for param in locked})

    def _may_run(self):
        """Tell whether the project is active, and allowed to run in this database."""
        return self.active and not self._is_stopped_copy()

    def _is_stopped_copy(self):
        # sudo: whoever causes an event
        parameters = self.env["ir.config_parameter"].sudo()
        neutralized = parameters.get_param("database.is_neutralized")
        return str2bool(neutralized or "", False) and not self.sudo().run_neutralized

    def _ensure_runnable(self):
        result = super()._ensure_runnable()
        if self._is_stopped_copy():
            raise UserError(
                self.env._(
                    'This database is a neutralized copy, so the project "%s" does '
                    "not run. A Manager can allow it in the project's settings.",
                    self.name,
                )
            )
        return result


def _lock(params, approved):
    """Lock the copies of locked parameters, with the values that are approved."""
    for param in params.filtered(lambda param: param.key in approved):
        values = {"locked": True, "key": param.key, "value": approved[param.key]}
        changes = [
            authority.Change(param._name, param.id, name, value)
            for name, value in values.items()
        ]
        with authority.asked(changes):
            param.write(values)


def without_guarded(values, names):
    """Return ``values`` without what no default may set: a Manager would save it."""
    return {name: value for name, value in values.items() if name not in names}


def as_typed(result, typed, names):
    """Return an onchange's result in which these fields are as they were typed."""
    values = result.get("value", {})
    # A new record's first values are the empty ones.
    names = [name for name in names if typed or values.get(name)]
    return {**result, "value": without_guarded(values, names)}


def _without_secret(command):
    """Return a command of the web client without a secret's value."""
    *start, last = command
    if isinstance(last, dict) and "value" in last:
        last = {**last, "value": False}
    return [*start, last]


def is_approved(project, code):
    """Tell whether a Manager approved this Protected Code last."""
    with suppress(VaultError):
        signed = verified(project)
        return bool(signed) and signed.code == code
    return False


def _with_code(code):
    return lambda approved: approved.with_code(code)
