from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from odoo.modules.migration import load_script
from odoo.tests import tagged

from .test_demo_odoo2odoo import Odoo2odooCase

SCRIPT = Path(__file__).parents[2] / "migrations/19.0.1.1.0/post-demo-code.py"
NAMES = ("common_code", "protected_code", "pull_avatars", "push_new_partners")
NEW = ("secret_{}_session", "trigger_{}_archive", "task_{}_archive")


@tagged("post_install", "-at_install")
class TestOdoo2odooMigration(Odoo2odooCase):
    """The project of the release before gets what is new, and keeps its links."""

    def setUp(self):
        super().setUp()
        for name in NEW:
            self.env.ref(f"sync.{name.format('demo_odoo2odoo')}").unlink()
        self.env["sync.task"].flush_model()
        for record, field in self.places().values():
            record[field] = f"# before\n{record[field]}"
        self.ann = self.env["res.partner"].create({"name": "Ann"})
        self.run_jobs()
        self.ann.search_links(self.relation).delete()
        self.ann.set_link("odoo2odoo_partner", 5)

    def places(self):
        tasks = self.project.task_ids
        return {
            "common_code": (self.project, "common_code"),
            "protected_code": (self.project, "protected_code"),
            "pull_avatars": (self.pull.task_id, "code"),
            "push_new_partners": (self.push.task_id, "code"),
            "upload_all_partners": (tasks & self.upload.task_id, "code"),
        }

    def migrate(self):
        digests = {
            sha256(record[field].encode()).hexdigest()[:32]: name
            for name, (record, field) in self.places().items()
        }
        script = load_script(str(SCRIPT), "sync_odoo2odoo_migration")
        with patch.dict(script.CODE, {"odoo2odoo": digests}, clear=True):
            script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_new_code_finds_the_links_of_the_old_one(self):
        self.migrate()
        self.assertFalse(self.project.needs_signature)
        link = self.ann.get_link(self.relation)
        self.assertEqual(link.external, "5")
        self.assertEqual(self.ann.get_link("odoo2odoo_partner").external, "5")

    def test_what_is_new_is_added(self):
        self.migrate()
        self.external.logins = 0
        bob = self.pushed("Bob")
        bob.active = False
        self.assert_all_done(self.run_jobs())
        self.assertIs(self.copy_of(bob)["active"], False)
        self.pushed("Cid")
        self.assertEqual(self.external.logins, 1)

    def test_changed_code_stays_with_its_links(self):
        self.pull.task_id.code += "\n# mine\n"
        before = self.project.common_code
        digests = {f"{n:032x}": name for n, name in enumerate(NAMES)}
        script = load_script(str(SCRIPT), "sync_odoo2odoo_migration")
        with patch.dict(script.CODE, {"odoo2odoo": digests}, clear=True):
            script.migrate(self.env.cr, "19.0.1.0.0")
        self.assertEqual(self.project.common_code, before)
        self.assertFalse(self.ann.get_link(self.relation))
