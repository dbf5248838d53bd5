"""Guards on Odoo's process, put up once when the addon is imported.

Code that a Developer types also runs in Odoo's own sandboxes: in server actions,
crons, domains, computed fields and templates. They are meant to be as tight as ours,
and these guards close what is open there, for every database of the process:

- ``str.format`` walks public attributes only (``safe_eval`` here, QWeb in
  ``models/overrides/ir_qweb.py``), and some attributes of XML trees, which read and
  write any file of the server, are forbidden names.
- The keys can be read by :mod:`.vault.keys` alone, whatever opens a file: a web server
  that was given another folder, or Protected Code that fetches a URL it is passed.
- Confined code can't write files where Python looks for code.
- Confined code can't put something else in the place of a model.

What a Manager's remote call asks for is noted there as well
(:mod:`.vault.remote_calls`).
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any, NoReturn

import odoo.addons
from odoo import sql_db
from odoo.orm import registry
from odoo.service import model as service_model
from odoo.service import server
from odoo.tools import config, safe_eval

from .boundary import callers
from .logs import alarm
from .sandbox import compiler, format_guard
from .vault import keys, remote_calls

# What lxml's elements offer beyond their own document: files.
_FORBIDDEN_NAMES = ("getroottree", "xinclude")
_NAMING = ("os.link", "os.rename", "os.symlink")
_WRITES = os.O_WRONLY | os.O_RDWR
# What Python keeps of a module that it has compiled gets its last name later.
_CODE = (".py", ".pyc", ".so", ".pyd", ".pth")
_ORM = f"{registry.__name__.rpartition('.')[0]}."
_CONFIG_READERS = ("configparser", "odoo.tools.config")


def install() -> None:
    """Put all guards up; a second call does nothing."""
    if compiler.FORMAT_GUARD in safe_eval._BUILTINS:
        return
    safe_eval._BUILTINS[compiler.FORMAT_GUARD] = format_guard.guarded
    safe_eval._UNSAFE_ATTRIBUTES.extend(_FORBIDDEN_NAMES)
    safe_eval.compile_codeobj = _guard_compiler(safe_eval.compile_codeobj)
    safe_eval.assert_no_dunder_name = _reported(safe_eval.assert_no_dunder_name)
    sql_db.Cursor.query = property(_last_query)
    sys.addaudithook(_watch_files)
    service_model.execute_cr = remote_calls.noted(service_model.execute_cr)
    _keep_keys_over_restarts()


# -- format strings ------------------------------------------------------------


def _guard_compiler(
    compile_codeobj: Callable[..., CodeType],
) -> Callable[..., CodeType]:
    def compile_guarded(
        expr: str, /, filename: str | None = "<unknown>", mode: str = "eval"
    ) -> CodeType:
        code = compile_codeobj(expr, filename, mode)
        if not _formats(code):
            return code
        source = expr.strip() if mode == "eval" else expr
        tree = ast.parse(source, filename or "", mode)
        return compile(compiler.guard_formats(tree), filename or "", mode)

    return compile_guarded


def _formats(code: CodeType) -> bool:
    """Tell whether ``code``, or a function in it, has an attribute like ``format``."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return any(name in format_guard.GUARDED for name in code.co_names) or any(
        _formats(const) for const in inner
    )


def _reported(check: Callable[..., None]) -> Callable[..., None]:
    """Return ``assert_no_dunder_name``, which says in the job's log what it refuses."""

    def check_reported(code: CodeType, expr: str) -> None:
        try:
            check(code, expr)
        except NameError as error:
            if callers.in_run():
                alarm.report(str(error))
            raise

    return check_reported


# -- SQL -----------------------------------------------------------------------


def _last_query(cursor: Any) -> bytes:
    """Return the last query with its values, which may be Protected Code's."""
    if callers.in_sandbox():
        alarm.refuse("Project code can't read the last query of the cursor.")
    return cursor._obj.query


# -- files ---------------------------------------------------------------------


def _watch_files(event: str, args: tuple[Any, ...]) -> None:
    if event in _NAMING:
        _watch_names(args[:2], sys._getframe(1).f_globals)
    if event != "open" or not isinstance(args[0], str | bytes | os.PathLike):
        return
    path, flags = os.fsdecode(args[0]), args[2]
    opener = sys._getframe(1).f_globals
    if _holds_keys(path) and not _may_read_keys(opener):
        _refuse_keys(path)
    writes = isinstance(flags, int) and flags & _WRITES
    if writes and path.endswith(_CODE) and callers.in_run():
        if _is_imported_from(path):
            alarm.report(f"Project code can't write code: {path}")
            raise PermissionError(f"{path} lies where Python looks for code")


def _watch_names(paths: tuple[Any, ...], caller: dict[str, Any]) -> None:
    """Keep the keys' file from getting another name, or one that leads to it."""
    for path in paths:
        if isinstance(path, str | bytes | os.PathLike):
            name = os.path.basename(os.fsdecode(path))
            if name.startswith(keys.FILE) and caller is not vars(keys):
                _refuse_keys(os.fsdecode(path))


def _refuse_keys(path: str) -> NoReturn:
    text = f"{path} holds the keys of Sync Studio"
    alarm.report(text)
    raise PermissionError(text)


def _holds_keys(path: str) -> bool:
    name = os.path.basename(path)
    if name.startswith(keys.FILE) or keys.is_file(path):
        return True
    if name in ("environ", "mem"):
        return os.path.realpath(path).startswith("/proc/")
    configured = keys.configured()
    return bool(configured) and keys.OPTION in configured.place and _is_config(path)


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


# -- models --------------------------------------------------------------------


class Models(dict):  # type: ignore[type-arg]
    """A registry's models by name, which confined code can't change."""


def _guard_change(name: str) -> Callable[..., Any]:
    change = getattr(dict, name)

    def guarded(self: Models, *args: Any, **kwargs: Any) -> Any:
        if _asks_confined_code(sys._getframe(1)):
            alarm.refuse("Project code can't put something in the place of a model.")
        return change(self, *args, **kwargs)

    return guarded


def _asks_confined_code(frame: Any) -> bool:
    """Tell whether project code asks, itself or by a callback of some library.

    It may lead Odoo to load a model anew, which Odoo's own code does then.
    """
    if frame.f_globals.get("__name__") == registry.__name__:
        frame = frame.f_back
    if callers.is_confined(frame):
        return True
    asking = str(frame.f_globals.get("__name__"))
    return not asking.startswith(_ORM) and callers.in_run()


for _name in ("__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem"):
    setattr(Models, _name, _guard_change(_name))
for _name in ("setdefault", "update"):
    setattr(Models, _name, _guard_change(_name))


# -- restarts ------------------------------------------------------------------


def _keep_keys_over_restarts() -> None:
    """Give the keys to the processes that the server starts in its own place."""
    server._reexec = _with_keys(server._reexec)
    server.PreforkServer.long_polling_spawn = _with_keys(
        server.PreforkServer.long_polling_spawn
    )


def _with_keys(start: Callable[..., Any]) -> Callable[..., Any]:
    def started(*args: Any, **kwargs: Any) -> Any:
        configured = keys.configured()
        if not configured or keys.ENVIRONMENT not in configured.place:
            return start(*args, **kwargs)
        os.environ[keys.ENVIRONMENT] = b",".join(configured.keys).decode()
        try:
            return start(*args, **kwargs)
        finally:
            os.environ.pop(keys.ENVIRONMENT, None)

    return started
