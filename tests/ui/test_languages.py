"""The languages that the addon speaks, where people meet its texts."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools.translate import code_translations

from ..common import SyncCase

# The state of a failed job, the tab of Protected Code, what a check of code says, and
# the question before a deletion, which the web client asks.
SPOKEN = {
    "de_DE": ("Fehlgeschlagen", "Geschützter Code", "nicht definiert", "Endgültig"),
    "fr_FR": ("Échouée", "Code protégé", "n'est pas défini", "définitivement"),
    "es_ES": ("Fallido", "Código protegido", "no está definido", "para siempre"),
}


@tagged("post_install", "-at_install")
class TestLanguages(SyncCase):
    def speaking(self, lang):
        """Return an environment in a language that was just switched on."""
        self.env["res.lang"]._activate_lang(lang)
        addon = self.env["ir.module.module"].search([("name", "=", "sync")])
        addon._update_translations([lang])
        return self.env(context={**self.env.context, "lang": lang})

    def test_texts_that_people_meet(self):
        task = self.make_task("def handle_button():\n    pass\n")
        for lang, (failed, protected, undefined, deletion) in SPOKEN.items():
            with self.subTest(lang=lang):
                env = self.speaking(lang)
                states = env["sync.job"].fields_get(["state"])["state"]["selection"]
                self.assertEqual(dict(states)["failed"], failed)
                arch = env["sync.project"].get_view(view_type="form")["arch"]
                self.assertIn(f'string="{protected}"', arch)
                with self.assertRaisesRegex(ValidationError, undefined):
                    task.with_env(env).code = "def handle_button():\n    nowhere()\n"
                web = code_translations.get_web_translations("sync", lang)["messages"]
                self.assertIn(deletion, {m["id"]: m["string"] for m in web}[QUESTION])


QUESTION = "Delete for good?"
