"""Tests that can't fail, as far as that can be told by reading them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

Found = Iterator[tuple[int, str]]
# All that stands in a file, or in a part of it.
Nodes = list[ast.AST]
_BROAD = ("Exception", "BaseException")
# Each gives a list of messages, of which none equals a part of itself.
_LISTS = ("mapped", "messages", "splitlines", "split", "readlines")
_PROBES = ("", "x", "\n", "Something else: 12")
# A refusal that is shorter, or that is the name of a class, says too little.
_SHORTEST = 8
_DECLARED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def weaknesses(tree: ast.Module, asserting: set[str]) -> list[tuple[int, str]]:
    """Return the lines of a file at which something can't fail, and what it is.

    ``asserting`` are the names of the helpers that check something: see `checkers`.
    """
    nodes = list(ast.walk(tree))
    found = [line for rule in _RULES for line in rule(nodes)]
    return sorted({*found, *_silent_tests(nodes, asserting)})


def checkers(trees: dict[Path, ast.Module]) -> set[str]:
    """Return the names of functions that check something, by themselves or not."""
    bodies: dict[str, set[str]] = {}
    found = set()
    for tree in trees.values():
        for node in _functions(ast.walk(tree)):
            inside = list(ast.walk(node))
            bodies.setdefault(node.name, set()).update(map(_called, _calls(inside)))
            if _checks(inside):
                found.add(node.name)
    while more := {n for n, called in bodies.items() if called & found} - found:
        found |= more
    return found


def _checks(nodes: Nodes) -> bool:
    stated = any(isinstance(node, ast.Assert) for node in nodes)
    return stated or any(_is_assertion(_called(call)) for call in _calls(nodes))


def _is_assertion(name: str) -> bool:
    return name.startswith("assert") or name in ("fail", "start_tour")


def _functions(nodes: Iterable[ast.AST]) -> Iterator[ast.FunctionDef]:
    return (node for node in nodes if isinstance(node, ast.FunctionDef))


def _calls(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    return (node for node in nodes if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    """Return the last part of the name that is called."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _constant(node: ast.AST) -> str | None:
    """Return the text of a constant one."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        value = node.value
        return value if isinstance(value, str) else value.decode("latin-1")
    return None


# -- the rules -----------------------------------------------------------------


def _silent_tests(nodes: Nodes, asserting: set[str]) -> Found:
    for node in _functions(nodes):
        inside = list(ast.walk(node))
        if not node.name.startswith("test_") or _checks(inside):
            continue
        if not set(map(_called, _calls(inside))) & asserting:
            yield node.lineno, f"{node.name}() checks nothing"


def _absent_from_lists(nodes: Nodes) -> Found:
    for call in _calls(nodes):
        if _called(call) != "assertNotIn" or len(call.args) < 2:
            continue
        inside = call.args[1]
        listed = isinstance(inside, ast.List | ast.ListComp) or (
            isinstance(inside, ast.Call) and _called(inside) in _LISTS
        )
        if listed:
            yield call.lineno, "assertNotIn() compares with whole items of a list"


def _any_error(nodes: Nodes) -> Found:
    for call in _calls(nodes):
        if _called(call) not in ("assertRaises", "assertRaisesRegex") or not call.args:
            continue
        if isinstance(call.args[0], ast.Name) and call.args[0].id in _BROAD:
            yield call.lineno, "any error will do"


def _any_state(nodes: Nodes) -> Found:
    for call in _calls(nodes):
        if _called(call) != "assertIn" or len(call.args) < 2:
            continue
        state, several = call.args[:2]
        named = isinstance(state, ast.Attribute) and state.attr == "state"
        if named and isinstance(several, ast.Tuple | ast.List | ast.Set):
            yield call.lineno, "any state will do"


def _second_argument(nodes: Nodes) -> Found:
    wrong = ast.Compare | ast.Tuple | ast.List | ast.Dict | ast.Set
    for call in _calls(nodes):
        if _called(call) not in ("assertTrue", "assertFalse") or len(call.args) < 2:
            continue
        message = call.args[1]
        other = isinstance(message, ast.Constant) and _constant(message) is None
        if other or isinstance(message, wrong):
            yield call.lineno, f"{_called(call)}() doesn't compare its arguments"


def _always_true(nodes: Nodes) -> Found:
    full = ast.Tuple | ast.List | ast.Dict | ast.Set
    for call in _calls(nodes):
        if _called(call) not in ("assertTrue", "assertIsNotNone") or not call.args:
            continue
        value = call.args[0]
        # Unlike a list of them, these are true even if they have no item.
        lazy = isinstance(value, ast.GeneratorExp | ast.Lambda)
        lazy |= isinstance(value, ast.Call) and _called(value) in ("map", "filter")
        if lazy or isinstance(value, ast.Constant | full):
            yield call.lineno, "the value is always true"
    for node in nodes:
        if isinstance(node, ast.Assert) and isinstance(node.test, full) and node.msg:
            yield node.lineno, "the value is always true"


def _same_twice(nodes: Nodes) -> Found:
    for call in _calls(nodes):
        if _called(call) in ("assertEqual", "assertIs", "assertCountEqual"):
            first, second = [*map(ast.dump, call.args[:2]), "", ""][:2]
            # What is called may answer differently.
            if first == second and not any(_calls(ast.walk(call.args[0]))):
                yield call.lineno, "it is compared with itself"


def _any_text(nodes: Nodes) -> Found:
    for call in _calls(nodes):
        if _called(call) in ("assertRegex", "assertRaisesRegex") and len(call.args) > 1:
            pattern = _constant(call.args[1])
            if pattern is not None and all(re.search(pattern, x) for x in _PROBES):
                yield call.lineno, "the pattern matches any text"


def _empty_loops(nodes: Nodes) -> Found:
    for node in nodes:
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List):
            if not node.iter.elts:
                yield node.lineno, "the loop has nothing to go through"


def _after_the_error(nodes: Nodes) -> Found:
    for node in nodes:
        if not isinstance(node, ast.With):
            continue
        items = [item.context_expr for item in node.items]
        names = {_called(item) for item in items if isinstance(item, ast.Call)}
        if not names & {"assertRaises", "assertRaisesRegex"}:
            continue
        for later in node.body[1:]:
            if any(_is_assertion(_called(call)) for call in _calls(ast.walk(later))):
                yield later.lineno, "what follows the error is not reached"


def _replaced_nothing(nodes: Nodes) -> Found:
    texts = _texts(nodes)
    for call in _calls(nodes):
        if _called(call) != "replace" or len(call.args) < 2:
            continue
        assert isinstance(call.func, ast.Attribute)
        text, old = _text_of(call.func.value, texts), _constant(call.args[0])
        if text is not None and old is not None and old not in text:
            yield call.lineno, f"there is no {old!r} to replace"
        if ast.dump(call.args[0]) == ast.dump(call.args[1]):
            yield call.lineno, "a text is replaced by itself"


def _texts(nodes: Nodes) -> dict[str, str]:
    """Return the constant texts of modules and classes, by their names."""
    found = {}
    for place in nodes:
        if not isinstance(place, ast.Module | ast.ClassDef):
            continue
        for node in place.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                if (text := _constant(node.value)) is not None:
                    found[node.targets[0].id] = text
    return found


def _text_of(node: ast.AST, texts: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return texts.get(node.id)
    if isinstance(node, ast.Attribute):
        own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        return texts.get(node.attr) if own else None
    return _constant(node)


def _unnamed_refusals(nodes: Nodes) -> Found:
    for call in _calls(nodes):
        if _called(call) not in ("attack", "refuse_to_save"):
            continue
        given = [*call.args[1:2], *(k.value for k in call.keywords)]
        if not given:
            yield call.lineno, "the attack names no refusal"
            continue
        refusal = _constant(given[0])
        if refusal is not None and (
            len(refusal) < _SHORTEST or re.fullmatch(r"\w*Error:? *", refusal)
        ):
            yield call.lineno, f"{refusal!r} could be any refusal"


def _hidden_twins(nodes: Nodes) -> Found:
    for place in nodes:
        if isinstance(place, ast.ClassDef):
            names = [node.name for node in place.body if isinstance(node, _DECLARED)]
            for node in place.body:
                if isinstance(node, ast.FunctionDef) and names.count(node.name) > 1:
                    if node.name.startswith("test_"):
                        yield node.lineno, f"{node.name}() stands here twice"


_RULES: tuple[Callable[[Nodes], Found], ...] = (
    _absent_from_lists,
    _after_the_error,
    _always_true,
    _any_error,
    _any_state,
    _any_text,
    _empty_loops,
    _hidden_twins,
    _replaced_nothing,
    _same_twice,
    _second_argument,
    _unnamed_refusals,
)
