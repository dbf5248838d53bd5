"""What can go wrong in a way that a person can mend.

DevError          a sentence: what is wrong, and what to do
+- CommandFailed  a program that we called said no; knows its reason
+- Unavailable    this way of getting a thing is closed; another may be open
"""

from __future__ import annotations


class DevError(Exception):
    """Carry one sentence for the terminal, shown without a traceback."""


class CommandFailed(DevError):
    """Carry the line in which a program said why it failed."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unavailable(DevError):
    """Say that one of several ways is closed here."""
