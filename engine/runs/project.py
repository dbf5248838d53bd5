"""What a run needs to know of its project, read once and cached until it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from ..boundary.hidden import Hidden, hide, reveal
from ..errors import SignatureMismatch, VaultError
from ..logs.tracebacks import Sources
from ..messages import _lt, joined
from ..vault import approval, cipher, keys, masking
from ..vault.approval import Approval

Texts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, eq=False)
class Project:
    """A project's code and values; secrets are the encrypted tokens.

    The mappings are read-only ones: the object is shared by all runs of a process.
    ``approved`` is the text that a Manager signed last.
    """

    id: int
    name: str
    protected_code: str
    common_code: str
    signature: str
    approved: str = ""
    company_id: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    webhooks: Mapping[str, str] = field(default_factory=dict)
    # Keys that stand in several rows, which the database doesn't allow.
    doubled: tuple[str, ...] = ()

    @property
    def protected_file(self) -> str:
        """The name of the Protected Code in tracebacks."""
        return f"{self.name} / Protected Code"

    @property
    def common_file(self) -> str:
        """The name of the Common Code in tracebacks."""
        return f"{self.name} / Common Code"

    @property
    def current(self) -> Approval:
        """What a Manager would have to approve."""
        return Approval(self.protected_code, self.locked)

    def check_signature(self) -> None:
        """Refuse Protected Code, or locked parameters, that no Manager approved."""
        if not self.protected_code:
            return
        if self.doubled:
            raise SignatureMismatch(
                _lt(
                    'The project "%(project)s" has several parameters or secrets '
                    "%(keys)s: delete those that are too many.",
                    project=self.name,
                    keys=", ".join(self.doubled),
                )
            )
        owner = approval.owner(self.id)
        if not cipher.is_signed(owner, self.current.text, self.signature):
            raise SignatureMismatch(self._complaint())

    def _complaint(self) -> str:
        signed = approval.verified(self.id, self.approved, self.signature)
        if not signed:
            return _lt(
                'In the project "%(project)s" the Protected Code has no signature by '
                "the key in %(place)s: put the right key back, or let a Manager look "
                "at it and sign it.",
                project=self.name,
                place=keys.place(),
            )
        changed = signed.differences(self.current)
        if len(changed) == 1:
            return _lt(
                'In the project "%(project)s" %(changed)s was changed by something '
                "else than a Manager's form. A Manager must look at it and sign it.",
                project=self.name,
                changed=changed[0],
            )
        return _lt(
            'In the project "%(project)s" these were changed by something else than a '
            "Manager's form: %(changed)s. A Manager must look at it and sign it.",
            project=self.name,
            changed=joined(", ", changed),
        )

    def owner(self, key: str) -> str:
        """Return the name that the vault locks a secret for."""
        return secret_owner(self.id, key)

    def masker(self) -> Masker:
        """Return a function that stars the project's secrets out of a text."""
        return Masker(self)

    def check_secrets(self) -> None:
        """Refuse a key that doesn't open every secret."""
        for key, token in self.secrets.items():
            cipher.decrypt(self.owner(key), token)


def secret_owner(project_id: int, key: str) -> str:
    """Return the name that the vault locks a project's secret for."""
    return f"secret/{project_id}/{key}"


# The forms of opened secrets, by their project, and by the masker for what a run has
# added. A Project lives as long as it is cached, that is until a secret changes.
_forms: Hidden[WeakKeyDictionary[Project | Masker, tuple[str, ...]]] = hide(
    WeakKeyDictionary()
)


class Masker:
    """Star a project's secrets out of a text."""

    __slots__ = ("__weakref__", "_project")

    def __init__(self, project: Project) -> None:
        self._project = project

    def __call__(self, text: str) -> str:
        """Return ``text`` with every form of every secret replaced by ``***``."""
        forms = reveal(_forms)
        if self in forms:
            text = masking.star(text, forms[self])
        return masking.star(text, _known_forms(self._project))

    def add(self, values: Iterable[str]) -> None:
        """Star further values, which the project has got meanwhile."""
        forms = reveal(_forms)
        forms[self] = (*masking.all_forms(values), *forms.get(self, ()))


# No methods, because sandboxed code can call a method of whatever it can reach.
def _known_forms(project: Project) -> tuple[str, ...]:
    forms = reveal(_forms)
    found = forms.get(project)
    if found is None:
        opened = _opened(project)
        found = masking.all_forms(opened)
        # Else a key that comes back later would not be noticed.
        if len(opened) == len(project.secrets):
            forms[project] = found
    return found


def _opened(project: Project) -> list[str]:
    """Return the secrets' values; one that can't be opened can't be in a text."""
    values = []
    for key, token in project.secrets.items():
        owner = project.owner(key)
        with suppress(VaultError):
            # Asked first, because decrypt() reports one that is somebody else's, and
            # a report is masked, too.
            if cipher.opens(owner, token):
                values.append(cipher.decrypt(owner, token))
    return values


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


def sources(project: Project, task: Task) -> Sources:
    """Return the files of a run; Protected Code is named and not shown."""
    return {
        project.protected_file: None,
        project.common_file: project.common_code,
        task.file: task.code,
    }
