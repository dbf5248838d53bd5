"""The exceptions of the engine.

::

    Exception
    ├── SyncError                  the engine refuses something, with a reason
    │   ├── CodeError              code that can't be saved or compiled; has the line
    │   ├── DomainError            a domain that can't be asked for
    │   ├── JobFailed              a handler's failure, already reported and masked
    │   ├── PayloadError           arguments that can't be queued, or read back
    │   ├── Stopped                what else would have ended the whole process
    │   ├── ResponseError          a webhook handler returned what can't be sent
    │   ├── LinkError              (also ValueError)
    │   │   ├── AmbiguousLink      more than one link where one was asked for
    │   │   └── LinkConflict       an end that is linked with something else
    │   └── VaultError
    │       ├── KeyMissing         no key where the key should be
    │       ├── KeyMismatch        the key can't open what it should
    │       ├── SignatureMismatch  Protected Code that no Manager signed
    │       ├── SecretRefused      sandboxed code asked for a secret
    │       └── GuardFailed        a guard of the process doesn't hold
    └── UnknownValue               (also AttributeError) params.X without X
"""

from __future__ import annotations

from collections.abc import Sequence

from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from psycopg2 import InterfaceError, OperationalError
from psycopg2.pool import PoolError

from . import plaintext
from .messages import _lt, joined

MAX_WAIT = 10 * 365 * 24 * 3600  # seconds


class SyncError(Exception):
    """Something the engine refuses, with a reason that its user understands."""


class CodeError(SyncError):
    """Code that can't be saved or run."""

    def __init__(self, problems: Sequence[tuple[int, str]]) -> None:
        """Keep ``problems``: pairs of a line number (1-based) and a sentence."""
        self.problems = sorted(problems)
        lines = [
            _lt("Line %(line)s: %(problem)s", line=n, problem=text)
            for n, text in self.problems
        ]
        super().__init__(joined("\n", lines))


class DomainError(SyncError):
    """A trigger's domain that doesn't fit its model, or doesn't any more."""


class JobFailed(SyncError):
    """A handler failed; the message is masked and the traceback is in the logs."""


class PayloadError(SyncError):
    """Arguments of a function that can't be queued, or not be read back."""


class Stopped(SyncError):
    """Code that raised what ends a process, such as ``SystemExit``."""


class ResponseError(SyncError):
    """A webhook handler returned something that is not a response."""


class LinkError(SyncError, ValueError):
    """A link that can't be read or made."""


class AmbiguousLink(LinkError):
    """More than one link where exactly one was asked for."""


class LinkConflict(LinkError):
    """One end of the new link is already linked with something else."""


class VaultError(SyncError):
    """The vault can't open or keep a secret."""


class KeyMissing(VaultError):
    """There is no key where the key should be."""


class KeyMismatch(VaultError):
    """The key doesn't open what was locked with another one."""


class SignatureMismatch(VaultError):
    """Protected Code that was changed by something else than a Manager."""


class SecretRefused(VaultError):
    """Sandboxed code asked for what only Protected Code may have."""


class GuardFailed(VaultError):
    """A guard of the process doesn't hold, so nothing is opened."""


class UnknownValue(AttributeError):
    """A parameter, text, secret or webhook that the project doesn't have."""


def is_wait(seconds: object) -> bool:
    """Tell whether a job can be told to wait so many seconds.

    None stands for the usual wait, and two numbers for one between them.
    """
    if seconds is None:
        return True
    if isinstance(seconds, list | tuple):
        whole = all(isinstance(number, int) and is_wait(number) for number in seconds)
        return whole and len(seconds) == 2 and seconds[0] <= seconds[1]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return False
    return -MAX_WAIT <= seconds <= MAX_WAIT


def contained(error: BaseException) -> Exception:
    """Return ``error``, or in its place one that ends the job and not its worker."""
    if isinstance(error, Exception):
        return error
    name, text = type(error).__name__, plaintext.told(error)
    said = f"{name}: {text}" if text else name
    stopped = Stopped(_lt("%(said)s ends nothing but this job", said=said))
    return stopped.with_traceback(error.__traceback__)


def is_transient(error: BaseException) -> bool:
    """Tell whether the connection to the database is at fault, or another one."""
    return isinstance(error, OperationalError | InterfaceError | PoolError)


def is_concurrency(error: BaseException) -> bool:
    """Tell whether another transaction was in the way: then it is worth a retry."""
    concurrent = PG_CONCURRENCY_ERRORS_TO_RETRY
    return isinstance(error, OperationalError) and error.pgcode in concurrent
