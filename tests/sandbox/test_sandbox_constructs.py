import ast
import contextlib
import textwrap

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ...engine.errors import CodeError
from ...engine.sandbox import compiler
from ..common import SyncCase
from .sandbox_constructs import REFUSED, REFUSED_OR_UNKNOWN, WORKS, blocks, ways


@tagged("post_install", "-at_install")
class TestSandboxConstructs(SyncCase):
    """Each construct means the same on every Python, wherever it stands."""

    def run_block(self, code):
        """Return what a block leaves behind in ``result``."""
        entered = []

        @contextlib.contextmanager
        def manager(name):
            entered.append(name)
            try:
                yield name
            except ValueError:
                if name != "quiet":
                    raise
            finally:
                entered.append(f"-{name}")

        namespace = {"entered": entered, "manager": manager}
        compiler.run_code(code, "block", namespace)
        return namespace["result"]

    def test_what_works(self):
        for code, expected in blocks(WORKS):
            for name, text in ways(code):
                with self.subTest(name, code=code):
                    self.assertEqual(self.run_block(text), ast.literal_eval(expected))

    def test_a_task_may_use_it(self):
        parts, results = [], []
        for code, expected in blocks(WORKS):
            # Saving refuses names that are not known, or no more.
            if not any(word in code for word in ("manager", "entered", "NameError")):
                body = textwrap.indent(code, "    ")
                parts.append(f"def part_{len(parts)}():\n{body}\n    return result\n")
                results.append(repr(ast.literal_eval(expected)))
        calls = "".join(f"    log(repr(part_{n}()))\n" for n in range(len(parts)))
        job = self.run_button("".join(parts) + f"def handle_button():\n{calls}")
        self.assert_done(job)
        self.assertEqual(self.messages(job), results)

    def test_what_is_refused(self):
        for code, reason in blocks(REFUSED):
            with self.subTest(code), self.assertRaises(ValidationError) as caught:
                self.make_task(f"{code}\ndef handle_button():\n    pass")
            self.assertIn(reason, str(caught.exception), code)
            self.assertIn("Line ", str(caught.exception), code)

    def test_what_only_newer_pythons_know_is_refused_by_all(self):
        for code, reason in blocks(REFUSED_OR_UNKNOWN):
            with self.assertRaises(CodeError, msg=code) as caught:
                compiler.compile_code(code, "block")
            with contextlib.suppress(SyntaxError):
                ast.parse(code)
                self.assertIn(reason, str(caught.exception), code)

    def test_code_that_is_nested_too_deeply_is_told(self):
        for code in ("x = " + "-" * 100_000 + "1", "x = a" + "()" * 20_000):
            with self.assertRaises(ValidationError) as caught:
                self.make_task(f"{code}\ndef handle_button():\n    pass")
            self.assertIn("nested too deeply", str(caught.exception))
