"""`dev run --simulators`: Telegram, GitHub and Trello on this machine."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import processes
from .cache import ROOT
from .client import Client
from .demo_project import DemoProject
from .environment import Environment
from .errors import DevError
from .ui import Step

_NAMES = ("telegram", "github", "trello")
_TELEGRAM = "sync.project_demo_telegram"
_GITHUB_TRELLO = "sync.project_demo_github_trello"
_SETUP_BUTTONS = ("trigger_demo_telegram_setup", "trigger_demo_github_trello_create")
# Whoever creates a webhook of GitHub chooses its secret.
_GITHUB_SECRET = "simulated-webhook-secret"
_READY = "\nready\n"
_START_TIMEOUT = 30.0
_JOB_TIMEOUT = 60.0


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
        with Step("Simulators of Telegram, GitHub and Trello"):
            try:
                self._start()
                self.access = read_access(self._wait())
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

    def _start(self) -> None:
        pairs = zip(_NAMES, self._ports, strict=True)
        options = [f"--port-{name}={port}" for name, port in pairs]
        with self._log.open("wb") as log:
            self._process = processes.spawn(
                [self._env.python, "-m", "simulators", *options],
                log=log,
                env=self._env.env(),
                cwd=ROOT / "tests",
            )

    def _wait(self) -> str:
        """Return what the simulators print before they are ready."""
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            self.check()
            text, ready, _rest = self._log.read_text().partition(_READY)
            if ready:
                return text
            time.sleep(0.1)
        raise DevError(f"The simulators don't start; their log is {self._log}.")


def read_access(text: str) -> dict[str, Access]:
    """Read what the simulators print: a paragraph each, its name first."""
    found = {}
    for paragraph in re.split(r"\n(?=\S)", text.strip()):
        name, page, _api, api, *words = paragraph.split()
        keys = dict(zip(words[::2], words[1::2], strict=False))
        found[name.lower()] = Access(page, api, keys)
    return found


def demo_projects(access: Mapping[str, Access]) -> list[DemoProject]:
    """Return the demo projects as they are to be: off, if nothing is simulated."""
    if not access:
        return [DemoProject(name, active=False) for name in (_TELEGRAM, _GITHUB_TRELLO)]
    telegram, github, trello = (access[name] for name in _NAMES)
    return [
        DemoProject(
            _TELEGRAM,
            params={"TELEGRAM_API_URL": telegram.api.removesuffix("/bot")},
            secrets={"TELEGRAM_BOT_TOKEN": telegram.keys["token"]},
        ),
        DemoProject(
            _GITHUB_TRELLO,
            params={
                "GITHUB_API_URL": github.api,
                "GITHUB_REPO": github.keys["repository"],
                "TRELLO_API_URL": trello.api,
                "TRELLO_BOARD_ID": trello.keys["board"],
                "TRELLO_KEY": trello.keys["key"],
            },
            secrets={
                "GITHUB_TOKEN": github.keys["token"],
                "GITHUB_WEBHOOK_SECRET": _GITHUB_SECRET,
                "TRELLO_TOKEN": trello.keys["token"],
                "TRELLO_SECRET": trello.keys["secret"],
            },
        ),
    ]


def set_up(client: Client) -> None:
    """Press the buttons that tell the simulators, which forget, of our webhooks."""
    with Step("Webhooks of the demo projects"):
        _forget_links(client)
        for button in _SETUP_BUTTONS:
            _press(client, button)


def _forget_links(client: Client) -> None:
    """Delete the links to issues and cards that ended with an earlier simulator."""
    domain = [("relation", "=like", "github\\_trello\\_%")]
    client.call("sync.link", "unlink", client.call("sync.link", "search", domain))


def _press(client: Client, button: str) -> None:
    domain = [("module", "=", "sync"), ("name", "=", button)]
    (row,) = client.call("ir.model.data", "search_read", domain, ["res_id"])
    client.call("sync.trigger", "action_run_now", [row["res_id"]])
    deadline = time.monotonic() + _JOB_TIMEOUT
    while (job := _last_job(client, row["res_id"]))["state"] != "done":
        if job["state"] == "failed" or time.monotonic() > deadline:
            raise DevError(f"The job of {button} is {job['state']}: {job['error']}")
        time.sleep(0.3)


def _last_job(client: Client, trigger: int) -> dict[str, Any]:
    domain = [("trigger_id", "=", trigger)]
    fields = ["state", "error"]
    return client.call("sync.job", "search_read", domain, fields, limit=1)[0]
