from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tools.translate import code_translations
from werkzeug.exceptions import BadRequest

from ...engine.events import memory
from ...engine.messages import Message, _lt, joined, translated
from ..common import SyncCase

FRENCH = {
    "Line %(line)s: %(problem)s": "Ligne %(line)s : %(problem)s",
    "import works in Protected Code only": "import : Code protégé seulement",
    "%(name)s is not defined": "%(name)s n'est pas défini",
    "Common Code\n%(problems)s": "Code commun\n%(problems)s",
    "Delete that link first, or pass allow_many2many=True.": "Supprimez-le.",
    "%(relation)s: one end stands in several pairs. %(hint)s": (
        "%(relation)s : un bout est dans plusieurs paires. %(hint)s"
    ),
    "The relation's name must be a text that is not empty.": "Nommez la relation.",
    "the Protected Code": "le Code protégé",
    'In the project "%(project)s" %(changed)s was changed by something else than a '
    "Manager's form. A Manager must look at it and sign it.": (
        'Dans le projet "%(project)s", %(changed)s a changé.'
    ),
    "This data can't be read.": "Illisible.",
    "Names with a leading underscore are private: %(name)s": "Privé : %(name)s",
    "These arguments can't be queued: %s": "Arguments refusés : %s",
    "A value of type %(type)s can't wait. Pass texts, numbers, dates, records, or "
    "lists and dicts of these.": "Le type %(type)s n'attend pas.",
}


class TestMessages(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.developer.lang = "fr_FR"
        found = {("sync", "fr_FR"): FRENCH}
        patcher = patch.dict(code_translations.python_translations, found)
        cls.enterClassContext(patcher)
        cls.french = cls.env(context={"lang": "fr_FR"})

    def run_french(self, code, project=None):
        """Run ``code`` through a button that a French user clicks; return the job."""
        trigger = self.make_trigger(self.make_task(code, project))
        french = trigger.with_user(self.developer).with_context(lang="fr_FR")
        french.action_run_now()
        return self.run_jobs()

    def test_problems_of_code_are_told_in_the_readers_language(self):
        project = self.make_project()
        with self.assertRaises(ValidationError) as caught:
            project.with_env(self.french).common_code = "import os\n\nfrom a import b"
        self.assertEqual(
            str(caught.exception),
            "Code commun\n"
            "Ligne 1 : import : Code protégé seulement\n"
            "Ligne 3 : import : Code protégé seulement",
        )
        with self.assertRaises(ValidationError) as caught:
            project.common_code = "import os"
        self.assertIn("Line 1: import works", str(caught.exception))

    def test_a_failed_job_speaks_the_language_of_its_user(self):
        job = self.run_french(
            """
            def handle_button(data):
                set_links("r", [{"a": 1, "b": 2}, {"a": 1, "b": 3}])
            """
        )
        text = "LinkConflict: r : un bout est dans plusieurs paires. Supprimez-le."
        self.assertEqual(job.error, text)
        self.assertIn(text, job.log_ids[-1:].message)

    def test_project_code_reads_english(self):
        job = self.run_french(
            """
            def handle_button(data):
                try:
                    set_link("", a=1, b=2)
                except ValueError as error:
                    log(str(error))
            """
        )
        self.assertEqual(job.state, "done")
        told = "The relation's name must be a text that is not empty."
        self.assertEqual(job.log_ids.mapped("message"), [told])

    def test_an_error_of_protected_code_is_translated(self):
        project = self.make_project(
            protected_code="def relate():\n    set_link('', a=1, b=2)\n"
        )
        job = self.run_french("def handle_button(data):\n    relate()", project)
        self.assertEqual(job.error, "LinkError: Nommez la relation.")

    def test_a_refusal_is_logged_in_the_language_of_the_user(self):
        job = self.run_french("def handle_button(data):\n    getattr(log, '_x', 1)")
        said = "Privé : _x"
        self.assertEqual(job.error, f"AttributeError: {said}")
        self.assertIn(said, job.log_ids.mapped("message"))

    def test_arguments_that_cannot_wait_are_told_in_the_readers_language(self):
        job = self.run_french(
            """
            def handle_button(data):
                add_job(later)(env)

            def later(value):
                pass
            """
        )
        refusal = "Arguments refusés : Le type Environment n'attend pas."
        self.assertEqual(job.error, f"UserError: {refusal}")

    def test_the_banner_of_a_project_is_in_the_readers_language(self):
        project = self.make_project(protected_code="A = 1")
        self.env.cr.execute(
            "UPDATE sync_project SET protected_code = 'A = 2' WHERE id = %s",
            [project.id],
        )
        memory.changed(self.env, project.ids)
        project.invalidate_recordset()
        warning = project.with_env(self.french).vault_warning
        self.assertEqual(warning, 'Dans le projet "Shop", le Code protégé a changé.')

    def test_an_error_of_http_is_translated_where_it_stands(self):
        error = BadRequest(_lt("This data can't be read."))
        self.assertEqual(str(error), "400 Bad Request: This data can't be read.")
        self.assertEqual(translated(self.french, error), "400 Bad Request: Illisible.")

    def test_a_secret_is_masked_in_the_values_of_a_message(self):
        message = _lt("%(name)s is not defined", name="s3cret")
        masked = message.masked(lambda text: text.replace("s3cret", "***"))
        self.assertIsInstance(masked, Message)
        self.assertEqual(masked, "*** is not defined")
        self.assertEqual(translated(self.french, masked), "*** n'est pas défini")

    def test_a_secret_between_two_values_is_masked_too(self):
        message = joined("", ["s3", "cret"])
        masked = message.masked(lambda text: text.replace("s3cret", "***"))
        self.assertEqual(masked, "***")
        self.assertNotIsInstance(masked, Message)
