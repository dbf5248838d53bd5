from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.modules.migration import load_script
from odoo.tests import tagged

from ...models.project import sync_project_approval
from .telegram_case import TelegramCase

SCRIPT = Path(__file__).parents[2] / "migrations/19.0.1.1.0/post-demo-code.py"


@tagged("post_install", "-at_install")
class TestDemoMigration(TelegramCase):
    """Demo projects of the release before get the new code, unless it was changed."""

    def setUp(self):
        super().setUp()
        self.new = self.code()
        for record, field in self.places():
            record[field] = f"# before\n{record[field]}"

    def places(self):
        fields = [(self.project, "protected_code"), (self.project, "common_code")]
        return fields + [(task, "code") for task in self.project.task_ids]

    def code(self):
        return [record[field] for record, field in self.places()]

    def migrate(self):
        names = ["protected_code", "common_code", "setup", "receive", "send"]
        before = [f"# before\n{text}".encode() for text in self.new]
        digests = [sha256(text).hexdigest()[:32] for text in before]
        script = load_script(str(SCRIPT), "sync_demo_migration")
        with patch.dict(
            script.CODE, {"telegram": dict(zip(digests, names, strict=True))}
        ):
            script.migrate(self.env.cr, "19.0.1.0.0")

    def test_untouched_code_is_replaced_and_signed(self):
        self.migrate()
        self.assertEqual(self.code(), self.new)
        self.assertFalse(self.project.needs_signature)
        self.ada_writes("Hello")
        self.assertEqual(self.copies(), ["Hello"])

    def test_changed_code_stays_with_all_that_it_calls(self):
        self.project.task_ids[0].code += "\n# mine\n"
        before = self.code()
        self.migrate()
        self.assertEqual(self.code(), before)

    def test_a_task_of_one_s_own_keeps_the_code_that_it_may_call(self):
        self.make_task("def handle_cron():\n    pass\n", self.project)
        before = self.code()
        self.migrate()
        self.assertEqual(self.code(), before)

    def test_without_the_key_the_code_stays(self):
        before = self.code()
        refusal = UserError("There is no key.")
        with patch.object(sync_project_approval, "approve", side_effect=refusal):
            self.migrate()
        self.env.invalidate_all()
        self.assertEqual(self.code(), before)
