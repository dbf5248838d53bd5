"""What a job is called with, as it is stored: encrypted if a secret stands in it."""

from __future__ import annotations

from typing import NamedTuple

from ..vault import cipher
from .project import Project


class Stored(NamedTuple):
    """A text that anybody may see, and the encrypted one if they differ."""

    shown: str
    token: str | None


def store(project: Project, text: str) -> Stored:
    """Return ``text`` as it may be stored.

    A masked text alone would not do: a word that happens to be a secret as well, like
    "admin", must arrive as it was.
    """
    shown = project.masker()(text)
    token = cipher.encrypt(_owner(project.id), text) if shown != text else None
    return Stored(shown, token)


def read(project_id: int, shown: str, token: str | None) -> str:
    """Return the text that :func:`store` was given."""
    return cipher.decrypt(_owner(project_id), token) if token else shown


def disguise(project: Project, name: str) -> str:
    """Return ``name``, or a signature of it if a secret stands in it."""
    return cipher.sign("name", name) if project.masker()(name) != name else name


def _owner(project_id: int) -> str:
    return f"job/{project_id}"
