"""The tests themselves: each can fail, is run, and patches what is really called."""

import ast
import re
import unittest
from pathlib import Path

from dev.cache import ROOT
from dev.tests.weak_tests import checkers, weaknesses

# What none of our tests may do, and a part of what is said of it.
WEAK = {
    "self.assertNotIn('a', job.mapped('message'))": "whole items",
    "self.assertNotIn('a', self.messages(job))": "whole items",
    "self.assertNotIn('a', [x.message for x in logs])": "whole items",
    "self.assertRaises(Exception)": "any error",
    "self.assertRaisesRegex(Exception, 'Only a Manager')": "any error",
    "self.assertIn(job.state, ('done', 'failed'))": "any state",
    "self.assertTrue(a, 3)": "doesn't compare",
    "self.assertTrue(a, [1])": "doesn't compare",
    "self.assertTrue(x for x in a)": "always true",
    "self.assertTrue(map(f, a))": "always true",
    "self.assertTrue('text')": "always true",
    "self.assertEqual(a.b, a.b)": "itself",
    "self.assertRegex(a, '.*')": "any text",
    "self.assertRaisesRegex(ValueError, '')": "any text",
    "for x in ():\n    self.assertTrue(x)": "nothing to go through",
    "with self.assertRaises(ValueError):\n    f()\n    self.assertTrue(a)": "reached",
    "'abc'.replace('x', 'y')": "no 'x'",
    "TEXT = 'abc'\nTEXT.replace('x', 'y')": "no 'x'",
    "a.replace('x', 'x')": "by itself",
    "self.attack('log(1)')": "names no refusal",
    "self.attack('log(1)', 'Error')": "any refusal",
    "self.attack('log(1)', 'ValueError: ')": "any refusal",
    "def test_a(self):\n    self.show()\ndef show(self):\n    pass": "checks nothing",
    "class A:\n    def test_a(self): assert a\n    def test_a(self): assert b": "twice",
}
FINE = (
    "self.assertNotIn('a', self.log_text(job))",
    "self.assertNotIn(name, names)",
    "with self.assertRaisesRegex(ValueError, 'wrong'):\n    f()",
    "self.assertTrue(links, kind)",
    "self.assertTrue(a, f'no {a}')",
    "'abc'.replace('a', 'y')",
    "a.replace('x', 'y')",
    "self.attack('log(1)', 'Only a Manager')",
    "self.attack('log(1)', NOTHING)",
    "self.attack('log(1)', refusal='Only a Manager')",
    "def test_a(self):\n    self.show()\ndef show(self):\n    self.assertTrue(a)",
)
# Called by others than the addon: queue_job, asyncio, a tour.
FOR_OTHERS = {"set_failed", "call_exception_handler", "work"}
SOURCES = ("engine", "models", "controllers", "wizard", "cli", "dev")


def files(folder: Path) -> list[Path]:
    """Return the Python files below a folder."""
    return sorted(folder.rglob("*.py"))


def trees() -> dict[Path, ast.Module]:
    """Return all tests and their helpers, parsed."""
    found = [*files(ROOT / "tests"), *files(ROOT / "dev/tests")]
    return {file: ast.parse(file.read_text()) for file in found}


def told(code: str) -> str:
    """Return what is said of a piece of code."""
    tree = ast.parse(code)
    found = weaknesses(tree, checkers({Path("x"): tree}))
    return "\n".join(problem for _line, problem in found)


class TestWeaknesses(unittest.TestCase):
    def test_they_are_found(self):
        for code, problem in WEAK.items():
            with self.subTest(code):
                self.assertIn(problem, told(code))

    def test_what_can_fail_is_left_alone(self):
        for code in FINE:
            with self.subTest(code):
                self.assertEqual(told(code), "")

    def test_our_tests_have_none(self):
        found = trees()
        self.assertGreater(len(found), 100)
        asserting = checkers(found)
        for file, tree in found.items():
            for line, problem in weaknesses(tree, asserting):
                with self.subTest(file=f"{file.relative_to(ROOT)}:{line}"):
                    self.fail(problem)


class TestPatches(unittest.TestCase):
    """What a test exchanges is used by somebody."""

    def patched(self, tree: ast.Module) -> set[str]:
        found = set()
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            name = ast.unparse(node.func).rpartition(".")
            patches = name[2] == "object" and name[0].endswith("patch")
            if (patches or name[2] == "patch") and isinstance(
                node.args[1], ast.Constant
            ):
                found.add(str(node.args[1].value))
        return found

    def test_it_stands_in_the_source(self):
        source = "\n".join(
            file.read_text()
            for folder in SOURCES
            for file in files(ROOT / folder)
            if "tests" not in file.parts
        )
        # What is declared only is called by nobody.
        used = set(re.findall(r"\w+", re.sub(r"(?m)^ *def \w+", "", source)))
        names = {name for tree in trees().values() for name in self.patched(tree)}
        self.assertGreater(len(names), 10)
        for name in names - FOR_OTHERS:
            with self.subTest(name):
                self.assertTrue(name in used, "nothing calls it")


class TestEachIsRun(unittest.TestCase):
    """Odoo runs what a package imports, and nothing that is plain `unittest`."""

    OWN_RUNNER = ("e2e", "simulators")

    def odoo_tests(self) -> list[Path]:
        found = [
            file
            for file in (ROOT / "tests").rglob("test_*.py")
            if file.relative_to(ROOT / "tests").parts[0] not in self.OWN_RUNNER
        ]
        self.assertGreater(len(found), 40)
        return found

    def test_every_file_is_imported(self):
        tree = ast.parse((ROOT / "tests/__init__.py").read_text())
        imported = {
            f"{node.module}/{name.name}.py"
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for name in node.names
        }
        for file in self.odoo_tests():
            with self.subTest(file.name):
                self.assertIn(str(file.relative_to(ROOT / "tests")), imported)

    def test_no_class_is_skipped_in_silence(self):
        for file in self.odoo_tests():
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef):
                    bases = {ast.unparse(base) for base in node.bases}
                    with self.subTest(file.name, name=node.name):
                        self.assertFalse(bases & {"TestCase", "unittest.TestCase"})


if __name__ == "__main__":
    unittest.main()
