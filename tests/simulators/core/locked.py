"""Lets a test act on the state while the service is running."""

import functools
from threading import RLock


class Locked:
    """Passes everything on to another object, its methods under a lock."""

    def __init__(self, target: object, lock: RLock) -> None:
        self._target, self._lock = target, lock

    def __getattr__(self, name: str) -> object:
        value = getattr(self._target, name)
        if not callable(value):
            return value

        @functools.wraps(value)
        def alone(*arguments: object, **options: object) -> object:
            with self._lock:
                return value(*arguments, **options)

        return alone
