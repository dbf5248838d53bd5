import gc
import time
from contextlib import contextmanager
from functools import partial

from odoo import api, models
from odoo.addons.sync.engine.vault import authority
from odoo.tools.safe_eval import safe_eval

from .code import COMMON, HANDLERS, PROTECTED, TASK, WHOLE

PROJECTS = 10
TASKS = 4
TRIES = 5


class SyncBench(models.AbstractModel):
    """Measurements inside a worker; each public method is called by the benchmark.

    A measurement returns pairs of seconds: of our work, and of the peer's.
    """

    _name = "sync.bench"
    _description = "Benchmark"

    @api.model
    def setup(self):
        """Create the projects and the peers; return the paths of their webhooks."""
        # Nothing else than the benchmark may react to what it does.
        self.env["sync.project"].search([]).active = False
        tasks = self._make_projects()
        hook = self._make_trigger(tasks[0], "webhook")
        return {
            "ours": f"/sync/webhook/{hook.webhook_token}",
            "bare": "/bench/bare",
            "rule": f"/web/hook/{self._make_webhook_rule().webhook_uuid}",
        }

    def _make_projects(self):
        projects = self.env["sync.project"].create(
            [{"name": f"Bench {n}", "common_code": COMMON} for n in range(PROJECTS)]
        )
        tasks = self.env["sync.task"].create(
            [
                {"name": f"Task {n}", "project_id": project.id, "code": TASK + HANDLERS}
                for project in projects
                for n in range(TASKS)
            ]
        )
        for task in tasks:
            self._make_trigger(task, "button")
        return tasks

    def _make_trigger(self, task, kind, **values):
        return self.env["sync.trigger"].create(
            {"name": f"Bench {kind}", "task_id": task.id, "type": kind, **values}
        )

    def _make_webhook_rule(self):
        row = self.env["sync.bench.row"].create({"name": "target"})
        model = self.env["ir.model"]._get("sync.bench.row")
        return self.env["base.automation"].create(
            {
                "name": "Bench webhook",
                "model_id": model.id,
                "trigger": "on_webhook",
                "record_getter": f"model.browse({row.id})",
                "action_server_ids": [
                    (
                        0,
                        0,
                        {
                            "name": "Bench webhook",
                            "model_id": model.id,
                            "state": "code",
                            "code": "model.create({'name': 'delivery'})",
                        },
                    )
                ],
            }
        )

    # -- runs without a database ------------------------------------------------

    @api.model
    def engine(self, repeat):
        """Run 240 lines of code, by the engine and by plain ``safe_eval``."""
        task = self._task()
        return self._best(repeat, lambda: self._run(task), self._safe_eval)

    @api.model
    def boundary(self, repeat):
        """Run the same code behind the boundary and in the open."""
        plain = PROTECTED.replace("secrets.", "params.")
        with self._undone():
            tasks = (
                self._boundary_task("Guarded", {"protected_code": PROTECTED}, "secret"),
                self._boundary_task("Open", {"common_code": plain}, "param"),
            )
            works = [partial(self._run, task) for task in tasks]
            return self._best(repeat, *works)

    def _boundary_task(self, name, code, kind):
        values = [(0, 0, {"key": f"TOKEN_{n}", "value": f"value-{n}"}) for n in (1, 2)]
        with authority.granted():
            project = self.env["sync.project"].create(
                {"name": name, f"{kind}_ids": values, **code}
            )
        body = "def handle_button():\n    log(fetch('x'))\n"
        return self.env["sync.task"].create(
            {"name": name, "project_id": project.id, "code": body}
        )

    def _task(self):
        return self.env["sync.task"].search([("name", "=", "Task 0")], limit=1)

    def _run(self, task):
        run = self.env["sync.job"]._prepare_run(task, "BENCH", None)
        run.call("handle_button")
        return run.logs.take()

    def _safe_eval(self):
        names = {"env": self.env, "log": print}
        safe_eval(WHOLE, names, mode="exec")
        names["handle_button"]()

    # -- tools ------------------------------------------------------------------

    def _best(self, repeat, *works):
        """Return the seconds of one call of each, which are tried in turn.

        Of some tries the best one counts: other programs disturbed it least.
        """
        for work in works:
            work()
        gc.collect()
        tries = [
            [self._mean(repeat // TRIES, work) for work in works] for _ in range(TRIES)
        ]
        return [min(found) for found in zip(*tries, strict=True)]

    def _mean(self, repeat, work):
        return self._seconds(lambda: [work() for _ in range(repeat)]) / repeat

    @staticmethod
    def _seconds(work):
        # As timeit does: else the collector's turn falls to one or the other by chance.
        gc.disable()
        try:
            began = time.perf_counter()
            work()
            return time.perf_counter() - began
        finally:
            gc.enable()

    @contextmanager
    def _undone(self):
        """Undo in the end what happens inside, as if it had never been."""
        cr = self.env.cr
        cr.execute("SAVEPOINT bench")
        try:
            yield
        finally:
            self.env.invalidate_all(flush=False)
            cr.clear()
            cr.execute("ROLLBACK TO SAVEPOINT bench")
