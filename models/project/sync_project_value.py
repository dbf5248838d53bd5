import keyword
import unicodedata

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SyncProjectValue(models.AbstractModel):
    """A named value of a project."""

    _name = "sync.project.value"
    _description = "Named Value of a Project"
    _inherit = ["sync.cached"]
    _order = "key, id"
    _rec_name = "key"

    key = fields.Char(required=True, help="The name that code uses, e.g. API_URL.")
    description = fields.Char()
    project_id = fields.Many2one(
        "sync.project", required=True, index=True, ondelete="cascade"
    )

    @api.constrains("key")
    def _check_key(self):
        for value in self:
            plain = unicodedata.normalize("NFKC", value.key) == value.key
            usable = value.key.isidentifier() and plain
            if keyword.iskeyword(value.key) or not usable or value.key.startswith("_"):
                raise ValidationError(
                    self.env._(
                        'The key "%s" can\'t be used in code: use letters, digits and '
                        "underscores, and start with a letter.",
                        value.key,
                    )
                )


class SyncProjectText(models.Model):
    _name = "sync.project.text"
    _description = "Translatable Project Text"
    _inherit = ["sync.project.value"]

    value = fields.Text(translate=True)

    _key_uniq = models.Constraint(
        "UNIQUE(project_id, key)", "The project has a text of that key already."
    )

    def _by_language(self):
        """Return ``{key: {language: text}}``."""
        languages = [code for code, _ in self.env["res.lang"].get_installed()]
        found = {text.key: {} for text in self}
        for lang in languages:
            for text in self.with_context(lang=lang):
                found[text.key][lang] = text.value or ""
        return found
