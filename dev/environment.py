"""All that a dev command works with, made ready once: Odoo, Python, PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import postgres
from .cache import ROOT, Cache, digest, open_cache
from .odoo_source import OdooSource, debian_folder, find_odoo
from .postgres import Postgres
from .venv import Interpreter, build_venv

LOCK = ROOT / "dev/requirements.lock"
# Odoo starts its evented process by the path of the script that it was started by.
_LAUNCHER = "import odoo.cli\n\nodoo.cli.main()\n"
_SETTING_UP = "another dev command is setting up; this one goes on after it"


@dataclass(frozen=True)
class Environment:
    """Bundle what Odoo needs to run; see `environment` for how it comes about."""

    cache: Cache
    odoo: OdooSource
    venv: Path
    addons: Path
    postgres: Postgres

    @property
    def python(self) -> Path:
        """Return the Python that has Odoo's dependencies."""
        return self.venv / "bin/python"

    @property
    def launcher(self) -> Path:
        """Return the script that starts Odoo."""
        return _launcher(self.cache)

    @property
    def addons_path(self) -> str:
        """Return the value of Odoo's option of that name."""
        return ",".join(map(str, [self.addons, *self.odoo.addons]))

    @property
    def version(self) -> str:
        """Return what a prepared database depends on, beside the addons in it."""
        return f"{self.odoo.folder} {self.venv.name}"

    def env(self, **extra: str) -> dict[str, str]:
        """Return the environment variables of a process that runs Odoo."""
        return {
            **self.postgres.env,
            "PATH": f"{self.venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.odoo.folder),
            "PYTHONPYCACHEPREFIX": str(self.cache.folder / "pycache"),
            **extra,
        }


@contextlib.contextmanager
def environment(python: Interpreter | None = None) -> Iterator[Environment]:
    """Lend everything ready to use, for the time of one dev command.

    With ``python``, that is for another Python than usual, beside the usual one.
    """
    name = f"python{python.version}" if python else "venv"
    cache = open_cache()
    with contextlib.ExitStack() as stack:
        with cache.lock("provision", _SETTING_UP):
            venv = build_venv(cache, name, LOCK, "Python packages", python)
            odoo = find_odoo(cache)
            addons = link_checkout(cache)
            _write_launcher(cache)
            cache.prune(venv, debian_folder(cache))
            stack.enter_context(cache.in_use())
        server = stack.enter_context(postgres.running(cache, venv))
        yield Environment(cache, odoo, venv, addons, server)


def link_checkout(cache: Cache) -> Path:
    """Return an addons folder in which this checkout is the addon `sync`."""
    folder = cache.folder / "addons" / digest(str(ROOT))
    link = folder / "sync"
    if not link.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        link.symlink_to(ROOT)
    return folder


def _launcher(cache: Cache) -> Path:
    return cache.folder / "bin/odoo"


def _write_launcher(cache: Cache) -> None:
    launcher = _launcher(cache)
    launcher.parent.mkdir(exist_ok=True)
    launcher.write_text(_LAUNCHER)
