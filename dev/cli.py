"""The command line: `python3 dev COMMAND`."""

from __future__ import annotations

import argparse
import importlib.util
import signal
import sys
from pathlib import Path
from types import ModuleType

from . import docs, lint, run, shell, test, wheel
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
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COMMANDS: dict[str, ModuleType] = {
    "run": run,
    "test": test,
    "shell": shell,
    "lint": lint,
    "wheel": wheel,
    "docs": docs,
}


def main(arguments: list[str]) -> int:
    """Run one command and return the exit status; errors are told in a sentence."""
    for number in _ENDINGS:
        signal.signal(number, _interrupt)
    try:
        return _dispatch(arguments)
    except DevError as error:
        print(f"dev: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndev: stopped; the next call goes on from here.", file=sys.stderr)
        return 130


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


def _interrupt(number: int, frame: object) -> None:
    """Stop the command; further signals must not disturb what it then cleans up."""
    for ending in _ENDINGS:
        signal.signal(ending, shell.ignore)
    raise KeyboardInterrupt
