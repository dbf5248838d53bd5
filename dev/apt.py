"""Debian packages, fetched by the machine's apt and unpacked without being root.

apt checks the archive's signature and each package's checksum, as always; only its
lists, its cache and its sources are ours, so that nothing on the machine changes.
"""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import CommandFailed, Unavailable
from .processes import run
from .ui import Step

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SUITES = {"unstable", "sid", "testing", "stable", "oldstable"}
_DOWNLOAD_TIMEOUT = 1800
_FORMAT = "$(TARGET_OF) $(COMPONENT) $(RELEASE) $(REPO_URI)"


class Apt:
    """Download packages of the given Debian suites into a folder of ours."""

    def __init__(self, folder: Path, suites: Sequence[str], log: Path) -> None:
        self._folder = folder
        self._log = log
        self._mirror = find_mirror()
        for name in ("lists/partial", "archives/partial"):
            (folder / name).mkdir(parents=True)
        self._write_sources(suites)

    def update(self) -> None:
        """Fetch the package lists of the suites."""
        self._call("download the package lists", self._folder, "update")

    def download(self, packages: Sequence[str], target: Path, step: Step) -> None:
        """Download `packages`, each `name` or `name/suite`, into `target`."""
        target.mkdir()

        def show(line: str) -> None:
            if found := re.match(r"dlstatus:[^:]*:([\d.]+):", line):
                step.update(f"downloading, {float(found[1]):.0f} %")

        command = ["download", "-o", "APT::Status-Fd=1", *packages]
        self._call("download " + packages[0], target, *command, on_line=show)

    def _write_sources(self, suites: Sequence[str]) -> None:
        signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
        lines = [f"deb {signed}{self._mirror} {suite} main\n" for suite in suites]
        (self._folder / "sources.list").write_text("".join(lines))

    def _call(
        self,
        what: str,
        cwd: Path,
        *arguments: str,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        options = {
            "Dir::Etc::sourcelist": self._folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": self._folder / "lists",
            "Dir::Cache": self._folder,
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "30",
        }
        flags = [part for key, at in options.items() for part in ("-o", f"{key}={at}")]
        run(
            ["apt-get", "-q", *flags, *arguments],
            what=what,
            timeout=_DOWNLOAD_TIMEOUT,
            on_line=on_line,
            log=self._log,
            cwd=cwd,
        )


def find_mirror() -> str:
    """Return the address of the Debian mirror that this machine's apt uses."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Unavailable("there is no apt on this machine")
    try:
        targets = run(
            ["apt-get", "indextargets", "--format", _FORMAT],
            what="read apt's sources",
            timeout=60,
        )
    except CommandFailed as error:
        raise Unavailable("apt's own configuration can't be read") from error
    return pick_mirror(targets, _codename())


def pick_mirror(targets: str, codename: str) -> str:
    """Choose the Debian archive among the lines of `apt-get indextargets`.

    A line holds the kind of index, component, suite and address. The release's own
    suite decides; a rolling Debian names `unstable` and the like, as other vendors
    do, so that there the address has to tell.
    """
    rows = [line.split(" ", 3) for line in targets.splitlines()]
    main = [row for row in rows if len(row) == 4 and row[:2] == ["deb", "main"]]
    for _kind, _component, suite, address in main:
        if suite == codename or (suite in _SUITES and "debian" in address):
            return address.rstrip("/")
    raise Unavailable("apt has no Debian mirror in its sources")


def unpack(packages: Path, target: Path, step: Step) -> None:
    """Unpack all packages of a folder into one root."""
    files = sorted(packages.glob("*.deb"))
    for number, file in enumerate(files, 1):
        step.update(f"unpacking {number} of {len(files)}")
        run(["dpkg-deb", "-x", file, target], what=f"unpack {file.name}", timeout=600)


def _codename() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError as error:
        raise Unavailable("this is no Debian machine") from error
    if release["ID"] != "debian":
        raise Unavailable(f"this is {release['NAME']}, not Debian")
    return release.get("VERSION_CODENAME", "")
