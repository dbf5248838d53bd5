"""Write the log lines of running jobs every second, so that they can be watched."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .buffer import LogBuffer, Writer

_logger = logging.getLogger(__name__)

INTERVAL = 1.0  # seconds
_watched: dict[LogBuffer, Writer] = {}
_changed = threading.Condition()
_thread: tuple[int, threading.Thread] | None = None


@contextmanager
def watched(buffer: LogBuffer, write: Writer) -> Iterator[None]:
    """Let the background thread write ``buffer`` through ``write`` meanwhile."""
    with _changed:
        _watched[buffer] = write
        _ensure_thread()
        _changed.notify()
    try:
        yield
    finally:
        with _changed:
            _watched.pop(buffer, None)


def _ensure_thread() -> None:
    """Start the thread once in each process: threads don't survive a fork."""
    global _thread
    if _thread and _thread[0] == os.getpid() and _thread[1].is_alive():
        return
    thread = threading.Thread(target=_loop, name="sync.live_logs", daemon=True)
    _thread = (os.getpid(), thread)
    thread.start()


def _loop() -> None:
    while True:
        with _changed:
            while not _watched:
                _changed.wait()
        _pause()
        # Writing under the condition: a job that ends waits for its own last lines.
        with _changed:
            for buffer, write in _watched.items():
                _write(buffer, write)


def _pause() -> None:
    threading.Event().wait(INTERVAL)


def _write(buffer: LogBuffer, write: Writer) -> None:
    try:
        buffer.drain(write)
    except Exception:
        # The lines stay in the buffer and are written when the job ends.
        _logger.warning("Live log lines could not be written yet", exc_info=True)
