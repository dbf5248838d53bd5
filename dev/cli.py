"""The command line: `python3 dev COMMAND`."""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
import threading
from pathlib import Path
from types import ModuleType

from . import docs, i18n, lint, run, shell, shots, test, ui, wheel
from .errors import DevError

_DESCRIPTION = """
Developer tooling of Sync Studio. Needs Python 3.10 to 3.13 and apt (or git); Odoo, its
Python packages and PostgreSQL are fetched once into a cache folder.
"""
_EPILOG = """
environment variables:
  SYNC_CACHE   the cache folder (default: $XDG_CACHE_HOME/sync-studio)
  PGHOST       use this PostgreSQL server (with PGPORT, PGUSER, PGPASSWORD) instead of
               one of dev's own
  ODOO_PATH    use this Odoo 19 (the folder that holds the package `odoo`)
  SYNC_PYTHON  run Odoo with this Python, 3.10 to 3.13, for example `python3.13`
"""
# As the shell reports a program that SIGINT or SIGPIPE ended.
_INTERRUPTED, _UNREAD = 130, 141
_SOON = 0.1
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COMMANDS: dict[str, ModuleType] = {
    "run": run,
    "test": test,
    "shell": shell,
    "lint": lint,
    "wheel": wheel,
    "docs": docs,
    "i18n": i18n,
    "shots": shots,
}


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status; errors are told in a sentence."""
    _listen()
    sys.unraisablehook = _interrupt_again
    try:
        status = _dispatch(arguments)
        return _UNREAD if ui.is_unread() else status
    except DevError as error:
        ui.complain(f"dev: {error}")
        return 1
    except KeyboardInterrupt:
        if ui.is_unread():
            return _UNREAD
        ui.complain("\ndev: stopped; the next call goes on from here.")
        return _INTERRUPTED
    except BrokenPipeError:
        return _UNREAD
    finally:
        ui.flush()


def _dispatch(arguments: list[str]) -> int:
    # The benchmark parses its own options.
    if arguments[:1] == ["bench"] and _has_bench():
        return importlib.import_module("dev.bench").main(arguments[1:])
    options = _parser().parse_args(arguments)
    return options.run(options)


def _parser() -> argparse.ArgumentParser:
    style = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python3 dev", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=style
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, module in _COMMANDS.items():
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            formatter_class=style,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.main)
    if _has_bench():
        commands.add_parser("bench", help="measure against the budgets", add_help=False)
    return parser


def _has_bench() -> bool:
    return (Path(__file__).parent / "bench/__init__.py").exists()


def _listen() -> None:
    for number in _ENDINGS:
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> None:
    """Stop the command; further signals must not disturb what it then cleans up."""
    for ending in _ENDINGS:
        signal.signal(ending, shell.ignore)
    raise KeyboardInterrupt


def _interrupt_again(lost: sys.UnraisableHookArgs) -> None:
    """Repeat an interruption that came where Python drops all exceptions.

    Such places are a finalizer, or what logging does whenever a process forks.
    """
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    _listen()
    main_thread = threading.main_thread().ident
    threading.Timer(_SOON, signal.pthread_kill, (main_thread, signal.SIGINT)).start()
