from odoo import fields, models


class SyncAudit(models.Model):
    """One line of the trail of what Managers did; see ``engine/audit.py``.

    No access right allows to write: the engine does, in SQL.
    """

    _name = "sync.audit"
    _description = "Sync Studio Audit Trail"
    _order = "id desc"
    _log_access = False
    _rec_name = "action"

    date = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", "By", readonly=True, index="btree_not_null", ondelete="set null"
    )
    action = fields.Selection(
        [
            ("secret_shown", "Secret shown"),
            ("secret_set", "Secret set"),
            ("code_signed", "Protected Code or locked parameters signed"),
            ("manager_added", "Became a Manager"),
            ("manager_removed", "No longer a Manager"),
            ("key_rotated", "Key replaced"),
        ],
        required=True,
        readonly=True,
    )
    project_id = fields.Many2one(
        "sync.project", readonly=True, index="btree_not_null", ondelete="set null"
    )
    subject = fields.Char("What", readonly=True)
    note = fields.Char(readonly=True)
