from odoo.tests import HttpCase, tagged

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSecurityTours(SyncCase, HttpCase):
    """What a Manager sees in the browser."""

    def test_manager_signs_a_change_and_looks_at_a_secret(self):
        project = self.make_project(
            protected_code="def f():\n    return 1\n", secrets={"TOKEN": "open sesame"}
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sync_project SET protected_code = %s WHERE id = %s",
            ("def f():\n    return 2\n", project.id),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.start_tour("/odoo", "sync_sign_and_look", login=self.manager.login)
        self.env.invalidate_all()
        self.assertFalse(project.vault_warning)
        trail = self.env["sync.audit"].search([], limit=2)
        self.assertEqual(trail.mapped("action"), ["secret_shown", "code_signed"])
        self.assertEqual(trail.user_id, self.manager)
