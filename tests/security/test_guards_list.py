"""The list of what is changed in Odoo and Python is whole, and true."""

import ast
import importlib
import inspect
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from ...engine import guards
from ...engine.guards.patches import PATCHES

ROOT = Path(__file__).parents[2]
FOLDERS = ("engine", "models", "wizard", "controllers", "cli")
# Objects of Odoo's, as our code names them.
HANDED = {"cr", "cursor", "env", "registry", "pool", "models_of"}
CHANGES = {"append", "extend", "insert", "pop", "remove", "setdefault", "update"}
# The request's own answer is there to be changed.
OPEN = {"request"}
# Our own classes get methods in a loop; records get values.
OWN = {"WebhookRequest", "Models"}
# Odoo documents how to override it.
DOCUMENTED = {"_compute_display_name"}
# Somebody else's inside, which models/queue checks by itself.
FOREIGN = ("odoo.addons.queue_job.",)


def sources():
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))
    yield from (ROOT / "__init__.py", ROOT / "hooks.py")


def root(node):
    """Return the name that a chain of attributes and items begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


class Finder(ast.NodeVisitor):
    """Collect what looks like a change of something that isn't ours."""

    def __init__(self, tree):
        self.found = []
        self.foreign = set(HANDED)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [(n.asname or n.name).partition(".")[0] for n in node.names]
                self.foreign.update(names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                self.foreign.update(name.asname or name.name for name in node.names)
        self.foreign -= OPEN
        self.visit(tree)

    def _is_foreign(self, node):
        return isinstance(node, ast.Attribute | ast.Subscript) and (
            root(node) in self.foreign
        )

    def _note(self, node, target):
        if self._is_foreign(target):
            self.found.append(ast.unparse(node).partition("\n")[0])

    def visit_Assign(self, node):
        for target in node.targets:
            self._note(node, target)
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        self._note(node, node.target)
        self.generic_visit(node)

    def visit_Delete(self, node):
        for target in node.targets:
            self._note(node, target)

    def visit_Call(self, node):
        name, of = None, None
        if isinstance(node.func, ast.Attribute):
            name, of = node.func.attr, node.func.value
        elif isinstance(node.func, ast.Name):
            name = node.func.id
        setter = name in ("setattr", "delattr") and root(node.args[0]) not in OWN
        if setter or name == "addaudithook":
            self.found.append(ast.unparse(node))
        elif name == "vars" and getattr(node.args[0], "id", None) in HANDED:
            self.found.append(ast.unparse(node))
        elif name in CHANGES and of is not None:
            self._note(node, of)
        self.generic_visit(node)


def _is_ours(kind):
    return kind.__module__.startswith("odoo.addons.sync.")


def _private_methods(kind):
    for name, value in vars(kind).items():
        method = inspect.isfunction(value) or isinstance(value, classmethod)
        if method and name.startswith("_") and not name.startswith("__"):
            yield name


def changes(file):
    return Finder(ast.parse(file.read_text())).found


@tagged("post_install", "-at_install")
class TestGuardsList(TransactionCase):
    def test_each_target_is_there(self):
        for patch in PATCHES:
            for target in patch.targets:
                with self.subTest(target):
                    module, _, path = target.partition(":")
                    found = importlib.import_module(module)
                    *owners, name = path.split(".")
                    for owner in owners:
                        found = getattr(found, owner)
                    known = hasattr(found, name) or name in found.__annotations__
                    self.assertTrue(known)

    def test_each_patch_has_a_guard_and_a_place(self):
        names = {guard.name for guard in guards.GUARDS}
        files = {path.stem for path in (ROOT / "engine/guards").glob("*.py")}
        self.assertEqual(files - {"__init__", "patches", "rehearsal"}, names)
        self.assertEqual({patch.guard for patch in PATCHES}, names)
        for patch in PATCHES:
            with self.subTest(patch.targets):
                self.assertTrue((ROOT / patch.place).is_file())
                self.assertTrue(patch.reason and patch.replacement)

    def test_nothing_else_changes_what_is_not_ours(self):
        places = {patch.place for patch in PATCHES}
        for file in sources():
            place = str(file.relative_to(ROOT))
            with self.subTest(place):
                found = [] if place in places else changes(file)
                self.assertFalse(found)

    def test_no_other_private_method_of_odoos_is_overridden(self):
        targets = (target for patch in PATCHES for target in patch.targets)
        listed = {target.rpartition(".")[2] for target in targets} | DOCUMENTED
        for model in self.env.registry.values():
            for kind in filter(_is_ours, model.__mro__):
                others = [k for k in model.__mro__ if not _is_ours(k)][1:]
                for name in _private_methods(kind):
                    with self.subTest(f"{model._name}.{name}"):
                        odoos = [k for k in others if name in vars(k)]
                        own = all(k.__module__.startswith(FOREIGN) for k in odoos)
                        self.assertTrue(own or name in listed, odoos)

    def test_a_change_is_found(self):
        """The finder itself: each way to change something, and none that isn't."""
        for line in (
            "server._reexec = f",
            "del server._reexec",
            "safe_eval._BUILTINS['x'] = f",
            "safe_eval._UNSAFE.extend(x)",
            "setattr(kind, name, f)",
            "sys.addaudithook(f)",
            "cr.flush = f",
            "registry.models |= x",
            "vars(cr)['x'] = f",
        ):
            tree = ast.parse(f"import sys\nfrom odoo import server, safe_eval\n{line}")
            with self.subTest(line):
                self.assertEqual(len(Finder(tree).found), 1)
        own = ast.parse(
            "from . import x\nx.y = 1\nself.env = env\nthing.items.append(1)"
        )
        self.assertEqual(Finder(own).found, [])
