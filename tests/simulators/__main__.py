"""Run the simulators until they are told to stop: ``python -m simulators``."""

import argparse
import signal
import sys
import threading

from . import GitHubSimulator, TelegramSimulator, TrelloSimulator
from .core.simulator import Simulator

KINDS = (TelegramSimulator, GitHubSimulator, TrelloSimulator)
FIRST_PORT = 8091


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m simulators",
        description="Simulates Telegram, GitHub and Trello on this machine.",
    )
    for port, kind in enumerate(KINDS, FIRST_PORT):
        parser.add_argument(
            f"--port-{kind.name}",
            type=int,
            default=port,
            metavar="PORT",
            help=f"port of {kind.title} (default: {port}; 0: any free one)",
        )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--time-scale",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="multiplies the waits between two attempts of a delivery (default: 1)",
    )
    parser.add_argument(
        "--empty", action="store_true", help="begin without people, issues and cards"
    )
    return parser.parse_args(arguments)


def build(options: argparse.Namespace) -> list[Simulator]:
    """Create the simulators that the command line asks for."""
    return [
        kind(
            port=getattr(options, f"port_{kind.name}"),
            host=options.host,
            time_scale=options.time_scale,
            demo=not options.empty,
        )
        for kind in KINDS
    ]


def describe(telegram: Simulator, github: Simulator, trello: Simulator) -> str:
    """Say where the simulators are, and what opens them."""
    board = f"board {trello.board.id} ({trello.board.short_link})"
    return f"""\
Telegram  {telegram.url}/_sim/  API {telegram.url}/bot  token {telegram.token}
GitHub    {github.url}/_sim/  API {github.url}  token {github.token}
          repository {github.repository}
Trello    {trello.url}/_sim/  API {trello.url}/1  key {trello.key}
          token {trello.token}  secret {trello.secret}
          {board}"""


def main() -> int:
    """Serve until a signal comes."""
    simulators = build(parse_arguments())
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    started = []
    try:
        for simulator in simulators:
            simulator.start()
            started.append(simulator)
        sys.stdout.write(f"{describe(*simulators)}\nready\n")
        sys.stdout.flush()
        stopped.wait()
    except OSError as error:
        name = simulators[len(started)].title
        sys.stderr.write(f"The simulator of {name} can't listen: {error}\n")
        return 1
    finally:
        for simulator in started:
            simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
