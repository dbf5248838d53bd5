"""Command lines of Odoo, and what they print."""

from __future__ import annotations

import configparser
import re
import socket
from pathlib import Path

from .environment import Environment
from .errors import CommandFailed, DevError
from .odoo_log import records
from .processes import run, tail
from .ui import Step

_INSTALL_TIMEOUT = 1200
# Clients of these old addresses, ours among them, are warned with each call.
_LOG_LEVELS = (
    ":INFO",
    "odoo.addons.rpc.controllers.jsonrpc:ERROR",
    "odoo.addons.rpc.controllers.xmlrpc:ERROR",
)
_ERRORS = ("ERROR", "CRITICAL")
_LOADING = re.compile(r"Loading module (\w+) \((\d+)/(\d+)\)")


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(env: Environment, *arguments: str) -> list[str]:
    """Return a command line of Odoo."""
    return [str(env.python), str(env.launcher), *arguments]


def data_dir(env: Environment, database: str) -> Path:
    """Return the data folder of one database: its files, sessions and key."""
    return env.postgres.data / database


def write_config(env: Environment, database: str, role: str, **options: object) -> Path:
    """Write Odoo's configuration file for one database, and return its path.

    Each role, such as `server` or `shell`, has a file of its own: a server reads its
    file again whenever it starts a worker.
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser["options"] = {
        "addons_path": env.addons_path,
        "data_dir": str(data_dir(env, database)),
        "db_name": database,
        "list_db": "False",
        "http_interface": "127.0.0.1",
        "log_handler": ",".join(_LOG_LEVELS),
        **{name: str(value) for name, value in options.items()},
    }
    parser["queue_job"] = {"channels": "root:2,root.sync:2,root.sync.prices:1"}
    data_dir(env, database).mkdir(parents=True, exist_ok=True)
    path = data_dir(env, database) / f"{role}.conf"
    with path.open("w") as stream:
        parser.write(stream)
    return path


def install(
    env: Environment, database: str, modules: str, step: Step, *options: str
) -> None:
    """Install or, with the option `-u`, upgrade modules in a database."""
    log = env.cache.logs / f"{database}-install.log"
    log.unlink(missing_ok=True)

    def show(line: str) -> None:
        if found := _LOADING.search(line):
            step.update(f"module {found[2]} of {found[3]}, {found[1]}")

    config = write_config(env, database, "install")
    flag = [] if "-u" in options else ["-i"]
    try:
        run(
            command(
                env,
                *("server", "-c", str(config), "--stop-after-init", "--no-http"),
                *("--max-cron-threads=0", *options, *flag, modules),
            ),
            what=f"install {modules}",
            timeout=_INSTALL_TIMEOUT,
            on_line=show,
            log=log,
            env=env.env(),
            cwd=env.cache.folder,
        )
    except CommandFailed as error:
        raise DevError(f"{error}\n{_last_error(log)}") from error


def _last_error(log: Path) -> str:
    """Return the last error in a log, or its last lines."""
    with log.open(errors="replace") as stream:
        errors = [it.text for it in records(stream) if it.level in _ERRORS]
    return errors[-1] if errors else tail(log)
