from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestSandbox(SyncCase):
    """What task code can do, and what it can't."""

    def assert_refused(self, code, *parts):
        with self.assertRaises(ValidationError) as caught:
            self.make_task(code)
        for part in parts:
            self.assertIn(part, str(caught.exception))

    def test_closures_with_assert_and_starred_assignment_work(self):
        job = self.run_lines(
            """
            offset = 3
            numbers = sorted([1, 2], key=lambda n: -n * offset)
            first, *rest = numbers

            def add(n):
                return n + offset

            with env.cr.savepoint():
                partner = env["res.partner"].create({"name": "Kept"})
            assert partner, "no partner"
            log([first, *rest, add(1), *map(add, rest)])
            """
        )
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["[\n  2,\n  1,\n  4,\n  4\n]"])

    def test_deleting_items_and_matching_work(self):
        job = self.run_lines(
            """
            order = {"state": "paid", "lines": [1, 2, 3], "draft": True}
            del order["draft"]
            match order:
                case {"state": "paid", "lines": [first, *_]}:
                    log(f"{first} {sorted(order)}")
            """
        )
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["1 ['lines', 'state']"])

    def test_builtins_that_safe_eval_lacks(self):
        job = self.run_lines(
            """
            try:
                {}["x"]
            except KeyError as error:
                log(type2str(error))
            log(next(reversed([1, 2])))
            log(repr(sorted(frozenset([2, 1]))[slice(0, 1)]))
            log(getattr(env.user, "name", ""))
            log(hasattr(env.user, "_name"))
            print("a", 1, sep="-")
            """
        )
        self.assert_done(job)
        found = self.messages(job)
        self.assertEqual(found[:3], ["KeyError", "2", "[1]"])
        self.assertEqual(found[4:], ["False", "a-1"])

    def test_libraries_are_there(self):
        job = self.run_lines(
            """
            log(json.loads('{"a": 1}')["a"])
            day = datetime.datetime(2026, 1, 31)
            log(str(day + dateutil.relativedelta.relativedelta(months=1)))
            log(b64decode(b64encode("text")).decode())
            log(html2plaintext("<p>Hello</p>"))
            log(str(timezone("Europe/Paris")))
            log(LOG_ERROR, LOG_DEBUG)
            """
        )
        self.assert_done(job)
        self.assertEqual(
            self.messages(job),
            ["1", "2026-02-28 00:00:00", "text", "Hello", "Europe/Paris", "error"],
        )

    def test_forbidden_constructs_are_refused_with_their_line(self):
        head = "def handle_button():\n    pass\n"
        for line, reason in (
            ("import os", "import works in Protected Code only"),
            ("from os import path", "import works in Protected Code only"),
            ("class A:\n    pass", "classes can be defined in Protected Code only"),
            ("x = env.__class__", "__class__ is forbidden"),
            ("x = (lambda: 1).func_globals", "func_globals is forbidden"),
            ("env.x = 1", "attributes can't be set"),
            ("async def f():\n    pass", "async"),
            ("x: int = 1", "in functions only"),
        ):
            self.assert_refused(f"{head}{line}", "Line 3", reason)
        code = f"{head}match env:\n    case str():\n        pass"
        self.assert_refused(code, "Line 4", "not classes")

    def test_syntax_error_names_its_line(self):
        self.assert_refused("def handle_button():\n    x = = 1\n", "Line 2")

    def test_undefined_names_are_refused_with_their_line(self):
        self.assert_refused(
            """
            def handle_button():
                open("/etc/passwd")
                nonsense()
            """,
            "Line 3: open is not defined",
            "Line 4: nonsense is not defined",
        )

    def test_protected_names_are_unknown_in_tasks(self):
        code = "def handle_button():\n    log(secrets.X)"
        self.assert_refused(code, "Line 2: secrets is not defined")

    def test_getattr_refuses_private_names(self):
        job = self.run_lines("getattr(env, '_' + '_class_' + '_')")
        self.assertEqual(job.state, "failed")
        self.assertIn("private", self.log_text(job))

    def test_format_strings_walk_public_names_only(self):
        job = self.run_lines(
            """
            log("{0.name} {1[a]:>3} {n!r}".format(env.user, {"a": 1}, n="x"))
            "{0.__class__}".format(env)
            """
        )
        self.assertEqual(self.messages(job)[0], f"{self.env.user.name}   1 'x'")
        self.assertEqual(job.state, "failed")
        self.assertIn("private name __class__", self.log_text(job))

    def test_format_of_other_objects_is_their_own(self):
        job = self.run_lines(
            """
            log("{}-{}".format(*[1, 2]))
            log("{a}".format_map({"a": 1}))
            log(str.format("{}", 3))
            log(list(map("<{}>".format, "ab")))
            """
        )
        self.assert_done(job)
        self.assertEqual(self.messages(job)[:3], ["1-2", "1", "3"])
