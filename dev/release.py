"""An earlier release of the addon, from this repository's own history."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from .cache import ROOT
from .environment import Environment
from .errors import DevError

_TIMEOUT = 60


class NoHistoryError(DevError):
    """Say why a release can't be had here."""


def with_release(env: Environment, commit: str) -> Environment:
    """Return `env` with the addon as it was in a commit.

    Raise a NoHistoryError where it can't be had, as in a shallow clone or without git.
    """
    if _git("cat-file", "-e", f"{commit}^{{commit}}").returncode:
        raise NoHistoryError(f"the history here doesn't have commit {commit}")
    addons = env.cache.once("release", commit, lambda folder: _unpack(commit, folder))
    return replace(env, addons=addons)


def _unpack(commit: str, folder: Path) -> None:
    addon = folder / "sync"
    addon.mkdir()
    archive = _git("archive", "--format=tar", commit)
    archive.check_returncode()
    tar = ["tar", "-x", "-C", str(addon)]
    subprocess.run(tar, input=archive.stdout, timeout=_TIMEOUT, check=True)


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, timeout=_TIMEOUT)
    except FileNotFoundError as error:
        raise NoHistoryError("git is not installed") from error
