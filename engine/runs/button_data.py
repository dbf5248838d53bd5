"""The data of a button, written in JSON or in YAML by the rules of YAML 1.2.

PyYAML follows YAML 1.1, in which ``NO`` is false, ``12:30`` a number of seconds and
``012345`` octal. Here plain scalars are what the core schema of YAML 1.2.2 (section
10.3.2) says, dates stay texts, and what a typing mistake hides is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ..messages import _lt

MAX_LENGTH = 200_000  # characters of YAML, which is read by Python code
MAX_NODES = 100_000  # an alias counts as often as what it stands for

_PREFIX = "tag:yaml.org,2002:"
_MERGE = f"{_PREFIX}merge"
_CORE = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    # Not of the schema, but of what people write.
    ("merge", r"<<", ["<"]),
)


def read(text: str | None) -> Any:
    """Return the data that ``text`` stands for; None for an empty text.

    :raise ValueError: with the line, if it is neither JSON nor YAML
    """
    if not text or not text.strip():
        return None
    with suppress(ValueError, RecursionError):
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    if len(text) > MAX_LENGTH:
        raise ValueError(
            _lt(
                "YAML of more than %(most)s characters is not read.",
                most=f"{MAX_LENGTH:,}",
            )
        )
    try:
        return yaml.load(text, _Loader)  # noqa: S506
    except RecursionError:
        raise ValueError(_lt("The data is nested too deeply.")) from None
    except (yaml.YAMLError, ArithmeticError, LookupError) as error:
        raise ValueError(str(error)) from None
    except (AttributeError, TypeError):
        raise ValueError(_lt("A value doesn't fit its tag.")) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_lt("A key stands twice."))
    return found


def _refuse(name: str) -> Any:
    raise ValueError(_lt("%(name)s is not JSON.", name=name))


class _Loader(yaml.SafeLoader):
    """PyYAML with the scalars of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def get_single_node(self) -> Node | None:
        node = super().get_single_node()
        if node is not None:
            _Check(self).document(node)
        return node


for _name, _regexp, _first in _CORE:
    _Loader.add_implicit_resolver(
        _PREFIX + _name, re.compile(f"(?:{_regexp})\\Z"), _first
    )


def _integer(loader: _Loader, node: ScalarNode) -> int:
    text = loader.construct_scalar(node)
    bases = {"0o": 8, "0x": 16}
    return _number(node, lambda: int(text, bases.get(text[:2], 10)))


def _float(loader: _Loader, node: ScalarNode) -> float:
    text = loader.construct_scalar(node).lower()
    return _number(node, lambda: float(re.sub(r"\.(?=inf|nan)", "", text)))


def _text(loader: _Loader, node: ScalarNode) -> str:
    return loader.construct_scalar(node)


def _number(node: Node, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ValueError as error:
        raise _error(node, str(error)) from None


_Loader.add_constructor(f"{_PREFIX}int", _integer)
_Loader.add_constructor(f"{_PREFIX}float", _float)
# Where it is no key, it is a text.
_Loader.add_constructor(_MERGE, _text)


class _Check:
    """Refuse data that hides a mistake, contains itself, or is blown up by aliases."""

    def __init__(self, loader: _Loader) -> None:
        self._loader = loader
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()

    def document(self, root: Node) -> None:
        """Check all that ``root`` holds."""
        if self._size(root) > MAX_NODES:
            raise _error(
                root, _lt("there are more than %(most)s values", most=f"{MAX_NODES:,}")
            )

    def _size(self, node: Node) -> int:
        key = id(node)
        if key in self._open:
            raise _error(node, _lt("this contains itself"))
        if key not in self._sizes:
            self._open.add(key)
            self._check_keys(node)
            self._sizes[key] = 1 + sum(map(self._size, _children(node)))
            self._open.discard(key)
        return self._sizes[key]

    def _check_keys(self, node: Node) -> None:
        seen = set()
        for key_node, _value in node.value if isinstance(node, MappingNode) else ():
            if not isinstance(key_node, ScalarNode):
                raise _error(key_node, _lt("a list or a mapping can't be a key"))
            if key_node.tag == _MERGE:
                continue
            key = self._loader.construct_object(key_node)
            if key in seen:
                raise _error(
                    key_node, _lt("the key %(key)s stands twice", key=f"{key!r}")
                )
            seen.add(key)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return node.value if isinstance(node, SequenceNode) else []


def _error(node: Node, problem: str) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
