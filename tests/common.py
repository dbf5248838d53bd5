import textwrap
import threading
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user
from odoo.tests.common import release_test_lock
from odoo.tests.test_cursor import TestCursor
from odoo.tools import mute_logger
from requests.adapters import HTTPAdapter

from ..engine.events import collected
from ..engine.vault import authority
from ..models.project.sync_project_approval import describe, sign_reviewed
from ..models.queue import runner

_PENDING = [("model_name", "=", "sync.job"), ("state", "=", "pending")]
_lock = runner._lock
_TELL_FAILURES = (
    "odoo.addons.queue_job.controllers.main",
    "odoo.addons.sync.models.job.sync_job_ending",
)


def run_jobs(env, limit=50):
    """Run what is pending, as the scheduled action does; return the jobs.

    A job that is to be tried again is out of sight until a test makes it pending.
    """
    done = env["sync.job"]
    env.cr.flush()
    # Jobs start after the end of the transaction that queued them.
    collected.forget(env.cr)
    while limit:
        limit -= 1
        if not (job := _next_job(env)):
            return done
        done |= job
        with _lasting_locks(), _answering(), mute_logger(*_TELL_FAILURES):
            job._run_pending(job.queue_job_uuid)
        env.invalidate_all()
        job._queue_jobs().filtered_domain(_PENDING).state = "wait_dependencies"
    raise AssertionError("The jobs don't come to an end")


def _lock_for_good(cr, *args):
    """Lock a job, and don't forget the lock, or what others have done since.

    A test's cursor that is rolled back takes along what newer ones have committed.
    """
    row = _lock(cr, *args)
    if isinstance(cr, TestCursor):
        cr.commit()  # pylint: disable=invalid-commit
    return row


def _lasting_locks():
    return patch.object(runner, "_lock", _lock_for_good)


@contextmanager
def _answering():
    """Let Odoo answer the requests that a job's own requests cause.

    A test's cursor keeps all other threads waiting, and each job has one.
    """
    send, runs_jobs = HTTPAdapter.send, threading.get_ident()

    def answered(*args, **kwargs):
        ours = threading.get_ident() == runs_jobs
        with release_test_lock() if ours else nullcontext():
            return send(*args, **kwargs)

    with patch.object(HTTPAdapter, "send", answered):
        yield


def _next_job(env):
    order = "priority, date_created, id"
    waiting = env["queue.job"].sudo().search(_PENDING, order=order, limit=1)
    domain = [("queue_job_uuid", "in", waiting.mapped("uuid"))]
    return env["sync.job"].sudo().search(domain)


class StudioCase(TransactionCase):
    """Projects with one task, made and run as their users would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What a failing job writes goes through a cursor of its own.
        if not cls._registry_patched:
            cls.registry_enter_test_mode_cls()
        cls.enterClassContext(_lasting_locks())
        cls.user_user = cls._user("user", "sync.group_user")
        cls.developer = cls._user("developer", "sync.group_developer")
        cls.manager = cls._user("manager", "sync.group_manager")

    @classmethod
    def _user(cls, login, group):
        return new_test_user(cls.env, f"sync_{login}", f"base.group_user,{group}")

    @classmethod
    def make_project(cls, **values):
        """Create a project; ``params``, ``texts`` and ``secrets`` are dicts."""
        lines = {
            f"{kind}_ids": [
                (0, 0, {"key": key, "value": value})
                for key, value in values.pop(f"{kind}s", {}).items()
            ]
            for kind in ("param", "text", "secret")
        }
        for name in ("protected_code", "common_code"):
            if name in values:
                values[name] = textwrap.dedent(values[name])
        return cls.env["sync.project"].create({"name": "Shop", **lines, **values})

    @classmethod
    def make_task(cls, code, project=None, **values):
        """Create a task, in a project of its own unless one is given."""
        project = project or cls.make_project()
        return cls.env["sync.task"].create(
            {
                "name": "Sync products",
                "project_id": project.id,
                "code": textwrap.dedent(code),
                **values,
            }
        )

    @classmethod
    def make_trigger(cls, task, kind="button", **values):
        """Create a trigger of a task."""
        return cls.env["sync.trigger"].create(
            {"name": "Go", "task_id": task.id, "type": kind, **values}
        )

    @staticmethod
    def sign(project):
        """Approve a project as it is, as a Manager does after looking."""
        sign_reviewed(project, describe(project)["text"])

    def run_jobs(self):
        """Run what is pending; return the jobs."""
        return run_jobs(self.env)

    def run_button(self, code, project=None, data=None):
        """Run ``code``'s ``handle_button`` through a button; return the job."""
        task = self.make_task(code, project)
        self.make_trigger(task, data=data).action_run_now()
        return self.run_jobs()[:1]

    def run_lines(self, lines, project=None):
        """Run the lines of a handler's body through a button; return the job."""
        body = textwrap.indent(textwrap.dedent(lines), "    ")
        return self.run_button(f"def handle_button():\n{body}", project)

    def log_text(self, jobs):
        """Return the messages of the jobs' logs, one under another."""
        logs = self.env["sync.log"].search([("job_id", "in", jobs.ids)], order="id")
        return "\n".join(logs.mapped("message"))

    def messages(self, jobs, level=None):
        """Return the list of the jobs' log messages."""
        domain = [("job_id", "in", jobs.ids), ("type", "=", "message")]
        if level:
            domain.append(("level", "=", level))
        return self.env["sync.log"].search(domain, order="id").mapped("message")

    def assert_done(self, jobs):
        """Check that the jobs succeeded, and show their errors if not."""
        self.assertTrue(jobs, "There is no job")
        for job in jobs:
            self.assertEqual(job.state, "done", self.log_text(job))


class SyncCase(StudioCase):
    """The same, where Protected Code and secrets need no Manager's request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(authority.granted())
