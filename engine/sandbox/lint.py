"""Check code when it is saved: syntax, forbidden constructs, names, handlers."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterable

from pyflakes import checker, messages

from ..errors import CodeError
from ..messages import _lt
from . import characters, compiler
from .trigger_types import TYPES

_UNDEFINED = (
    messages.UndefinedName,
    messages.UndefinedLocal,
    messages.UndefinedExport,
)


def check_sandboxed(source: str, filename: str, known: Iterable[str]) -> None:
    """Refuse code that can't run in the sandbox; ``known`` are the helpers' names.

    :raise CodeError: with a line number for each problem
    """
    compiler.compile_code(source, filename)
    names = {*known, *compiler.BUILTINS}
    _refuse_undefined(ast.parse(source), names)


def check_protected(source: str, filename: str, known: Iterable[str]) -> None:
    """Refuse Protected Code with a syntax error, an undefined name or a hidden sign."""
    if hidden := list(characters.unseen(source)):
        raise CodeError(
            [(line, _lt("%(char)s can't be seen", char=char)) for line, char in hidden]
        )
    try:
        tree = ast.parse(source, filename)
        compile(tree, filename, "exec")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise CodeError([(line, getattr(error, "msg", str(error)))]) from None
    _refuse_undefined(tree, {*known, *dir(builtins)})


def top_level_names(source: str) -> set[str]:
    """Return the names that running ``source`` leaves behind for other code."""
    symbols = _symbols(source)
    bound = {name for name, symbol in symbols.items() if symbol.is_assigned()}
    kept = bound - imported_names(source)
    return {name for name in kept if not name.startswith("_")}


def imported_names(source: str) -> set[str]:
    """Return the names that ``source`` imports at its top level: for itself alone."""
    symbols = _symbols(source)
    return {name for name, symbol in symbols.items() if symbol.is_imported()}


def _symbols(source: str) -> dict[str, symtable.Symbol]:
    try:
        table = symtable.symtable(source or "", "code", "exec")
    except (SyntaxError, ValueError):
        return {}
    return {symbol.get_name(): symbol for symbol in table.get_symbols()}


def check_handler(source: str, trigger_type: str, trigger: str) -> None:
    """Refuse task code without a fitting handler for a trigger that is attached.

    :raise CodeError: with the handler's line, or line 1 if there is none
    """
    called = TYPES[trigger_type]
    name, least, most = called.handler, called.least, called.most
    function = _last_function(source, name)
    if function is None:
        raise CodeError(
            [
                (
                    1,
                    _lt(
                        'the trigger "%(trigger)s" needs a function %(name)s',
                        trigger=trigger,
                        name=name,
                    ),
                )
            ]
        )
    required, maximum = _arity(function)
    if required > most or maximum < least:
        raise CodeError([(function.lineno, _misfit(name, most, trigger))])


def _misfit(name: str, most: int, trigger: str) -> str:
    if most:
        return _lt(
            '%(name)s must accept one argument, for the trigger "%(trigger)s"',
            name=name,
            trigger=trigger,
        )
    return _lt(
        '%(name)s must accept no argument, for the trigger "%(trigger)s"',
        name=name,
        trigger=trigger,
    )


def _last_function(source: str, name: str) -> ast.FunctionDef | None:
    found = [
        node
        for node in ast.walk(ast.parse(source or ""))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return found[-1] if found else None


def _arity(function: ast.FunctionDef) -> tuple[int, float]:
    args = function.args
    positional = len(args.posonlyargs) + len(args.args)
    return (
        positional - len(args.defaults),
        float("inf") if args.vararg else positional,
    )


class _Checker(checker.Checker):
    """A checker that knows only the names it is given: Python's own are not all
    there in the sandbox."""

    def __init__(self, tree: ast.Module, names: set[str]) -> None:
        self._names = names
        super().__init__(tree)

    @property
    def builtIns(self) -> set[str]:
        return self._names

    @builtIns.setter
    def builtIns(self, names: set[str]) -> None:
        """Ignore what pyflakes sets: all of Python's builtins."""


def _refuse_undefined(tree: ast.Module, names: set[str]) -> None:
    problems = [
        (message.lineno, _lt("%(name)s is not defined", name=_subject(message)))
        for message in _Checker(tree, names).messages
        if isinstance(message, _UNDEFINED)
    ]
    if problems:
        raise CodeError(problems)


def _subject(message: messages.Message) -> str:
    return str(message.message_args[0])
