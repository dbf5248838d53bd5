"""Encryption of secrets, signatures of Protected Code, with the keys of :mod:`.keys`.

Nothing here keeps an opened secret. No function here checks who asks: they are
reachable from Odoo's own Python alone, and who hands a value on has to check.
"""

from __future__ import annotations

import hmac
from contextlib import suppress

from cryptography.fernet import InvalidToken

from ..errors import KeyMismatch
from ..logs import alarm
from ..messages import _lt
from . import keys


def encrypt(owner: str, value: str, create: bool = False) -> str:
    """Lock ``value`` for ``owner``, e.g. ``"secret/12/API_TOKEN"``.

    ``create`` makes a key if there is none. Pass it only where nothing has been
    locked yet: else a key that was lost for a while would get a successor.
    """
    message = f"{owner}\0{value}".encode()
    return keys.locks(create).encrypt(message).decode()


def decrypt(owner: str, token: str) -> str:
    """Return what was locked for ``owner``.

    :raise KeyMismatch: for another key, another owner or a damaged token
    """
    found, _, value = _open(owner, token).partition("\0")
    if found != owner:
        text = _lt(
            "The secret %(secret)s was locked for %(found)s.",
            secret=_name(owner),
            found=found,
        )
        alarm.report(text)
        raise KeyMismatch(text)
    return value


def _open(owner: str, token: str) -> str:
    # No variable here holds a key: the traceback of the exception leads here.
    if (text := _text(token)) is not None:
        return text
    raise KeyMismatch(
        _lt(
            "The key in %(place)s doesn't open the secret %(secret)s. Put "
            "the right key back, or let a Manager set the secret again.",
            place=keys.place(),
            secret=_name(owner),
        )
    )


def _text(token: str, only_first: bool = False) -> str | None:
    """Return what the keys, or the first one alone, make of ``token``."""
    with suppress(InvalidToken):
        return keys.locks(only_first=only_first).decrypt(token.encode()).decode()
    return None


def _name(owner: str) -> str:
    return owner.split("/")[-1]


def opens(owner: str, token: str, only_first: bool = False) -> bool:
    """Tell whether the keys, or the first one alone, open ``token`` for ``owner``."""
    text = _text(token, only_first)
    return text is not None and text.startswith(f"{owner}\0")


def relock(owner: str, token: str, new_owner: str | None = None) -> str:
    """Return ``token`` locked with the first key, for ``new_owner`` if it moves."""
    value = decrypt(owner, token)
    if new_owner:
        return encrypt(new_owner, value)
    return keys.locks().rotate(token.encode()).decode()


def sign(owner: str, text: str, create: bool = False) -> str:
    """Return the signature (HMAC-SHA256, hex) of ``text`` for ``owner``."""
    return _mac(keys.signing(create)[0], owner, text)


def is_signed(owner: str, text: str, signature: str, only_first: bool = False) -> bool:
    """Tell whether :func:`sign` made ``signature``, with any key or the first one."""
    macs = [_mac(key, owner, text) for key in keys.signing(only_first=only_first)]
    return any(hmac.compare_digest(mac, signature or "") for mac in macs)


def _mac(key: bytes, owner: str, text: str) -> str:
    message = f"sync protected code\0{owner}\0{text}".encode()
    return hmac.digest(key, message, "sha256").hex()
