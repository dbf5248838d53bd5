"""The base of the simulators: a service in a thread, its faults and its control."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from .control import CONTROL
from .deliveries import Delivery, DeliveryWorker
from .faults import REQUEST_KINDS, Fault, FaultBoard
from .routes import Endpoint, Routes, build_map
from .server import ServerThread
from .web import ApiError, SimRequest, respond

CONTROL_PREFIX = "/_sim"
HISTORY = 1000


@dataclass
class Call:
    """One request that the service answered."""

    method: str
    path: str
    status: int
    at: float


class Simulator:
    """A service on the loopback interface; a context manager starts and stops it.

    ``time_scale`` multiplies the service's waiting times between two attempts of a
    delivery; ``demo`` adds content that makes the page worth looking at.
    """

    name = ""
    title = ""
    routes: tuple[Routes, ...] = ()
    actions: dict[str, Callable] = {}
    # The service's own waits between attempts of a delivery, in seconds.
    retry_delays: tuple[float, ...] = ()
    strict_lanes = False
    delivery_timeout = 10.0

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        time_scale: float = 1.0,
        demo: bool = False,
    ) -> None:
        self.time_scale, self.demo = time_scale, demo
        self.lock = threading.RLock()
        self.faults = FaultBoard()
        self.calls: deque[Call] = deque(maxlen=HISTORY)
        self.revision = 0
        self._map = build_map(CONTROL, *self.routes)
        self._server = ServerThread(self._application, host, port)
        self.worker = DeliveryWorker(
            self.faults,
            self.retry_in,
            self.delivery_tried,
            self.delivery_done,
            strict=self.strict_lanes,
            timeout=self.delivery_timeout,
        )
        self.build()

    # Life

    def start(self) -> "Simulator":
        """Listen and deliver; OSError when the port is taken."""
        self._server.start()
        self.worker.start()
        return self

    def stop(self) -> None:
        """Close the door and forget what is under way."""
        self._server.stop()
        self.worker.stop()

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"http://{self._server.host}:{self._server.port}"

    def reset(self) -> None:
        """Begin again: content, faults, deliveries and the record of calls."""
        with self.lock:
            self.faults.clear()
            self.worker.cancel()
            self.worker.history.clear()
            self.calls.clear()
            self.build()
            self.touch()

    def touch(self) -> None:
        """Tell open pages that there is something new to see."""
        self.revision += 1

    # For tests

    def fail(self, kind: str, **options: object) -> Fault:
        """Order a fault, see Fault for the options."""
        return self.faults.add(kind, **options)

    def refusing(self) -> AbstractContextManager:
        """Refuse connections for the duration of a block."""
        return self._server.refusing()

    @property
    def deliveries(self) -> list[Delivery]:
        """All deliveries since the start or the last reset, oldest first."""
        return list(self.worker.history)

    @property
    def delivery_headers(self) -> dict[str, str]:
        """Headers to add to each call to a webhook, e.g. a cookie that a test needs."""
        return self.worker.extra_headers

    def wait_deliveries(self, timeout: float = 10.0) -> None:
        """Wait until no delivery is under way, or raise TimeoutError."""
        self.worker.wait(timeout)

    # What a service defines

    def build(self) -> None:
        """Create the service's first state."""
        raise NotImplementedError

    def state(self) -> dict:
        """Describe the service's content as JSON data."""
        raise NotImplementedError

    def page_context(self, request: SimRequest) -> dict:
        """Give the values that the page's template shows."""
        raise NotImplementedError

    def rewrite(self, environ: dict) -> None:
        """Change the request's environment before anything looks at it."""

    def authenticate(self, request: SimRequest) -> None:
        """Set the request's actor, or raise ApiError."""

    def fault_answer(self, fault: Fault, request: SimRequest) -> Response:
        """Answer as the service does when it is broken or tired of the caller."""
        raise NotImplementedError

    def unknown_route(self, request: SimRequest, allowed: bool) -> ApiError:
        """Refuse a path (or, unless ``allowed``, a method) that doesn't exist."""
        return ApiError(404 if allowed else 405, "not found")

    def finish(self, request: SimRequest, response: Response) -> None:
        """Add the service's headers to an answer."""

    def retry_in(self, delivery: Delivery) -> float | None:
        """Give the wait before the next attempt, None to give up."""
        tries = len(delivery.attempts)
        if tries > len(self.retry_delays):
            return None
        return self.retry_delays[tries - 1] * self.time_scale

    def delivery_tried(self, delivery: Delivery) -> None:
        """Take note of an attempt."""
        self.touch()

    def delivery_done(self, delivery: Delivery) -> None:
        """Take note of a delivery that is delivered, failed or lost."""

    # Requests

    def _application(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        self.rewrite(environ)
        with SimRequest(environ) as request:
            if request.path.startswith(CONTROL_PREFIX):
                response = self._dispatch(request)
            else:
                response = self._answer(request)
        return response(environ, start_response)

    def _answer(self, request: SimRequest) -> Response:
        response = self._strike(request)
        if response is None:
            response = self._dispatch(request)
            late = self._strike(request, after=True)
            response = late or response
        self.finish(request, response)
        call = Call(request.method, request.path, response.status_code, time.time())
        self.calls.append(call)
        return response

    def _strike(self, request: SimRequest, after: bool = False) -> Response | None:
        slow = self.faults.take(("slow",), request.subject, after)
        if slow:
            time.sleep(slow.seconds)
        others = REQUEST_KINDS[1:]
        fault = self.faults.take(others, request.subject, after)
        if fault is None:
            return None
        if fault.kind == "refused":
            self._server.refuse_for(fault.seconds)
        if fault.kind in ("refused", "down"):
            self._drop(request)
        return self.fault_answer(fault, request)

    def _drop(self, request: SimRequest) -> None:
        # The rest of the request would be taken for another one.
        request.get_data(cache=False)
        connection = request.environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("dropped on purpose")

    def _dispatch(self, request: SimRequest) -> Response:
        try:
            endpoint, arguments = self._find(request)
            if not request.path.startswith(CONTROL_PREFIX):
                self.authenticate(request)
            answer = self._call(endpoint, request, arguments)
        except ApiError as error:
            answer = error.body, error.status, error.headers
        except HTTPException as error:
            return error.get_response(request.environ)
        return respond(answer)

    def _find(self, request: SimRequest) -> tuple[Endpoint, dict]:
        adapter = self._map.bind_to_environ(request.environ)
        try:
            return adapter.match()
        except MethodNotAllowed as error:
            raise self.unknown_route(request, allowed=False) from error
        except NotFound as error:
            raise self.unknown_route(request, allowed=True) from error

    def _call(self, endpoint: Endpoint, request: SimRequest, arguments: dict) -> object:
        if not endpoint.locked:
            return endpoint.function(self, request, **arguments)
        with self.lock:
            answer = endpoint.function(self, request, **arguments)
            if request.method not in ("GET", "HEAD"):
                self.touch()
        return answer
