"""Keep project code from ending the transaction that its run lives in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from odoo.tools import SQL
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.sql import Composable

from ..errors import SyncError
from ..messages import _lt
from ..protocols import Cursor

# Of the connection, which psycopg2's cursors lead to.
_ENDING = {"commit", "rollback", "close", "reset", "cancel", "cursor", "lobject"}
_PREFIXES = ("set_", "tpc_")

_WORD = re.compile(r"\s*([a-z]+)", re.I)
_FIRST = {"commit", "abort", "end", "begin", "start", "prepare", "rollback", "set"}
_MODES = {"transaction_isolation", "transaction_read_only", "transaction_deferrable"}
_TOKEN = re.compile(
    r"""
      (?P<comment> /\* )
    | (?P<space>   \s+ | --[^\n]* )
    | (?P<text>    e' [^'\\]* (?: (?: \\. | '' ) [^'\\]* )* (?: ' | \Z )
                 | ' [^']* (?: '' [^']* )* (?: ' | \Z )
                 | " [^"]* (?: "" [^"]* )* (?: " | \Z )
                 | \$ (?P<tag> (?: [^\W\d] \w* )? ) \$ .*? (?: \$ (?P=tag) \$ | \Z ) )
    | (?P<word>    [^\W\d] [\w$]* )
    | (?P<end>     ; )
    | (?P<other>   . )
    """,
    re.X | re.S | re.I,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")


def refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    """Explain what project code does instead.

    :raise SyncError: always
    """
    raise SyncError(
        _lt(
            "Project code can't commit or roll back: the studio does, when "
            "the run is over. For a part that may fail use `with "
            "env.cr.savepoint():`, for work in pieces add_job()."
        )
    )


@contextmanager
def kept(cr: Cursor) -> Iterator[None]:
    """Refuse whatever would end the transaction of ``cr`` meanwhile."""
    own = vars(cr)
    before = dict(own)
    status = cr.connection.get_transaction_status()
    guards = {
        **dict.fromkeys(("commit", "rollback", "close"), refuse),
        **{
            name: _checked(getattr(cr, name))
            for name in ("execute", "execute_values", "executemany", "copy_expert")
        },
        "connection": _Connection(cr.connection),
    }
    own.update(guards)
    try:
        yield
    finally:
        for name in guards:
            own.pop(name)
            if name in before:
                own[name] = before[name]
    # Another way may have led around the guards.
    ended = cr.connection.get_transaction_status() == TRANSACTION_STATUS_IDLE
    if ended and status != TRANSACTION_STATUS_IDLE:
        refuse()


class _Connection:
    """A cursor's connection, for all but its transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        if name in _ENDING or name.startswith(_PREFIXES):
            refuse()
        return getattr(self._connection, name)


def _checked(run: Callable[..., Any]) -> Callable[..., Any]:
    def checked(query: Any, *args: Any, **kwargs: Any) -> Any:
        if ends_transaction(_text(query, run)):
            refuse()
        return run(query, *args, **kwargs)

    return checked


def _text(query: Any, run: Any) -> str:
    if isinstance(query, SQL):
        return query.code
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    if isinstance(query, Composable):
        cr = run.__self__
        return query.as_string(getattr(cr, "_obj", cr))
    return query if isinstance(query, str) else ""


def ends_transaction(text: str) -> bool:
    """Tell whether one of the statements in ``text`` begins or ends a transaction.

    ``SAVEPOINT``, ``ROLLBACK TO`` and ``RELEASE`` don't. Procedures and ``DO`` blocks
    are PostgreSQL's to refuse.
    """
    word = None if ";" in text else _WORD.match(text)
    # The common case, which costs next to nothing.
    if word and word[1].lower() not in _FIRST:
        return False
    return any(map(_ends, _statements(text)))


def _ends(words: list[str]) -> bool:
    first, *rest = [*words, ""]
    if first == "rollback":
        return "to" not in rest[:2]
    if first in ("start", "prepare"):
        return rest[0] == "transaction"
    if first == "set":
        return bool(
            "transaction" in rest[:2]
            or "characteristics" in rest[:3]
            or _MODES & {*rest[:2]}
        )
    return first in _FIRST


def _statements(text: str) -> Iterator[list[str]]:
    """Return the words, in small letters, that each statement begins with."""
    words: list[str] = []
    depth = 0  # of BEGIN ATOMIC ... END, in which a function has its statements
    for kind, token in _tokens(text):
        if kind == "end" and not depth:
            yield words
            words = []
        elif kind == "word":
            if words[:1] == ["create"]:
                depth += _step(words[-1], token, depth)
            words.append(token)
        elif kind != "end":
            words.append("")
    yield words


def _step(previous: str, word: str, depth: int) -> int:
    if (previous, word) == ("begin", "atomic"):
        return 1
    return {"case": 1, "end": -1}.get(word, 0) if depth else 0


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while match := _TOKEN.match(text, position):
        kind, position = match.lastgroup or "", match.end()
        if kind == "comment":
            position = _after_comment(text, position)
        elif kind != "space":
            yield ("text" if kind == "tag" else kind), match[0].lower()


def _after_comment(text: str, position: int) -> int:
    """Return where the comment ends that has begun: PostgreSQL nests them."""
    depth = 1
    while depth and (mark := _COMMENT_MARK.search(text, position)):
        depth += 1 if mark[0] == "/*" else -1
        position = mark.end()
    return position if not depth else len(text)
