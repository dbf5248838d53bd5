"""What one worker changes, the others know at their next request."""

import unittest
from concurrent.futures import ThreadPoolExecutor

from stage import StudioCase, wait_for

_CODE = """
    def handle_db(records):
        log(params.GREETING)

    def handle_button():
        pass
"""


class TestSignals(StudioCase):
    """Triggers and parameters of a project, in two workers."""

    def create_partners(self, count):
        """Create partners by requests at the same time, so that both workers do."""

        def create(number):
            return self.admin.call("res.partner", "create", [{"name": f"S {number}"}])

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(create, range(count)))

    def test_trigger_and_parameter_reach_all_workers(self):
        button = self.make_task(_CODE, "button")
        task_id = button["task_id"][0]
        project_id = button["project_id"][0]
        param = {"key": "GREETING", "value": "one", "project_id": project_id}
        (param_id,) = self.admin.call("sync.project.param", "create", [param])
        (model,) = self.read("ir.model", [("model", "=", "res.partner")], "id")
        values = {
            "name": "New partner",
            "task_id": task_id,
            "type": "db",
            "model_id": model["id"],
            "condition": "on_create",
        }
        self.create_partners(8)
        (trigger_id,) = self.admin.call("sync.trigger", "create", [values])
        for number, greeting in enumerate(("one", "two"), 1):
            vals = {"value": greeting}
            self.admin.call("sync.project.param", "write", [param_id], vals)
            self.create_partners(8)
            domain = [("trigger_id", "=", trigger_id), ("state", "=", "done")]
            wait_for(
                f"all jobs of {greeting}",
                lambda domain=domain, number=number: (
                    len(self.read("sync.job", domain, "id")) == 8 * number
                ),
            )
            said = [("trigger_id", "=", trigger_id), ("message", "=", greeting)]
            self.assertEqual(len(self.read("sync.log", said, "id")), 8)
        self.admin.call("sync.trigger", "write", [trigger_id], {"active": False})
        self.create_partners(8)
        domain = [("trigger_id", "=", trigger_id)]
        self.assertEqual(len(self.read("sync.job", domain, "id")), 16)


if __name__ == "__main__":
    unittest.main()
