"""What the terminal shows while a long step runs: what, how far, how long."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import threading
import time
from types import TracebackType

_REDRAW = 0.5
_REMINDER = 15.0


# What a reader that has gone away, or a terminal that was closed, answers with.
_GONE = (errno.EPIPE, errno.EIO)
_unread = threading.Event()


def say(text: str = "") -> None:
    """Print one line at once, also into a pipe."""
    _write(f"{text}\n")


def complain(text: str) -> None:
    """Print one line for a person to see who may be reading nothing else."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def check_reader() -> None:
    """Stop as by Ctrl-C if nobody reads any more, as after `| head`."""
    poll = select.poll()
    poll.register(sys.stdout, 0)
    if any(event & select.POLLERR for _fd, event in poll.poll(0)):
        _stop_unread()


def is_unread() -> bool:
    """Tell whether what is printed has lost its reader."""
    return _unread.is_set()


def flush() -> None:
    """Print what waits, lest Python complains at its end of a reader that is gone."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _be_quiet(error)


def _write(text: str) -> None:
    try:
        print(text, end="", flush=True)
    except OSError as error:
        _be_quiet(error)
        _stop_unread()


def _be_quiet(error: OSError) -> None:
    """Let nothing that is printed from now on fail again."""
    if error.errno not in _GONE:
        raise error
    _unread.set()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _stop_unread() -> None:
    """Interrupt the main thread, whichever this one is."""
    _unread.set()
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


def seconds(duration: float) -> str:
    """Write a duration as a person reads it: `4 s`, `1 min 20 s`."""
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class Step:
    """Show the progress of one step; use it as a context manager.

    A terminal gets one line that is redrawn, anything else a line at the start, one
    every 15 seconds, and one at the end.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._detail = ""
        self._live = sys.stdout.isatty()
        self._over = threading.Event()
        self._started = time.monotonic()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def update(self, detail: str) -> None:
        """Tell how far the step is, for example `31 of 89 packages`."""
        self._detail = detail

    def say(self, text: str) -> None:
        """Print lines that stay, above the line of progress."""
        self._erase()
        say(text)

    def __enter__(self) -> Step:
        if not self._live:
            say(f"  ...   {self.title}")
        self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._ticker.join()
        self._erase()
        duration = seconds(time.monotonic() - self._started)
        say(f"  {'done' if kind is None else 'stop'}  {self.title} ({duration})")

    def _tick(self) -> None:
        while not self._over.wait(_REDRAW if self._live else _REMINDER):
            self._draw()

    def _draw(self) -> None:
        detail = f": {self._detail}" if self._detail else ""
        duration = seconds(time.monotonic() - self._started)
        line = f"  ...   {self.title}{detail}, {duration}"
        if self._live:
            self._erase()
            _write(line[:100])
        else:
            say(line)

    def _erase(self) -> None:
        if self._live:
            _write("\r\x1b[K")
