"""Encryption of secrets and signatures of Protected Code.

The key is a Fernet key (https://github.com/fernet/spec): 32 bytes, base64. It is
looked for in the environment variable ``SYNC_STUDIO_KEY``, in odoo.conf as
``sync_studio_key``, and in the file ``sync_studio.key`` of Odoo's data directory,
which is created when there is no key at all.

Nothing here keeps a key or an opened secret in a place that attribute or item access
could reach: odoo's own sandboxes let a format string walk both.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken

from odoo.tools import config

from .errors import KeyMismatch, KeyMissing, SecretRefused, VaultError
from .zones import in_sandbox

ENVIRONMENT = "SYNC_STUDIO_KEY"
OPTION = "sync_studio_key"
FILE = "sync_studio.key"


class _Hidden(NamedTuple):
    """A key and where it came from, with a repr that tells only the latter."""

    key: str
    place: str

    def __repr__(self) -> str:
        return f"<key from {self.place}>"


def _take_configured() -> _Hidden | None:
    if key := os.environ.pop(ENVIRONMENT, None):
        return _Hidden(key.strip(), f"the environment variable {ENVIRONMENT}")
    if key := config.get(OPTION):
        config.options.pop(OPTION, None)
        return _Hidden(key.strip(), f"the option {OPTION} of odoo.conf")
    return None


# A context variable's default can't be read by attribute or item access.
_configured: ContextVar[_Hidden | None] = ContextVar(
    "sync_key", default=_take_configured()
)


def key_file() -> Path:
    """Return the path of the key's file in Odoo's data directory."""
    return Path(config["data_dir"]) / FILE


def key_place() -> str:
    """Say in words where the key is, or should be."""
    configured = _configured.get()
    return configured.place if configured else f"the file {key_file()}"


def _create_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another worker was faster: its key is the key
    with os.fdopen(handle, "wb") as file:
        file.write(Fernet.generate_key())


def _read_key() -> bytes:
    # Each run reads it: pathlib and buffers would cost more than the file does.
    path = os.path.join(config["data_dir"], FILE)
    with open(path, "rb", buffering=0) as file:
        return file.read().strip()


def _key(create: bool = False) -> bytes:
    if in_sandbox():
        raise SecretRefused("Secrets are available in Protected Code only.")
    if configured := _configured.get():
        return configured.key.encode()
    if create and not key_file().exists():
        _create_file(key_file())
    try:
        return _read_key()
    except OSError as error:
        raise KeyMissing(
            f"The key of the secrets is missing: {key_place()} can't be read "
            f"({error.strerror}). Restore it from its backup."
        ) from None


def _fernet(create: bool = False) -> Fernet:
    try:
        return Fernet(_key(create))
    except ValueError:
        raise KeyMismatch(
            f"The key in {key_place()} is not a key: it must be 32 bytes in URL-safe "
            f"base64. Restore it from its backup."
        ) from None


def encrypt(owner: str, value: str) -> str:
    """Lock ``value`` for ``owner``, e.g. ``"12/API_TOKEN"``."""
    return _fernet(create=True).encrypt(f"{owner}\0{value}".encode()).decode()


def decrypt(owner: str, token: str) -> str:
    """Return what was locked for ``owner``.

    :raise KeyMismatch: for another key, another owner or a damaged token
    """
    return _open(_fernet(), owner, token)


def openable(tokens: Mapping[str, str]) -> list[str]:
    """Return the values of ``tokens``, by owner, that the key opens."""
    values = []
    with suppress(VaultError):
        fernet = _fernet()
        for owner, token in tokens.items():
            with suppress(KeyMismatch):
                values.append(_open(fernet, owner, token))
    return values


def _open(fernet: Fernet, owner: str, token: str) -> str:
    try:
        opened = fernet.decrypt(token.encode()).decode()
    except InvalidToken:
        raise KeyMismatch(
            f"The key in {key_place()} doesn't open the secret {owner.split('/')[-1]}. "
            f"Put the right key back, or let a Manager set the secret again."
        ) from None
    found, _, value = opened.partition("\0")
    if found != owner:
        raise KeyMismatch(f"The secret {owner.split('/')[-1]} was locked for {found}.")
    return value


def sign(owner: str, text: str) -> str:
    """Return the signature (HMAC-SHA256, hex) of ``text`` for ``owner``."""
    return _mac(_key(create=True), owner, text)


def is_signed(owner: str, text: str, signature: str) -> bool:
    """Tell whether ``signature`` was made by :func:`sign` with the same key."""
    return hmac.compare_digest(_mac(_key(), owner, text), signature or "")


def _mac(key: bytes, owner: str, text: str) -> str:
    message = f"sync protected code\0{owner}\0{text}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()
