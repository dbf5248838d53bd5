"""The folder outside the checkout that holds all that dev downloads or creates.

addons/CHECKOUT/sync  a link to this checkout
odoo-KEY/ venv-KEY/   what a step built; KEY is a digest of what it depends on
postgres-18/          the embedded database server
data/DATABASE/        the data folder of one database; `data-KEY` with PGHOST
logs/                 of servers, tests and downloads
tmp/                  half-done work; a finished folder is renamed into place
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import DevError
from .process_tree import is_alive
from .ui import say

ROOT = Path(__file__).resolve().parent.parent
_NEEDED = 4 * 2**30


class Cache:
    """Name the places of the cache folder, and build what is missing there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.tmp = folder / "tmp"
        for path in (self.logs, self.tmp):
            path.mkdir(parents=True, exist_ok=True)

    @property
    def log(self) -> Path:
        """Return the log of what was downloaded, unpacked and installed."""
        return self.logs / "provision.log"

    def path(self, name: str, key: str) -> Path:
        """Return where the outcome of the step `name` lies for this `key`."""
        return self.folder / f"{name}-{digest(key)}"

    def once(self, name: str, key: str, build: Callable[[Path], None]) -> Path:
        """Return the folder of a step, built first if it isn't there yet.

        `build` fills a temporary folder; it gets its name at the end only, so that
        an interrupted step leaves nothing that looks finished.
        """
        target = self.path(name, key)
        if not target.exists():
            self._check_space()
            with self.scratch(name) as folder:
                build(folder)
                folder.rename(target)
        return target

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep other dev commands from removing outdated folders meanwhile."""
        with (self.folder / "in-use.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH)
            yield

    def prune(self, *current: Path) -> None:
        """Remove what older versions of a step built, if nobody can be using it."""
        with (self.folder / "in-use.lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            for path in current:
                name = path.name.rpartition("-")[0]
                for outdated in set(self.folder.glob(f"{name}-*")) - {path}:
                    shutil.rmtree(outdated, ignore_errors=True)
            self._remove_abandoned()

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """Lend an empty folder, removed at the end unless renamed."""
        folder = self.tmp / f"{name}-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _remove_abandoned(self) -> None:
        """Remove half-done work of commands that were killed."""
        for path in self.tmp.iterdir():
            pid = path.name.rpartition("-")[2]
            if pid.isdecimal() and not is_alive(int(pid)):
                shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def lock(self, name: str, waiting: str) -> Iterator[None]:
        """Hold a lock among dev commands; say `waiting` if another one has it."""
        with (self.folder / f"{name}.lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"  wait  {waiting}")
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < _NEEDED:
            raise DevError(
                f"Only {free / 2**30:.1f} GB are free in {self.folder}, and about"
                f" {_NEEDED / 2**30:.0f} GB are needed: free some, or point SYNC_CACHE"
                " to a folder on a larger disk."
            )


def open_cache() -> Cache:
    """Return the cache folder, made if it doesn't exist."""
    folder = _folder()
    try:
        return Cache(folder)
    except OSError as error:
        raise DevError(
            f"The cache folder {folder} can't be used ({error.strerror}): point"
            " SYNC_CACHE to a folder that you may write to."
        ) from error


def digest(text: str) -> str:
    """Return a short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _folder() -> Path:
    if chosen := os.environ.get("SYNC_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "sync-studio"
