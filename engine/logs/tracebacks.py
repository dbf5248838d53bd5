"""Tracebacks as the author of the code needs them: their own lines, and no others."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from itertools import dropwhile
from types import TracebackType

from werkzeug.exceptions import BadRequestKeyError

from .. import plaintext

# What an author's file is called in a traceback, and its source; None hides the
# source of Protected Code, whose line numbers are enough to find the place.
Sources = Mapping[str, str | None]
Tell = Callable[[object], str]
MAX_CAUSES = 20
LED_TO = "\n\nWhich led to:\n\n"


def user_lines(tb: TracebackType | None, sources: Sources) -> list[str]:
    """Return the frames of ``tb`` that lie in ``sources``, as Python prints them."""
    lines = []
    for frame, number in traceback.walk_tb(tb):
        name = frame.f_code.co_filename
        if name in sources:
            where = frame.f_code.co_name
            lines.append(f'  File "{name}", line {number}, in {where}')
            lines.extend(_source_line(sources[name], number))
    return lines


def _source_line(source: str | None, number: int) -> list[str]:
    rows = source.splitlines() if source else []
    return [f"    {rows[number - 1].strip()}"] if 0 < number <= len(rows) else []


def describe(error: BaseException, tell: Tell = str) -> str:
    """Return the exception's type and message in one line or more."""
    name = type(error).__name__
    text = plaintext.told(error, tell)
    if isinstance(error, BadRequestKeyError) and error.args:
        # Werkzeug doesn't say which one.
        text = f"400 Bad Request: there is no {plaintext.told(error.args[0], repr)}"
    return plaintext.clean(f"{name}: {text}" if text else name)


def user_traceback(error: BaseException, sources: Sources, tell: Tell = str) -> str:
    """Return the traceback of ``error`` and of what caused it.

    ``tell`` says what an exception says, for instance in another language.
    """
    parts = [_one_traceback(one, sources, tell) for one in reversed(_chain(error))]
    return LED_TO.join(parts)


def conclusion(text: str) -> str:
    """Return what a traceback ends with: the last exception, all lines of it."""
    lines = text.rpartition(LED_TO)[2].splitlines()
    start = ("Traceback (", "  ")
    ending = dropwhile(lambda line: line.startswith(start), lines)
    return "\n".join(ending) or lines[-1]


def _chain(error: BaseException) -> list[BaseException]:
    """Return ``error`` and its causes, which code may chain to a ring."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not _among(cause, chain) and len(chain) < MAX_CAUSES:
        chain.append(cause)
        context = None if cause.__suppress_context__ else cause.__context__
        cause = cause.__cause__ or context
    return chain


def _among(error: BaseException, chain: list[BaseException]) -> bool:
    # Not by ==, which its class may define.
    return any(error is one for one in chain)


def _one_traceback(error: BaseException, sources: Sources, tell: Tell) -> str:
    parts: list[str] = []
    if lines := [*getattr(error, "protected_lines", ()), *_own(error, sources)]:
        parts += ["Traceback (most recent call last):", *lines]
    return "\n".join([*parts, describe(error, tell)])


def _own(error: BaseException, sources: Sources) -> list[str]:
    return user_lines(error.__traceback__, sources)
