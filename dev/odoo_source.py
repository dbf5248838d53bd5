"""Odoo 19 itself: an Odoo that is here already, Debian's package, or upstream's git."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .apt import Apt, unpack
from .cache import Cache
from .errors import CommandFailed, DevError, Unavailable
from .processes import run
from .ui import Step, say

VERSION = "19.0"
_UPSTREAM = "https://github.com/odoo/odoo.git"
_CLONE_TIMEOUT = 3600
# The package links to these by relative paths, so that they share its root.
_PACKAGES = (
    "odoo-19/unstable",
    "fonts-dejavu-core/unstable",
    "fonts-glyphicons-halflings/unstable",
    "fonts-inconsolata/unstable",
    "fonts-montserrat/unstable",
    "fonts-ocr-b/unstable",
    "fonts-roboto-unhinted/unstable",
    "gsfonts/unstable",
    "libjs-jquery/unstable",
    "libjs-jquery-form/unstable",
    "libjs-underscore/unstable",
)
_SUITES = ("unstable", "bookworm")
# Odoo's web client needs the file names of 4.7, which later releases lack.
_FONT_AWESOME = "fonts-font-awesome/bookworm"
_FONT_AWESOME_NPM = "font-awesome@4.7.0"
_FONT_AWESOME_SHA256 = (
    "92042b715919e17499ded134884b0318fd88041efac9b0f3204069df52222a61"
)
_DIST_PACKAGES = Path("usr/lib/python3/dist-packages")
_BLUR = Path("odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js")


@dataclass(frozen=True)
class OdooSource:
    """Where Odoo's code is: `folder` holds the package `odoo`."""

    folder: Path

    @property
    def addons(self) -> list[Path]:
        """Return the addons folders beside the package's own."""
        return [path for path in [self.folder / "addons"] if _has_addons(path)]

    @property
    def package(self) -> Path:
        """Return the package `odoo`."""
        return self.folder / "odoo"


def find_odoo(cache: Cache) -> OdooSource:
    """Return Odoo 19, fetched first if this machine has none."""
    if chosen := os.environ.get("ODOO_PATH"):
        return _existing(Path(chosen).expanduser().absolute())
    debian = debian_folder(cache)
    upstream = cache.path("odoo-git", VERSION)
    if not debian.exists() and not upstream.exists():
        return _fetch(cache)
    return OdooSource(debian / _DIST_PACKAGES if debian.exists() else upstream)


def debian_folder(cache: Cache) -> Path:
    """Return where Debian's package of Odoo is unpacked."""
    return cache.path("odoo-debian", "\n".join(_PACKAGES))


def _fetch(cache: Cache) -> OdooSource:
    try:
        return OdooSource(_debian(cache) / _DIST_PACKAGES)
    except (Unavailable, CommandFailed) as error:
        debian = getattr(error, "reason", str(error))
    if found := _importable(cache):
        return found
    say(f"  note  no Odoo from Debian ({debian}); trying upstream's git repository")
    try:
        return OdooSource(_clone(cache))
    except DevError as error:
        raise DevError(
            f"Odoo can't be downloaded: not from Debian ({debian}), nor from git"
            f" ({getattr(error, 'reason', error)}). Check the network and call again,"
            " or let ODOO_PATH name an Odoo 19 that is here."
        ) from error


def _existing(folder: Path) -> OdooSource:
    source = OdooSource(folder)
    if read_version(source.package) != VERSION:
        raise DevError(
            f"ODOO_PATH is {folder}, which is no Odoo {VERSION}: let it name the folder"
            " that holds the package `odoo`, or unset it."
        )
    return source


def _importable(cache: Cache) -> OdooSource | None:
    """Return the Odoo that the running Python can import.

    It is reached through a folder that holds a link to it and nothing else: the
    libraries beside it belong to another Python.
    """
    spec = importlib.util.find_spec("odoo")
    places = (spec.submodule_search_locations or ()) if spec else ()
    for place in map(Path, places):
        if read_version(place) == VERSION:
            link = partial(_link, place)
            return OdooSource(cache.once("odoo-link", str(place), link))
    return None


def _link(place: Path, folder: Path) -> None:
    (folder / "odoo").symlink_to(place)


def read_version(package: Path) -> str | None:
    """Read Odoo's series, such as `19.0`, without importing it."""
    release = package / "release.py"
    if not release.exists():
        return None
    found = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.M)
    return f"{found[1]}.{found[2]}" if found else None


def _debian(cache: Cache) -> Path:
    def build(folder: Path) -> None:
        with Step("Odoo 19 from Debian") as step, cache.scratch("apt") as work:
            _download(cache, work, step)
            unpack(work / "packages", folder, step)
            if not list((work / "packages").glob("fonts-font-awesome*")):
                _font_awesome_from_npm(cache, folder, work, step)
            _complete(folder)

    return cache.once("odoo-debian", "\n".join(_PACKAGES), build)


def _download(cache: Cache, work: Path, step: Step) -> None:
    """Fetch the packages, with bookworm's fonts if the mirror still has them."""
    for suites, fonts in ((_SUITES, [_FONT_AWESOME]), (_SUITES[:1], [])):
        step.update("reading package lists")
        apt = Apt(work / f"apt-{len(suites)}", suites, cache.log)
        try:
            apt.update()
            apt.download([*_PACKAGES, *fonts], work / "packages", step)
            return
        except CommandFailed:
            if not fonts:
                raise
            shutil.rmtree(work / "packages", ignore_errors=True)


def _font_awesome_from_npm(cache: Cache, root: Path, work: Path, step: Step) -> None:
    step.update("Font Awesome from npm")
    archive = run(
        ["npm", "pack", "--silent", _FONT_AWESOME_NPM],
        what="download Font Awesome 4.7 with npm",
        timeout=300,
        log=cache.log,
        cwd=work,
    ).split()[-1]
    found = hashlib.sha256((work / archive).read_bytes()).hexdigest()
    if found != _FONT_AWESOME_SHA256:
        raise DevError(f"npm's {archive} isn't the known one: its checksum is {found}.")
    shutil.unpack_archive(work / archive, work / "npm")
    fonts = root / "usr/share/fonts-font-awesome"
    shutil.copytree(work / "npm/package/fonts", fonts / "fonts")
    shutil.copytree(work / "npm/package/css", fonts / "css")


def _complete(root: Path) -> None:
    """Add what the package leaves out, and check that its links lead somewhere."""
    packages = root / _DIST_PACKAGES
    blur = packages / _BLUR
    blur.parent.mkdir(parents=True, exist_ok=True)
    blur.write_text(
        "// Not in Debian's package: blurs the background in video calls.\n"
    )
    web = packages / "odoo/addons/web/static"
    links = [path for path in web.rglob("*") if path.is_symlink()]
    broken = [path.name for path in links if not path.exists()]
    if broken:
        raise Unavailable(f"it lacks files that the web client needs: {broken}")


def _clone(cache: Cache) -> Path:
    def build(folder: Path) -> None:
        with Step("Odoo 19 from upstream's git repository") as step:
            step.update("a shallow clone, about 400 MB")
            run(
                [
                    *("git", "clone", "--quiet", "--depth=1", "--single-branch"),
                    *("--branch", VERSION, _UPSTREAM, folder),
                ],
                what="clone Odoo",
                timeout=_CLONE_TIMEOUT,
                log=cache.log,
            )

    return cache.once("odoo-git", VERSION, build)


def _has_addons(folder: Path) -> bool:
    return any(folder.glob("*/__manifest__.py"))
