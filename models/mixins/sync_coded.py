import difflib
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime


class SyncCoded(models.AbstractModel):
    """What has texts of code, which two people may have open at a time.

    A form sends what it has seen along with what it writes. Who writes without that,
    a script for instance, means what it says.
    """

    _name = "sync.coded"
    _description = "Part of a Sync Project with Code"
    _code_fields = ()

    code_seen = fields.Json(
        compute="_compute_code_seen",
        help="A fingerprint of each text of code, by the name of its field.",
    )

    @api.depends(lambda self: self._code_fields)
    @api.depends_context("uid")
    def _compute_code_seen(self):
        names = [
            name
            for name in self._code_fields
            if self._has_field_access(self._fields[name], "read")
        ]
        for record in self:
            record.code_seen = {name: _fingerprint(record[name]) for name in names}

    def write(self, vals):
        if "code_seen" in vals:
            vals = dict(vals)
            self._check_seen(vals.pop("code_seen") or {}, vals)
        return super().write(vals)

    def _check_seen(self, seen, vals):
        """Refuse to write over a text of code that the writer has not seen."""
        for record in self:
            for name in seen.keys() & vals.keys() & {*self._code_fields}:
                saved, mine = record[name] or "", vals[name] or ""
                if mine != saved and seen[name] != _fingerprint(saved):
                    raise record._saved_meanwhile(name, saved, mine)

    def _saved_meanwhile(self, name, saved, mine):
        error = UserError(
            self.env._(
                "%(field)s was changed after you opened it; %(user)s saved last, on "
                "%(date)s. Nothing of yours is saved yet. Save your text in its place, "
                "or take the saved one: yours is kept in this browser, and offered.",
                field=self._fields[name]._description_string(self.env),
                user=self.write_uid.sudo().name,
                date=format_datetime(self.env, self.write_date),
            )
        )
        # For the form's dialog.
        error.context = {
            "sync_saved_meanwhile": {
                "field": name,
                "seen": _fingerprint(saved),
                "diff": _diff(saved, mine),
            }
        }
        return error


def _fingerprint(text):
    return hashlib.sha256((text or "").encode(errors="replace")).hexdigest()[:20]


def _diff(saved, mine):
    lines = difflib.unified_diff(saved.splitlines(), mine.splitlines(), lineterm="")
    return list(lines)[2:]
