"""`dev shell`: Odoo's interactive shell on the database of `dev run`."""

from __future__ import annotations

import argparse
import signal
import subprocess

from . import databases
from .environment import environment
from .errors import DevError
from .odoo_cli import command, write_config

HELP = "open an Odoo shell on the database `studio`"
DESCRIPTION = """
Open Odoo's interactive shell, with `env` and `self`, on the database that `dev run`
made. Nothing is saved before `env.cr.commit()`. It can be used while `dev run` runs.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `dev shell`."""
    parser.add_argument(
        "-d", "--database", default="studio", help="another one (default: %(default)s)"
    )


def main(options: argparse.Namespace) -> int:
    """Hand the terminal to Odoo's shell, and return its exit status."""
    with environment() as env:
        if not databases.exists(env, options.database):
            raise DevError(
                f"There is no database {options.database} yet: call `python3 dev run`"
                " first, which makes `studio` and `external`."
            )
        config = write_config(env, options.database, "shell")
        flags = ("-c", str(config), "--no-http", "--log-level=warn")
        arguments = command(env, "shell", *flags)
        # The shell shares our terminal: Ctrl-C is for it to handle, not for us.
        signal.signal(signal.SIGINT, ignore)
        return subprocess.call(arguments, env=env.env(), cwd=env.cache.folder)


def ignore(number: int, frame: object) -> None:
    """Do nothing on a signal; programs that we start don't inherit this."""
