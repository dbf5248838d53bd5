"""Attacks on what crosses between tasks and Protected Code, in both directions."""

import importlib
import os
import pathlib
import pkgutil
import subprocess

from odoo.tests import TransactionCase, tagged

from ...engine.boundary import transfer
from ...engine.vault import keys
from .security_common import NOTHING, PROTECTED, TOKEN, SecurityCase

MORE = """
import collections as _collections
import contextlib as _contextlib
import dataclasses as _dataclasses
import http.cookiejar as _cookiejar
import types as _types
import xmlrpc.client as _xmlrpc
from itertools import chain
from pathlib import Path

_session = _requests.Session()
_session.headers["Authorization"] = secrets.TOKEN
_session.cookies.set("session", secrets.TOKEN)

class Session(_requests.Session):
    token = secrets.TOKEN

session = Session()
session.headers["Authorization"] = secrets.TOKEN
headers = _session.headers
jar = _session.cookies
request = _request.Request(params.URL, headers={"Authorization": secrets.TOKEN})
proxy = _xmlrpc.ServerProxy("http://u:" + secrets.TOKEN + "@127.0.0.1:9")

@_dataclasses.dataclass
class Account:
    name: str
    _token: str

account = Account("main", secrets.TOKEN)
space = _types.SimpleNamespace(_token=secrets.TOKEN)

class Told:
    def __str__(self):
        return "an account with " + secrets.TOKEN

told = Told()

class Refused(Exception):
    token = secrets.TOKEN

    def __init__(self, text):
        super().__init__(text)
        self._own = secrets.TOKEN

class Worse(Refused):
    def show(self):
        return secrets.TOKEN

def refuse():
    raise Worse("refused " + secrets.TOKEN)

def leave():
    raise SystemExit(secrets.TOKEN)

@_contextlib.contextmanager
def opened(name="x"):
    token = secrets.TOKEN
    yield len(token)

def sign(values):
    values["token"] = secrets.TOKEN
    for line in values.get("lines", ()):
        line["token"] = secrets.TOKEN
    return len(values)

def extend(items):
    items.append(secrets.TOKEN)
    return len(items)

def report(add):
    add(client)
    add(secrets)
    add(size)

def guard(function):
    try:
        return function()
    except Refused as error:
        return "caught " + type(error).__name__

def greet():
    return texts.HELLO.format(client, name="x", account=account, client=client)

def greet_with(template):
    return template.format(client=client, session=session)

def greet_by_class(template):
    return str.format(template, client=client, session=session)

def greet_by_map(template):
    return template.format_map({"client": client, "session": session})

def count(rows):
    return sum(row["n"] for row in rows), rows is rows[0]["all"]

def query():
    env.cr.execute("SELECT %s", [secrets.TOKEN])

def bad_query():
    env.cr.execute("SELECT nothing_like_it(%s)", [secrets.TOKEN])

box = [secrets]
cycle = {"n": 1}
cycle["self"] = cycle
"""


class BoundaryCase(SecurityCase):
    @classmethod
    def _project_values(cls):
        values = super()._project_values()
        hello = {"key": "HELLO", "value": "Hello {0._token} {client._token}"}
        return {
            **values,
            "protected_code": PROTECTED + MORE,
            "text_ids": [(0, 0, hello)],
        }

    def refused(self, lines, refusal):
        """Run an attack that is refused, and check that an alarm tells of it."""
        self.attack(lines, refusal)
        self.assert_reported(refusal)

    def harmless(self, lines, *messages):
        """Run an attack that goes through; check that it got ``messages`` at first."""
        self.attack(lines, NOTHING)
        got = self.log_lines("info").mapped("message")
        self.assertEqual(got[: len(messages)], list(messages))


class TestSecurityCopies(BoundaryCase):
    def test_what_is_passed_in_stays_as_it_was(self):
        self.harmless(
            """
            values = {"a": 1, "lines": [{"b": 2}]}
            log(sign(values))
            loot(values)
            log(values.get("token", "none"))
            """,
            "3",
        )
        for start in ("[]", "[{'token': 1}]", "['x']"):
            self.harmless(f"items = {start}\nextend(items)\nloot(items)")

    def test_methods_of_containers_get_no_originals(self):
        for place in ("[].append", "set().add", "{}.setdefault"):
            self.harmless(
                f"""
                found = {place.partition(".")[0]}
                report(found.{place.partition(".")[2]})
                for one in found:
                    loot(one)
                    loot(hasattr(one, "_token"))
                """
            )

    def test_an_original_that_was_kept_is_closed(self):
        self.refused(
            "found = []\nreport(found.append)\nloot(getattr(found[0], '_token'))",
            "private: _token",
        )
        self.refused(
            "found = []\nreport(found.append)\nloot(found[1].TOKEN)",
            "A Secrets of Protected Code is closed",
        )

    def test_methods_of_records_get_no_originals(self):
        self.harmless(
            "apply(env['res.partner'].search([], limit=1).mapped, 'name')\n"
            "loot(apply(env['res.partner'].browse, [1, 2]))"
        )

    def test_structures_that_contain_themselves(self):
        self.harmless(
            """
            rows = [{"n": 1}, {"n": 2}]
            rows[0]["all"] = rows
            log(count(rows))
            log(cycle["self"]["self"]["n"])
            """,
            "[\n  3,\n  true\n]",
            "1",
        )


class TestSecurityClosedObjects(BoundaryCase):
    def test_http_objects_whatever_they_derive_from(self):
        for expression in (
            "session.token",
            "session.headers",
            "Session.token",
            "session.get",
            "request.headers",
            "request.full_url",
            "request.header_items",
            "headers['Authorization']",
            "list(headers)",
            "headers.get",
            "'Authorization' in headers",
            "len(headers)",
            "list(jar)",
            "jar['session']",
            "next(iter(jar))",
            "proxy.system",
            "opened().gen",
            "opened().args",
            "opened('x').kwds",
        ):
            with self.subTest(expression):
                self.refused(f"loot({expression})", "of Protected Code is closed")

    def test_a_context_manager_can_be_used(self):
        self.harmless("with opened() as size_:\n    log(size_)", str(len(TOKEN)))

    def test_texts_of_objects_show_no_fields(self):
        for name in (
            "account",
            "space",
            "client",
            "session",
            "request",
            "jar",
            "proxy",
        ):
            for text in ("str({})", "'{{}}'.format({})", "f'{{{}}}'", "'%s' % {}"):
                self.harmless(f"loot({text.format(name)})")
        self.harmless("log(str(told))", "an account with ***")
        self.harmless("log(account.name)", "main")

    def test_imported_names_are_not_handed_on(self):
        for name in ("Path", "chain"):
            self.refuse_to_save(f"loot({name})", f"Line 3: {name} is not defined")


class TestSecurityErrorClasses(BoundaryCase):
    def test_they_can_be_caught_by_name(self):
        self.harmless(
            """
            try:
                refuse()
            except Worse as error:
                log("worse " + str(error))
            try:
                refuse()
            except Refused as error:
                log(type2str(error))
            """,
            "worse refused ***",
            "Worse",
        )

    def test_they_have_nothing_of_the_original(self):
        for lines in (
            "loot(getattr(Refused, 'token', 'none'))",
            "loot(getattr(Worse, 'show', 'none'))",
            "loot(getattr(Worse('x'), 'token', 'none'))",
            "try:\n    refuse()\nexcept Refused as error:\n"
            "    loot(getattr(error, 'token', 'none'))\n"
            "    loot(getattr(error, 'show', 'none'))\n"
            "    loot(hasattr(error, '_own'))",
        ):
            with self.subTest(lines):
                self.harmless(lines)

    def test_raised_in_a_callback_they_mean_the_original(self):
        code = "def evil():\n    raise Worse('x')\n"
        self.attack("log(guard(evil))", NOTHING, code=code)
        self.assertIn("caught Worse", self.log_lines().mapped("message"))

    def test_the_end_of_the_process(self):
        self.attack("leave()", "RuntimeError: SystemExit: ***")

    def test_errors_of_the_database(self):
        self.harmless(
            """
            try:
                with env.cr.savepoint():
                    bad_query()
            except Exception as error:
                loot(error)
                loot(getattr(error, "pgerror", None))
                log(error.pgcode)
            """
        )
        self.assertIn("42883", self.log_lines().mapped("message"))

    def test_the_cursor_of_an_error(self):
        fail = (
            "try:\n    with env.cr.savepoint():\n"
            "        env.cr.execute('SELECT nothing')\n"
            "except Exception as error:\n    kept = error\nquery()\n"
        )
        for how in (
            "kept.cursor.query",
            "getattr(kept, 'cursor').query",
            "'{0.cursor.query}'.format(kept)",
            "'{x[0].cursor}'.format_map({'x': [kept]})",
            "list(map(getattr, [kept], ['cursor']))[0].query",
        ):
            with self.subTest(how):
                self.refused(f"{fail}loot({how})", "the cursor of an error")
        # As a callback gets it, which is as an object of Protected Code.
        self.refused(
            f"{fail}loot(apply(getattr, kept, 'cursor').query)",
            "A UndefinedColumn of Protected Code is closed",
        )

    def test_the_cursor_and_its_last_query(self):
        for name in ("query", "getattr"):
            how = "env.cr.query" if name == "query" else "getattr(env.cr, 'query')"
            self.refused(f"query()\nloot({how})", "last query")


class TestSecurityTemplates(BoundaryCase):
    def test_texts_that_developers_write(self):
        self.refused("loot(greet())", "private name _token")
        for walk, refusal in (
            ("client._token", "can't use the private name _token"),
            ("client.__init__.__globals__", "can't use the private name __init__"),
            ("client.__class__", "can't use the private name __class__"),
            ("session.token", "A Session of Protected Code is closed"),
            ("session.headers", "A Session of Protected Code is closed"),
        ):
            for function in ("greet_with", "greet_by_class", "greet_by_map"):
                with self.subTest(walk, function=function):
                    self.refused(f"loot({function}({f'{{{walk}}}'!r}))", refusal)

    def test_they_can_be_used(self):
        self.harmless("log(greet_with('{client.kind} {{x}}'))", "client {x}")


class TestSecurityReports(BoundaryCase):
    def test_what_is_caught_is_reported_all_the_same(self):
        for lines, report in (
            ("getattr(client, '_token')", "private: _token"),
            ("getattr(client, '__dict__')", "private: __dict__"),
            ("getattr(env, '_cache_key')", "private: _cache_key"),
            ("box[0].TOKEN", "is closed"),
            ("session.headers", "is closed"),
            (
                "env['ir.actions.server'].create({'name': 'x', 'state': 'code',"
                " 'model_id': env.ref('base.model_res_partner').id,"
                " 'code': 'env.__class__'}).run()",
                "__class__",
            ),
            (
                "env['ir.qweb']._render(env['ir.ui.view'].create({'name': 'x',"
                " 'type': 'qweb', 'arch': '<t t-out=\"env.__class__\"/>'}).id)",
                "'__class__'",
            ),
        ):
            with self.subTest(lines):
                # In a part of its own: some are refused by an error of the database.
                self.attack(
                    f"try:\n    with env.cr.savepoint():\n        {lines}\n"
                    f"except Exception as error:\n    loot(error)",
                    NOTHING,
                )
                self.assert_reported(report)

    def test_a_run_within_a_run_reports_to_both(self):
        self.attack(
            """
            task = env["sync.task"].search([("name", "=", "Attack")], limit=1)
            try:
                env["sync.job"]._prepare_run(task, "x", None).call("inner")
            except Exception as error:
                loot(error)
            """,
            NOTHING,
            code="def inner():\n    getattr(client, '_token')\n",
        )
        self.assert_reported("private: _token")

    def test_a_report_outlives_the_lines_that_were_written(self):
        self.attack(
            """
            try:
                box[0].TOKEN
            except Exception as error:
                log("caught")
            env.cr.execute("DELETE FROM sync_log WHERE level = 'error'")
            """,
            NOTHING,
        )
        self.assert_reported("is closed")


class TestSecurityOtherNames(BoundaryCase):
    """The keys' file under another name."""

    def setUp(self):
        super().setUp()
        keys.load(create=True)
        self.path = keys.file()
        self.other = f"{self.path.rpartition('/')[0]}/other.txt"
        self.addCleanup(pathlib.Path(self.other).unlink, missing_ok=True)

    def test_it_gets_none(self):
        for name in (os.link, os.symlink, os.rename, os.replace):
            with (
                self.subTest(name.__name__),
                self.assertLogs("odoo.addons.sync.engine.logs.alarm", "WARNING"),
                self.assertRaisesRegex(PermissionError, "holds the keys"),
            ):
                name(self.path, self.other)

    def test_one_that_it_has_is_no_way_in(self):
        # As something outside Odoo may have made it.
        subprocess.run(["/bin/ln", self.path, self.other], check=True, timeout=10)
        with (
            self.assertLogs("odoo.addons.sync.engine.logs.alarm", "WARNING"),
            self.assertRaisesRegex(PermissionError, "holds the keys"),
        ):
            open(self.other)


class TestSecurityModels(BoundaryCase):
    def test_models_exchanged_by_a_callback(self):
        for lines in (
            "json.dumps({'a': client}, default=env.registry.models.pop)",
            "list(map(env.registry.models.pop, ['sync.project.secret']))",
            "sorted(['sync.project.secret'], key=env.registry.models.pop)",
            "apply(env.registry.models.pop, 'sync.project.secret')",
            "env.cr.precommit.add(lambda: env.registry.models.clear())\n"
            "env.cr.precommit.run()",
            "search_links('x').filtered(env.registry.models.pop)\n"
            "env.registry.models.update({'sync.project.secret': 1})",
        ):
            with self.subTest(lines):
                self.refused(lines, "in the place of a model")
        self.assertIn("sync.project.secret", self.env.registry.models)


@tagged("post_install", "-at_install")
class TestSecuritySeal(TransactionCase):
    """What is ours stays shut, in whichever room it stands."""

    def own_classes(self):
        root = importlib.import_module(transfer.ENGINE)
        names = [
            module.name
            for module in pkgutil.walk_packages(root.__path__, f"{transfer.ENGINE}.")
        ]
        self.assertGreater(len(names), 50)
        for name in names:
            for kind in vars(importlib.import_module(name)).values():
                if isinstance(kind, type) and kind.__module__ == name:
                    yield kind

    def test_each_class_of_the_engine_is_sealed(self):
        kinds = list(self.own_classes())
        self.assertGreater(len(kinds), 80)
        for kind in kinds:
            with self.subTest(kind=kind):
                self.assertTrue(transfer.is_sealed(kind))

    def test_a_class_elsewhere_is_not(self):
        self.assertFalse(transfer.is_sealed(type("Elsewhere", (), {})))
