"""Compile and run code that Developers type.

It stands on ``odoo.tools.safe_eval``: its opcodes, its dunder check, its builtins.
What differs is why it exists: compiled code is cached by its text, closures work,
``with``, ``assert`` and starred assignment work, exceptions keep their type and
traceback, and ``str.format`` can't walk attributes that start with an underscore.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

from odoo.tools import safe_eval

from ..errors import CodeError
from ..logs import alarm
from ..messages import _lt
from . import format_guard

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
            # except ... as error, where a closure uses the error
            "DELETE_DEREF",
            # a @ b, which newer Pythons say with BINARY_OP
            "BINARY_MATRIX_MULTIPLY",
            "INPLACE_MATRIX_MULTIPLY",
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
            "COPY_DICT_WITHOUT_KEYS",
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
        raise TypeError(_lt("getattr(): the attribute's name must be a string"))
    if _is_private(name):
        problem = _lt(
            "Names with a leading underscore are private: %(name)s", name=name
        )
        alarm.report(problem)
        raise AttributeError(problem)
    if name in format_guard.GUARDED:
        return format_guard.guarded(obj, name)
    return getattr(obj, name, *default)


def guarded_hasattr(obj: Any, name: str) -> bool:
    """Tell whether :func:`guarded_getattr` would find the attribute."""
    if isinstance(name, str) and _is_private(name):
        return False
    try:
        guarded_getattr(obj, name)
    except AttributeError:
        return False
    return True


def _is_private(name: str) -> bool:
    return name.startswith("_") or name in safe_eval._UNSAFE_ATTRIBUTES


@lru_cache(maxsize=4096)
def compile_code(source: str, filename: str) -> CodeType:
    """Return the checked bytecode of ``source``.

    :raise CodeError: for a syntax error or a forbidden construct, with its line
    """
    with _problems_told():
        code = compile(guard_formats(parse(source, filename)), filename, "exec")
        safe_eval.assert_valid_codeobj(_OPCODES, code, filename)
    return code


def parse(source: str, filename: str) -> ast.Module:
    """Return the syntax tree of ``source`` after refusing forbidden constructs."""
    refusals = _Refusals()
    with _problems_told():
        tree = ast.parse(source, filename)
        refusals.visit(tree)
    if refusals.problems:
        raise CodeError(refusals.problems)
    return tree


@contextmanager
def _problems_told() -> Iterator[None]:
    """Turn what Python and safe_eval say of code into a CodeError."""
    try:
        yield
    except SyntaxError as error:
        raise CodeError([(error.lineno or 1, f"{error.msg}")]) from None
    except (NameError, ValueError) as error:
        raise CodeError([(1, str(error))]) from error
    # Which of them it is, and how deep it is, differs between Pythons.
    except (RecursionError, MemoryError):
        raise CodeError([(1, _lt("the code is nested too deeply"))]) from None


def run_code(source: str, filename: str, namespace: dict[str, Any]) -> None:
    """Run ``source`` at the top level of ``namespace``."""
    namespace["__builtins__"] = dict(BUILTINS)
    namespace[FORMAT_GUARD] = format_guard.guarded
    exec(compile_code(source, filename), namespace)  # noqa: S102


def guard_formats(tree: ast.AST, literals: bool = True) -> Any:
    """Return ``tree`` with every ``x.format`` sent through :mod:`.format_guard`.

    Without ``literals``, those of texts that stand in the code itself stay.
    """
    return ast.fix_missing_locations(_Guard(literals).visit(tree))


class _Guard(ast.NodeTransformer):
    """Send ``x.format`` through the guard of :mod:`.format_guard`."""

    def __init__(self, literals: bool) -> None:
        self._literals = literals

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if node.attr not in format_guard.GUARDED or not isinstance(node.ctx, ast.Load):
            return node
        if isinstance(node.value, ast.Constant) and not self._literals:
            return node
        guard = ast.Name(FORMAT_GUARD, ast.Load())
        call = ast.Call(guard, [node.value, ast.Constant(node.attr)], [])
        return ast.copy_location(call, node)


class _Refusals(ast.NodeVisitor):
    """Collect what the bytecode check would refuse, in words and with lines."""

    def __init__(self) -> None:
        self.problems: list[tuple[int, str]] = []
        self._functions = 0
        self._comprehensions = 0

    def _refuse(self, node: ast.AST, reason: str) -> None:
        self.problems.append((getattr(node, "lineno", 1), reason))
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self._refuse(node, _lt("import works in Protected Code only"))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._refuse(node, _lt("import works in Protected Code only"))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._refuse(node, _lt("classes can be defined in Protected Code only"))

    def visit_Global(self, node: ast.Global) -> None:
        self._refuse(node, _lt("global is not available; return the value instead"))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if self._functions:
            self.generic_visit(node)
        else:
            self._refuse(node, _lt("annotate variables in functions only"))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        if self._comprehensions and not self._functions:
            self._refuse(node, _lt("in a comprehension, := works in functions only"))
        else:
            self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        self._refuse(node, _lt("match works with values, lists and dicts, not classes"))

    def _refuse_async(self, node: ast.stmt) -> None:
        self._refuse(node, _lt("async is not available"))

    visit_AsyncFor = visit_AsyncWith = visit_AsyncFunctionDef = _refuse_async

    def visit_comprehension(self, node: ast.comprehension) -> None:
        if node.is_async:
            self._refuse(node.target, _lt("async is not available"))
        self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> None:
        self._refuse(node, _lt("await is not available"))

    # What some Pythons have and others don't isn't available on any.

    def visit_TryStar(self, node: ast.stmt) -> None:
        self._refuse(node, _lt("except* is not available"))

    def visit_TypeAlias(self, node: ast.stmt) -> None:
        self._refuse(node, _lt("type aliases are not available"))

    def visit_TemplateStr(self, node: ast.expr) -> None:
        self._refuse(node, _lt("t-strings are not available"))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._refuse(
                node,
                _lt(
                    "attributes can't be set: use record.write({'%(name)s': ...})",
                    name=node.attr,
                ),
            )
        elif _forbidden(node.attr):
            self._refuse(node, _lt("the name %(name)s is forbidden", name=node.attr))
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if _forbidden(node.id) or node.id == FORMAT_GUARD:
            self._refuse(node, _lt("the name %(name)s is forbidden", name=node.id))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if _forbidden(node.name):
            self._refuse(node, _lt("the name %(name)s is forbidden", name=node.name))
        elif getattr(node, "type_params", None):
            self._refuse(node, _lt("type parameters are not available"))
        else:
            self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.Lambda) -> None:
        self._functions += 1
        self.generic_visit(node)
        self._functions -= 1

    visit_Lambda = _visit_function

    def _visit_comprehension(self, node: ast.expr) -> None:
        self._comprehensions += 1
        self.generic_visit(node)
        self._comprehensions -= 1

    visit_ListComp = visit_SetComp = visit_DictComp = _visit_comprehension
    visit_GeneratorExp = _visit_comprehension


def _forbidden(name: str) -> bool:
    return "__" in name or name in safe_eval._UNSAFE_ATTRIBUTES
