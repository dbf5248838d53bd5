"""Format strings in ``safe_eval`` walk public attributes only."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType

from odoo.tools import safe_eval

from ..messages import _lt
from ..protocols import Environment
from ..sandbox import compiler, format_guard
from .rehearsal import Guard, confined, refused


def _install() -> None:
    safe_eval._BUILTINS[compiler.FORMAT_GUARD] = format_guard.guarded
    safe_eval.compile_codeobj = _guarded(safe_eval.compile_codeobj)


def _guarded(compile_codeobj: Callable[..., CodeType]) -> Callable[..., CodeType]:
    def compile_guarded(
        expr: str, /, filename: str | None = "<unknown>", mode: str = "eval"
    ) -> CodeType:
        code = compile_codeobj(expr, filename, mode)
        if not _formats(code):
            return code
        source = expr.strip() if mode == "eval" else expr
        tree = ast.parse(source, filename or "", mode)
        return compile(compiler.guard_formats(tree), filename or "", mode)

    return compile_guarded


def _formats(code: CodeType) -> bool:
    """Tell whether ``code``, or a function in it, has an attribute like ``format``."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return any(name in format_guard.GUARDED for name in code.co_names) or any(
        _formats(const) for const in inner
    )


def _test(_env: Environment) -> None:
    with refused("private name __class__"):
        confined("(lambda: '{0.__class__}'.format(1))()", {})
    with refused("private name __class__"):
        confined("[*map('{0.__class__}'.format, [1])]", {})


GUARD = Guard("format_strings", _lt("Format strings in safe_eval"), _test, _install)
