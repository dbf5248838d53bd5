"""Each fault, on each of the services, by Python and by HTTP."""

import time

import requests

from .. import GitHubSimulator, TelegramSimulator, TrelloSimulator
from ..core.faults import UnknownFault
from .common import SimulatorCase

# A harmless call to each of the services.
CALLS = {
    TelegramSimulator: "/bot123456:SIMULATED-BOT-TOKEN/getMe",
    GitHubSimulator: "/rate_limit",
    TrelloSimulator: "/1/members/me?key=simulated-key&token=simulated-token",
}
HEADERS = {"Authorization": "token ghp_simulated"}


class FaultCase(SimulatorCase):
    def each(self):
        """Go through the services, with a way to call each."""
        for kind, path in CALLS.items():
            sim = self.start(kind())
            yield (
                sim,
                lambda sim=sim, path=path: self.call(
                    "GET", sim.url + path, headers=self.headers(sim)
                ),
            )

    def headers(self, sim) -> dict:
        # Trello takes the same header for something else.
        return {} if sim.name == "trello" else HEADERS

    def order(self, sim, **values: object) -> requests.Response:
        return self.call("POST", f"{sim.url}/_sim/faults", json=values)


class TestRequestFaults(FaultCase):
    def test_without_faults_all_is_well(self):
        for _sim, call in self.each():
            self.assertEqual(call().status_code, 200)

    def test_breakdown_lasts_for_so_many_calls(self):
        for sim, call in self.each():
            sim.fail("status", times=2)
            statuses = [call().status_code for _ in range(3)]
            self.assertEqual(statuses, [500, 500, 200])

    def test_any_status_can_be_ordered(self):
        for sim, call in self.each():
            sim.fail("status", status=404)
            self.assertEqual(call().status_code, 404)

    def test_breakdown_lasts_until_it_is_cleared(self):
        for sim, call in self.each():
            sim.fail("status", times=None)
            self.assertEqual({call().status_code for _ in range(3)}, {500})
            sim.faults.clear()
            self.assertEqual(call().status_code, 200)

    def test_rate_limit(self):
        for sim, call in self.each():
            sim.fail("rate_limit", seconds=7)
            answer = call()
            status = 403 if sim.name == "github" else 429
            self.assertEqual(answer.status_code, status)
            if sim.name == "telegram":
                parameters = answer.json()["parameters"]
                self.assertEqual(parameters, {"retry_after": 7})

    def test_dropped_connection(self):
        for sim, call in self.each():
            sim.fail("down")
            with self.assertRaises(requests.ConnectionError):
                call()
            self.assertEqual(call().status_code, 200)

    def test_refused_connection(self):
        for sim, call in self.each():
            with sim.refusing(), self.assertRaisesRegex(OSError, "refused"):
                call()
            self.assertEqual(call().status_code, 200)

    def test_refused_connection_for_a_while(self):
        for sim, call in self.each():
            sim.fail("refused", seconds=0.3)
            with self.assertRaises(requests.ConnectionError):
                call()
            self.until(lambda call=call: self.refused(call))
            self.until(lambda call=call: not self.refused(call))
            self.assertEqual(call().status_code, 200)

    def refused(self, call) -> bool:
        try:
            call()
        except requests.ConnectionError as error:
            return "refused" in str(error)
        return False

    def test_slow_answer(self):
        for sim, call in self.each():
            sim.fail("slow", seconds=0.3)
            began = time.monotonic()
            self.assertEqual(call().status_code, 200)
            self.assertGreater(time.monotonic() - began, 0.3)

    def test_slow_and_broken_at_once(self):
        for sim, call in self.each():
            sim.fail("slow", seconds=0.1)
            sim.fail("status")
            self.assertEqual(call().status_code, 500)

    def test_only_what_matches_is_struck(self):
        sim = self.start(TelegramSimulator())
        person = sim.register("Ada")
        sim.start_bot(person)
        sim.fail("status", match="POST .*/sendMessage$")
        base = f"{sim.url}/bot{sim.token}"
        self.assertEqual(self.call("GET", f"{base}/getMe").status_code, 200)
        answer = self.call("POST", f"{base}/sendMessage", data={"chat_id": person})
        self.assertEqual(answer.status_code, 500)

    def test_answer_can_be_lost_after_the_deed(self):
        sim = self.start(TelegramSimulator())
        person = sim.register("Ada")
        sim.start_bot(person)
        sim.fail("status", after=True)
        url = f"{sim.url}/bot{sim.token}/sendMessage"
        answer = self.call("POST", url, data={"chat_id": person, "text": "x"})
        self.assertEqual(answer.status_code, 500)
        self.assertEqual(sim.received(person), ["x"])


class TestControl(FaultCase):
    def test_faults_are_ordered_listed_and_cleared(self):
        for sim, call in self.each():
            answer = self.order(sim, kind="status", status=503, times=2, match="GET")
            self.assertEqual(answer.status_code, 201)
            self.assertEqual(call().status_code, 503)
            (fault,) = self.call("GET", f"{sim.url}/_sim/faults").json()
            self.assertEqual((fault["kind"], fault["times"]), ("status", 1))
            self.call("DELETE", f"{sim.url}/_sim/faults")
            self.assertEqual(call().status_code, 200)

    def test_null_or_zero_times_means_always(self):
        for sim, _call in self.each():
            for times in (None, 0, "0", "always"):
                fault = self.order(sim, kind="down", times=times).json()
                self.assertIsNone(fault["times"])

    def test_control_is_not_struck(self):
        for sim, _call in self.each():
            sim.fail("down", times=None)
            url = f"{sim.url}/_sim/state"
            self.assertEqual(self.call("GET", url).status_code, 200)

    def test_nonsense_is_refused(self):
        for sim, _call in self.each():
            for values in (
                {"kind": "earthquake"},
                {"kind": "slow", "seconds": "long"},
                {"kind": "slow", "strength": 9},
                {"kind": "slow", "match": "("},
                {},
            ):
                answer = self.order(sim, **values)
                self.assertEqual(answer.status_code, 400, values)
                self.assertTrue(answer.json()["error"])
            with self.assertRaises(UnknownFault):
                sim.fail("earthquake")

    def test_reset_brings_everything_back(self):
        for sim, call in self.each():
            sim.fail("status", times=None)
            sim.calls.append(None)
            self.call("POST", f"{sim.url}/_sim/reset")
            self.assertEqual(call().status_code, 200)
            self.assertEqual(len(sim.calls), 1)

    def test_state_tells_calls_and_deliveries(self):
        for sim, call in self.each():
            call()
            state = self.call("GET", f"{sim.url}/_sim/state").json()
            self.assertEqual(state["service"], sim.name)
            self.assertEqual(state["calls"][0]["status"], 200)
            self.assertEqual(state["deliveries"], [])
