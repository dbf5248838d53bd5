"""Send HTTP requests for some time: what `hey` does, for machines without it.

It understands the options that `load.py` uses, and prints the lines that it reads.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import threading
import time
import urllib.parse


class _Tally:
    """What all clients together have seen."""

    def __init__(self, requests: int) -> None:
        self.left = requests
        self.statuses: collections.Counter[int] = collections.Counter()
        self.slowest = 0.0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Tell whether another request is to be sent."""
        with self._lock:
            self.left -= 1
            return self.left >= 0

    def add(self, status: int, duration: float) -> None:
        """Note one answer."""
        with self._lock:
            self.statuses[status] += 1
            self.slowest = max(self.slowest, duration)


def main() -> None:
    """Send what the options ask for, and print a summary."""
    options = _options()
    duration = float(options.z.rstrip("s")) if options.z else float("inf")
    tally = _Tally(10**9 if options.z else options.n)
    began = time.monotonic()
    threads = [
        threading.Thread(target=_client, args=(options, tally, began + duration))
        for _ in range(options.c)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(tally.statuses.values())
    print(f"Requests/sec: {total / (time.monotonic() - began):.4f}")
    print(f"Slowest: {tally.slowest:.4f} secs")
    for status, count in tally.statuses.items():
        print(f"[{status}] {count} responses")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in (("c", int), ("n", int), ("t", float)):
        parser.add_argument(f"-{name}", type=kind, default=1)
    for name in ("m", "d", "z", "T"):
        parser.add_argument(f"-{name}", default="")
    parser.add_argument("url")
    return parser.parse_args()


def _client(options: argparse.Namespace, tally: _Tally, end: float) -> None:
    url = urllib.parse.urlsplit(options.url)
    connection = http.client.HTTPConnection(url.netloc, timeout=options.t)
    while time.monotonic() < end and tally.take():
        began = time.monotonic()
        headers = {"Content-Type": options.T}
        connection.request(options.m, url.path, options.d, headers)
        response = connection.getresponse()
        response.read()
        tally.add(response.status, time.monotonic() - began)
    connection.close()


if __name__ == "__main__":
    main()
