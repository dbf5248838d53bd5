"""The page on architecture, held against the rooms, the tables and the patches."""

from odoo.tests import TransactionCase, tagged

from ...engine.guards import patches
from .test_docs import PAGES, ROOT


@tagged("post_install", "-at_install")
class TestArchitecture(TransactionCase):
    def setUp(self):
        super().setUp()
        self.text = " ".join(PAGES["architecture.rst"].astext().split())

    def test_all_rooms_are_drawn(self):
        for floor in ("engine", "models"):
            for path in (ROOT / floor).iterdir():
                if not path.name.startswith("__"):
                    name = f"{path.name}/" if path.is_dir() else path.name
                    self.assertIn(f" {name}", self.text.replace(",", ""))

    def test_all_tables_are_listed(self):
        models = [model for model in self.env.values() if model._auto]
        ours = [it for it in models if it._original_module == "sync"]
        self.assertGreater(len(ours), 9)
        for model in ours:
            if not model._abstract and not model._transient:
                self.assertIn(model._table, self.text)

    def test_architecture_lists_all_patches(self):
        for patch in patches.PATCHES:
            self.assertIn(f"{patch.guard}: {patch.place}", self.text)
            for said in (patch.reason, patch.replacement):
                self.assertIn(" ".join(said.split()), self.text)
