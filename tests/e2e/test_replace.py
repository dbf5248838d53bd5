"""Versions that come faster than they can be stored: in two workers at once."""

import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from stage import StudioCase, wait_for

_TIMEOUT = 60
_VERSIONS = 60


class TestReplace(StudioCase):
    """Jobs of which the last one wins."""

    def test_the_last_version_is_stored_last(self):
        trigger = self.make_task(
            """
            def handle_webhook(request):
                key = {"identity_key": "order", "replace": True}
                return str(add_job(store, **key)(request.args["version"]).id)

            def store(version):
                time.sleep(0.05)
                log(version)
            """,
            "webhook",
        )
        url = f"{self.studio.url}{urlsplit(trigger['webhook_url']).path}"

        def deliver(version):
            query = f"{url}?version={version}"
            with urllib.request.urlopen(query, timeout=_TIMEOUT) as answer:
                return int(answer.read())

        with ThreadPoolExecutor(4) as pool:
            queued = list(pool.map(deliver, range(_VERSIONS)))
        last = max(queued)
        wait_for("the end of all jobs", lambda: not self._open(trigger))
        states = {job["id"]: job["state"] for job in self.jobs(trigger)}
        self.assertEqual(set(states.values()), {"done", "cancelled"})
        self.assertEqual(states[last], "done")
        stored = self._stored(trigger)
        self.assertLess(len(stored), _VERSIONS)
        # The last one has run, and none that began after it stored anything.
        self.assertEqual(self.log(last), [str(queued.index(last))])
        self.assertEqual(stored[-1], last)

    def _open(self, trigger):
        states = ("pending", "started")
        return [job for job in self.jobs(trigger) if job["state"] in states]

    def _stored(self, trigger):
        """Return the jobs that stored their version, in the order of their start."""
        domain = [
            ("trigger_id", "=", trigger["id"]),
            ("handler", "=", "store"),
            ("state", "=", "done"),
            ("log_ids.message", "not like", "Not run"),
        ]
        return [row["id"] for row in self.read("sync.job", domain, order="date_start")]
