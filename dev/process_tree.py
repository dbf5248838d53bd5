"""Processes and their children, as Linux's /proc shows them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PROC = Path("/proc/self")


def descendants(parent: int) -> list[int]:
    """Return the ids of all processes below one."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything; fields follow it.
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, todo = [], [parent]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def title(pid: int) -> str:
    """Return a process's command line, which Odoo's workers set to what they are."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return line.replace(b"\0", b" ").decode(errors="replace").strip()


def is_alive(pid: int) -> bool:
    """Tell whether a process has this id, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def programs_in(folder: Path, program: str) -> list[int]:
    """Return the ids of the processes of a program that work in a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        # It may have ended meanwhile, or be somebody's who doesn't show it.
        with contextlib.suppress(OSError):
            name = Path(os.readlink(place / "exe")).name
            if name == program and Path(os.readlink(place / "cwd")) == folder.resolve():
                found.append(int(place.name))
    return found
