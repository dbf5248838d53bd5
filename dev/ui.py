"""What the terminal shows while a long step runs: what, how far, how long."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

_REDRAW = 0.5
_REMINDER = 15.0


def say(text: str = "") -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


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
            print(line[:100], end="", flush=True)
        else:
            say(line)

    def _erase(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", flush=True)
