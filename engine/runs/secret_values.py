"""``secrets.X`` in Protected Code: opened when asked for, never kept."""

from __future__ import annotations

from ..boundary import callers
from ..errors import SyncError, UnknownValue
from ..events import memory
from ..logs import alarm
from ..messages import _lt
from ..protocols import Environment
from ..vault import audit, cipher, masking, trusted_rows
from .project import Masker, Project

_REFUSAL = _lt("Secrets are available in Protected Code only.")


class Secrets:
    """A project's secrets as attributes, for code of its Protected Code alone.

    Setting one replaces it for good, e.g. a token that had to be refreshed.
    """

    __slots__ = ("_env", "_masker", "_project", "_tokens")

    _env: Environment
    _masker: Masker
    _project: Project
    _tokens: dict[str, str]

    def __init__(self, env: Environment, project: Project, masker: Masker) -> None:
        object.__setattr__(self, "_env", env)
        object.__setattr__(self, "_masker", masker)
        object.__setattr__(self, "_project", project)
        object.__setattr__(self, "_tokens", dict(project.secrets))

    def __getattr__(self, key: str) -> str:
        if key.startswith("__"):
            raise AttributeError(key)
        if not callers.called_by_protected_code():
            alarm.refuse(_REFUSAL)
        if key not in self._tokens:
            raise UnknownValue(
                _lt(
                    'Project "%(project)s" has no secret %(key)s, or it is not '
                    "set. A Manager can set it on the project's form.",
                    project=self._project.name,
                    key=key,
                )
            )
        return cipher.decrypt(self._project.owner(key), self._tokens[key])

    def __setattr__(self, key: str, value: str) -> None:
        if not callers.called_by_protected_code():
            alarm.refuse(_REFUSAL)
        _check_length(key, value)
        self._masker.add([value])
        token = cipher.encrypt(self._project.owner(key), value)
        if not trusted_rows.set_token(self._env.cr, self._project.id, key, token):
            raise UnknownValue(
                _lt(
                    'Project "%(project)s" has no secret %(key)s. A Manager can '
                    "add it on the project's form.",
                    project=self._project.name,
                    key=key,
                )
            )
        note = "by Protected Code"
        cr, uid = self._env.cr, self._env.uid
        audit.record(cr, uid, "secret_set", self._project.id, key, note)
        self._tokens[key] = token
        memory.changed(self._env, [self._project.id])

    def __contains__(self, key: str) -> bool:
        return key in self._tokens

    def __repr__(self) -> str:
        return f"<secrets: {', '.join(self._tokens)}>"


def _check_length(key: str, value: str) -> None:
    if not isinstance(value, str) or len(value) < masking.MIN_LENGTH:
        raise SyncError(
            _lt(
                "The secret %(key)s must be a text of %(least)s or more "
                "characters: a shorter one can't be kept out of the logs.",
                key=key,
                least=masking.MIN_LENGTH,
            )
        )
