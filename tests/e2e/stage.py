"""What the end-to-end tests share: a studio behind real servers, and patience."""

from __future__ import annotations

import base64
import io
import textwrap
import time
import unittest
from collections.abc import Callable
from typing import Any

from PIL import Image

from dev.client import Client
from dev.servers import Studio, shared_studio

PATIENCE = 120.0  # seconds; a retry may be a minute away
_PAUSE = 0.2


def wait_for(what: str, probe: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Return what ``probe`` returns as soon as it is true."""
    deadline = time.monotonic() + patience
    while not (found := probe()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {patience:.0f} seconds")
        time.sleep(_PAUSE)
    return found


def photo(color: str) -> str:
    """Return a picture in base64."""
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


class StudioCase(unittest.TestCase):
    """Tests of a studio, which those with the same options share.

    Modules named ``test_cron_*`` come first and have no job runner, so that two studios
    are enough for all of them.
    """

    options: dict[str, Any] = {"job_runner": True, "workers": 2}
    studio: Studio
    admin: Client

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.studio = shared_studio(**cls.options)
        cls.admin = cls.studio.client()

    def read(self, model: str, domain: list, *names: str, **options: Any) -> list[dict]:
        """Return the rows that match, as the administrator sees them."""
        return self.admin.call(model, "search_read", domain, list(names), **options)

    def xmlid(self, name: str) -> int:
        """Return the id of a record by its external identifier."""
        module, name = name.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        return self.read("ir.model.data", domain, "res_id")[0]["res_id"]

    def make_task(self, code: str, kind: str, protected_code: str = "") -> dict:
        """Create a project with one task and one trigger; return the trigger."""
        values = {"name": self.id(), "protected_code": textwrap.dedent(protected_code)}
        (project,) = self.admin.call("sync.project", "create", [values])
        code = textwrap.dedent(code)
        values = {"name": "Task", "project_id": project, "code": code}
        (task,) = self.admin.call("sync.task", "create", [values])
        values = {"name": "Go", "type": kind, "task_id": task}
        (trigger,) = self.admin.call("sync.trigger", "create", [values])
        names = ("project_id", "task_id", "webhook_url")
        return self.read("sync.trigger", [("id", "=", trigger)], *names)[0]

    def click(self, trigger: dict) -> int:
        """Run a button's task; return the id of its job."""
        self.admin.call("sync.trigger", "action_run_now", [trigger["id"]])
        # Its sub-jobs may be there already.
        jobs = [job for job in self.jobs(trigger) if not job["parent_id"]]
        return jobs[0]["id"]

    def jobs(self, trigger: dict) -> list[dict]:
        """Return the jobs of a trigger, the last one first."""
        domain = [("trigger_id", "=", trigger["id"])]
        return self.read("sync.job", domain, "state", "error", "user_id", "parent_id")

    def job(self, job_id: int) -> dict:
        """Return a job's state, times and error."""
        names = ("state", "error", "date_start", "date_end", "duration")
        return self.read("sync.job", [("id", "=", job_id)], *names)[0]

    def finished(self, job_id: int) -> dict:
        """Wait for the end of a job and return it."""
        over = ("done", "failed", "cancelled")
        wait_for(f"the end of job {job_id}", lambda: self.job(job_id)["state"] in over)
        return self.job(job_id)

    def log(self, job_id: int) -> list[str]:
        """Return the messages in a job's log."""
        rows = self.read("sync.log", [("job_id", "=", job_id)], "message", order="id")
        return [row["message"] for row in rows]

    def count(self, model: str, name: str) -> int:
        """Return how many records have a name."""
        return self.admin.call(model, "search_count", [("name", "=", name)])
