"""`dev run`: a studio and an external Odoo, ready to be tried in a browser."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from . import databases, simulators, templates
from .cache import Cache, digest
from .checkout import addon_digest
from .client import Client
from .demo_project import configure, odoo2odoo
from .environment import Environment, environment
from .errors import DevError
from .odoo_cli import data_dir, free_port, install
from .proxy import serve
from .servers import OdooServer
from .simulators import Simulators
from .ui import Step, check_reader, say, seconds

HELP = "start Odoo with Sync Studio, and a second Odoo to integrate with"
DESCRIPTION = """
Start two Odoo servers on this machine only: `studio` with Sync Studio, contacts and
demo data, and `external`, a plain Odoo with contacts. The demo project Odoo2odoo is set
up for the second and on. The databases are kept between starts; when the addon's files
have changed, it is upgraded. Ctrl-C stops everything.
"""
STUDIO, EXTERNAL = "studio", "external"
# A queued job occupies a worker while it runs, and two may run at a time.
_WORKERS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `dev run`."""
    add = parser.add_argument
    add("--port", type=_port, default=8069, help="of the studio (default: %(default)s)")
    add(
        "--workers",
        type=_count,
        default=_WORKERS,
        help="worker processes; 0 for one process with threads (default: %(default)s)",
    )
    add(
        "--no-job-runner",
        action="store_true",
        help="start without queue_job's runner: the addon's cron runs the jobs",
    )
    add(
        "--simulators",
        action="store_true",
        help="also start simulators of Telegram, GitHub and Trello, with the demo"
        " projects that talk to them",
    )
    add("--reset", action="store_true", help="drop both databases and start afresh")


def main(options: argparse.Namespace) -> int:
    """Run both servers until somebody stops them."""
    began = time.monotonic()
    check_port(options.port)
    with environment() as env, _alone(env.cache):
        if options.reset:
            for name in (STUDIO, EXTERNAL):
                databases.drop(env, name)
        with contextlib.ExitStack() as stack:
            external_port = _near(options.port, 1)
            simulated = _simulators(env, options, stack)
            _prepare(env, external_port, options.port)
            _prepare_simulated(env, simulated, options.port)
            servers = stack.enter_context(_servers(env, options, external_port))
            if simulated:
                simulators.set_up(Client(servers[0].url, STUDIO))
            _announce(options, servers, simulated, time.monotonic() - began)
            with contextlib.suppress(KeyboardInterrupt):
                _watch([*servers, *filter(None, [simulated])])
            say("\nStopping the servers.")
    return 0


def check_port(port: int) -> None:
    """Raise a DevError if somebody listens on a port of this machine."""
    if not _is_free(port):
        raise DevError(
            f"Port {port} is taken: stop the program that listens there, or choose"
            f" another port, for example `python3 dev run --port {port + 100}`."
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def _alone(cache: Cache) -> Iterator[None]:
    """Refuse to run twice: the second one would share the first one's databases."""
    with (cache.folder / "run.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DevError(
                "Another `dev run` is at work: stop it, or give this one a cache folder"
                " of its own by SYNC_CACHE."
            ) from error
        yield


def _near(port: int, distance: int) -> int:
    """Return a free port, the one at a distance from another if it can be had."""
    wanted = port + distance
    return wanted if wanted <= 65535 and _is_free(wanted) else free_port()


def _simulators(
    env: Environment, options: argparse.Namespace, stack: contextlib.ExitStack
) -> Simulators | None:
    if not options.simulators:
        return None
    ports = [_near(options.port, distance) for distance in (2, 3, 4)]
    return stack.enter_context(Simulators(env, ports))


def _prepare(env: Environment, external_port: int, port: int) -> None:
    """Create what is missing, upgrade what is outdated, configure what has moved."""
    for name in (STUDIO, EXTERNAL):
        if databases.exists(env, name):
            # Copies of earlier versions of dev count wrongly after a crash.
            databases.renew_sequences(env, name)
    if not databases.exists(env, EXTERNAL):
        templates.make(env, templates.EXTERNAL, EXTERNAL)
    _prepare_studio(env)
    url = f"http://127.0.0.1:{external_port}"
    note, wanted = _Note(env, "demo-project"), f"{url} {port}"
    if note.read() != wanted:
        # Webhooks' URLs are right before anybody has logged in.
        system = {"web.base.url": f"http://localhost:{port}"}
        with Step("Demo project Odoo2odoo"):
            configure(env, STUDIO, [odoo2odoo(url, EXTERNAL)], system)
        note.write(wanted)


def _prepare_simulated(
    env: Environment, simulated: Simulators | None, port: int
) -> None:
    """Switch the demo projects of the simulators on, or off if they were on."""
    access = simulated.access if simulated else {}
    wanted = f"{port} {access}" if access else None
    note = _Note(env, "simulators")
    if note.read() == wanted:
        return
    # Webhooks must keep their addresses, whichever name an administrator logs in at.
    system = {
        "web.base.url": f"http://localhost:{port}",
        "web.base.url.freeze": "True" if access else None,
    }
    with Step("Demo projects of the simulators"):
        configure(env, STUDIO, simulators.demo_projects(access), system)
    note.write(wanted)


def _prepare_studio(env: Environment) -> None:
    wanted = digest(env.version + addon_digest())
    note = _Note(env, "addon")
    if not databases.exists(env, STUDIO):
        templates.make(env, templates.STUDIO, STUDIO)
    elif note.read() != wanted:
        with Step("Upgrade of Sync Studio: its files have changed") as step:
            install(env, STUDIO, "sync", step, "-u")
    note.write(wanted)


class _Note:
    """Remember a text beside a database's files."""

    def __init__(self, env: Environment, name: str) -> None:
        self._path: Path = data_dir(env, STUDIO) / f"{name}.note"

    def read(self) -> str | None:
        return self._path.read_text() if self._path.exists() else None

    def write(self, text: str | None) -> None:
        if text is None:
            self._path.unlink(missing_ok=True)
        else:
            self._path.write_text(text)


@contextlib.contextmanager
def _servers(
    env: Environment, options: argparse.Namespace, external_port: int
) -> Iterator[list[OdooServer]]:
    """Lend both servers, started; with workers, behind a proxy for web sockets."""
    with contextlib.ExitStack() as stack:
        studio = OdooServer(
            env,
            STUDIO,
            port=free_port() if options.workers else options.port,
            workers=options.workers,
            job_runner=not options.no_job_runner,
            # Its own port is not the one that people use.
            proxied=bool(options.workers),
        )
        servers = [studio, OdooServer(env, EXTERNAL, port=external_port)]
        with Step("Servers"):
            for server in servers:
                stack.callback(server.stop)
                server.start()
            for server in servers:
                server.wait()
        if options.workers:
            check_port(options.port)
            stack.enter_context(serve(options.port, studio.port, studio.gevent_port))
        yield servers


def _announce(
    options: argparse.Namespace,
    servers: list[OdooServer],
    simulated: Simulators | None,
    duration: float,
) -> None:
    studio, external = servers
    runner = "the addon's cron (no job runner)"
    if not options.no_job_runner:
        runner = "queue_job's job runner, two at a time"
    # Two names of this machine, so that a browser keeps two sessions.
    say(f"""
Sync Studio is up, after {seconds(duration)}.

  studio    http://localhost:{options.port}   user admin, password admin
  external  {external.url}   user admin, password admin
  jobs      run by {runner}
  logs      {studio.log}
            {external.log}
{_pages(simulated)}
Create a contact in the studio: it appears in the external Odoo. Ctrl-C stops all.""")


def _pages(simulated: Simulators | None) -> str:
    """Return the lines about the simulators' pages."""
    if not simulated:
        return ""
    rows = [f"  {name:9} {it.page}" for name, it in simulated.access.items()]
    return "\n".join(["", "Act as the outside users on these pages:", *rows, ""])


def _watch(servers: list[OdooServer | Simulators]) -> None:
    while True:
        for server in servers:
            server.check()
        check_reader()
        time.sleep(1)


def _port(text: str) -> int:
    number = _count(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: choose 1 to 65535")
    return number


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no number")
    return int(text)
