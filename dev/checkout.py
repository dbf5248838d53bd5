"""The addon in this checkout: what its installed form in a database depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from .cache import ROOT

# Browsers and tests read these from the disk; a database doesn't know them.
_OUTSIDE = ("dev", "doc", "tests", "static")


def addon_digest() -> str:
    """Return a digest of the addon's files that go into a database."""
    total = hashlib.sha256()
    for path in _files():
        total.update(f"{path.relative_to(ROOT)}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _files() -> Iterator[Path]:
    for entry in sorted(ROOT.iterdir()):
        if entry.name in _OUTSIDE or entry.name.startswith("."):
            continue
        if entry.is_file():
            yield entry
        else:
            yield from _below(entry)


def _below(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return sorted(path for path in found if path.is_file())
