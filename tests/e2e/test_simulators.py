"""`dev run --simulators`: the demo projects are ready for the simulated services."""

import json
import urllib.request

from stage import StudioCase

from dev.demo_project import configure
from dev.odoo_cli import free_port
from dev.simulators import Simulators, demo_projects, set_up

PROJECTS = ("sync.project_demo_telegram", "sync.project_demo_github_trello")


class TestSimulators(StudioCase):
    def test_webhooks_of_both_projects_are_set(self):
        system = {"web.base.url": self.studio.url}
        with Simulators(self.studio.env, [free_port() for _ in range(3)]) as simulated:
            self.configure(simulated.access, system)
            self.assertEqual(self.active(), [True, True])
            set_up(self.admin)
            for access in simulated.access.values():
                self.assertIn(f"{self.studio.url}/sync/webhook/", self.state(access))
        self.configure({})
        self.assertEqual(self.active(), [False, False])

    def configure(self, access, system=None):
        database = self.studio.server.database
        configure(self.studio.env, database, demo_projects(access), system)

    def active(self):
        domain = [("id", "in", [self.xmlid(project) for project in PROJECTS])]
        context = {"active_test": False}
        rows = self.read("sync.project", domain, "active", context=context)
        return [row["active"] for row in rows]

    def state(self, access):
        """Return a simulator's state as text."""
        with urllib.request.urlopen(f"{access.page}state", timeout=30) as answer:
            return json.dumps(json.load(answer))
