"""The servers come up, and the demo project is ready in them."""

import unittest

from stage import StudioCase

from dev.client import RpcError

ALL = {"active_test": False}


class TestSmoke(StudioCase):
    """Two workers and a job runner answer."""

    def test_administrator_lists_projects(self):
        rows = self.studio.rpc("sync.project", "search_read", context=ALL)
        self.assertIn("odoo2odoo", " ".join(row["name"] for row in rows).lower())

    def test_wrong_password_is_refused(self):
        with self.assertRaises(RpcError):
            self.studio.client(password="wrong").call("sync.project", "search", [])

    def test_workers_and_job_runner_are_processes(self):
        self.assertEqual(len(self.studio.worker_pids()), 2)
        self.assertEqual(len(self.studio.worker_pids("WorkerJobRunner")), 1)


if __name__ == "__main__":
    unittest.main()
