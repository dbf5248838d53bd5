"""Chromium for the tours: found on the machine, or installed by apt as root."""

from __future__ import annotations

import os
import shutil

from .cache import Cache
from .errors import CommandFailed
from .processes import run
from .ui import Step

# The names that Odoo's test framework looks for on the PATH.
_NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
_TIMEOUT = 900


def find_browser(cache: Cache) -> tuple[str | None, str]:
    """Return the browser's path, or None and the reason why there is none."""
    if found := _on_path():
        return found, ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None, "no Chromium or Chrome on this machine, and it isn't root's to add"
    try:
        _install(cache)
    except CommandFailed as error:
        return None, f"apt can't install Chromium ({error.reason})"
    return _on_path(), "apt's package `chromium` has no program of a known name"


def _on_path() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _install(cache: Cache) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with Step("Chromium, by apt-get install") as step:
        for arguments in (["update"], ["install", "-y", "--no-install-recommends"]):
            packages = ["chromium"] if "install" in arguments else []
            step.update(arguments[0])
            run(
                ["apt-get", "-q", *arguments, *packages],
                what="install Chromium",
                timeout=_TIMEOUT,
                log=cache.log,
                env=env,
            )
