import re
from collections import Counter
from pathlib import Path

import polib
from babel.messages.pofile import read_po
from odoo.tests import TransactionCase
from odoo.tools.translate import TranslationModuleReader, code_translations

from ...engine.vault.lockdown import REMEDY

FOLDER = Path(__file__).parents[2] / "i18n"
# What must come through a translation as it is: values and tags, each as often.
_KEPT = re.compile(r"%\(\w+\)[a-z]|%[sdrf%]|\{\w*\}|</?[a-zA-Z][\w-]*")


def kept(text):
    """Return what of a text its translations must have too."""
    return Counter(_KEPT.findall(text))


def problems(entry):
    """Say what is wrong with a translation."""
    if not entry.msgstr.strip():
        yield "is not translated"
    elif kept(entry.msgid) != kept(entry.msgstr):
        yield f"has other values or tags: {entry.msgstr}"
    elif entry.msgid.endswith("\n") != entry.msgstr.endswith("\n"):
        yield "ends another line"
    if entry.fuzzy or entry.obsolete:
        yield "is fuzzy or obsolete"


class TestTranslations(TransactionCase):
    def test_template_has_what_is_exported(self):
        exported, in_code = set(), set()
        for row in TranslationModuleReader(self.env.cr, modules=["sync"]):
            exported.add(row[4])
            if row[1] == "code":
                in_code.add(row[4])
        template = polib.pofile(str(FOLDER / "sync.pot"))
        known = {entry.msgid for entry in template}
        hint = "run `python3 dev i18n`"
        self.assertGreater(len(in_code), 200)
        self.assertEqual(exported - known, set(), hint)
        of_code = {
            entry.msgid
            for entry in template
            if all(place.startswith("code:") for place, line in entry.occurrences)
        }
        self.assertEqual(of_code - in_code, set(), hint)

    def test_what_a_translation_must_keep(self):
        for source, right, wrong in (
            ("%s jobs", "%s tâches", "tâches"),
            ("%(a)s of %(b)s", "%(b)s: %(a)s", "%(a)s von %(B)s"),
            ("100 %% of {name}", "100 %% von {name}", "100 % von {name}"),
            ("<b>Stop</b>", "<b>Halt</b>", "Halt</b>"),
            ("Run", "Los", " "),
        ):
            with self.subTest(source=source):
                entry = polib.POEntry(msgid=source, msgstr=right)
                self.assertEqual(list(problems(entry)), [])
                entry.msgstr = wrong
                self.assertEqual(len(list(problems(entry))), 1)

    def test_translations_are_complete_and_keep_values(self):
        known = {entry.msgid for entry in polib.pofile(str(FOLDER / "sync.pot"))}
        for path in sorted(FOLDER.glob("*.po")):
            catalogue = polib.pofile(str(path))
            with self.subTest(file=path.name):
                self.assertEqual({entry.msgid for entry in catalogue} ^ known, set())
            for entry in catalogue:
                with self.subTest(file=path.name, text=entry.msgid):
                    self.assertEqual(list(problems(entry)), [])

    def test_translations_of_messages_are_found(self):
        for path in sorted(FOLDER.glob("*.po")):
            lang = self.env["res.lang"].with_context(active_test=False)
            code = lang.search([("iso_code", "=", path.stem)], limit=1).code
            found = code_translations.get_python_translations("sync", code)
            with self.subTest(file=path.name, lang=code):
                entry = polib.pofile(str(path)).find(str(REMEDY))
                self.assertNotEqual(entry.msgstr, entry.msgid)
                self.assertEqual(found[entry.msgid], entry.msgstr)

    def test_translations_have_a_header(self):
        for path in sorted(FOLDER.glob("*.po")):
            with self.subTest(file=path.name):
                header = polib.pofile(str(path)).metadata
                self.assertEqual(header["Language"], path.stem)
                self.assertIn("charset=UTF-8", header["Content-Type"])
                self.assertTrue(header["Plural-Forms"])
                with path.open("rb") as stream:
                    read = read_po(stream, abort_invalid=True)
                self.assertEqual(str(read.locale), path.stem)
