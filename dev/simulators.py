"""The simulators of outside services, and the demo projects that talk to them."""

from __future__ import annotations

import re
import secrets
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import demo_project, processes
from .cache import ROOT
from .client import Client
from .environment import Environment
from .errors import DevError

_TELEGRAM = "sync.project_demo_telegram"
_GITHUB_TRELLO = "sync.project_demo_github_trello"
_SET_UP_BUTTONS = ("trigger_demo_telegram_setup", "trigger_demo_github_trello_create")
_READY = "\nready\n"
_TIMEOUT = 30.0


@dataclass(frozen=True)
class Access:
    """Hold what one simulator printed: its page for people, its API and its keys."""

    page: str
    api: str
    keys: Mapping[str, str]


class Simulators:
    """Run the simulators of Telegram, GitHub and Trello on three ports."""

    def __init__(self, env: Environment, ports: Sequence[int]) -> None:
        self._env = env
        self._ports = ports
        self._log = env.cache.logs / "simulators.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.access: dict[str, Access] = {}

    def __enter__(self) -> Simulators:
        telegram, github, trello = map(str, self._ports)
        ports = ["--port-telegram", telegram, "--port-github", github]
        with self._log.open("wb") as log:
            self._process = processes.spawn(
                [str(self._env.python), "-m", "simulators", *ports]
                + ["--port-trello", trello],
                log=log,
                env=self._env.env(),
                cwd=ROOT / "tests",
            )
        try:
            self.access = parse(self._wait())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process:
            processes.stop(self._process)

    def check(self) -> None:
        """Raise a DevError if the process is dead."""
        if self._process is None or self._process.poll() is not None:
            raise DevError(
                f"The simulators ended; their log {self._log} ends with:\n"
                f"{processes.tail(self._log)}"
            )

    def _wait(self) -> str:
        """Return what the simulators print before they are ready."""
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            self.check()
            text, ready, _rest = self._log.read_text().partition(_READY)
            if ready:
                return text
            time.sleep(0.1)
        raise DevError(f"The simulators don't start; their log is {self._log}.")


def parse(text: str) -> dict[str, Access]:
    """Read what the simulators print: a paragraph each, its name first."""
    found = {}
    for paragraph in re.split(r"\n(?=\S)", text.strip()):
        name, page, _api, api, *words = paragraph.split()
        keys = dict(zip(words[::2], words[1::2], strict=False))
        found[name] = Access(page, api, keys)
    return found


def configure(
    env: Environment, database: str, simulated: Simulators | None, url: str
) -> None:
    """Point the demo projects at the simulators, or switch them off without any."""
    if simulated is None:
        off = {"active": False}
        demo_project.write(env, database, {_TELEGRAM: off, _GITHUB_TRELLO: off})
        return
    projects = {
        _TELEGRAM: _telegram(simulated.access["Telegram"]),
        _GITHUB_TRELLO: _github_trello(simulated.access),
    }
    # Webhooks get addresses below it; without the freeze, a login would change it.
    system = {"web.base.url": url, "web.base.url.freeze": "True"}
    demo_project.write(env, database, projects, system)


def set_up(client: Client) -> None:
    """Press the buttons that tell the simulators of our webhooks."""
    domain = [("module", "=", "sync"), ("name", "in", _SET_UP_BUTTONS)]
    for row in client.call("ir.model.data", "search_read", domain, ["res_id"]):
        client.call("sync.trigger", "action_run_now", [row["res_id"]])


def _telegram(access: Access) -> dict:
    return {
        "active": True,
        "params": {"TELEGRAM_API_URL": access.api.removesuffix("/bot")},
        "secrets": {"TELEGRAM_BOT_TOKEN": access.keys["token"]},
    }


def _github_trello(access: Mapping[str, Access]) -> dict:
    github, trello = access["GitHub"], access["Trello"]
    return {
        "active": True,
        "params": {
            "GITHUB_REPO": github.keys["repository"],
            "GITHUB_API_URL": github.api,
            "TRELLO_BOARD_ID": trello.keys["board"],
            "TRELLO_KEY": trello.keys["key"],
            "TRELLO_API_URL": trello.api,
        },
        "secrets": {
            "GITHUB_TOKEN": github.keys["token"],
            "GITHUB_WEBHOOK_SECRET": secrets.token_hex(),
            "TRELLO_TOKEN": trello.keys["token"],
            "TRELLO_SECRET": trello.keys["secret"],
        },
    }
