"""Attacks through Odoo's own sandboxes, with records that a task creates."""

from odoo import Command
from odoo.exceptions import AccessError

from ...engine.vault import authority
from .security_common import NOTHING, TOKEN, SecurityCase

# What is tried in each sandbox; `env` is there, and what the task has stashed. On
# Python 3.13, Odoo refuses code that goes on after an `except`: a function has them.
TRIES = """
def attempt(function, *args):
    try:
        return function(*args)
    except Exception as error:
        return [str(error), str(error.args)]
size, client, fail = env.cr.cache.get("stash", [None, None, None])
found = []
for walk in ("{0.__globals__}", "{0.__call__.__globals__}", "{0.__class__}",
             "{0._token}", "{0.gi_frame.f_locals}", "{0.__self__}"):
    for place in (size, client, fail, env, env.cr, env["sync.project"].create,
                  env["sync.project"]._snapshot, env.registry, (x for x in [1])):
        found.append(attempt(lambda walk, place: walk.format(place), walk, place))
found.append(attempt(size))
found.append(attempt(lambda client: client._token, client))
found.append(attempt(fail))
"""
TRACEBACK = """
def walk(function):
    try:
        return function()
    except Exception as error:
        return "{0.__traceback__.tb_frame.f_locals}".format(error)
found.append(walk(fail))
"""
STORE = 'env["res.partner"].create({"name": "Loot", "comment": "%s" % (found,)})'
STASH = 'env.cr.cache["stash"] = [size, client, fail]\n'
EVIL = "def size():\\n    return secrets.TOKEN[::-1]\\n"


class TestSecuritySandboxes(SecurityCase):
    def loot(self):
        """Return what the attack has carried away."""
        self.env.invalidate_all()
        partners = self.env["res.partner"].search([("name", "=", "Loot")])
        return "\n".join(partners.mapped("comment"))

    def through_an_action(self, code, refusal=NOTHING, run="action.run()"):
        self.attack(
            f"""
            action = env["ir.actions.server"].create({{
                "name": "Evil", "state": "code", "code": CODE,
                "model_id": env["ir.model"]._get_id("sync.project"),
            }})
            {STASH.strip()}
            {run}
            """,
            refusal,
            code=f"CODE = {code!r}",
        )

    def assert_walked_in_vain(self):
        loot = self.loot()
        self.assertIn("can't use the private name __globals__", loot)
        self.assertNotIn("&lt;module", loot)
        self.assertNotIn(TOKEN[::-1], loot)
        self.assert_safe(loot)

    # -- server actions, crons, automation rules -------------------------------

    def test_server_action(self):
        # The first one that is refused in words ends it.
        refusal = "can't use the private name __traceback__"
        self.through_an_action(TRIES + TRACEBACK + STORE, refusal)
        self.assert_reported(refusal)

    def test_server_action_that_goes_on(self):
        self.through_an_action(TRIES + STORE)
        self.assert_walked_in_vain()

    def test_server_action_by_other_ways(self):
        exchanged = "can't put something in the place of a model"
        for line, refusal in (
            (
                f"model.search([]).sudo().write({{'protected_code': '{EVIL}'}})",
                "Only a Manager can change protected_code",
            ),
            (
                "env['sync.project.secret'].search([]).write({'value': 'known value'})",
                "Only a Manager can change value",
            ),
            ("env.registry['sync.project'] = env.registry['res.users']", exchanged),
            ("env.registry.models['sync.project'] = lambda *args: 1", exchanged),
            ("env.registry.models.pop('sync.project')", exchanged),
            (
                "env['ir.ui.view'].search([])[0]._get_combined_arch().getroottree()",
                "forbidden name 'getroottree'",
            ),
            (
                "env['sync.project.secret'].search([])[0].token.__class__",
                "forbidden name '__class__'",
            ),
        ):
            with self.subTest(line):
                self.through_an_action(line, refusal)
                self.assert_reported(refusal)
        self.assertIn("sync.project", self.env.registry.models)

    def test_update_action_that_writes_without_code(self):
        for user in (self.env.ref("base.user_root"), self.manager):
            with self.subTest(user.login):
                self.attack(
                    f"""
                    model = env["ir.model"]._get("sync.project")
                    action = env["ir.actions.server"].create({{
                        "name": "Evil", "state": "object_write", "value": {EVIL!r},
                        "model_id": model.id, "update_path": "protected_code",
                    }})
                    project = env["sync.project"].search([("name", "=", "Bank")])
                    action.with_user({user.id}).sudo().with_context(
                        active_model="sync.project", active_id=project.id,
                        active_ids=project.ids).run()
                    """,
                    "Only a Manager can change protected_code",
                )

    def test_update_action_that_runs_later(self):
        """A cron, an automation rule or a click runs it without the task."""
        model = self.env["ir.model"]._get("sync.project")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Evil",
                "state": "object_write",
                "value": "def size(): return secrets.TOKEN[::-1]",
                "model_id": model.id,
                "update_path": "protected_code",
            }
        )
        for user in (self.env.user, self.manager):
            context = {"active_model": "sync.project", "active_id": self.project.id}
            later = action.with_user(user).sudo().with_context(**context)
            with self.assertRaisesRegex(AccessError, "Only a Manager"):
                later.run()

    def test_queued_call_that_runs_later(self):
        """The queue calls a method with arguments, and no project code is around."""
        project = self.project.with_user(self.manager)
        for call in (
            lambda: project.write({"protected_code": "x = 1"}),
            lambda: project.copy({"protected_code": "x = 1"}),
            lambda: project.create({"name": "x", "protected_code": "x = 1"}),
            lambda: project.param_ids[0].write(
                {"locked": not project.param_ids[0].locked}
            ),
        ):
            with self.assertRaisesRegex(AccessError, "Only a Manager"):
                call()

    def test_cron(self):
        self.through_an_action(
            TRIES + STORE,
            run="""
            cron = env["ir.cron"].create({
                "name": "Evil", "model_id": action.model_id.id, "state": "code",
                "code": CODE, "interval_number": 1, "interval_type": "days"})
            cron.ir_actions_server_id.run()
            """,
        )
        self.assert_walked_in_vain()

    def test_automation_rule(self):
        self.through_an_action(
            TRIES + STORE,
            run="""
            model = env["ir.model"]._get("res.partner.category")
            action.write({"model_id": model.id})
            env["base.automation"].create({
                "name": "Evil", "model_id": model.id, "trigger": "on_create",
                "action_server_ids": [(4, action.id)]})
            env["res.partner.category"].create({"name": "x"})
            """,
        )
        self.assert_walked_in_vain()

    def test_automation_rule_that_waits_for_a_manager(self):
        """Whatever a Manager types, rules on the models see no value."""
        code = (
            "found = [record.read(), record['value'], env.context, "
            "env.cr.precommit.data, env.cr.cache]\n" + STORE
        )
        self.through_an_action(
            code,
            run="""
            model = env["ir.model"]._get("sync.project.secret")
            action.write({"model_id": model.id})
            for trigger in ("on_create_or_write", "on_change"):
                field = env["ir.model.fields"]._get("sync.project.secret", "value")
                env["base.automation"].create({
                    "name": "Evil", "model_id": model.id, "trigger": trigger,
                    "on_change_field_ids": [(4, field.id)],
                    "action_server_ids": [(4, action.copy().id)]})
            """,
        )
        typed = "typed by the Manager"
        with authority.granted():
            self.project.secret_ids[0].value = typed
            self.env["sync.project.secret"].create(
                {"key": "NEW", "project_id": self.project.id, "value": typed}
            )
        values = {"key": "NEW", "value": typed, "project_id": self.project.id}
        self.env["sync.project.secret"].onchange(values, ["value"], {"value": {}})
        lines = {"secret_ids": [Command.create(values)]}
        spec = {"secret_ids": {"fields": {"value": {}, "key": {}}}}
        self.project.onchange(lines, ["secret_ids"], spec)
        self.assertTrue(self.loot(), "the rule has not run")
        self.assertNotIn(typed, self.loot())

    # -- templates -------------------------------------------------------------

    def test_qweb_template(self):
        formats = "can't use the private name "
        for expression, refusal in (
            ("'{0.__globals__}'.format(size)", formats + "__globals__"),
            ("'{x.__globals__}'.format_map({'x': size})", formats + "__globals__"),
            ("'{0.__class__.__init__}'.format(env)", formats + "__class__"),
            ("list(map('{0.__globals__}'.format, [size]))", formats + "__globals__"),
            ("'{0.__globals__}'.ｆormat(size)", formats + "__globals__"),
            ("str.format('{0._token}', client)", formats + "_token"),
            ("client._token", "has no public attribute _token"),
            ("size.func_globals", "forbidden name 'func_globals'"),
        ):
            with self.subTest(expression):
                self.attack(
                    """
                    view = env["ir.ui.view"].create({"name": "evil", "type": "qweb",
                        "key": "evil.evil", "arch": ARCH})
                    values = {"size": size, "client": client}
                    loot(env["ir.qweb"]._render(view.id, values))
                    """,
                    refusal,
                    code=f'ARCH = """<t t-name="e"><t t-out="{expression}"/></t>"""',
                )

    def test_qweb_code_that_a_context_smuggles_in(self):
        # QWeb writes this value into a template's code, as its representation.
        self.attack(
            """
            view = env["ir.ui.view"].create({"name": "evil", "type": "qweb",
                "key": "evil.evil", "arch": "<t t-name='e'><p/></t>"})
            env["ir.model"].create({"name": "x", "model": "x_self.__class__"})
            evil = env["x_self.__class__"]
            log(evil)
            loot(env["ir.qweb"].with_context(profile=evil)._render(view.id, {}))
            """,
            "forbidden name '__class__'",
        )

    def test_mail_templates(self):
        for engine, body in (
            ("qweb", "<t t-out=\"'{0.__globals__}'.format(object.create)\"/>"),
            ("inline_template", "{{ '{0.__globals__}'.format(object.create) }}"),
        ):
            with self.subTest(engine):
                self.attack(
                    f"""
                    mixin = env["mail.render.mixin"]
                    partner = env["res.partner"].search([], limit=1)
                    loot(mixin._render_template(BODY, "res.partner", partner.ids,
                         engine={engine!r}))
                    """,
                    f"Failed to render {'QWeb' if engine == 'qweb' else engine}",
                    code=f"BODY = {body!r}",
                )
                self.assert_reported("can't use the private name __globals__")

    def test_report_name_and_computed_field(self):
        for lines in (
            """
            report = env["ir.actions.report"].search([], limit=1)
            report.write({"attachment": "'{0.__globals__}'.format(object.create)"})
            loot(report.retrieve_attachment(env["res.partner"].search([], limit=1)))
            """,
            """
            env["ir.model.fields"].create({
                "name": "x_evil", "model_id": env["ir.model"]._get_id("res.partner"),
                "ttype": "char", "store": False, "depends": "name",
                "compute": "for r in self:"
                           " r['x_evil'] = '{0.__globals__}'.format(r.create)"})
            loot(env["res.partner"].search([], limit=1).read(["x_evil"]))
            """,
        ):
            with self.subTest(lines):
                self.attack(lines, "can't use the private name __globals__")
