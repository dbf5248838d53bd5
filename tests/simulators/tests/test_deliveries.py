"""The order, the repetition and the faults of deliveries."""

import threading
import unittest

from ..core import deliveries
from ..core.deliveries import Delivery, DeliveryWorker
from ..core.faults import FaultBoard
from .common import Receiver


class DeliveryCase(unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.hook = Receiver()
        self.hook.start()
        self.addCleanup(self.hook.stop)
        self.faults = FaultBoard()
        self.done = []

    def worker(self, delays: tuple = (), **options: object) -> DeliveryWorker:
        def retry_in(delivery):
            tries = len(delivery.attempts)
            return delays[tries - 1] if tries <= len(delays) else None

        worker = DeliveryWorker(
            self.faults, retry_in, lambda delivery: None, self.done.append, **options
        )
        worker.start()
        self.addCleanup(worker.stop)
        return worker

    def delivery(self, name: str, lane: str = "") -> Delivery:
        return Delivery(name, self.hook.url, name.encode(), {}, lane)

    def send(self, worker: DeliveryWorker, *names: str) -> list[str]:
        """Send a delivery each, and return what came."""
        for name in names:
            worker.send(self.delivery(name))
        worker.wait(10)
        return self.came()

    def came(self) -> list[str]:
        return [call.body.decode() for call in self.hook.calls]


class TestOrder(DeliveryCase):
    def test_one_lane_keeps_the_order(self):
        names = [str(number) for number in range(20)]
        self.assertEqual(self.send(self.worker(), *names), names)

    def test_lanes_do_not_wait_for_each_other(self):
        self.hook.delay = 0.2
        worker = self.worker()
        for lane in "abc":
            worker.send(self.delivery(lane, lane))
        worker.wait(0.55)
        self.assertEqual(sorted(self.came()), ["a", "b", "c"])

    def test_strict_lane_waits_for_the_retry(self):
        self.hook.answers = [500]
        self.assertEqual(
            self.send(self.worker((0.1,), strict=True), "1", "2"), ["1", "1", "2"]
        )

    def test_other_lane_goes_on_meanwhile(self):
        self.hook.answers = [500]
        self.assertEqual(self.send(self.worker((0.3,)), "1", "2"), ["1", "2", "1"])


class TestOutcome(DeliveryCase):
    def test_delivered(self):
        self.send(self.worker(), "1")
        (delivery,) = self.done
        self.assertEqual(delivery.state, "delivered")
        self.assertEqual(delivery.attempts[0].status, 200)

    def test_given_up(self):
        self.hook.answers = [500, 302, 404]
        worker = self.worker((0, 0))
        self.assertEqual(self.send(worker, "1", "2"), ["1", "1", "1", "2"])
        self.assertEqual([item.state for item in self.done], ["failed", "delivered"])
        self.assertEqual(len(worker.history), 2)

    def test_slow_receiver_counts_as_silent(self):
        self.hook.delay = 0.5
        self.send(self.worker(timeout=0.1), "1")
        self.assertEqual(self.done[0].attempts[0].reason, "Read timeout expired")

    def test_cancelled_ones_never_come(self):
        self.hook.answers = [500]
        worker = self.worker((60,))
        worker.send(self.delivery("1"))
        with self.assertRaises(TimeoutError):
            worker.wait(0.2)
        worker.cancel()
        worker.wait(1)
        self.assertEqual(self.came(), ["1"])
        self.assertEqual(self.done, [])

    def test_what_is_being_sent_while_cancelling_is_not_repeated(self):
        self.hook.answers, self.hook.delay = [500], 0.2
        worker = self.worker((0,))
        sent = threading.Timer(0.1, worker.cancel)
        sent.start()
        self.assertEqual(self.send(worker, "1"), ["1"])


class TestFaults(DeliveryCase):
    def test_lost(self):
        self.faults.add("lose", match="2")
        self.assertEqual(self.send(self.worker(), "1", "2", "3"), ["1", "3"])
        self.assertEqual([item.state for item in self.done][0:1], ["lost"])

    def test_duplicate(self):
        self.faults.add("duplicate", times=2)
        worker = self.worker()
        self.assertEqual(self.send(worker, "1", "2", "3"), ["1", "1", "2", "2", "3"])

    def test_reordered(self):
        for strict in (False, True):
            self.hook.calls.clear()
            self.faults.add("reorder", times=3)
            worker = self.worker(strict=strict)
            self.assertEqual(
                self.send(worker, "1", "2", "3", "4"), ["3", "2", "1", "4"]
            )

    def test_reordered_leaves_after_a_while_when_nothing_follows(self):
        usual = deliveries.HOLD_SECONDS
        deliveries.HOLD_SECONDS = 0.2
        self.addCleanup(setattr, deliveries, "HOLD_SECONDS", usual)
        self.faults.add("reorder")
        self.assertEqual(self.send(self.worker(), "1"), ["1"])
