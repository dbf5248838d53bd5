"""`dev wheel`: build the addon as a Python package, and look whether it is whole."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .cache import ROOT, Cache, open_cache
from .errors import DevError
from .lint import lint_venv
from .processes import run
from .shots import SHOTS
from .ui import Step, say

HELP = "build the wheel `odoo-addon-sync` into a folder, and check it"
DESCRIPTION = """
Build the wheel, install it into an empty folder, and check that it holds every file
that the manifest names, the page of the Apps with its pictures, and nothing of the
developer tooling.
"""
_TIMEOUT = 300
_SHOWN = ("icon.png", "index.html", *(shot.file for shot in SHOTS))
_OUTSIDE = ("dev", ".ci", "tests/e2e", "tests/simulators", "pyproject.toml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `dev wheel`."""
    parser.add_argument("folder", type=Path, help="where the wheel goes")


def main(options: argparse.Namespace) -> int:
    """Build and check the wheel, and return the exit status."""
    cache = open_cache()
    python = lint_venv(cache) / "bin/python"
    folder = options.folder.absolute()
    with Step("Wheel"), cache.scratch("wheel") as work:
        wheel = _build(cache, python, work / "dist")
        _check(_install(cache, python, wheel, work / "venv"))
        folder.mkdir(parents=True, exist_ok=True)
        target = wheel.rename(folder / wheel.name)
    say(f"  ok    {target}")
    return 0


def _build(cache: Cache, python: Path, folder: Path) -> Path:
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check"]
    flags = ["--no-deps", "--no-build-isolation", "--no-index"]
    run(
        [*pip, "wheel", *flags, "--wheel-dir", folder, ROOT],
        what="build the wheel",
        timeout=_TIMEOUT,
        log=cache.log,
    )
    return next(folder.glob("odoo_addon_sync-*.whl"))


def _install(cache: Cache, python: Path, wheel: Path, folder: Path) -> Path:
    """Return the addon's folder after installing the wheel into an empty place."""
    run(
        [
            *(python, "-m", "pip", "install", "--no-deps", "--no-index"),
            *("--target", folder, wheel),
        ],
        what="install the wheel",
        timeout=_TIMEOUT,
        log=cache.log,
    )
    return folder / "odoo/addons/sync"


def _check(addon: Path) -> None:
    manifest = ast.literal_eval((ROOT / "__manifest__.py").read_text())
    missing = [name for name in named_files(manifest) if not list(addon.glob(name))]
    if missing:
        raise DevError(
            f"The wheel lacks {', '.join(missing)}, which the manifest names."
        )
    unwanted = [name for name in _OUTSIDE if (addon / name).exists()]
    if unwanted:
        raise DevError(f"The wheel holds {', '.join(unwanted)}, which it should not.")


def named_files(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield the files and patterns that a manifest names, below the addon."""
    yield from ("__manifest__.py", "__init__.py")
    yield from (f"static/description/{name}" for name in _SHOWN)
    yield from manifest.get("images", [])
    yield from manifest.get("data", [])
    yield from manifest.get("demo", [])
    for bundle in manifest.get("assets", {}).values():
        for entry in bundle:
            path = entry if isinstance(entry, str) else entry[-1]
            if path.startswith("sync/"):
                yield path.removeprefix("sync/")
