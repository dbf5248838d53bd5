"""Attacks on objects: format strings, exceptions, and what Protected Code exports."""

from odoo.exceptions import AccessError, ValidationError

from .security_common import TOKEN, SecurityCase

# Places from which a format string could set out.
STARTS = (
    "size client Client bound make numbers() log print get_link search_links add_job "
    "env env.cr env.registry env.user user params json datetime dateutil Command "
    "UserError ValueError('x') getattr html2plaintext config (x for x in [1]) "
    "(lambda: 1) env['sync.project'] env['sync.project']._snapshot env.cr.precommit "
    "set_link('a',x=1,y=2) env['sync.job']._prepare_run"
).split(" ")
STARTS[STARTS.index("(x") : STARTS.index("[1])") + 1] = ["(x for x in [1])"]
STARTS[STARTS.index("(lambda:") : STARTS.index("1)") + 1] = ["(lambda: 1)"]
WALKS = (
    "{0.__globals__}",
    "{0.__call__.__globals__}",
    "{0.__class__.__init__.__globals__}",
    "{0.__self__}",
    "{0.__func__.__globals__}",
    "{0.__closure__[0].cell_contents}",
    "{0.__class__.__getattr__.__globals__[_registry]}",
    "{0.gi_frame.f_locals}",
    "{0.__traceback__.tb_frame.f_globals}",
    "{x.__globals__[secrets]}",
    "{0.func}",
    "{0._token}",
    "{0.token}",
    "{0:{0.__globals__}}",
)


class TestSecurityFormats(SecurityCase):
    def test_every_walk_from_every_place(self):
        places = "\n".join(f"    lambda: {start}," for start in STARTS)
        job = self.attack(
            f"""
            for walk in {WALKS!r}:
                for place in PLACES:
                    try:
                        loot(walk.format(place(), x=place()))
                    except Exception as error:
                        loot(error)
                    try:
                        loot(walk.format_map({{"0": place(), "x": place()}}))
                    except Exception as error:
                        loot(error)
                    loot(str.format("{{0!s}} {{0!r}}", place()))
            """,
            code=f"PLACES = [\n{places}\n]",
        )
        self.assertEqual(job.state, "done", job.error)
        self.assert_safe()
        self.assert_reported("can't use the private name __globals__")
        self.assertNotIn(
            "PROTECTED_BUILTINS", self.env["sync.log"].search([]).mapped("message")
        )

    def test_other_ways_to_format(self):
        for lines in (
            "loot(list(map(str.format, ['{0.__globals__}'], [size])))",
            "loot(getattr('{0.__globals__}', 'format')(size))",
            "loot(getattr(str, 'format')('{0.__globals__}', size))",
            "loot('{0.__globals__}'.ｆormat(size))",
            "loot(type2str(size) + '{0.__globals__}'.format_map({'0': size}))",
            "loot(sorted(['{0.__globals__}'], key='{0.__globals__}'.format))",
            "loot(env['ir.qweb'].sudo()._compile_format('a') + "
            "html2plaintext('<p/>').format() + '{0.__globals__}'.format(size))",
        ):
            with self.subTest(lines):
                job = self.attack(lines)
                self.assertIn(job.state, ("done", "failed"))
                messages = "".join(self.log_lines().mapped("message"))
                self.assertNotIn("_requests", messages)
        self.assert_safe()

    def test_names_that_lead_to_frames_are_refused_on_saving(self):
        for expression in (
            "numbers().gi_frame",
            "size.__globals__",
            "size.func_globals",
            "(lambda: 1).__code__",
            "env.__class__.__base__",
            "ValueError().__traceback__",
            "env['ir.ui.view']._get_combined_arch().getroottree()",
            "getattr(size, '__globals__', None).x.__dict__",
        ):
            with self.subTest(expression), self.assertRaises(ValidationError):
                self.attack(f"loot({expression})")

    def test_matching_is_no_way_around(self):
        code = "match 'x':\n    case str(format=walk):\n        loot(walk)"
        with self.assertRaises(ValidationError):
            self.attack(code)


class TestSecurityExceptions(SecurityCase):
    def test_exceptions_of_protected_code(self):
        for call in ("fail()", "fail_in_http()", "client.fail()", "make().fail()"):
            with self.subTest(call):
                job = self.attack(
                    f"""
                    try:
                        {call}
                    except Exception as error:
                        loot(error)
                        loot(repr(error))
                        loot(error.args)
                        for name in ("request", "response", "filename", "strerror",
                                     "protected_lines", "doc", "object", "name"):
                            loot(getattr(error, name, None))
                        kept = error
                    try:
                        loot("{{0.__traceback__.tb_frame.f_locals}}".format(kept))
                    except Exception as error:
                        loot(error)
                    try:
                        raise ValueError("mine") from kept
                    except Exception as error:
                        loot(error)
                        try:
                            loot("{{0.__cause__.__context__}}".format(error))
                        except AttributeError as refusal:
                            loot(refusal)
                    """
                )
                self.assertEqual(job.state, "done", job.error)
                self.assert_safe()

    def test_their_class_and_message_arrive(self):
        self.attack(
            """
            try:
                fail()
            except ValueError as error:
                log("caught " + str(error))
            try:
                fail_in_http()
            except OSError as error:
                log("caught " + type2str(error))
            """
        )
        messages = self.log_lines().mapped("message")
        self.assertIn("caught bad token ***", messages)
        self.assertIn("caught ConnectionError", messages)

    def test_the_answer_in_an_exception(self):
        job = self.attack(
            """
            try:
                fail_with_answer()
            except OSError as error:
                log(error.response.status_code)
                loot(error)
                loot(error.response.url)
                loot(error.response.request)
                loot(getattr(error, "request", None))
            """
        )
        self.assertEqual(job.state, "done", job.error)
        self.assertIn("404", self.log_lines().mapped("message"))
        self.assert_safe()

    def test_exceptions_that_nobody_catches(self):
        for call in ("fail()", "fail_in_http()", "list(client)[0].x"):
            with self.subTest(call):
                job = self.attack(call)
                self.assertEqual(job.state, "failed")
                self.assert_safe()
        self.assert_reported("Bank / Protected Code")

    def test_exceptions_while_protected_code_is_loaded(self):
        job = self.attack(
            """
            env.cr.execute("UPDATE sync_project SET name = 'Bank'")
            try:
                task = env["sync.task"].search([("name", "=", "Attack")], limit=1)
                env["sync.job"]._prepare_run(task, "x", None).call("missing")
            except Exception as error:
                loot(error)
                loot(error.args)
            """
        )
        self.assertEqual(job.state, "done", job.error)
        self.assert_safe()


class TestSecurityExports(SecurityCase):
    def test_what_protected_code_may(self):
        """The boundary is not in the way of what it protects."""
        job = self.attack(
            """
            log(in_a_thread())
            log(renew("a renewed password"))
            queue(later)
            """,
            code="def later():\n    log('later')\n",
        )
        self.assertEqual(job.state, "done", job.error)
        messages = self.log_lines().mapped("message")
        self.assertEqual(messages, [str(len(TOKEN)), "18", "later"])
        trail = self.env["sync.audit"].search([], limit=1)
        self.assertEqual((trail.subject, trail.note), ("PASSWORD", "by Protected Code"))
        job = self.attack("renew('the next password')\nlog('the next password')")
        self.assertIn("***", self.log_lines().mapped("message"))

    def test_private_attributes_of_objects(self):
        for lines in (
            "loot(client._token)",
            "loot(make()._token)",
            "loot(Client._token)",
            "loot(Client('x')._token)",
            "loot(signed.args)",
            "loot(signed.keywords)",
            "loot(bound.func)",
            "loot(getattr(client, '_token'))",
            "loot(vault.TOKEN)",
        ):
            with self.subTest(lines):
                try:
                    job = self.attack(lines)
                except ValidationError:
                    continue  # an undefined name: not even saved
                self.assertEqual(job.state, "failed")
        self.assert_safe()

    def test_public_use_of_objects(self):
        job = self.attack(
            """
            log(client.kind)
            log(client.size())
            log(len(list(make())))
            log(bound())
            log(list(numbers()))
            """
        )
        self.assertEqual(job.state, "done", job.error)
        size = str(len(TOKEN))
        wanted = ["client", size, size, size]
        self.assertEqual(self.log_lines().mapped("message")[:4], wanted)

    def test_responses_come_without_their_request(self):
        job = self.attack(
            """
            response = prepared()
            log(response.status_code)
            log(response.json())
            loot(response.url)
            loot(response.headers)
            loot(response.request)
            loot(response.history)
            loot(getattr(response, "connection", None))
            loot(response.raw)
            """
        )
        self.assertEqual(job.state, "done", job.error)
        self.assertIn("200", self.log_lines().mapped("message"))
        self.assert_safe()

    def test_callbacks_get_no_originals(self):
        for lines in (
            "apply(lambda: loot('{0.__globals__}'.format(size)))",
            "apply(lambda response: loot(response.request), prepared())",
            "apply(lambda thing: loot(thing._token), client)",
            "apply(lambda *args: loot(args), client, Client, size)",
            "apply(apply, apply, lambda: loot(client._token))",
            "loot(consume(map(lambda x: client._token, [1])))",
            "loot(consume(env['sync.project.secret']._relocked for x in [1]))",
            "loot(sorted([client, client], key=lambda one: loot(one)))",
            "loot(json.dumps({'a': client}, default=lambda one: loot(one._token)))",
            "loot(search_links('x').filtered(size))",
            "loot(sync_x2odoo([1], {'relation': 'x', 'x': {'get_ref': fail}, "
            "'odoo': {'create': fail, 'update': fail}}))",
        ):
            with self.subTest(lines):
                self.attack(lines)
                self.assert_safe()

    def test_reading_secrets_from_inside_a_callback(self):
        job = self.attack(
            """
            secret = env["sync.project.secret"].search([("key", "=", "TOKEN")])
            project = secret.project_id[:1]
            run = env["sync.job"]._prepare_run(project.task_ids[:1], "x", None)
            apply(lambda: loot(project._snapshot().masker()("x")))
            apply(lambda: loot(run.project.secrets))
            apply(lambda: secret.write({"value": "known value"}))
            """
        )
        self.assertEqual(job.state, "failed")
        self.assert_reported("Only a Manager")
        self.assert_safe()

    def test_storing_calls_for_later(self):
        with self.assertRaisesRegex(AccessError, "Only a Manager"):
            self.attack(
                """
                evil = "def size():\\n    return secrets.TOKEN[::-1]\\n"
                project = env["sync.project"].search([("name", "=", "Bank")], limit=1)
                manager = env.ref("base.user_admin")
                env.cr.precommit.add(
                    lambda: project.with_user(manager).write({"protected_code": evil})
                )
                """
            )
        self.env.cr.precommit.clear()
        self.assert_safe()

    def test_storing_exports_for_later(self):
        self.attack("env.cr.cache['stash'] = [size, client]")
        job = self.attack("loot(env.cr.cache['stash'][0]())")
        self.assertEqual(job.state, "failed")
        self.assertIn("belongs to a run that is over", job.error)
        self.assert_safe()

    def test_arguments_and_names_of_jobs(self):
        job = self.attack(
            """
            add_job(later, description=reason(), identity_key=reason())(reason())
            """,
            code="""
            def reason():
                try:
                    fail()
                except Exception as error:
                    return str(error)

            def later(text):
                loot(text)
            """,
        )
        self.assertEqual(job.state, "done", job.error)
        self.assert_safe()
