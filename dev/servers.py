"""Running Odoo servers, for `dev run` and for tests.

An end-to-end test, in `tests/e2e/test_*.py`, is a plain unittest module:

    from dev.servers import shared_studio

    class TestPush(unittest.TestCase):
        def test_contact_is_pushed(self):
            studio = shared_studio(job_runner=True)
            studio.rpc("res.partner", "create", {"name": "Ada"})
            ...
            studio.external_rpc("res.partner", "search", [("name", "=", "Ada")])
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from pathlib import Path
from typing import Any

from . import databases, processes, templates
from .client import Client
from .demo_project import configure, odoo2odoo
from .environment import Environment, environment
from .errors import DevError
from .odoo_cli import command, free_port, write_config
from .process_tree import descendants, title
from .ui import seconds

_OK = 200
# The lock that queue_job's runner holds on a database, in its two halves.
_LOCK = 2293787760715711918
_RUNNERS = f"""
    SELECT count(*) FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 1
       AND classid = {_LOCK >> 32} AND objid = {_LOCK & 0xFFFFFFFF}
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608
_START_TIMEOUT = 180.0
_WORKER_LIMITS = {"limit_time_cpu": 600, "limit_time_real": 1200}


class OdooServer:
    """One Odoo server process, with its workers, on one database."""

    def __init__(
        self,
        env: Environment,
        database: str,
        *,
        port: int,
        workers: int = 0,
        job_runner: bool = False,
        cron_threads: int = 1,
        proxied: bool = False,
    ) -> None:
        self._env = env
        self.database = database
        self.port = port
        self.gevent_port = free_port()
        self.log = env.cache.logs / f"{database}.log"
        self.log.unlink(missing_ok=True)
        self._config = write_config(
            env,
            database,
            "server",
            http_port=port,
            gevent_port=self.gevent_port,
            workers=workers,
            max_cron_threads=cron_threads,
            proxy_mode=proxied,
            server_wide_modules="base,rpc,web" + (",queue_job" if job_runner else ""),
            **_WORKER_LIMITS,
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address to call it at."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process; `wait` tells when it can be used."""
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                command(self._env, "server", "-c", str(self._config)),
                log=log,
                env=self._env.env(),
                cwd=self._env.cache.folder,
            )

    def wait(self) -> None:
        """Wait until a page is answered; raise a DevError if the process dies."""
        client = Client(self.url, self.database)
        deadline = time.monotonic() + _START_TIMEOUT
        while (status := client.status()) != _OK:
            self.check()
            if status:
                self._fail(f"answers with the error {status}")
            if time.monotonic() > deadline:
                self._fail(f"doesn't answer after {seconds(_START_TIMEOUT)}")
            time.sleep(0.2)

    def check(self) -> None:
        """Raise a DevError with the end of the log if the process is dead."""
        if self.process is None or self.process.poll() is not None:
            status = self.process.returncode if self.process else None
            self._fail(f"ended with status {status}")

    def stop(self) -> None:
        """End the process and its workers."""
        if self.process:
            processes.stop(self.process)

    def kill(self) -> None:
        """End the process and its workers at once, as a crash would."""
        if self.process:
            processes.stop(self.process, patience=0)

    def worker_pids(self, kind: str = "WorkerHTTP") -> list[int]:
        """Return the workers of one of Odoo's kinds, such as `WorkerJobRunner`."""
        if self.process is None:
            return []
        found = descendants(self.process.pid)
        return [pid for pid in found if title(pid).startswith(f"odoo: {kind}")]

    def _fail(self, how: str) -> None:
        raise DevError(
            f"Odoo on the database {self.database} {how}; its log {self.log} ends"
            f" with:\n{processes.tail(self.log)}"
        )


class Studio:
    """Two fresh databases behind real servers: ours with demo data, and a plain one.

    `job_runner` starts queue_job's runner; without it the addon's own cron runs jobs.
    With `external=False` there is one server only. The demo project Odoo2odoo is set
    up for the external server, and on, unless `demo_project=False`.
    """

    def __init__(
        self,
        *,
        job_runner: bool = True,
        workers: int = 2,
        external: bool = True,
        demo_project: bool = True,
        cron_threads: int = 1,
    ) -> None:
        self._options: dict[str, Any] = {
            "job_runner": job_runner,
            "workers": workers,
            "cron_threads": cron_threads,
        }
        self._with_external = external
        self._demo_project = external and demo_project
        self._stack = contextlib.ExitStack()
        self.external: OdooServer | None = None

    def __enter__(self) -> Studio:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Make the databases and start the servers."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the servers and drop the databases."""
        self._stack.close()

    @property
    def url(self) -> str:
        """Return the studio's address."""
        return self.server.url

    @property
    def external_url(self) -> str:
        """Return the external system's address."""
        assert self.external, "this Studio was started with external=False"
        return self.external.url

    @property
    def log(self) -> Path:
        """Return the path of the studio's log."""
        return self.server.log

    def client(self, login: str = "admin", password: str = "admin") -> Client:
        """Return a client of the studio for one user."""
        return Client(self.url, self.server.database, login, password)

    def rpc(
        self, model: str, method: str, *arguments: object, **options: object
    ) -> Any:
        """Call a method of the studio as its administrator."""
        return self.client().call(model, method, *arguments, **options)

    def external_rpc(
        self, model: str, method: str, *arguments: object, **options: object
    ) -> Any:
        """Call a method of the external system as its administrator."""
        assert self.external, "this Studio was started with external=False"
        client = Client(self.external_url, self.external.database, "admin", "admin")
        return client.call(model, method, *arguments, **options)

    def worker_pids(self, kind: str = "WorkerHTTP") -> list[int]:
        """Return the studio's workers of one of Odoo's kinds."""
        return self.server.worker_pids(kind)

    def _start(self) -> None:
        env = self._stack.enter_context(environment())
        self.env = env
        name = f"sync_e2e_{os.getpid()}"
        self._make(templates.STUDIO, name)
        self.server = OdooServer(env, name, port=free_port(), **self._options)
        servers = [self.server]
        if self._with_external:
            self._make(templates.EXTERNAL, f"{name}_external")
            self.external = OdooServer(env, f"{name}_external", port=free_port())
            servers.append(self.external)
        if self._demo_project:
            project = odoo2odoo(self.external_url, f"{name}_external")
            configure(env, name, [project])
        for server in servers:
            self._stack.callback(server.stop)
            server.start()
        for server in servers:
            server.wait()
        if self._options.get("job_runner"):
            self._wait_for_runner(name)

    def _wait_for_runner(self, database: str) -> None:
        """Wait until the job runner serves the studio; the cron would run jobs else."""
        deadline = time.monotonic() + _START_TIMEOUT
        while not int(self.env.postgres.sql(_RUNNERS, database)):
            self.server.check()
            if time.monotonic() > deadline:
                raise DevError(f"No job runner came to the database {database}.")
            time.sleep(0.2)

    def _make(self, template: templates.Template, database: str) -> None:
        databases.drop(self.env, database)
        self._stack.callback(databases.drop, self.env, database)
        templates.make(self.env, template, database)


_shared: dict[str, Studio] = {}


def shared_studio(**options: Any) -> Studio:
    """Return the studio that runs with these options, after stopping any other one.

    A studio takes longer to start than most tests. The test runner stops the last one.
    """
    key = repr(sorted(options.items()))
    if key not in _shared:
        stop_shared()
        studio = Studio(**options)
        studio.start()
        _shared[key] = studio
    return _shared[key]


def stop_shared() -> None:
    """Stop the studio that tests share, if there is one."""
    while _shared:
        _shared.popitem()[1].stop()
