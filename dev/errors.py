"""What can go wrong in a way that a person can mend.

    DevError          a sentence: what is wrong, and what to do
    +- CommandFailed  a program that we called said no; keeps its output
    +- Unavailable    this way of getting a thing is closed; another may be open
"""

from __future__ import annotations


class DevError(Exception):
    """Carry one sentence for the terminal, shown without a traceback."""


class CommandFailed(DevError):
    """Carry the output of a program that failed."""

    def __init__(self, message: str, output: str) -> None:
        super().__init__(message)
        self.output = output


class Unavailable(DevError):
    """Say that one of several ways is closed here."""
