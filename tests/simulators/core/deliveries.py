"""Sends events to webhooks: in order, with retries, and with faults on demand.

Deliveries of one lane leave one after the other. In a strict lane (Telegram's chats) a
delivery that fails holds up those behind it; elsewhere it steps aside until its retry.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from .faults import DELIVERY_KINDS, FaultBoard

HISTORY = 1000
# How long a delivery that is to be reordered waits for those to come before it.
HOLD_SECONDS = 2.0

_ids = itertools.count(1)


@dataclass
class Attempt:
    """One try to hand a delivery over; status is None when there was no answer."""

    at: float
    seconds: float
    status: int | None
    reason: str
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Tell whether the receiver took the delivery."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(eq=False)
class Delivery:
    """One event on its way to one webhook.

    ``state`` is waiting, sending, delivered, failed, lost or cancelled. ``subject`` is
    whatever the simulator wants to find again when the delivery is done.
    """

    event: str
    url: str
    body: bytes
    headers: dict
    lane: str = ""
    subject: object = None
    state: str = "waiting"
    attempts: list[Attempt] = field(default_factory=list)
    ready_at: float = 0.0
    order: int = 0
    held_by: int = 0
    abandoned: bool = False
    id: int = field(default_factory=lambda: next(_ids))

    def as_dict(self) -> dict:
        """Describe the delivery for the state and the page."""
        return {
            "id": self.id,
            "event": self.event,
            "url": self.url,
            "state": self.state,
            "attempts": [attempt.status or attempt.reason for attempt in self.attempts],
        }


def call(
    method: str, url: str, headers: dict, timeout: float, body: bytes | None = None
) -> requests.Response:
    """Call a webhook, past any proxy that the environment names."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(
            method,
            url,
            headers=headers,
            data=body,
            timeout=timeout,
            allow_redirects=False,
        )


def post(delivery: Delivery, extra_headers: dict, timeout: float) -> Attempt:
    """Hand a delivery over once and tell how it went."""
    began = time.time()
    headers = {**delivery.headers, **extra_headers, "Connection": "close"}
    try:
        answer = call("POST", delivery.url, headers, timeout, delivery.body)
    except requests.Timeout:
        return Attempt(began, time.time() - began, None, "Read timeout expired")
    except requests.RequestException as error:
        refused = "refused" in str(error).lower()
        reason = f"Connection {'refused' if refused else 'failed'}"
        return Attempt(began, time.time() - began, None, reason)
    status, reason = answer.status_code, answer.reason or ""
    attempt = Attempt(began, time.time() - began, status, reason)
    attempt.headers, attempt.body = dict(answer.headers), answer.content
    return attempt


class DeliveryWorker:
    """A few threads that empty the lanes.

    ``retry_in(delivery)`` gives the seconds until the next attempt, or None to give
    up; ``done(delivery)`` is called once when it is delivered, failed or lost;
    ``tried(delivery)`` after each attempt.
    """

    def __init__(
        self,
        faults: FaultBoard,
        retry_in: Callable[[Delivery], float | None],
        tried: Callable[[Delivery], None],
        done: Callable[[Delivery], None],
        strict: bool = False,
        timeout: float = 10.0,
        threads: int = 4,
    ) -> None:
        self._faults = faults
        self._retry_in, self._tried, self._done = retry_in, tried, done
        self._strict, self._timeout = strict, timeout
        self._orders = itertools.count(1)
        self._changed = threading.Condition()
        self._waiting: list[Delivery] = []
        self._sending: list[Delivery] = []
        self._stopped = False
        self.extra_headers: dict[str, str] = {}
        self.history: deque[Delivery] = deque(maxlen=HISTORY)
        self._threads = [
            threading.Thread(target=self._run, daemon=True) for _ in range(threads)
        ]

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Forget what is waiting and end the threads."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=1)

    def send(self, delivery: Delivery) -> None:
        """Put a delivery in its lane, or let a fault take it."""
        fault = self._faults.take(DELIVERY_KINDS, delivery.event)
        kind = fault.kind if fault else None
        if kind == "lose":
            self._record(delivery, "lost")
            self._done(delivery)
            return
        copies = [delivery]
        if kind == "duplicate":
            copies.append(self._copy(delivery))
        with self._changed:
            for copy in copies:
                self._enqueue(copy)
            if kind == "reorder":
                self._hold(delivery, fault.id, last=not fault.times)
            self._changed.notify_all()

    def _copy(self, delivery: Delivery) -> Delivery:
        return Delivery(
            delivery.event,
            delivery.url,
            delivery.body,
            dict(delivery.headers),
            delivery.lane,
            delivery.subject,
        )

    def _record(self, delivery: Delivery, state: str) -> None:
        delivery.state = state
        self.history.append(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        delivery.order = next(self._orders)
        self._record(delivery, "waiting")
        self._waiting.append(delivery)

    def _hold(self, delivery: Delivery, group: int, last: bool) -> None:
        delivery.held_by = group
        delivery.ready_at = time.monotonic() + HOLD_SECONDS
        if not last:
            return
        held = [other for other in self._waiting if other.held_by == group]
        orders = sorted((other.order for other in held), reverse=True)
        for other, order in zip(held, orders, strict=True):
            other.order, other.ready_at, other.held_by = order, 0.0, 0

    def cancel(self) -> None:
        """Forget what is waiting; what is being sent gets no further attempt."""
        with self._changed:
            for delivery in self._waiting:
                delivery.state = "cancelled"
            for delivery in self._sending:
                delivery.abandoned = True
            self._waiting.clear()
            self._changed.notify_all()

    def wait(self, timeout: float) -> None:
        """Wait until nothing is under way; TimeoutError says what still is."""
        with self._changed:
            idle = self._changed.wait_for(
                lambda: not self._waiting and not self._sending, timeout
            )
            if not idle:
                left = [item.as_dict() for item in self._sending + self._waiting]
                raise TimeoutError(f"still under way after {timeout} s: {left}")

    def _run(self) -> None:
        while True:
            delivery = self._take()
            if delivery is None:
                return
            attempt = post(delivery, self.extra_headers, self._timeout)
            self._settle(delivery, attempt)

    def _take(self) -> Delivery | None:
        with self._changed:
            while not self._stopped:
                delivery = self._next()
                if delivery:
                    self._waiting.remove(delivery)
                    self._sending.append(delivery)
                    delivery.state = "sending"
                    return delivery
                self._changed.wait(self._pause())
        return None

    def _next(self) -> Delivery | None:
        now = time.monotonic()
        closed = {delivery.lane for delivery in self._sending}
        for delivery in sorted(self._waiting, key=lambda item: item.order):
            if delivery.lane in closed:
                continue
            if delivery.ready_at <= now:
                return delivery
            if self._strict:
                closed.add(delivery.lane)
        return None

    def _pause(self) -> float | None:
        # One that is ready waits for another of its lane, whose end wakes this thread.
        now = time.monotonic()
        later = [item.ready_at - now for item in self._waiting if item.ready_at > now]
        return min(later, default=None)

    def _settle(self, delivery: Delivery, attempt: Attempt) -> None:
        delivery.attempts.append(attempt)
        delay = None if attempt.ok else self._retry_in(delivery)
        if delay is None:
            delivery.state = "delivered" if attempt.ok else "failed"
        self._tried(delivery)
        if delay is None:
            self._done(delivery)
        with self._changed:
            self._sending.remove(delivery)
            if delay is not None:
                self._try_again(delivery, delay)
            self._changed.notify_all()

    def _try_again(self, delivery: Delivery, delay: float) -> None:
        if delivery.abandoned or self._stopped:
            delivery.state = "cancelled"
            return
        delivery.state = "waiting"
        delivery.ready_at = time.monotonic() + delay
        self._waiting.append(delivery)
