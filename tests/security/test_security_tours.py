import json

from odoo.tests import HttpCase, tagged

from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestSecurityTours(SyncCase, HttpCase):
    """What a Manager sees in the browser."""

    def test_manager_signs_a_change_and_looks_at_a_secret(self):
        project = self.make_project(
            protected_code="def f():\n    return 1\n", secrets={"TOKEN": "open sesame"}
        )
        # Whatever the process remembers of the project.
        project._snapshot().check_signature()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sync_project SET protected_code = %s WHERE id = %s",
            ("def f():\n    return 2\n", project.id),
        )
        self.env.invalidate_all()
        self.start_tour("/odoo", "sync_sign_and_look", login=self.manager.login)
        self.env.invalidate_all()
        self.assertFalse(project.vault_warning)
        trail = self.env["sync.audit"].search([], limit=2)
        self.assertEqual(trail.mapped("action"), ["secret_shown", "code_signed"])
        self.assertEqual(trail.user_id, self.manager)

    def test_manager_locks_and_unlocks_a_parameter(self):
        values = {"key": "OLD", "value": "http://old", "locked": True}
        project = self.make_project(protected_code="def f():\n    return 1\n")
        project.write({"param_ids": [(0, 0, values)]})
        project.write({"param_ids": [(0, 0, {"key": "ADDRESS", "value": "http://a"})]})
        self.assertEqual(project._snapshot().locked, {"OLD": "http://old"})
        self.env.flush_all()
        self.start_tour("/odoo", "sync_lock_parameters", login=self.manager.login)
        self.env.invalidate_all()
        self.assertFalse(project.needs_signature)
        approved = json.loads(project.approved_text)["params"]
        self.assertEqual(approved, {"ADDRESS": "http://a"})
