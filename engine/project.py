"""What a run needs to know of its project, read once and cached until it changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from . import vault
from .errors import SecretRefused, SignatureMismatch, UnknownValue, VaultError
from .masking import MASK, pattern
from .report import Sources
from .zones import in_sandbox, zone


@dataclass(frozen=True)
class Project:
    """A project's code and values; secrets are the encrypted tokens."""

    id: int
    name: str
    protected_code: str
    common_code: str
    signature: str
    params: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    webhooks: Mapping[str, str] = field(default_factory=dict)

    @property
    def protected_file(self) -> str:
        """The name of the Protected Code in tracebacks."""
        return f"{self.name} / Protected Code"

    @property
    def common_file(self) -> str:
        """The name of the Common Code in tracebacks."""
        return f"{self.name} / Common Code"

    def check_signature(self) -> None:
        """Refuse Protected Code that no Manager saved."""
        if not self.protected_code:
            return
        if not vault.is_signed(str(self.id), self.protected_code, self.signature):
            raise SignatureMismatch(
                f'The Protected Code of "{self.name}" was changed by something else '
                f"than a Manager. A Manager must look at it and sign it again."
            )

    def owner(self, key: str) -> str:
        """Return the name that the vault locks a secret for."""
        return f"{self.id}/{key}"

    def masker(self) -> Callable[[str], str]:
        """Return a function that stars the project's secrets out of a text."""
        if not self.secrets:
            return str
        return self._mask

    def _mask(self, text: str) -> str:
        tokens = {self.owner(key): token for key, token in self.secrets.items()}
        try:
            opened = _pattern(tuple(tokens.items()))
        except VaultError:
            # A secret that can't be opened can't be in a text either.
            with zone("protected"):
                opened = pattern(vault.openable(tokens))
        return opened.sub(MASK, text) if opened else text

    def check_secrets(self) -> None:
        """Refuse a key that doesn't open every secret."""
        for key, token in self.secrets.items():
            vault.decrypt(self.owner(key), token)


@dataclass(frozen=True)
class Task:
    """A task's code, and whether neither it nor its project is archived."""

    id: int
    name: str
    code: str
    project_id: int
    active: bool

    @property
    def file(self) -> str:
        """The name of the code in tracebacks."""
        return self.name


@dataclass(frozen=True)
class Trigger:
    """What starts a task: its technical name, and what it calls."""

    id: int
    name: str
    handler: str
    task_id: int
    active: bool


# An opened value must not stay in memory that other code can walk to: what lru_cache
# keeps is in no attribute and under no key.
@lru_cache(maxsize=256)
def _pattern(tokens: tuple[tuple[str, str], ...]) -> re.Pattern[str] | None:
    """Return what matches the values of all these secrets of a project."""
    with zone("protected"):
        return pattern([vault.decrypt(owner, token) for owner, token in tokens])


def sources(project: Project, task: Task) -> Sources:
    """Return the files of a run; Protected Code is named and not shown."""
    return {
        project.protected_file: None,
        project.common_file: project.common_code,
        task.file: task.code,
    }


class Secrets:
    """``secrets.X`` in Protected Code: opened when asked for, never kept."""

    __slots__ = ("_project",)

    def __init__(self, project: Project) -> None:
        self._project = project

    def __getattr__(self, key: str) -> str:
        if in_sandbox():
            raise SecretRefused("Secrets are available in Protected Code only.")
        project = self._project
        if key not in project.secrets:
            raise UnknownValue(
                f'Project "{project.name}" has no secret {key}, or it is not set. '
                f"A Manager can set it on the project's form."
            )
        return vault.decrypt(project.owner(key), project.secrets[key])

    def __contains__(self, key: str) -> bool:
        return key in self._project.secrets

    def __repr__(self) -> str:
        return f"<secrets: {', '.join(self._project.secrets)}>"
