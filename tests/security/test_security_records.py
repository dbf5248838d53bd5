"""Attacks on records: the ORM, other users' environments, and SQL."""

from ...engine.errors import KeyMismatch
from ...engine.vault import trusted_rows
from .security_common import NOTHING, TOKEN, SecurityCase

READ_ONLY = "'mappingproxy' object does not support item assignment"
CHANGED = "the Protected Code was changed by something else than a Manager's form"


class TestSecurityRecords(SecurityCase):
    def assert_works(self):
        """Check that the Protected Code is as its Manager wrote it."""
        job = self.run_lines("log(size())")
        self.assertEqual(job.state, "done", self.log_lines().mapped("message"))
        self.assertIn(str(len(TOKEN)), self.log_lines().mapped("message"))

    # -- reading ---------------------------------------------------------------

    def test_reading_secrets_through_the_orm(self):
        self.attack(
            f"""
            secrets_ = env["sync.project.secret"].search([])
            manager = env["res.users"].browse({self.manager.id})
            for records in (secrets_, secrets_.sudo(), secrets_.with_user(manager)):
                loot(records.read())
                loot(records.mapped("value"))
                loot(records._export_rows([["key"], ["value"], ["token"]]))
                loot(records.web_read({{"value": {{}}, "token": {{}}}}))
            loot(env["sync.project"].search([]).read())
            """,
            NOTHING,
        )

    def test_calling_every_method_of_what_a_run_knows(self):
        # A Developer knows their names; here, dir() finds them.
        job = self.env["sync.job"]
        task = self.project.task_ids.create(
            {"name": "Attack", "project_id": self.project.id, "code": ""}
        )
        run = job._prepare_run(task, "GO", lambda *args: None)
        run.logs.add("info", "message", TOKEN)
        snapshot = self.project._snapshot()
        secret = self.project.secret_ids[0]
        for thing in (snapshot, snapshot.masker(), run, run.logs, snapshot.current):
            self.assert_safe(*self.results(thing, dir(thing)))
        own = [name for name in dir(secret) if name in vars(type(secret).__mro__[1])]
        self.assert_safe(*self.results(secret, own))

    def results(self, thing, names):
        """Return what attributes, and methods that need no argument, give."""
        for name in names:
            if name.startswith("__"):
                continue
            value = getattr(thing, name)
            yield repr(value)
            if callable(value):
                try:
                    yield repr(value())
                except Exception as error:  # a method that needs arguments, mostly
                    yield repr(error)

    def test_preparing_a_run_and_reading_its_log(self):
        self.attack(
            """
            job = env["sync.job"].search([], limit=1)
            run = job._prepare_run(job.task_id, "GO", None)
            run.call("quiet")
            loot(run.logs.take())
            loot(run.project)
            loot(run.mask)
            """,
            NOTHING,
            code="def quiet():\n    send('hello')",
        )

    def test_every_table_by_sql(self):
        self.attack(
            """
            env.cr.execute("SELECT table_name FROM information_schema.tables"
                           " WHERE table_schema = 'public'")
            for (table,) in env.cr.fetchall():
                if table.startswith(("sync", "ir_config", "res_users", "queue")):
                    env.cr.execute('SELECT t::text FROM "%s" t' % table)
                    loot(env.cr.fetchall())
            """,
            NOTHING,
        )

    def test_no_table_holds_a_secret(self):
        self.assert_works()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [table for (table,) in self.env.cr.fetchall()]
        self.assertIn("sync_project_secret", tables)
        self.assert_safe(*(row for name in tables for row in self._table(f'"{name}"')))

    def test_the_servers_files_by_sql(self):
        if trusted_rows.database_reads_files(self.env.cr):
            self.skipTest("the database's user may do anything; projects say so")
        for query in (
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT pg_read_binary_file('sync_studio.key')",
            "COPY sync_log (message) FROM PROGRAM 'cat /etc/passwd'",
            "SELECT lo_import('/etc/passwd')",
        ):
            with self.subTest(query):
                self.attack(
                    f'with env.cr.savepoint():\n    env.cr.execute("{query}")',
                    "permission denied",
                )

    # -- writing ---------------------------------------------------------------

    def test_writing_protected_code_through_the_orm(self):
        for lines in (
            "project.write({'protected_code': EVIL})",
            "project.sudo().write({'protected_code': EVIL})",
            "project.with_user(manager).write({'protected_code': EVIL})",
            "project.update({'protected_code': EVIL})",
            "project.with_user(manager).web_save({'protected_code': EVIL}, {})",
            "project.create({'name': 'x', 'protected_code': EVIL})",
            "project.copy({'name': 'x'})",
            "project.with_context(install_mode=True).write({'protected_code': EVIL})",
            "raise ValueError(project.load(['name', 'protected_code'], [['x', EVIL]]))",
        ):
            with self.subTest(lines):
                self.attack(
                    self.evil(lines), "Only a Manager can change protected_code"
                )
                self.assert_reported("Only a Manager can change protected_code")
        for name in ("protected_signature", "approved_text"):
            with self.subTest(name):
                lines = f"project.write({{'{name}': 'x'}})"
                self.attack(self.evil(lines), f"Only a Manager can change {name}")
        self.assert_works()

    def evil(self, lines):
        return f"""
        EVIL = "def size():\\n    return secrets.TOKEN[::-1]\\n"
        project = env["sync.project"].browse({self.project.id})
        manager = env["res.users"].browse({self.manager.id})
        {lines}
        """

    def test_writing_protected_code_by_sql(self):
        self.attack(
            self.evil(
                "env.cr.execute('UPDATE sync_project SET protected_code = %s',"
                " [EVIL]); env.invalidate_all(); env.registry.clear_cache()"
            ),
            NOTHING,
        )
        self.attack("loot(size())", CHANGED)
        self.assert_reported(CHANGED)
        self.assertTrue(self.project.needs_signature)

    def test_writing_protected_code_below_the_orm(self):
        self.attack(
            self.evil(
                "field = project._fields['protected_code'];"
                " field._update_cache(project, EVIL, dirty=True); env.flush_all();"
                " env.registry.clear_cache()"
            ),
            NOTHING,
        )
        self.env.invalidate_all()
        self.attack("loot(size())", CHANGED)

    def test_signature_of_another_project(self):
        self.attack(
            f"""
            other = env["sync.project"].create({{"name": "Mine"}})
            env.cr.execute(
                "UPDATE sync_project mine SET protected_code = bank.protected_code,"
                " protected_signature = bank.protected_signature,"
                " approved_text = bank.approved_text"
                " FROM sync_project bank WHERE bank.name = 'Bank' AND mine.id = %s",
                [other.id])
            env.cr.execute(
                "INSERT INTO sync_project_param (project_id, key, value, locked)"
                " SELECT %s, key, value, locked FROM sync_project_param"
                " WHERE locked AND project_id = %s", [other.id, {self.project.id}])
            """,
            NOTHING,
        )
        self.env.registry.clear_cache()
        mine = self.env["sync.project"].search([("name", "=", "Mine")])
        # All that was signed is the same, but not the project.
        self.assertEqual(mine._snapshot().current, self.project._snapshot().current)
        self.assertTrue(mine.needs_signature)

    def test_anything_in_the_place_of_a_project(self):
        self.attack('params._values["project_id"] = params', READ_ONLY)
        for thing, problem in (
            ('set_link("fake", project_id=1, code="x")', "AttributeError: _snapshot"),
            ("params", "has no parameter _snapshot"),
            ("env.user", "'res.users' object has no attribute '_snapshot'"),
        ):
            with self.subTest(thing):
                self.attack(
                    f'env["sync.job"]._prepare_run({thing}, "GO", None).call("size")',
                    problem,
                )

    def test_secrets_of_a_project_in_another_one(self):
        for values, refusal in (
            ("{'key': 'LANGUAGE'}", "Only a Manager can change key"),
            ("{'project_id': other.id}", "A secret can't be moved to another project"),
        ):
            with self.subTest(values):
                self.attack(
                    f"""
                    other = env["sync.project"].create({{"name": "Mine"}})
                    secret = env["sync.project.secret"].search([], limit=1)
                    secret.sudo().write({values})
                    """,
                    refusal,
                )

    def test_tokens_of_secrets_in_another_place_by_sql(self):
        self.attack(
            """
            env.cr.execute("UPDATE sync_project_secret other SET token = mine.token"
                           " FROM sync_project_secret mine WHERE mine.key = 'TOKEN'"
                           " AND mine.project_id = other.project_id")
            env.registry.clear_cache()
            """,
            NOTHING,
        )
        refusal = f"The secret PASSWORD was locked for secret/{self.project.id}/TOKEN"
        self.attack("fail()", refusal)
        self.assert_reported(refusal)

    def test_secret_as_the_arguments_of_a_job(self):
        job = self.run_lines("add_job(later)(1)", code="def later(x):\n    loot(x)")
        child = job.child_ids or self.env["sync.job"].search([], limit=1)
        secret = self.project.secret_ids.filtered("token")[0]
        child.sudo().write(
            {"payload": "{}", "payload_token": secret.token, "record_count": 0}
        )
        with self.assertRaisesRegex(KeyMismatch, "was locked for"):
            child._arguments()
        self.assert_safe()

    def test_setting_a_secret(self):
        for lines in (
            "secret.write({'value': 'known value'})",
            "secret.sudo().write({'value': 'known value'})",
            "secret.create({'key': 'NEW', 'value': 'known value',"
            " 'project_id': secret.project_id.id})",
            "secret.project_id.write({'secret_ids': [(1, secret.id, "
            "{'value': 'known value'})]})",
        ):
            with self.subTest(lines):
                self.attack(
                    "secret = env['sync.project.secret'].search("
                    f"[('key', '=', 'TOKEN')], limit=1)\n{lines}",
                    "Only a Manager can change value",
                )
        self.assert_works()

    def test_locked_parameters(self):
        for lines, what in (
            ("param.write({'value': 'http://evil.example'})", "value"),
            ("param.sudo().write({'locked': False})", "locked"),
            ("param.with_user(manager).write({'key': 'OTHER'})", "key"),
            ("param.unlink()", "unlink"),
            (
                "param.create({'project_id': project.id, 'key': 'X', 'locked': 1})",
                "key",
            ),
        ):
            with self.subTest(lines):
                self.attack(
                    self.evil(
                        "param = project.param_ids.filtered('locked')[:1]; " + lines
                    ),
                    f"Only a Manager can change {what}",
                )
        self.assert_works()

    def test_locked_parameters_by_sql(self):
        for change, word in (
            ("value = 'http://evil.example'", "URL"),
            ("locked = false", "URL"),
            ("key = 'OTHER'", "URL"),
        ):
            with self.subTest(change):
                with self.env.cr.savepoint() as savepoint:
                    self.attack(
                        'env.cr.execute("UPDATE sync_project_param SET '
                        f"{change} WHERE key = 'URL'\"); env.registry.clear_cache()",
                        NOTHING,
                    )
                    self.env.invalidate_all()
                    self.attack("log(send('x'))", f"the locked parameter {word}")
                    savepoint.rollback()
                self.env.registry.clear_cache()

    def test_values_that_protected_code_shares(self):
        for lines in (
            "params._values['URL'] = 'http://evil.example'",
            "env['sync.project'].search([('name', '=', 'Bank')])"
            "._snapshot().params['URL'] = 'http://evil.example'",
            "env['sync.project'].search([('name', '=', 'Bank')])"
            "._snapshot().secrets['X'] = 'y'",
        ):
            with self.subTest(lines):
                self.attack(lines, READ_ONLY)
        self.attack(
            """
            config["url"] = "http://evil.example"
            config["tries"].append(3)
            log(url())
            """,
            NOTHING,
        )
        self.assertIn("http://127.0.0.1:9[1, 2]", self.log_lines().mapped("message"))

    def test_copying_the_project(self):
        self.attack(
            """
            project = env["sync.project"].search([("name", "=", "Bank")])
            copy = project.copy({"protected_code": False, "name": "Copy"})
            loot(copy.read())
            loot(copy.secret_ids.read())
            """,
            NOTHING,
        )
        copy = self.env["sync.project"].search([("name", "=", "Copy")])
        self.assertFalse(copy.secret_ids.filtered("token"))
        self.assertFalse(copy.param_ids.filtered("locked"))

    def test_becoming_a_manager_is_recorded(self):
        self.attack(
            """
            group = env.ref("sync.group_manager")
            user.sudo().write({"group_ids": [(4, group.id)]})
            """,
            NOTHING,
        )
        trail = self.env["sync.audit"].search([], limit=1)
        self.assertEqual(
            (trail.action, trail.subject),
            ("manager_added", f"user {self.developer.id}"),
        )
        warnings = self.log_lines("warning").mapped("message")
        self.assertIn("is now a Manager", "".join(warnings))
        # Even then, code is code: a person has to ask.
        self.attack(
            "env['sync.project'].search([]).write({'protected_code': 'x'})",
            "Only a Manager can change protected_code",
        )
