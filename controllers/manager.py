"""What Managers ask for in person: to see a secret, to sign what has changed.

Rights are checked here, for the session's user and in SQL, and not by the ORM, which
project code runs with all rights.
"""

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..engine.boundary import callers
from ..engine.errors import VaultError
from ..engine.logs import alarm
from ..engine.messages import translated
from ..engine.runs.project import secret_owner
from ..engine.vault import audit, cipher, remote_calls, trusted_rows
from ..models.project import sync_project_approval as approvals


class ManagerController(http.Controller):
    @http.route("/sync/secret/show", type="jsonrpc", auth="user", readonly=False)
    def show_secret(self, secret_id):
        """Return a secret's value, and record who asked for it."""
        secret = _own_secret(secret_id)
        if not secret.token:
            raise UserError(request.env._("This secret has no value yet."))
        try:
            owner = secret_owner(secret.project_id, secret.key)
            value = cipher.decrypt(owner, secret.token)
        except VaultError as error:
            raise UserError(translated(request.env, error)) from None
        _record_shown(secret)
        request.future_response.headers["Cache-Control"] = "no-store"
        return value

    @http.route("/sync/project/review", type="jsonrpc", auth="user", readonly=False)
    def review(self, project_id):
        """Return what a Manager has to look at before signing a project."""
        return approvals.describe(_own_project(project_id))

    @http.route("/sync/project/sign", type="jsonrpc", auth="user", readonly=False)
    def sign(self, project_id, reviewed):
        """Sign a project, if it still is what the Manager was shown."""
        approvals.sign_reviewed(_own_project(project_id), reviewed)
        return True


def _check_manager():
    cr, uid = request.env.cr, remote_calls.requester()
    refusal = request.env._("Only Managers can do this, in person.")
    # Project code can look up this controller's functions and call them.
    if callers.in_run():
        alarm.report(refusal)
        raise AccessError(refusal)
    if (
        uid is None
        or uid != request.session.uid
        or not trusted_rows.is_manager(cr, uid)
    ):
        raise AccessError(refusal)
    audit.note_first_use(cr, uid)


def _own_secret(secret_id):
    _check_manager()
    request.env["sync.project.secret"].browse(secret_id).check_access("read")
    secret = trusted_rows.secret(request.env.cr, secret_id)
    if not secret:
        raise UserError(request.env._("The secret was deleted meanwhile."))
    return secret


def _own_project(project_id):
    _check_manager()
    project = request.env["sync.project"].browse(project_id)
    project.check_access("write")
    return project


def _record_shown(secret):
    address = request.httprequest.remote_addr
    audit.record(
        *(request.env.cr, remote_calls.requester(), "secret_shown"),
        *(secret.project_id, secret.key, f"from {address}"),
    )
