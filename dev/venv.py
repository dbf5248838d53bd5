"""Virtual environments with exactly what a lock file lists, checked by its hashes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .apt import Apt, unpack
from .cache import ROOT, Cache
from .errors import CommandFailed, DevError, Unavailable
from .processes import Command, run
from .ui import Step

_INSTALL_TIMEOUT = 1800
# 3.12 first: each of the locked packages has a wheel for it.
VERSIONS = ("3.12", "3.11", "3.13", "3.10")
_CHOICE = "SYNC_PYTHON"
_ADVICE = (
    "Odoo 19 runs on Python 3.10 to 3.13: install one of them with its module `venv`"
    " (on Debian: `apt-get install python3-venv`; on a system that has none of them,"
    " such as Ubuntu 26.04 with its Python 3.14: `uv python install 3.13`, with uv from"
    " https://docs.astral.sh/uv)."
)
_PROBE = """
import sys
try:
    import ensurepip
except ImportError:
    ensurepip = None
import venv
print("%d.%d" % sys.version_info[:2], bool(ensurepip), sys.executable)
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python that can make virtual environments, with its own pip or without."""

    version: str
    has_pip: bool
    path: str


def build_venv(
    cache: Cache, name: str, lock: Path, title: str, chosen: Interpreter | None = None
) -> Path:
    """Return the folder of a virtual environment with the packages of `lock`."""

    def build(folder: Path) -> None:
        python = chosen or find_interpreter()
        with Step(f"{title} (Python {python.version})") as step:
            _create(cache, python, folder, step)
            _install(cache, folder, lock, step)

    choice = chosen.path if chosen else os.environ.get(_CHOICE, "")
    return cache.once(name, lock.read_text() + choice, build)


def find_interpreter() -> Interpreter:
    """Return the Python that SYNC_PYTHON names, else this machine's best for Odoo."""
    if choice := os.environ.get(_CHOICE):
        return _chosen(choice)
    usable = _usable()
    if not usable:
        raise DevError(f"No Python on this machine will do. {_ADVICE}")
    return min(usable, key=lambda it: (not it.has_pip, VERSIONS.index(it.version)))


def find_version(version: str) -> Interpreter | None:
    """Return a Python of this very version, if this machine has one."""
    same = [python for python in _usable() if python.version == version]
    return min(same, key=lambda python: not python.has_pip, default=None)


def _chosen(choice: str) -> Interpreter:
    python = _probe(choice)
    if python is None or not _is_usable(python):
        kind = f"is Python {python.version}" if python else "is no Python with `venv`"
        raise DevError(f"{_CHOICE}={choice} {kind}. {_ADVICE}")
    return python


def _usable() -> list[Interpreter]:
    found = filter(None, map(_probe, _candidates()))
    return [python for python in found if _is_usable(python)]


def _is_usable(python: Interpreter) -> bool:
    return python.version in VERSIONS


def _candidates() -> Iterator[str]:
    for version in VERSIONS:
        if path := shutil.which(f"python{version}"):
            yield path
        for folder, prefix in _version_managers():
            name = f"{prefix}{version}.*/bin/python{version}"
            yield from map(str, sorted(folder.glob(name)))
    yield sys.executable


def _version_managers() -> Iterator[tuple[Path, str]]:
    """Yield where pyenv and uv keep Pythons, and how their folders' names begin."""
    pyenv = os.environ.get("PYENV_ROOT") or "~/.pyenv"
    yield Path(pyenv).expanduser() / "versions", ""
    data = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    uv = os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python"
    yield Path(uv), "cpython-"


def _probe(path: str) -> Interpreter | None:
    """Ask a Python what it is; a shim without a version behind it can't answer."""
    try:
        answer = subprocess.run(
            [path, "-c", _PROBE], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode:
        return None
    version, has_pip, executable = answer.stdout.split(maxsplit=2)
    return Interpreter(version, has_pip == "True", executable.strip())


def _create(cache: Cache, python: Interpreter, folder: Path, step: Step) -> None:
    step.update("creating")
    run(
        [python.path, "-m", "venv", "--without-pip", folder],
        what="create a virtual environment",
        timeout=120,
        log=cache.log,
    )
    if python.has_pip:
        _bootstrap(cache, [folder / "bin/python", "-m", "ensurepip", "--upgrade"])
    else:
        _pip_from_debian(cache, folder, step)


def _pip_from_debian(cache: Cache, folder: Path, step: Step) -> None:
    """Install pip from Debian's wheel, where Python comes without `ensurepip`."""
    step.update("fetching pip")
    try:
        with cache.scratch("pip") as work:
            apt = Apt(work / "apt", ["unstable"], cache.log)
            apt.update()
            apt.download(["python3-pip-whl"], work / "packages", step)
            unpack(work / "packages", work / "root", step)
            wheel = next(work.glob("root/usr/share/python-wheels/pip-*.whl"))
            pip: Command = [folder / "bin/python", f"{wheel}/pip"]
            _bootstrap(cache, [*pip, "install", "--no-index", wheel])
    except (Unavailable, CommandFailed) as error:
        raise DevError(
            "This Python comes without pip (`ensurepip` is missing): on Debian or"
            " Ubuntu call `apt-get install python3-venv`, then start again."
        ) from error


def _bootstrap(cache: Cache, command: Command) -> None:
    run(command, what="install pip", timeout=120, log=cache.log)


def _install(cache: Cache, folder: Path, lock: Path, step: Step) -> None:
    total = len(re.findall(r"^\w\S*==", lock.read_text(), re.M))
    seen = 0

    def show(line: str) -> None:
        nonlocal seen
        seen += line.startswith("Collecting ")
        busy = "installing" if line.startswith("Installing") else "downloading"
        step.update(f"{busy}, {seen} of about {total} packages")

    _call_pip(cache, folder, lock, show)


def _call_pip(
    cache: Cache, folder: Path, lock: Path, show: Callable[[str], None]
) -> None:
    name = lock.relative_to(ROOT)
    run(
        [
            *(folder / "bin/python", "-m", "pip", "--disable-pip-version-check"),
            *("--no-input", "--retries", "2", "--timeout", "30", "install"),
            *("--require-hashes", "--no-deps", "--only-binary", ":all:"),
            *("--no-compile", "--progress-bar", "off", "-r", lock),
        ],
        what=f"install the packages of {name}: check the network and call again",
        timeout=_INSTALL_TIMEOUT,
        on_line=show,
        log=cache.log,
    )
