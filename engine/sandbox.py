"""Compile and run code that Developers type.

It stands on ``odoo.tools.safe_eval``: its opcodes, its dunder check, its builtins.
What differs is why it exists: compiled code is cached by its text, closures work,
``with``, ``assert`` and starred assignment work, exceptions keep their type and
traceback, and ``str.format`` can't walk attributes that start with an underscore.
"""

from __future__ import annotations

import ast
import builtins
from functools import lru_cache
from types import CodeType
from typing import Any

from odoo.tools import safe_eval

from . import formats
from .errors import CodeError

FORMAT_GUARD = "_guarded_format_"

_OPCODES = safe_eval._SAFE_OPCODES | set(
    safe_eval.to_opcodes(
        (
            # closures
            "LOAD_CLOSURE",
            "LOAD_DEREF",
            "STORE_DEREF",
            "MAKE_CELL",
            "COPY_FREE_VARS",
            # a, *b = c and f(*a, b)
            "UNPACK_EX",
            "LIST_TO_TUPLE",
            # yield from
            "GET_YIELD_FROM_ITER",
            "SEND",
            "END_SEND",
            "CLEANUP_THROW",
            "JUMP_BACKWARD_NO_INTERRUPT",
            "YIELD_FROM",
            # del d[key]
            "DELETE_SUBSCR",
            # match, but for class patterns: they name attributes out of sight
            "MATCH_MAPPING",
            "MATCH_SEQUENCE",
            "MATCH_KEYS",
            "GET_LEN",
            # assert
            "LOAD_ASSERTION_ERROR",
            # with
            "SETUP_WITH",
            "BEFORE_WITH",
            "WITH_EXCEPT_START",
            "WITH_CLEANUP_START",
            "WITH_CLEANUP_FINISH",
            "ROT_N",
            "GEN_START",
            "DUP_TOP_TWO",
        )
    )
)

_EXTRA_BUILTINS = (
    "ArithmeticError AssertionError AttributeError ConnectionError IndexError "
    "KeyError LookupError NameError NotImplementedError OSError OverflowError "
    "PermissionError RuntimeError StopIteration TimeoutError TypeError "
    "UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError "
    "ZeroDivisionError bin bytearray callable complex frozenset hash hex "
    "issubclass iter next oct pow reversed slice"
).split()

BUILTINS: dict[str, Any] = {
    **safe_eval._BUILTINS,
    **{name: getattr(builtins, name) for name in _EXTRA_BUILTINS},
}


def guarded_getattr(obj: Any, name: str, *default: Any) -> Any:
    """Return ``obj.name``, refusing names with a leading underscore."""
    if not isinstance(name, str):
        raise TypeError("getattr(): the attribute's name must be a string")
    if name.startswith("_") or name in safe_eval._UNSAFE_ATTRIBUTES:
        raise AttributeError(f"Names with a leading underscore are private: {name}")
    if name in formats.METHODS:
        return formats.guarded(obj, name)
    return getattr(obj, name, *default)


def guarded_hasattr(obj: Any, name: str) -> bool:
    """Tell whether :func:`guarded_getattr` would find the attribute."""
    try:
        guarded_getattr(obj, name)
    except AttributeError:
        return False
    return True


@lru_cache(maxsize=4096)
def compile_code(source: str, filename: str) -> CodeType:
    """Return the checked bytecode of ``source``.

    :raise CodeError: for a syntax error or a forbidden construct, with its line
    """
    code = compile(guard_formats(parse(source, filename)), filename, "exec")
    try:
        safe_eval.assert_valid_codeobj(_OPCODES, code, filename)
    except (NameError, ValueError) as error:
        raise CodeError([(1, str(error))]) from error
    return code


def parse(source: str, filename: str) -> ast.Module:
    """Return the syntax tree of ``source`` after refusing forbidden constructs."""
    try:
        tree = ast.parse(source, filename)
    except SyntaxError as error:
        raise CodeError([(error.lineno or 1, f"{error.msg}")]) from None
    except ValueError as error:
        raise CodeError([(1, str(error))]) from None
    refusals = _Refusals()
    refusals.visit(tree)
    if refusals.problems:
        raise CodeError(refusals.problems)
    return tree


def run_code(source: str, filename: str, namespace: dict[str, Any]) -> None:
    """Run ``source`` at the top level of ``namespace``."""
    namespace["__builtins__"] = dict(BUILTINS)
    namespace[FORMAT_GUARD] = formats.guarded
    exec(compile_code(source, filename), namespace)  # noqa: S102


def guard_formats(tree: ast.AST) -> Any:
    """Return ``tree`` with every ``x.format`` sent through :mod:`.formats`."""
    return ast.fix_missing_locations(_Guard().visit(tree))


class _Guard(ast.NodeTransformer):
    """Send ``x.format`` through the guard of :mod:`.formats`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if node.attr not in formats.METHODS:
            return node
        guard = ast.Name(FORMAT_GUARD, ast.Load())
        call = ast.Call(guard, [node.value, ast.Constant(node.attr)], [])
        return ast.copy_location(call, node)


class _Refusals(ast.NodeVisitor):
    """Collect what the bytecode check would refuse, in words and with lines."""

    def __init__(self) -> None:
        self.problems: list[tuple[int, str]] = []

    def _refuse(self, node: ast.AST, reason: str) -> None:
        self.problems.append((getattr(node, "lineno", 1), reason))
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self._refuse(node, "import works in Protected Code only")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._refuse(node, "import works in Protected Code only")

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._refuse(node, "classes can be defined in Protected Code only")

    def visit_Global(self, node: ast.Global) -> None:
        self._refuse(node, "global is not available; return the value instead")

    def visit_Module(self, node: ast.Module) -> None:
        for statement in node.body:
            if isinstance(statement, ast.AnnAssign):
                self._refuse(statement, "annotate variables in functions only")
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        self._refuse(node, "match works with values, lists and dicts, not classes")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._refuse(node, "async functions are not available")

    def visit_Await(self, node: ast.Await) -> None:
        self._refuse(node, "await is not available")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._refuse(
                node,
                f"attributes can't be set: use record.write({{'{node.attr}': ...}})",
            )
        elif _forbidden(node.attr):
            self._refuse(node, f"the name {node.attr} is forbidden")
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if _forbidden(node.id) or node.id == FORMAT_GUARD:
            self._refuse(node, f"the name {node.id} is forbidden")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if _forbidden(node.name):
            self._refuse(node, f"the name {node.name} is forbidden")
        else:
            self.generic_visit(node)


def _forbidden(name: str) -> bool:
    return "__" in name or name in safe_eval._UNSAFE_ATTRIBUTES
