"""What Managers do in person: over HTTP, as the web client does it."""

import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .security_common import CODE, EVIL, TOKEN, ManagerCase


@tagged("post_install", "-at_install")
class TestSecurityManager(ManagerCase):
    # -- looking at a secret ---------------------------------------------------

    def test_manager_sees_a_secret_and_that_is_recorded(self):
        value = self.rpc("/sync/secret/show", secret_id=self.secret.id)
        self.assertEqual(value, TOKEN)
        self.assertEqual(self.headers["Cache-Control"], "no-store")
        trail = self.trail()
        self.assertEqual(
            (trail.action, trail.user_id, trail.subject, trail.project_id),
            ("secret_shown", self.manager, "TOKEN", self.project),
        )
        self.assertIn("from ", trail.note)

    def test_nobody_else_does(self):
        self.authenticate("sync_developer", "sync_developer")
        answer = self.rpc("/sync/secret/show", secret_id=self.secret.id)
        self.assertIn("Only Managers", answer)
        self.assertNotEqual(self.trail().action, "secret_shown")

    def test_companies_are_kept_apart(self):
        self.project.company_id = self.env["res.company"].create({"name": "Other"})
        answer = self.rpc("/sync/secret/show", secret_id=self.secret.id)
        self.assertNotEqual(answer, TOKEN)

    def test_forms_and_exports_have_no_value(self):
        fields = ["key", "value", "token", "is_set"]
        for answer in (
            self.call("sync.project.secret", "read", self.secret.ids, fields),
            self.call("sync.project.secret", "export_data", self.secret.ids, fields),
            self.call(
                *("sync.project", "web_read", self.project.ids),
                specification={"secret_ids": {"fields": {f: {} for f in fields}}},
            ),
        ):
            self.assertNotIn(TOKEN, json.dumps(answer))

    def test_project_code_cant_call_the_controller(self):
        """The endpoint is within reach of a template, which has the request."""
        view = self.env["ir.ui.view"].create(
            {
                "name": "evil",
                "type": "qweb",
                "key": "sync.evil",
                "arch": "<t t-name='e'><t t-out=\"env['ir.http']._match("
                "'/sync/secret/show')[0].endpoint("
                f'secret_id={self.secret.id})"/></t>',
            }
        )
        action = self.env["ir.actions.server"].create(
            {
                "name": "Evil",
                "state": "code",
                "model_id": self.env["ir.model"]._get_id("sync.project"),
                "code": f"raise UserError(env['ir.qweb']._render({view.id}, {{}}))",
            }
        )
        answer = self.call("ir.actions.server", "run", action.ids)
        self.assertNotIn(TOKEN, str(answer))
        self.assertNotEqual(self.trail().action, "secret_shown")

    def test_first_use_of_a_right_that_sql_gave(self):
        group = self.env.ref("sync.group_manager")
        self.env.cr.execute(
            "INSERT INTO res_groups_users_rel (gid, uid) VALUES (%s, %s)",
            (group.id, self.developer.id),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.authenticate("sync_developer", "sync_developer")
        self.assertEqual(self.rpc("/sync/secret/show", secret_id=self.secret.id), TOKEN)
        trail = self.env["sync.audit"].with_user(self.manager)
        noticed = trail.search([("action", "=", "manager_added")])
        self.assertEqual(noticed[0].subject, f"user {self.developer.id}")
        self.assertIn("first use", noticed[0].note)

    # -- setting ---------------------------------------------------------------

    def test_manager_sets_a_secret_in_the_form(self):
        value = "a new value"
        self.save({"secret_ids": [[1, self.secret.id, {"value": value}]]})
        self.assertEqual(self.trail().action, "secret_set")
        shown = self.rpc("/sync/secret/show", secret_id=self.secret.id)
        self.assertEqual(shown, value)

    def test_manager_adds_and_renames_a_secret(self):
        self.save({"secret_ids": [[0, "v1", {"key": "NEW", "value": "brand new"}]]})
        new = self.project.secret_ids - self.secret
        self.save({"secret_ids": [[1, new.id, {"key": "RENAMED"}]]})
        self.assertEqual(new.key, "RENAMED")
        shown = self.rpc("/sync/secret/show", secret_id=new.id)
        self.assertEqual(shown, "brand new")

    def test_short_secrets_are_refused(self):
        answer = self.save({"secret_ids": [[1, self.secret.id, {"value": "123"}]]})
        self.assertIn("too short", answer)

    def test_developer_sets_nothing(self):
        self.authenticate("sync_developer", "sync_developer")
        for values in (
            {"secret_ids": [[1, self.secret.id, {"value": "known value"}]]},
            {"protected_code": EVIL},
            {"param_ids": [[1, self.param.id, {"value": "http://evil"}]]},
            {"param_ids": [[1, self.param.id, {"locked": False}]]},
            {"param_ids": [[2, self.param.id]]},
            {"run_neutralized": True},
        ):
            with self.subTest(values):
                self.assertIsInstance(self.save(values), str)
        self.assertFalse(self.project.needs_signature)

    def test_manager_sets_secrets_and_code_by_the_external_api(self):
        values = {
            "name": "By API",
            "protected_code": CODE,
            "secret_ids": [(0, 0, {"key": "TOKEN", "value": "set by a script"})],
        }
        service = self.xmlrpc_object
        session = (self.env.cr.dbname, self.manager.id, "sync_manager")
        new = service.execute_kw(*session, "sync.project", "create", [values])
        project = self.env["sync.project"].browse(new)
        self.assertTrue(project.secret_ids.is_set)
        self.assertFalse(project.needs_signature)
        key = (
            self.manager.with_user(self.manager)
            .env["res.users.apikeys"]
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(days=1))
        )
        response = self.url_open(
            "/json/2/sync.project/write",
            data=json.dumps({"ids": [new], "vals": {"protected_code": CODE + "#\n"}}),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
            },
        )
        self.assertEqual(response.status_code, 200, response.text)
        self.env.invalidate_all()
        self.assertFalse(project.needs_signature)
        self.assertEqual(project.approved_by, self.manager)

    # -- signing ---------------------------------------------------------------

    def test_manager_saves_protected_code(self):
        self.save({"protected_code": CODE + "# better\n"})
        self.assertFalse(self.project.needs_signature)
        self.assertEqual(self.project.approved_by, self.manager)

    def test_manager_changes_and_unlocks_a_parameter(self):
        for values in (
            {"value": "http://b"},
            {"key": "ADDRESS"},
            {"locked": False},
            {"locked": True, "key": "ADDRESS", "value": "http://c"},
        ):
            with self.subTest(values):
                self.save({"param_ids": [[1, self.param.id, values]]})
                self.assertEqual({name: self.param[name] for name in values}, values)
                self.assertFalse(self.project.needs_signature)
        approved = json.loads(self.project.approved_text)["params"]
        self.assertEqual(approved, {"ADDRESS": "http://c"})
        self.save({"param_ids": [[2, self.param.id]]})
        self.assertFalse(self.project.needs_signature)

    def test_saving_does_not_sign_what_sql_has_changed(self):
        self.change_by_sql()
        self.save({"name": "Bank 2"})
        self.save({"param_ids": [[1, self.param.id, {"value": "http://b"}]]})
        self.assertTrue(self.project.needs_signature)

    def test_manager_looks_and_signs(self):
        self.change_by_sql()
        self.assertIn("the Protected Code was changed", self.project.vault_warning)
        review = self.rpc("/sync/project/review", project_id=self.project.id)
        self.assertIn("-    return len(secrets.TOKEN)", review["diff"])
        self.assertIn("+    return secrets.TOKEN", review["diff"])
        self.assertTrue(review["approved_by"] and review["changed_by"])
        self.rpc(
            "/sync/project/sign", project_id=self.project.id, reviewed=review["text"]
        )
        self.assertFalse(self.project.needs_signature)
        self.assertEqual(self.trail().action, "code_signed")

    def test_signed_is_what_was_shown(self):
        review = self.rpc("/sync/project/review", project_id=self.project.id)
        self.change_by_sql()
        answer = self.rpc(
            "/sync/project/sign", project_id=self.project.id, reviewed=review["text"]
        )
        self.assertIn("changed meanwhile", answer)
        self.assertTrue(self.project.needs_signature)

    def test_developer_does_not_sign(self):
        self.change_by_sql()
        self.authenticate("sync_developer", "sync_developer")
        answer = self.rpc("/sync/project/review", project_id=self.project.id)
        self.assertIn("Only Managers", answer)
        answer = self.rpc(
            "/sync/project/sign", project_id=self.project.id, reviewed="{}"
        )
        self.assertIn("Only Managers", answer)

    def test_manager_duplicates_with_the_approval(self):
        [new] = self.call("sync.project", "copy", self.project.ids)
        copy = self.env["sync.project"].browse(new)
        self.assertEqual(copy.protected_code, CODE)
        self.assertTrue(copy.param_ids.locked)
        self.assertFalse(copy.needs_signature or copy.secret_ids.token)

    def test_a_managers_request_covers_only_what_it_asks_for(self):
        """A rule of a Developer that runs within it can't use it."""
        model = self.env["ir.model"]._get("sync.project")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Evil",
                "state": "object_write",
                "value": "x = 1",
                "model_id": model.id,
                "update_path": "protected_code",
            }
        )
        rule = self.env["base.automation"].create(
            {
                "name": "Evil",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "action_server_ids": [(4, action.id)],
            }
        )
        answer = self.save({"protected_code": CODE + "# better\n"})
        self.assertIn("Only a Manager", answer)
        rule.unlink()
        self.assertEqual(self.project.protected_code, CODE)
