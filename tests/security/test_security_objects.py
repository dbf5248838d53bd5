"""Attacks on objects: format strings, exceptions, and what Protected Code exports."""

from contextlib import contextmanager, suppress
from unittest.mock import patch

from ...engine.errors import JobFailed
from ...engine.vault import authority
from ...models.queue.runner import Runner
from .security_common import NOTHING, TOKEN, SecurityCase

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
    "{x.__globals__}",
    "{x.__call__.__globals__}",
    "{x.__class__.__init__.__globals__}",
    "{x.__self__}",
    "{x.__func__.__globals__}",
    "{x.__closure__[0].cell_contents}",
    "{x.__class__.__getattr__.__globals__[_registry]}",
    "{x.gi_frame.f_locals}",
    "{x.__traceback__.tb_frame.f_globals}",
    "{x.__globals__[secrets]}",
    "{x.func}",
    "{x._token}",
    "{x.token}",
    "{x:{x.__globals__}}",
)


class TestSecurityFormats(SecurityCase):
    def test_every_walk_from_every_place(self):
        places = "\n".join(f"    lambda: {start}," for start in STARTS)
        self.attack(
            f"""
            for walk in {WALKS!r}:
                for place in PLACES:
                    try:
                        loot(walk.format(x=place()))
                    except Exception as error:
                        loot(error)
                    try:
                        loot(walk.format_map({{"x": place()}}))
                    except Exception as error:
                        loot(error)
                    loot(str.format("{{0!s}} {{0!r}}", place()))
            """,
            NOTHING,
            code=f"PLACES = [\n{places}\n]",
        )
        reports = self.log_lines("error").mapped("message")
        refused = "A format string can't use the private name __globals__."
        # From each place, by both methods, and in the walk that nests another one.
        walks = sum("x.__globals__" in walk for walk in WALKS)
        self.assertGreaterEqual(reports.count(refused), 2 * walks * len(STARTS))
        logged = "\n".join(self.log_lines().mapped("message"))
        self.assertNotIn("PROTECTED_BUILTINS", logged)

    def test_other_ways_to_format(self):
        self.attack(
            "loot('{0.gi_frame}'.format(x for x in [1]))",
            "can't use the private name gi_frame",
        )
        for lines in (
            "loot(list(map(str.format, ['{0.__globals__}'], [size])))",
            "loot(getattr('{0.__globals__}', 'format')(size))",
            "loot(getattr(str, 'format')('{0.__globals__}', size))",
            "loot('{0.__globals__}'.ｆormat(size))",
            "loot(type2str(size) + '{x.__globals__}'.format_map({'x': size}))",
            "loot(sorted(['{0.__globals__}'], key='{0.__globals__}'.format))",
            "loot(env['ir.qweb'].sudo()._compile_format('a') + "
            "html2plaintext('<p/>').format() + '{0.__globals__}'.format(size))",
        ):
            with self.subTest(lines):
                self.attack(lines, "can't use the private name __globals__")
                messages = "".join(self.log_lines().mapped("message"))
                self.assertNotIn("_requests", messages)

    def test_names_that_lead_to_frames_are_refused_on_saving(self):
        for expression, name in (
            ("numbers().gi_frame", "gi_frame"),
            ("size.__globals__", "__globals__"),
            ("size.func_globals", "func_globals"),
            ("(lambda: 1).__code__", "__code__"),
            ("env.__class__.__base__", "__class__"),
            ("ValueError().__traceback__", "__traceback__"),
            ("env['x']._get_combined_arch().getroottree()", "getroottree"),
            ("getattr(size, '__globals__', None).x.__dict__", "__dict__"),
        ):
            with self.subTest(expression):
                self.refuse_to_save(f"loot({expression})", f"{name} is forbidden")

    def test_matching_is_no_way_around(self):
        code = "match 'x':\n    case str(format=walk):\n        loot(walk)"
        self.refuse_to_save(code, "not classes")


class TestSecurityExceptions(SecurityCase):
    def test_exceptions_of_protected_code(self):
        for call in ("fail()", "fail_in_http()", "client.fail()", "make().fail()"):
            with self.subTest(call):
                self.attack(
                    f"""
                    try:
                        {call}
                    except Exception as error:
                        loot(error)
                        loot(repr(error))
                        loot(error.args)
                        for name in ("request", "response", "detail", "filename",
                                     "strerror", "protected_lines", "doc", "object",
                                     "name"):
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
                    """,
                    NOTHING,
                )
                self.assert_reported("can't use the private name __cause__")

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
            """,
            NOTHING,
        )
        messages = self.log_lines().mapped("message")
        self.assertIn("caught bad token ***", messages)
        self.assertIn("caught ConnectionError", messages)

    def test_the_answer_in_an_exception(self):
        self.attack(
            """
            try:
                fail_with_answer()
            except OSError as error:
                log(error.response.status_code)
                loot(error)
                loot(error.response.url)
                loot(error.response.request)
                loot(getattr(error, "request", None))
            """,
            NOTHING,
        )
        self.assertIn("404", self.log_lines().mapped("message"))

    def test_exceptions_that_nobody_catches(self):
        for call, refusal in (
            ("fail()", "ValueError: bad token ***"),
            ("fail_in_http()", "Max retries exceeded with url: /***"),
            ("client.fail()", "ConnectionError: no route for ***"),
        ):
            with self.subTest(call):
                self.attack(call, refusal)
                self.assert_reported("Bank / Protected Code")

    def test_exceptions_while_protected_code_is_loaded(self):
        with authority.granted():
            self.project.protected_code = "raise ValueError('at ' + secrets.TOKEN)"
        self.attack("log(1)", "ValueError: at ***")
        self.assert_reported("Bank / Protected Code")


class TestSecurityExports(SecurityCase):
    def test_what_protected_code_may(self):
        """The boundary is not in the way of what it protects."""
        job = self.run_lines(
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
        self.attack("renew('the next password')\nlog('the next password')", NOTHING)
        self.assertEqual(self.log_lines().mapped("message"), ["***"])

    def test_private_attributes_of_objects(self):
        for expression, refusal in (
            ("client._token", "<protected _Client> has no public attribute _token"),
            ("make()._token", "<protected _Client> has no public attribute _token"),
            ("Client._token", "<protected _Client> has no public attribute _token"),
            ("Client('x')._token", "<protected _Client> has no public attribute"),
            ("signed.args", "A partial of Protected Code is closed"),
            ("signed.keywords", "A partial of Protected Code is closed"),
            ("bound.func", "A partial of Protected Code is closed"),
            ("getattr(client, '_token')", "underscore are private: _token"),
            ("vault.TOKEN", "name 'vault' is not defined"),
        ):
            with self.subTest(expression):
                self.attack(f"loot({expression})", refusal)

    def test_public_use_of_objects(self):
        job = self.run_lines(
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
        self.attack(
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
            """,
            NOTHING,
        )
        self.assertIn("200", self.log_lines().mapped("message"))

    def test_callbacks_get_no_originals(self):
        closed = "<protected _Client> has no public attribute _token"
        for lines, refusal in (
            (
                "apply(lambda: loot('{0.__globals__}'.format(size)))",
                "can't use the private name __globals__",
            ),
            ("apply(lambda response: loot(response.request), prepared())", NOTHING),
            ("apply(lambda thing: loot(thing._token), client)", closed),
            ("apply(lambda *args: loot(args), client, Client, size)", NOTHING),
            ("apply(apply, apply, lambda: loot(client._token))", closed),
            ("loot(consume(map(lambda x: client._token, [1])))", closed),
            ("loot(consume(client._token for x in [1]))", closed),
            ("loot(sorted([client, client], key=lambda one: loot(one)))", NOTHING),
            ("json.dumps({'a': client}, default=lambda one: loot(one._token))", closed),
            (
                "set_link('x', a=1, b=2)\n"
                "loot(search_links('x', a=None, b=None).filtered(size))",
                "size() takes 0 positional arguments but 1 was given",
            ),
            (
                "loot(sync_x2odoo([client], {'relation': 'x', 'x': {'get_ref': "
                "lambda one: loot(one._token)}, 'odoo': {'create': size}}))",
                closed,
            ),
        ):
            with self.subTest(lines):
                self.attack(lines, refusal)

    def test_reading_secrets_from_inside_a_callback(self):
        self.attack(
            """
            secret = env["sync.project.secret"].search([("key", "=", "TOKEN")])
            project = secret.project_id[:1]
            run = env["sync.job"]._prepare_run(project.task_ids[:1], "x", None)
            apply(lambda: loot(project._snapshot().masker()("x")))
            apply(lambda: loot(run.project.secrets))
            apply(lambda: secret.write({"value": "known value"}))
            """,
            "Only a Manager can change value",
        )
        self.assert_reported("Only a Manager can change value")

    def test_storing_calls_for_later(self):
        self.attack(
            """
            evil = "def size():\\n    return secrets.TOKEN[::-1]\\n"
            project = env["sync.project"].search([("name", "=", "Bank")], limit=1)
            manager = env.ref("base.user_admin")
            env.cr.precommit.add(
                lambda: project.with_user(manager).write({"protected_code": evil})
            )
            """,
            "Only a Manager",
        )

    def test_storing_exports_for_later(self):
        with self.one_request():
            for use in ("[0]()", "[1].kind"):
                self.attack("env.cr.cache['stash'] = [size, client]", NOTHING)
                self.attack(
                    f"loot(env.cr.cache['stash']{use})", "belongs to a run that is over"
                )

    @contextmanager
    def one_request(self):
        """Run jobs in one cursor, as a worker does that goes from one to the next.

        Its cache, which Odoo empties between them, stands for whatever is not.
        """

        class Lasting(dict):
            clear = dict.copy

        with self.registry.cursor() as cr:
            cr.cache = Lasting()

            def run(jobs, job_uuid):
                cr.execute(
                    "UPDATE queue_job SET state = 'enqueued' WHERE uuid = %s",
                    (job_uuid,),
                )
                with suppress(JobFailed):
                    Runner._run_sent(jobs.env(cr=cr), job_uuid)

            with patch.object(self.registry["sync.job"], "_run_pending", run):
                yield

    def test_arguments_and_names_of_jobs(self):
        job = self.attack(
            """
            add_job(later, description=reason(), identity_key=reason())(reason())
            """,
            NOTHING,
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
        self.assertEqual(job.child_ids.state, "done", job.child_ids.error)
        self.assertIn("bad token ***", job.child_ids._queue_jobs().name)
