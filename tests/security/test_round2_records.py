"""Attacks through records, after a second look: what Odoo itself can be told to do."""

from odoo.tools import mute_logger

from ...engine.vault import authority
from .security_common import EVIL, NOTHING, TOKEN, ManagerCase, SecurityCase

WRITE = f"{{'protected_code': {EVIL!r}}}"
MANAGERS = "Only a Manager can change"
BASE_FIELD = "Properties of base fields cannot be altered"
HELPERS = f"""
def project():
    return env["sync.project"].browse(%(project)s)

def param():
    return env["sync.project.param"].browse(%(param)s)

def secret():
    return project().secret_ids[:1]

def field(model, name):
    return env["ir.model.fields"].search([("model", "=", model), ("name", "=", name)])

def model(name):
    return env["ir.model"]._get_id(name)

def made(kind, model_name="sync.project", **values):
    values = {{"name": "x", "model_id": model(model_name), **values}}
    return env[kind].create(values).with_context(
        active_id=project().id, active_ids=project().ids, active_model=model_name)

EVIL = {EVIL!r}
"""


class TestRound2Records(SecurityCase):
    """A task that goes through the ORM, the studio's own models, and Odoo's tools."""

    def take(self, refusal, *expressions, reported=""):
        """Try each expression; check how it ends and that the approval is intact."""
        before = self.project._read_snapshot()
        locked = self.project.param_ids.filtered("locked")
        ids = {"project": self.project.id, "param": locked.id}
        for expression in expressions:
            with self.subTest(expression), self.env.cr.savepoint() as savepoint:
                self.attack(f"loot({expression})", refusal, HELPERS % ids)
                if reported or refusal is MANAGERS:
                    self.assert_reported(reported or refusal)
                self.env.invalidate_all()
                after = self.project._read_snapshot()
                self.assertEqual(after.locked, before.locked)
                self.assertEqual(after.secrets, before.secrets)
                self.assertEqual(after.protected_code, before.protected_code)
                after.check_signature()
                savepoint.rollback()
            self.env.invalidate_all()

    def test_imports(self):
        self.take(
            NOTHING,
            "project().load(['name', 'protected_code'], [['x', EVIL]])",
            "project().load(['id', 'protected_code'], [['sync.no', EVIL]])",
            "project().load(['.id', 'protected_code'], [[str(project().id), EVIL]])",
            "secret().load(['.id', 'value'], [[str(secret().id), 'my-own-secret']])",
            "secret().load(['project_id/.id', 'key', 'value'],"
            " [[str(project().id), 'MINE', 'my-own-secret']])",
            "param().load(['.id', 'value'], [[str(param().id), 'http://evil']])",
            reported=MANAGERS,
        )

    def test_exports(self):
        self.take(
            NOTHING,
            "secret().export_data(['key', 'value', 'token'])",
            "secret().web_read_group([], ['key'], ['token:array_agg'])",
            "secret().read(['value'])",
            "secret().web_read({'value': {}, 'token': {}})",
            "env['ir.exports'].create({'name': 'x', 'resource': 'sync.project.secret',"
            " 'export_fields': [(0, 0, {'name': 'value'})]})",
            "secret().web_search_read([], {'value': {}, 'token': {}})",
        )

    def test_what_a_form_saves(self):
        self.take(
            MANAGERS,
            "secret().web_save({'value': 'my-own-secret'}, {})",
            "project().web_save({'secret_ids': [[0, 0, {'key': 'N', 'value': 'mine'}]]}"
            ", {})",
            "project().web_save({'param_ids': [[1, param().id, {'value': 'x'}]]}, {})",
            "project().web_save({'param_ids': [[2, param().id, 0]]}, {})",
            "param().web_save({'locked': False}, {})",
            "param().unlink()",
            "project().web_save_multi([{'protected_code': EVIL}], {})",
            "secret().write({'key': 'OTHER'})",
        )

    def test_other_ways_to_write(self):
        self.take(
            MANAGERS,
            "project().update({'protected_code': EVIL})",
            "project().with_context(install_mode=True, module='sync')"
            ".write({'protected_code': EVIL})",
            "project().with_context(default_protected_code=EVIL).copy()",
            "project()._load_records([{'xml_id': 'sync.p', 'values':"
            " {'name': 'x', 'protected_code': EVIL}}])",
            "project().create([{'name': 'x', 'protected_code': EVIL}])",
            f"project().with_user({self.manager.id})"
            ".web_save({'protected_code': EVIL}, {})",
        )
        self.take(
            NOTHING,
            "project().update_field_translations('protected_code', {'en_US': EVIL})",
            "param().update_field_translations('value', {'en_US': 'http://evil'})",
            "project().onchange({'protected_code': EVIL}, ['protected_code'], {})",
            "project().new({'protected_code': EVIL}, origin=project())._snapshot()",
        )

    def test_defaults_filters_and_actions(self):
        self.take(
            NOTHING,
            "env['ir.default'].set('sync.project', 'protected_code', EVIL)",
            "env['ir.default'].set('sync.project.param', 'locked', True)",
            "env['ir.filters'].create({'name': 'x', 'model_id': 'sync.project.secret',"
            " 'domain': \"[('token', 'like', 'a')]\"})",
            "env['ir.actions.act_window'].create({'name': 'x', 'res_model':"
            " 'sync.project', 'context': {'default_protected_code': EVIL}})",
            "env['ir.config_parameter'].set_param('sync.key', 'x')",
        )

    def test_fields_of_a_developer(self):
        self.take(
            NOTHING,
            "made('ir.model.fields', 'sync.project.secret', name='x_open',"
            " ttype='char', related='value') and secret().x_open",
            "made('ir.model.fields', name='x_code', ttype='char',"
            " compute=\"for r in self: r['x_code'] = str(r._snapshot().secrets)\")"
            " and project().x_code",
        )
        self.take(
            BASE_FIELD,
            "field('sync.project', 'protected_code').write({'groups': [(5,)]})",
            "field('sync.project.secret', 'value').write({'compute': 'pass'})",
            "field('sync.project.secret', 'value').write({'ttype': 'text'})",
        )
        self.take(
            "Field Model cannot be modified",
            "env['ir.model'].browse(model('sync.project')).write({'model': 'x_y'})",
        )

    def test_rights_of_a_developer(self):
        for kind in ("ir.model.access", "ir.rule"):
            self.take(
                MANAGERS,
                f"env[{kind!r}].search([('model_id.model', 'like',"
                f" 'sync.project')]).unlink() and project().write({WRITE})",
            )

    def test_what_runs_by_itself(self):
        code = f"record.write({WRITE})"
        self.take(
            MANAGERS,
            f"made('ir.actions.server', state='code', code={code!r}).run()",
            "made('ir.actions.server', state='object_write',"
            " update_path='protected_code', value=EVIL).run()",
            f"made('base.automation', trigger='on_create_or_write', action_server_ids="
            f"[(0, 0, {{'name': 'y', 'model_id': model('sync.project'), "
            "'state': 'code',"
            f" 'code': {code!r}}})]) and project().write({{'color': 3}})",
        )

    @mute_logger("odoo.addons.mail.models.mail_template")
    def test_templates(self):
        body = '<t t-out="object._snapshot().secrets"/>'
        self.take(
            NOTHING,
            f"made('mail.template', body_html={body!r})._render_field("
            "'body_html', project().ids)",
            "env['ir.qweb']._render(env['ir.ui.view'].create({'name': 'x', 'type':"
            " 'qweb', 'arch': '<t t-out=\"p.secret_ids.mapped(\\'value\\')\"/>'}).id,"
            " {'p': project()})",
        )
        evil = f'<t t-out="object.write({WRITE})"/>'
        self.take(
            "Oops! We couldn&#39;t save your template",
            f"made('mail.template', body_html={evil!r})",
            reported=MANAGERS,
        )

    def test_views(self):
        self.take(
            NOTHING,
            "env.ref('sync.sync_project_view_form').write({'arch': '<form>"
            '<field name="secret_ids"><list><field name="value"/></list></field>'
            "</form>'}) and project().get_views([(False, 'form')]) and ''",
            "secret().web_read({'value': {}})",
        )

    def test_definitions_in_the_database(self):
        self.take(
            NOTHING,
            "env.cr.execute('ALTER TABLE sync_project_secret ADD COLUMN value varchar')"
            " or secret().read(['value'])",
            "env.cr.execute('CREATE VIEW x_v AS SELECT * FROM sync_project_secret')"
            " or env.cr.execute('SELECT * FROM x_v') or env.cr.fetchall()",
        )


class TestRound2Rules(SecurityCase):
    """What a Developer leaves in the database while a Manager's write goes on."""

    def test_a_database_trigger_that_changes_what_a_manager_saves(self):
        self.run_lines(
            f"""
            env.cr.execute('''
                CREATE FUNCTION evil() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.protected_code := %s; RETURN NEW; END $$''', [{EVIL!r}])
            env.cr.execute("CREATE TRIGGER evil BEFORE UPDATE ON sync_project"
                           " FOR EACH ROW EXECUTE FUNCTION evil()")
            """
        )
        with authority.granted():
            self.project.protected_code = "def size():\n    return 1\n"
            self.env.flush_all()
        self.env.invalidate_all()
        self.attack("loot(size())", "the Protected Code was changed by something else")


# What is left of an answer that a Developer gets: see :class:`ManagerCase`.
RIGHTS = "You do not have enough rights to access the field"
PRIVATE = "cannot be called remotely"
DELETE = "You are not allowed to delete"
CREATE = "You are not allowed to create"
TOP_SECRET = "doesn't have 'create' access"
CODE = {"protected_code": EVIL}
SAVED = {"specification": {}}


class TestRound2Calls(ManagerCase):
    """Remote calls by a user who is a Developer and nothing else."""

    def setUp(self):
        super().setUp()
        self.authenticate("sync_developer", "sync_developer")
        self.before = self.project._read_snapshot()

    def refuse(self, refusal, model, method, *args, **kwargs):
        """Call a method, check who refuses it and that nothing has changed."""
        with self.subTest(f"{model} {method} {args} {kwargs}"):
            answer = str(self.call(model, method, *args, **kwargs))
            self.assertIn(refusal, answer)
            self.assertFalse(TOKEN in answer, "the secret leaked")
            after = self.project._read_snapshot()
            self.assertEqual(after.approved, self.before.approved)
            self.assertEqual(after.secrets, self.before.secrets)
            after.check_signature()

    def test_changes_of_a_project(self):
        model, ids = "sync.project", self.project.ids
        for name in ("run_neutralized", "approved_text", "protected_signature"):
            self.refuse(MANAGERS, model, "web_save", ids, {name: "x"}, **SAVED)
        self.refuse(MANAGERS, model, "web_save", ids, CODE, **SAVED)
        self.refuse(MANAGERS, model, "web_save_multi", ids, [CODE], **SAVED)
        self.refuse(MANAGERS, model, "load", [".id", *CODE], [[str(ids[0]), EVIL]])
        for method, *args in (("create", [{"name": "x"}]), ("name_create", "x")):
            context = {"default_protected_code": EVIL}
            self.refuse(RIGHTS, model, method, *args, context=context)
        for method in ("update_field_translations", "onchange"):
            args = (ids, "protected_code", {"en_US": EVIL})
            if method == "onchange":
                args = (ids, CODE, [*CODE], {"protected_code": {}})
            self.refuse(RIGHTS, model, method, *args)
        for method in ("update", "_write", "sudo", "with_user", "_snapshot"):
            self.refuse(PRIVATE, model, method, ids)
        self.refuse("{}", model, "default_get", [*CODE])

    def test_lines_of_a_project(self):
        secret, param = self.secret.id, self.param.id
        for refusal, name, command in (
            (MANAGERS, "secret_ids", [1, secret, {"value": "my-own-secret"}]),
            (MANAGERS, "secret_ids", [0, 0, {"key": "N", "value": "my-own-secret"}]),
            (DELETE, "secret_ids", [2, secret, 0]),
            (MANAGERS, "param_ids", [1, param, {"value": "http://evil"}]),
            (MANAGERS, "param_ids", [1, param, {"locked": False}]),
            *(
                (MANAGERS, "param_ids", [2, param, 0]),
                (MANAGERS, "param_ids", [5, 0, 0]),
            ),
            *(
                (MANAGERS, "param_ids", [6, 0, []]),
                (MANAGERS, "param_ids", [3, param, 0]),
            ),
        ):
            values = {name: [command]}
            ids = self.project.ids
            self.refuse(refusal, "sync.project", "web_save", ids, values, **SAVED)

    def test_lines_by_themselves(self):
        model, ids = "sync.project.param", self.param.ids
        for values in ({"value": "http://evil"}, {"key": "B"}, {"locked": False}):
            self.refuse(MANAGERS, model, "write", ids, values)
        self.refuse("can't be moved", model, "write", ids, {"project_id": False})
        self.refuse(MANAGERS, model, "unlink", ids)
        twin = {"key": "URL", "value": "x", "project_id": self.project.id}
        self.refuse("has a parameter of that key already", model, "create", [twin])
        model, ids = "sync.project.secret", self.secret.ids
        for values in ({"value": "my-own-secret"}, {"key": "B"}):
            self.refuse(MANAGERS, model, "write", ids, values)
        self.refuse(RIGHTS, model, "write", ids, {"token": "x"})
        self.refuse(DELETE, model, "unlink", ids)

    def test_reading(self):
        model, ids = "sync.project.secret", self.secret.ids
        spec = {"token": {}}
        self.refuse(RIGHTS, model, "read", ids, ["value", "token"])
        self.refuse(RIGHTS, model, "web_read", ids, specification=spec)
        self.refuse(RIGHTS, model, "web_search_read", [], spec)
        self.refuse(RIGHTS, model, "web_read_group", [], ["token"], ["__count"])
        self.refuse(RIGHTS, model, "formatted_read_group", [], ["key"], ["token:max"])
        self.refuse(RIGHTS, model, "search", [], order="token")
        self.refuse("rights to export", model, "export_data", ids, ["token"])
        model, ids = "sync.project", self.project.ids
        for name in ("protected_code", "secret_ids.token", "approved_text"):
            self.refuse(RIGHTS, model, "search_count", [[name, "like", "a"]])
        nested = {"secret_ids": {"fields": spec}}
        self.refuse(RIGHTS, model, "web_read", ids, specification=nested)
        self.refuse(RIGHTS, model, "search", [], order="protected_code")
        self.refuse(RIGHTS, model, "web_read_group", [], [*CODE], ["__count"])
        self.refuse(RIGHTS, model, "get_field_translations", ids, "protected_code")

    def test_other_models(self):
        self.refuse(DELETE, "sync.audit", "unlink", [1])
        self.refuse(CREATE, "sync.job", "create", [{"project_id": self.project.id}])
        self.refuse(CREATE, "sync.log", "create", [{"message": "x"}])
        self.refuse(CREATE, "ir.actions.server", "create", [{"name": "x"}])
        self.refuse(PRIVATE, "queue.job", "create", [{"name": "x"}])
        set_ = ("sync.project", "protected_code", EVIL)
        self.refuse(TOP_SECRET, "ir.default", "set", *set_)
        self.refuse("not allowed to access", "ir.config_parameter", "get_param", "x")
        self.refuse("not allowed to access", "sync.cached", "search", [])
