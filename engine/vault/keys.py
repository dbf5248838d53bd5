"""The keys of the vault: where they are, how they are read, created and exchanged.

A key is a Fernet key (https://github.com/fernet/spec): 32 bytes in URL-safe base64.
There may be several, divided by commas or white space: the first one locks, all of
them open. They stand in the environment variable ``SYNC_STUDIO_KEY``, else in
odoo.conf as ``sync_studio_key``, else in the file ``sync_studio.key`` of Odoo's data
directory, which is created with the first secret.
"""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from typing import NamedTuple, NoReturn

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from odoo.tools import config

from ..boundary.hidden import Hidden, hide, reveal
from ..errors import KeyMismatch, KeyMissing
from ..messages import _lt
from . import lockdown

ENVIRONMENT = "SYNC_STUDIO_KEY"
OPTION = "sync_studio_key"
FILE = "sync_studio.key"

Keys = tuple[bytes, ...]
# Two NUL characters behind each character of the file. `cat` shows the key all the
# same, but whatever can be made to read the file as a text (XML's XInclude, a style
# sheet's import) breaks off.
_PADDING = b"\0\0"
_SIZE = 32  # bytes
# A key for each purpose: what one of them gives away says nothing of the other.
_ENCRYPTION, _SIGNATURE = b"sync studio: encryption", b"sync studio: signature"


class Configured(NamedTuple):
    """Keys that the server was started with."""

    keys: Keys
    place: str  # a message


def _take_configured() -> Configured | None:
    """Take the keys out of where other code could read them."""
    option = config.get(OPTION)
    for options in config.options.maps:
        options.pop(OPTION, None)
    if keys := os.environ.pop(ENVIRONMENT, None):
        return Configured(
            _split(keys), _lt("the environment variable %(name)s", name=ENVIRONMENT)
        )
    if option:
        return Configured(
            _split(option), _lt("the option %(name)s of odoo.conf", name=OPTION)
        )
    return None


def _split(text: str) -> Keys:
    return tuple(text.replace(",", " ").encode().split())


_configured = hide(_take_configured())
# The path, device and inode, date and size.
_Identity = tuple[str, tuple[int, int], int, int]
# What was read from the file last, by the file's identity and date.
_read: Hidden[dict[_Identity, Keys]] = hide({})
# The keys that were used last, ready for use.
_ready: Hidden[dict[Keys, tuple[Fernet, ...]]] = hide({})


def file() -> str:
    """Return the path of the keys' file in Odoo's data directory."""
    return os.path.join(config["data_dir"], FILE)


def is_file(path: str) -> bool:
    """Tell whether ``path`` is another name of the keys' file that was read last."""
    if not (read := reveal(_read)):
        return False
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return False
    return any((status.st_dev, status.st_ino) == place for _path, place, *_ in read)


def place() -> str:
    """Say in words where the keys are, or should be."""
    configured = reveal(_configured)
    return configured.place if configured else _lt("the file %(path)s", path=file())


def configured() -> Configured | None:
    """Return the keys that don't come from the file."""
    return reveal(_configured)


def load(create: bool = False) -> Keys:
    """Return the keys; with ``create`` make one if there is none.

    :raise KeyMissing: if there is none
    :raise GuardFailed: if a guard of the process doesn't hold
    """
    lockdown.check()
    if found := reveal(_configured):
        return found.keys
    path = file()
    try:
        return _from_file(path)
    except FileNotFoundError as error:
        if not create:
            _no_file(error)
    except OSError as error:
        _no_file(error)
    with suppress(FileExistsError):  # another worker was faster: its key counts
        store((Fernet.generate_key(),), replace=False)
    return _from_file(path)


def _no_file(error: OSError) -> NoReturn:
    raise KeyMissing(
        _lt(
            "The key of the secrets is missing: %(place)s can't be read "
            "(%(reason)s). Restore it from its backup.",
            place=place(),
            reason=error.strerror,
        )
    ) from None


def _from_file(path: str) -> Keys:
    status = os.stat(path)
    place = (status.st_dev, status.st_ino)
    identity = (path, place, status.st_mtime_ns, status.st_size)
    read = reveal(_read)
    found = read.get(identity)
    if found is None:
        found = _open(path)
        read.clear()
        read[identity] = found
    return found


def _open(path: str) -> Keys:
    with open(path, "rb") as handle:
        return _split(handle.read().replace(b"\0", b"").decode(errors="replace"))


def store(keys: Keys, replace: bool = True) -> None:
    """Write the keys' file in one step; without ``replace`` only if there is none."""
    path = file()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draft = _draft(path, keys)
    try:
        if replace:
            os.replace(draft, path)
        else:
            os.link(draft, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)


def _draft(path: str, keys: Keys) -> str:
    text = b"\n".join(keys) + b"\n"
    name = f"{path}.{os.getpid()}.{secrets.token_hex(4)}"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as draft:
        draft.write(b"".join(bytes([byte]) + _PADDING for byte in text))
        draft.flush()
        os.fsync(draft.fileno())
    return name


def locks(create: bool = False, only_first: bool = False) -> MultiFernet:
    """Return the keys, or the first one alone, ready to lock and to open.

    :raise KeyMismatch: if one is no key
    """
    return _made(create)[only_first].locks


def signing(create: bool = False, only_first: bool = False) -> Keys:
    """Return the keys of signatures, the one that signs first.

    :raise KeyMismatch: if one is no key
    """
    return _made(create)[only_first].signing


class _Subkeys:
    """What is derived of keys for each purpose, by HKDF (RFC 5869).

    The keys themselves are the last to be tried: release 19.0.1.0.0 locked and signed
    with them.
    """

    __slots__ = ("locks", "signing")

    def __init__(self, found: Keys) -> None:
        derived = (_derived(key, _ENCRYPTION) for key in found)
        own = [*map(base64.urlsafe_b64encode, derived), *found]
        self.locks = MultiFernet(list(map(Fernet, own)))
        self.signing = (*(_derived(key, _SIGNATURE) for key in found), *found)


def _derived(key: bytes, purpose: bytes) -> bytes:
    secret = base64.urlsafe_b64decode(key)
    return HKDF(hashes.SHA256(), _SIZE, salt=None, info=purpose).derive(secret)


def _made(create: bool) -> tuple[_Subkeys, _Subkeys]:
    """Check the keys and make them ready, once: that takes longer than their use.

    Return what is made of all of them, and of the first one alone.
    """
    found = load(create)
    ready = reveal(_ready)
    made = ready.get(found)
    if made is None:
        if not found or not all(map(_is_key, found)):
            _no_key()
        made = (_Subkeys(found), _Subkeys(found[:1]))
        ready.clear()
        ready[found] = made
    return made


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == _SIZE
    except ValueError:
        return False


def _no_key() -> NoReturn:
    raise KeyMismatch(
        _lt(
            "What stands in %(place)s is not a key: it must be 32 bytes in "
            "URL-safe base64. Restore it from its backup.",
            place=place(),
        )
    )
