"""A webhook receiver, and how the tests call the simulators."""

import threading
import time
import unittest
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
from werkzeug.wrappers import Request, Response

from ..core.server import ServerThread

TIMEOUT = 10


@dataclass
class Received:
    """One call to the receiver."""

    method: str
    headers: dict
    body: bytes
    json: object
    form: dict


@dataclass
class Receiver:
    """A web server that remembers what it gets, and answers as told.

    ``answers`` are used up first: a status, or a (status, headers, body) each.
    """

    answers: list = field(default_factory=list)
    calls: list[Received] = field(default_factory=list)
    delay: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = ServerThread(self._application, "127.0.0.1", 0)

    def __enter__(self) -> "Receiver":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}/hook"

    def bodies(self) -> list:
        return [call.json for call in self.calls if call.method == "POST"]

    def _application(self, environ: dict, start_response: Callable) -> object:
        request = Request(environ)
        body = request.get_data(cache=True)
        time.sleep(self.delay)
        with self._lock:
            answer = self.answers.pop(0) if self.answers else 200
            self.calls.append(
                Received(
                    request.method,
                    dict(request.headers),
                    body,
                    request.get_json(silent=True),
                    request.form.to_dict(),
                )
            )
        status, headers, text = (
            answer if isinstance(answer, tuple) else (answer, {}, "")
        )
        return Response(text, status, headers)(environ, start_response)


class SimulatorCase(unittest.TestCase):
    """Starts a simulator and a receiver for each test."""

    def start(self, simulator: object) -> object:
        """Start a simulator for the duration of the test."""
        simulator.start()
        self.addCleanup(simulator.stop)
        return simulator

    def receiver(self, **options: object) -> Receiver:
        """Start a receiver for the duration of the test."""
        receiver = Receiver(**options)
        receiver.start()
        self.addCleanup(receiver.stop)
        return receiver

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that happens in another thread."""
        end = time.monotonic() + TIMEOUT
        while not condition():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.01)

    def call(self, method: str, url: str, **options: object) -> requests.Response:
        """Send a request."""
        return requests.request(method, url, timeout=TIMEOUT, **options)
