"""Where the benchmark runs: a fresh database behind real servers, with the peers."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import databases, templates
from ..cache import ROOT
from ..client import Client
from ..environment import Environment, environment
from ..errors import CommandFailed
from ..odoo_cli import free_port, install
from ..process_tree import descendants
from ..servers import OdooServer
from ..ui import Step, say
from . import fill
from .load import Load

_ADDONS = Path(__file__).parent / "addons"
_WORKERS = 2


class Lab:
    """Running servers, the load generator and the database, for the rows."""

    def __init__(self, env: Environment, server: OdooServer, load: Load) -> None:
        self._env = env
        self.server = server
        self.load = load
        self._client = Client(server.url, server.database)
        self.paths: dict[str, str] = self.call("setup")

    def url(self, kind: str) -> str:
        """Return the address of the webhook `ours`, or of its peer `bare` or `rule`."""
        return f"{self.server.url}{self.paths[kind]}"

    def call(self, method: str, *arguments: object) -> Any:
        """Call a measurement in a worker."""
        return self._client.call("sync.bench", method, *arguments)

    def sql(self, statement: str) -> str:
        """Run SQL in the database."""
        return self._env.postgres.sql(statement, self.server.database)

    def fill(self, size: fill.Size) -> None:
        """Fill the tables up to a size."""
        for title, statement in fill.statements(size):
            with Step(title):
                self.sql(statement)

    def memory(self) -> int:
        """Return the bytes of memory that the HTTP workers hold for themselves."""
        assert self.server.process
        workers = set(self.server.worker_pids()) & set(
            descendants(self.server.process.pid)
        )
        return sum(_resident(pid) for pid in workers)

    def wait_for_queue(self) -> None:
        """Wait until no queued job is left."""
        self.sql(
            """
            DO $$ BEGIN
                WHILE EXISTS (SELECT FROM queue_job
                               WHERE state IN ('pending', 'enqueued', 'started'))
                LOOP PERFORM pg_sleep(0.02); END LOOP;
            END $$
            """
        )


class Labs:
    """Two labs that are alike but for the size of their tables, opened when needed.

    What must not get slower as tables grow is measured in both of them in turn.
    """

    def __init__(self, env: Environment, stack: contextlib.ExitStack) -> None:
        self._env = env
        self._stack = stack
        self.load = Load(env.cache)

    @functools.cached_property
    def small(self) -> Lab:
        """Return the lab with a thousand rows in each table."""
        return self._open("small", fill.SMALL)

    @functools.cached_property
    def large(self) -> Lab:
        """Return the lab with a million rows in each table."""
        return self._open("large", fill.LARGE)

    def _open(self, kind: str, size: fill.Size) -> Lab:
        name = f"sync_bench_{os.getpid()}_{kind}"
        self._stack.callback(_drop, self._env, name)
        templates.make(self._env, templates.STUDIO, name)
        with Step(f"Peers in the {kind} database") as step:
            install(self._env, name, "sync_bench", step)
        server = OdooServer(
            self._env, name, port=free_port(), workers=_WORKERS, job_runner=True
        )
        with Step(f"Servers of the {kind} database"):
            self._stack.callback(server.stop)
            server.start()
            server.wait()
        lab = Lab(self._env, server, self.load)
        lab.fill(size)
        return lab


@contextlib.contextmanager
def open_labs() -> Iterator[Labs]:
    """Provision, and lend the labs; nothing is left of them after."""
    with environment() as env, contextlib.ExitStack() as stack:
        yield Labs(dataclasses.replace(env, addons=_link_addons(env)), stack)


def _drop(env: Environment, database: str) -> None:
    """Drop a database, which PostgreSQL may be vacuuming: then nobody else may."""
    for _attempt in range(60):
        try:
            databases.drop(env, database)
            return
        except CommandFailed:
            time.sleep(1)
    say(f"  note  the database {database} is still in use, and was left")


def _link_addons(env: Environment) -> Path:
    """Return an addons folder that holds the addon and the benchmark's own one."""
    folder = env.addons.with_name(f"{env.addons.name}-bench")
    folder.mkdir(exist_ok=True)
    for name, target in (("sync", ROOT), ("sync_bench", _ADDONS / "sync_bench")):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return folder


def _resident(pid: int) -> int:
    """Return the private memory of a process, without what it shares by forking."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rows = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
    kinds = ("Private_Clean", "Private_Dirty")
    return sum(int(rows[kind].split()[0]) * 1024 for kind in kinds)


@contextlib.contextmanager
def stopwatch(into: list[float]) -> Iterator[None]:
    """Append to a list the seconds that the block takes."""
    began = time.monotonic()
    yield
    into.append(time.monotonic() - began)
