"""Attacks on what a Manager approves: a Developer prepares, the Manager saves."""

import json

from odoo.exceptions import AccessError
from odoo.http import request
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...engine.sandbox import characters
from ...engine.vault import approval, audit
from ...engine.vault.approval import Approval
from ...models.project import sync_project_secret
from .security_common import CODE, EVIL, NOTHING, ManagerCase, SecurityCase

MORE = CODE + "def more():\n    return 1\n"


@tagged("post_install", "-at_install")
class TestSecurityApproval(ManagerCase):
    def prepare(self, table, **values):
        """Change the first row of a table, as a Developer's task can by SQL.

        What the process remembers of the project stays as it was.
        """
        self.project._snapshot()
        row = {"sync_project": self.project, "sync_project_param": self.param}[table]
        for name, value in values.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(table),
                    SQL.identifier(name),
                    value,
                    row.id,
                )
            )
        self.env.invalidate_all()

    def form(self):
        """Return what the form asks about the signature."""
        fields = ["needs_signature", "vault_warning"]
        return self.call("sync.project", "read", self.project.ids, fields)[0]

    def approved(self):
        return Approval.from_text(self.project.approved_text)

    def line(self, **values):
        return {"param_ids": [[1, self.param.id, values]]}

    # -- what was changed is told at once --------------------------------------

    def test_a_form_tells_of_code_that_sql_changed(self):
        self.assertFalse(self.form()["needs_signature"])
        self.prepare("sync_project", protected_code=EVIL)
        self.assertTrue(self.form()["needs_signature"])
        self.assertIn("the Protected Code was changed", self.form()["vault_warning"])

    def test_a_form_tells_of_a_parameter_that_sql_changed(self):
        self.prepare("sync_project_param", value="http://evil")
        self.assertTrue(self.form()["needs_signature"])
        self.assertIn("parameter URL was changed", self.form()["vault_warning"])

    def test_code_that_sql_changed_is_not_copied(self):
        self.prepare("sync_project", protected_code=EVIL)
        answer = self.call("sync.project", "copy", self.project.ids)
        self.assertIn("Sign the Protected Code before you copy it", answer)

    # -- what is signed was asked for ------------------------------------------

    def test_a_record_brought_to_the_wanted_value_first(self):
        for values in ({"value": "http://evil"}, {"key": "OTHER"}):
            with self.subTest(values):
                self.prepare("sync_project_param", **values)
                self.authenticate("sync_developer", "sync_developer")
                self.assertIn("Only a Manager", self.save(self.line(**values)))
                self.authenticate("sync_manager", "sync_manager")
                self.save({"name": "Bank 2"})
                self.assertTrue(self.project.needs_signature)
                self.assertEqual(self.approved().params, {"URL": "http://a"})

    def test_a_manager_who_changes_something_else_of_it(self):
        self.prepare("sync_project_param", value="http://evil")
        self.save(self.line(description="Ours"))
        self.save(self.line(key="URL"))
        self.save({"param_ids": [[0, "v", {"key": "X", "value": "y", "locked": True}]]})
        self.assertTrue(self.project.needs_signature)
        self.assertEqual(self.approved().params, {"URL": "http://a", "X": "y"})

    def test_code_that_was_changed_before_is_not_signed_along(self):
        self.change_by_sql()
        self.save(self.line(value="http://b"))
        self.assertEqual(self.approved().code, CODE)
        self.save({"protected_code": MORE})
        self.assertEqual(self.approved(), Approval(MORE, {"URL": "http://b"}))
        self.assertFalse(self.project.needs_signature)

    def test_code_that_was_approved_may_come_back_without_proof(self):
        self.change_by_sql()
        self.authenticate("sync_developer", "sync_developer")
        self.assertIn("Only a Manager", self.save({"protected_code": EVIL}))

    def test_locking_needs_what_is_locked(self):
        plain = self.env["sync.project.param"].create(
            {"project_id": self.project.id, "key": "HOST", "value": "http://evil"}
        )
        for values in ({"locked": True}, {"locked": True, "value": "http://b"}):
            answer = self.save({"param_ids": [[1, plain.id, values]]})
            self.assertIn("Write the key and the value", answer)
            self.assertFalse(plain.locked)
        values = {"locked": True, "key": "HOST", "value": "http://b"}
        self.save({"param_ids": [[1, plain.id, values]]})
        self.assertEqual(self.approved().params["HOST"], "http://b")
        self.assertFalse(self.project.needs_signature)

    def test_a_lock_that_sql_made_signs_nothing(self):
        plain = self.env["sync.project.param"].create(
            {"project_id": self.project.id, "key": "HOST", "value": "http://evil"}
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE sync_project_param SET locked = true WHERE id = %s", plain.id)
        )
        self.env.invalidate_all()
        answer = self.save({"param_ids": [[1, plain.id, {"value": "http://x"}]]})
        self.assertIn("Write the key and the value", answer)
        self.assertNotIn("HOST", self.approved().params)

    # -- defaults and rules ----------------------------------------------------

    def test_defaults_fill_nothing_that_is_guarded(self):
        defaults = self.env["ir.default"]
        defaults.set("sync.project", "protected_code", EVIL)
        defaults.set("sync.project", "run_neutralized", True)
        defaults.set("sync.project.param", "locked", True)
        for model, names in (
            ("sync.project", ["protected_code", "run_neutralized"]),
            ("sync.project.param", ["locked"]),
        ):
            found = self.call(model, "default_get", names)
            self.assertFalse(any(found.values()), found)
        [new] = self.call(
            "sync.project",
            "web_save",
            [],
            {"name": "New", "param_ids": [[0, "v", {"key": "A", "value": "b"}]]},
            specification={},
            context={"default_protected_code": EVIL, "default_locked": True},
        )
        project = self.env["sync.project"].browse(new["id"])
        self.assertFalse(project.protected_code or project.param_ids.locked)
        self.assertFalse(project.approved_text)

    def test_rules_that_answer_while_a_manager_types(self):
        model = self.env["ir.model"]._get("sync.project")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Evil",
                "state": "code",
                "model_id": model.id,
                "code": "record['description'] = 'here'\n"
                f"record['protected_code'] = {EVIL!r}\n"
                "record['run_neutralized'] = True\n"
                "record.param_ids[0]['value'] = 'http://evil'\n",
            }
        )
        self.env["base.automation"].create(
            {
                "name": "Evil",
                "model_id": model.id,
                "trigger": "on_change",
                "on_change_field_ids": [(4, self.field("sync.project", "name").id)],
                "action_server_ids": [(4, action.id)],
            }
        )
        lines = {"fields": {"key": {}, "value": {}, "locked": {}}}
        spec = {"name": {}, "description": {}, "protected_code": {}}
        answer = self.call(
            "sync.project",
            "onchange",
            self.project.ids,
            {"name": "Bank 3", "protected_code": CODE},
            ["name"],
            {**spec, "run_neutralized": {}, "param_ids": lines},
        )
        self.assertEqual(answer["value"], {"description": "here"})

    def field(self, model, name):
        return self.env["ir.model.fields"]._get(model, name)

    def test_a_rule_that_changes_what_is_created(self):
        model = self.env["ir.model"]._get("sync.project.param")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Evil",
                "state": "code",
                "model_id": model.id,
                "code": 'env.cr.execute("UPDATE sync_project_param SET value ='
                " 'http://evil' WHERE id = %s\", [record.id])\n"
                "record.invalidate_recordset()",
            }
        )
        self.env["base.automation"].create(
            {
                "name": "Evil",
                "model_id": model.id,
                "trigger": "on_create",
                "action_server_ids": [(4, action.id)],
            }
        )
        new = {"key": "NEW", "value": "http://c", "locked": True}
        self.save({"param_ids": [[0, "v", new]]})
        self.assertNotIn("http://evil", self.project.approved_text)

    # -- the routes of Managers ------------------------------------------------

    def test_whose_request_it_is_was_noted_when_it_came(self):
        """A session that is given to a Manager in the middle is nobody's proof."""
        self.authenticate("sync_developer", "sync_developer")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Evil",
                "state": "code",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "code": "action = env['ir.qweb']._render("
                "env['ir.ui.view'].search([('key', '=', 'sync.evil')]).id)",
            }
        )
        self.env["ir.ui.view"].create(
            {
                "name": "evil",
                "type": "qweb",
                "key": "sync.evil",
                "arch": '<t t-name=\'e\'><t t-set="x" t-value="request.session.update('
                f"{{'uid': {self.manager.id}}})\"/></t>",
            }
        )
        with mute_logger("odoo.addons.base.models.ir_qweb", "odoo.http"):
            answer = self.call("ir.actions.server", "run", action.ids)
        self.assertIsInstance(answer, str)
        answer = self.rpc("/sync/secret/show", secret_id=self.secret.id)
        self.assertIn("Only Managers", answer)

    def test_what_a_manager_types_is_in_no_template(self):
        """A rule may render one without any code of its own."""
        view = self.evil_view("<t t-out='request and request.params'/>")
        rendered = []

        def record(*args):
            rendered.append(str(request.env["ir.qweb"].sudo()._render(view.id)))

        self.patch(audit, "record", record)
        with mute_logger("odoo.addons.base.models.ir_qweb"):
            self.save({"secret_ids": [[0, "v", {"key": "A", "value": "typed 4711"}]]})
            self.save({"secret_ids": [[1, self.secret.id, {"value": "typed 4711"}]]})
            self.save({"protected_code": MORE + "# typed 4711\n"})
        self.assertEqual(len(rendered), 3)
        self.assertNotIn("4711", "".join(rendered))
        self.assertNotIn("args", "".join(rendered))

    def test_project_code_gets_no_request(self):
        view = self.evil_view("<t t-out='request.session'/>")
        self.trigger_webhook(
            "def handle_webhook(httprequest):\n"
            f"    return env['ir.qweb']._render({view.id})\n"
        )
        self.assertEqual(self.answer.status_code, 500)
        self.assertIn("has no attribute 'session'", self.last_error())

    def test_answers_that_are_made_as_they_are_read(self):
        """What ``map`` calls runs when no frame of the handler is left."""
        view = self.evil_view("<t t-out='request.session'/>")
        for returned in (
            "'x', map(render, [VIEW])",
            "'x', zip(['A'], map(render, [VIEW]))",
            "'x', 200, map(render, [VIEW])",
            "{'a': map(render, [VIEW])}",
            "map(render, [VIEW])",
        ):
            with self.subTest(returned):
                self.trigger_webhook(
                    "def handle_webhook(httprequest):\n"
                    "    render = env['ir.qweb']._render\n"
                    f"    return {returned.replace('VIEW', str(view.id))}\n"
                )
                self.assertEqual(self.answer.status_code, 500)
                self.assertRegex(
                    self.last_error(),
                    "has no attribute 'session'|map.* (is no|can't be)",
                )

    def evil_view(self, content):
        return self.env["ir.ui.view"].create(
            {
                "name": "evil",
                "type": "qweb",
                "key": "sync.evil",
                "arch": f"<t t-name='e'>{content}</t>",
            }
        )

    def trigger_webhook(self, code):
        task = self.env["sync.task"].create(
            {"name": "Hook", "project_id": self.project.id, "code": code}
        )
        webhook = self.env["sync.trigger"].create(
            {"name": f"Hook {task.id}", "task_id": task.id, "type": "webhook"}
        )
        self.env.flush_all()
        with mute_logger("odoo.addons.sync.engine.logs.alarm", "odoo.sql_db"):
            self.answer = self.url_open(
                f"/sync/webhook/{webhook.webhook_token}", data="{}"
            )
        self.env.invalidate_all()

    def last_error(self):
        domain = [("level", "=", "error")]
        return self.env["sync.log"].search(domain, limit=1).message


@tagged("post_install", "-at_install")
class TestSecurityReview(ManagerCase):
    """What a Manager looks at is what will be signed."""

    HIDDEN = ("\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\r")
    TURNED = (
        "\u202e",
        "\u2066",
        "\u200f",
        "\u200b",
        "\ufeff",
        "\u00ad",
        "\x08",
        "\ue000",
    )

    def review(self, code):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE sync_project SET protected_code = %s WHERE id = %s",
                code,
                self.project.id,
            )
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        review = self.rpc("/sync/project/review", project_id=self.project.id)
        return [line for line in review["diff"] if line[0] in "+-"]

    def test_line_ends_that_python_does_not_know(self):
        for char in self.HIDDEN:
            with self.subTest(char=char):
                lines = self.review(CODE.replace(":\n", f":{char}\n", 1))
                self.assertEqual(len(lines), 2)
                self.assertIn(char.encode("unicode_escape").decode(), lines[1])

    def test_characters_that_nobody_sees(self):
        for char in self.TURNED:
            with self.subTest(char=char):
                lines = self.review(f"{CODE}# a{char}b\n")
                text = "".join(lines)
                self.assertIn(char.encode("unicode_escape").decode(), text)
                self.assertNotIn(char, text)

    def test_they_are_refused_in_code_and_keys(self):
        for char in (*self.HIDDEN, *self.TURNED):
            with self.subTest(char=char):
                answer = self.save({"protected_code": f"{CODE}# a{char}b\n"})
                self.assertIn("Line 3", answer)
                self.assertIn("can't be seen", answer)
                line = {"key": f"A{char}B", "value": "x"}
                answer = self.save({"param_ids": [[0, "v", line]]})
                self.assertIn("can't be used in code", answer)
        for key in ("ﬁle", "Ｔ", "ⅷ"):
            answer = self.save({"param_ids": [[0, "v", {"key": key, "value": "x"}]]})
            self.assertIn("can't be used in code", answer, key)

    def test_ordinary_text_is_shown_as_it_is(self):
        for text in ("naïve – ‘quoted’ 😀\tend", "日本語", "a b"):
            self.assertEqual(characters.shown(text), text)
        answer = self.save({"protected_code": "# 日本語 😀\r\n" + CODE})
        self.assertNotIsInstance(answer, str)
        self.assertFalse(self.project.needs_signature)


@tagged("post_install", "-at_install")
class TestSecurityChecked(SecurityCase):
    """What was checked stays as it was checked."""

    def test_two_rows_of_one_key(self):
        self.env.cr.execute(
            "ALTER TABLE sync_project_param DROP CONSTRAINT sync_project_param_key_uniq"
        )
        for first in ("true", "false"):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO sync_project_param (project_id, key, value, locked)"
                    " VALUES (%s, 'URL', 'http://evil.example', %s)",
                    self.project.id,
                    first == "false" and None,
                )
            )
            self.env.invalidate_all()
            self.env.registry.clear_cache()
            snapshot = self.project._snapshot()
            self.assertEqual(snapshot.params["URL"], "http://127.0.0.1:9")
            self.assertEqual(snapshot.doubled, ("URL",))
            self.attack("log(send('x'))", "several parameters or secrets URL")

    def test_nothing_of_what_is_checked_can_be_changed(self):
        for lines, problem in (
            ("snap.current.params.update({'URL': 'x'})", "has no attribute 'update'"),
            ("snap.current.params['URL'] = 'x'", "does not support item assignment"),
            ("snap.locked.update({'URL': 'x'})", "has no attribute 'update'"),
            ("snap.params.pop('URL')", "has no attribute 'pop'"),
            ("snap.secrets.clear()", "has no attribute 'clear'"),
            ("map(snap.current.params.setdefault, ['URL'])", "attribute 'setdefault'"),
        ):
            with self.subTest(lines):
                self.attack(
                    "snap = env['sync.project'].search([('name', '=', 'Bank')])"
                    f"._snapshot()\n{lines}",
                    problem,
                )
        snapshot = self.project._snapshot()
        self.assertEqual(snapshot.current.params, {"URL": "http://127.0.0.1:9"})
        self.attack("log(send('x'))", NOTHING)

    def test_relocking_is_no_method(self):
        secrets = self.env["sync.project.secret"]
        self.assertFalse(hasattr(secrets, "_relocked"))
        self.assertTrue(callable(sync_project_secret._relocked))
        self.attack(
            "secret = env['sync.project.secret'].search([('key', '=', 'TOKEN')],"
            " limit=1)\nsecret.write({'key': 'PASSWORD2'})",
            "Only a Manager can change key",
        )

    def test_a_registry_that_is_not_ready(self):
        """Only what a module's file creates is trusted then."""
        registry = self.env.registry
        self.addCleanup(setattr, registry, "ready", True)
        registry.ready = False
        project = self.project
        param = project.param_ids.filtered("locked")
        for name, change in {
            "code": lambda: project.write({"protected_code": EVIL}),
            "lock": lambda: param.write({"value": "http://evil"}),
            "new": lambda: project.create({"name": "x", "protected_code": EVIL}),
            "secret": lambda: project.secret_ids[0].write({"value": "known value"}),
        }.items():
            with (
                self.subTest(name),
                mute_logger("odoo.addons.sync.engine.logs.alarm"),
                self.assertRaisesRegex(AccessError, "Only a Manager"),
                self.env.cr.savepoint(),
            ):
                change()
        approved = json.loads(project.approved_text)
        self.assertEqual(approved["params"], {"URL": "http://127.0.0.1:9"})
        self.assertTrue(
            approval.verified(
                project.id, project.approved_text, project.protected_signature
            )
        )
