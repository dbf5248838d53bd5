"""Whatever opens a file: the keys are for the vault, and code isn't written in a run.

The keys can be read by :mod:`..vault.keys` alone: a web server may have been given
another folder, and Protected Code may fetch a URL that it is passed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

import odoo.addons
from odoo.tools import config

from ..boundary import callers
from ..logs import alarm
from ..messages import _lt
from ..protocols import Environment
from ..vault import keys
from .rehearsal import Guard, confined, refused

_NAMING = ("os.link", "os.rename", "os.symlink")
_WRITES = os.O_WRONLY | os.O_RDWR
# What Python keeps of a module that it has compiled gets its last name later.
_CODE = (".py", ".pyc", ".so", ".pyd", ".pth")
_CONFIG_READERS = ("configparser", "odoo.tools.config")


def _install() -> None:
    # For good: Python has no way to take a hook away.
    sys.addaudithook(_watch)


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event in _NAMING:
        _watch_names(args[:2], sys._getframe(1).f_globals)
    if event != "open" or not isinstance(args[0], str | bytes | os.PathLike):
        return
    path, flags = os.fsdecode(args[0]), args[2]
    opener = sys._getframe(1).f_globals
    if _holds_keys(path) and not _may_read_keys(opener):
        _refuse_keys(path)
    writes = isinstance(flags, int) and flags & _WRITES
    written = writes and path.endswith(_CODE) and callers.in_run()
    if written and _is_imported_from(path):
        alarm.report(_lt("Project code can't write code: %(path)s", path=path))
        raise PermissionError(
            _lt("%(path)s lies where Python looks for code", path=path)
        )


def _watch_names(paths: tuple[Any, ...], caller: dict[str, Any]) -> None:
    """Keep the keys' file from getting another name, or one that leads to it."""
    for path in paths:
        if isinstance(path, str | bytes | os.PathLike):
            name = os.path.basename(os.fsdecode(path))
            if name.startswith(keys.FILE) and caller is not vars(keys):
                _refuse_keys(os.fsdecode(path))


def _refuse_keys(path: str) -> NoReturn:
    text = _lt("%(path)s holds the keys of Sync Studio", path=path)
    alarm.report(text)
    raise PermissionError(text)


def _holds_keys(path: str) -> bool:
    name = os.path.basename(path)
    if name.startswith(keys.FILE) or keys.is_file(path):
        return True
    if name in ("environ", "mem"):
        return os.path.realpath(path).startswith("/proc/")
    configured = keys.configured()
    if configured is None or keys.OPTION not in configured.place:
        return False
    return _is_config(path)


def _is_config(path: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(config["config"])


def _may_read_keys(opener: dict[str, Any]) -> bool:
    return opener is vars(keys) or opener.get("__name__") in _CONFIG_READERS


def _is_imported_from(path: str) -> bool:
    real = os.path.realpath(path)
    return any(
        real.startswith(os.path.join(os.path.realpath(folder), ""))
        for folder in _code_folders()
        if os.path.isabs(folder)
    )


def _code_folders() -> Iterator[str]:
    yield from sys.path
    yield from odoo.addons.__path__
    # An addon may be a link that leads out of the addons path.
    for name, module in list(sys.modules.items()):
        if name.startswith("odoo.addons.") and name.count(".") == 2:
            yield from getattr(module, "__path__", ())


def _test(_env: Environment) -> None:
    # None of these files is there: what gets through finds nothing, and makes nothing.
    absent = f"{keys.file()}.none"
    with refused("holds the keys"):
        os.close(os.open(absent, os.O_RDONLY))
    for name in (os.rename, os.link):
        with refused("holds the keys"):
            name(absent, f"{absent}.renamed")
    # The first folder: to look through all of them takes a while.
    code = os.path.join(next(filter(os.path.isabs, sys.path)), "none.py")
    with refused("where Python looks for code"):
        confined("write()", {"write": lambda: os.close(os.open(code, os.O_WRONLY))})


GUARD = Guard("files", _lt("Files with keys, files with code"), _test, _install)
