"""HTTP load: Debian's `hey`, or where that can't be had a small generator of ours."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from ..apt import Apt, unpack
from ..cache import Cache
from ..errors import CommandFailed, DevError, Unavailable
from ..processes import run
from ..ui import Step, say

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_SLOWEST = re.compile(r"Slowest:\s+([\d.]+) secs")
_STATUS = re.compile(r"\[(\d+)\]\s+(\d+) responses")
BODY = '{"order": 1234, "state": "paid", "lines": [1, 2, 3]}'
OWN = Path(__file__).parent / "own_load.py"


class Load:
    """Send requests as fast as they are answered, a few at a time."""

    def __init__(self, cache: Cache) -> None:
        self._program = _find(cache)

    @property
    def name(self) -> str:
        """Return the name of the generator."""
        return Path(self._program[-1]).name

    def rate(self, url: str, seconds: float, clients: int = 2) -> float:
        """Return the requests a second that were answered with a 200."""
        return self._send(url, clients, "-z", f"{seconds}s")[0]

    def slowest(self, url: str, seconds: float, clients: int = 1) -> float:
        """Return the seconds of the slowest answer in a while."""
        return self._send(url, clients, "-z", f"{seconds}s")[1]

    def count(self, url: str, requests: int, clients: int = 2) -> None:
        """Send a number of requests."""
        self._send(url, clients, "-n", str(requests))

    def _send(self, url: str, clients: int, *much: str) -> tuple[float, float]:
        options = ["-c", str(clients), "-m", "POST", "-d", BODY, "-t", "30", *much]
        command = [*self._program, *options, "-T", "application/json", url]
        output = run(command, what="send requests", timeout=300)
        statuses = dict(_STATUS.findall(output))
        if set(statuses) != {"200"}:
            raise DevError(f"{url} wasn't always answered with a 200:\n{output}")
        return float(_RATE.findall(output)[0]), float(_SLOWEST.findall(output)[0])


def _find(cache: Cache) -> list[str]:
    if found := shutil.which("hey"):
        return [found]
    try:
        return [str(_debian(cache) / "usr/bin/hey")]
    except (Unavailable, CommandFailed) as error:
        say(f"  note  no `hey` from Debian ({error}): load comes from a script of ours")
        return [sys.executable, str(OWN)]


def _debian(cache: Cache) -> Path:
    def build(folder: Path) -> None:
        with Step("Load generator hey") as step, cache.scratch("apt-hey") as work:
            apt = Apt(work / "apt", ["stable"], cache.log)
            apt.update()
            apt.download(["hey/stable"], work / "packages", step)
            unpack(work / "packages", folder, step)

    return cache.once("hey", "stable", build)
