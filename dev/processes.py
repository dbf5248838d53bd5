"""Programs that dev calls or starts: none outlives it, each has a limit."""

from __future__ import annotations

import collections
import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from .errors import CommandFailed, DevError

_SET_PARENT_DEATH_SIGNAL = 1
_LAST_LINES = 15
# How apt, pip, git, npm and psql begin the line that matters.
_TELLING = re.compile(
    r"E: |ERROR: (?!Could not find a version)|fatal: |npm error |psql: |\w*Error: "
)

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Command = Sequence[str | os.PathLike[str]]


def run(
    command: Command,
    *,
    what: str,
    timeout: float,
    on_line: Callable[[str], None] | None = None,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    stdin: str | None = None,
    last_lines: int = 0,
) -> str:
    """Run `command` to its end and return what it printed.

    `what` names the act for the error message. A failure, or more than `timeout`
    seconds, raises CommandFailed, with that many last lines of the output.
    """
    output: collections.deque[str] = collections.deque(maxlen=2000)
    with _popen(command, env=env, cwd=cwd, user=user, stdin=stdin) as process:
        expired = threading.Event()
        timer = threading.Timer(timeout, _expire, (process, expired))
        timer.start()
        try:
            _feed(process, stdin)
            _read(process, output, on_line, log)
            process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                stop(process)
    if process.returncode:
        late = f"no end after {timeout:.0f} s" if expired.is_set() else ""
        raise _failure(what, "".join(output), late, log, last_lines)
    return "".join(output)


def spawn(
    command: Command, *, log: IO[bytes], env: Mapping[str, str], cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a server in a process group of its own, its output going to `log`."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def stop(process: subprocess.Popen[Any], patience: float = 15.0) -> None:
    """End a process that we started, then whatever is left of its group."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def tail(path: Path, lines: int = _LAST_LINES) -> str:
    """Return the last lines of a text file."""
    with path.open(errors="replace") as stream:
        return "".join(collections.deque(stream, maxlen=lines)).rstrip()


def _popen(
    command: Command,
    *,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    user: int | None,
    stdin: str | None,
) -> subprocess.Popen[str]:
    # A group of its own: Ctrl-C reaches dev alone, which then stops its children.
    rights: dict[str, Any] = {}
    if user is not None:
        rights = {"user": user, "group": user, "extra_groups": []}
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=env,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **rights,
        )
    except FileNotFoundError as error:
        raise DevError(f"The program {command[0]} is not on this machine.") from error


def _feed(process: subprocess.Popen[str], text: str | None) -> None:
    # What ends before it has read its input says why in its output.
    with contextlib.suppress(BrokenPipeError):
        if process.stdin:
            with process.stdin as stream:
                stream.write(text or "")


def _read(
    process: subprocess.Popen[str],
    output: collections.deque[str],
    on_line: Callable[[str], None] | None,
    log: Path | None,
) -> None:
    assert process.stdout
    with open(log or os.devnull, "a") as sink:
        for line in process.stdout:
            output.append(line)
            sink.write(line)
            if on_line:
                on_line(line.rstrip("\n"))


def _expire(process: subprocess.Popen[str], expired: threading.Event) -> None:
    expired.set()
    os.killpg(process.pid, signal.SIGKILL)


def _failure(
    what: str, output: str, late: str, log: Path | None, last_lines: int
) -> CommandFailed:
    reason = late or explain(output)
    where = f" The whole output is in {log}." if log else ""
    last = "".join(f"\n{line}" for line in output.splitlines()[-last_lines:])
    text = f"Could not {what} ({reason}).{where}{last if last_lines else ''}"
    return CommandFailed(text, reason)


def explain(output: str) -> str:
    """Return the line of a program's output that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if _TELLING.match(line)]
    return (telling or lines[-1:] or ["it printed nothing"])[0].rstrip(".")


def die_with_parent() -> None:
    """Ask Linux to end this child when dev dies, even from SIGKILL."""
    if _LIBC:
        _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def tee(lines: Iterable[str], sink: IO[str]) -> Iterator[str]:
    """Pass lines on, and keep a copy of them in a file."""
    for line in lines:
        sink.write(line)
        yield line
