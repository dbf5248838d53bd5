"""A database of the release before, upgraded, and at work again."""

import contextlib
import os
import textwrap
import unittest
from pathlib import Path

from integrator import PROTECTED, SECRET, URL, Integrator, signature
from stage import StudioCase, wait_for

from dev import databases, templates
from dev.environment import environment
from dev.odoo_cli import free_port, install
from dev.odoo_log import records
from dev.release import NoHistoryError, with_release
from dev.servers import OdooServer, stop_shared
from dev.ui import Step

ROOT = Path(__file__).parents[2]
# 19.0.1.0.0, as CHANGELOG.rst says.
RELEASE = "f45c085"
DEMO = ("telegram", "github_trello", "odoo2odoo")
JOB = ("handler", "state", "error", "trigger_id", "user_id", "parent_id", "date_end")
LOG = ("job_id", "message", "level", "type")
LINK = ("relation", "system1", "ref1", "system2", "ref2", "model", "many", "date")
KEPT = {"sync.job": JOB, "sync.log": LOG, "sync.link": LINK}
OVER = ("state", "in", ["done", "failed", "cancelled"])


class TestUpgrade(StudioCase):
    """What a user of 19.0.1.0.0 has is there after ``-u sync``, and works.

    Arguments of type bytes are left out: that release refused to queue them.
    """

    @classmethod
    def setUpClass(cls):
        # Not what the shared case does: it would start a studio of today.
        super(StudioCase, cls).setUpClass()
        stop_shared()
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.env = stack.enter_context(environment())
        cls.name = f"sync_e2e_{os.getpid()}_upgrade"
        cls.user = Integrator(cls.name)
        stack.callback(databases.drop, cls.env, cls.name)
        try:
            release = with_release(cls.env, RELEASE)
        except NoHistoryError as error:
            raise unittest.SkipTest(str(error)) from error
        cls._live_in_the_past(release)
        with Step("Upgrade of a database of 19.0.1.0.0") as step:
            install(cls.env, cls.name, "sync", step, "-u")
        cls._serve(stack, cls.env, job_runner=True, workers=2)
        cls.after = {model: cls._as_it_is_now(model) for model in KEPT}

    @classmethod
    def _serve(cls, stack, env, **options):
        server = OdooServer(env, cls.name, port=free_port(), **options)
        stack.callback(server.stop)
        server.start()
        server.wait()
        cls.user.go_to(server.url)
        cls.admin = cls.user.admin

    @classmethod
    def _live_in_the_past(cls, release):
        """Make a database of the release, with all that its user has by then."""
        databases.drop(cls.env, cls.name)
        templates.make(cls.env, templates.BASE, cls.name)
        with Step("Database of 19.0.1.0.0") as step:
            install(release, cls.name, "sync", step, "--with-demo")
        with contextlib.ExitStack() as stack:
            # Nothing runs by itself: jobs wait until their cron is called.
            cls._serve(stack, release, cron_threads=0)
            cls.user.make_project()
            cls.user.work()
            cls.before = {
                model: cls.user.rows(model, names, [OVER] if names == JOB else [])
                for model, names in KEPT.items()
            }

    @classmethod
    def _as_it_is_now(cls, model):
        ids = [row["id"] for row in cls.before[model]]
        return cls.user.rows(model, KEPT[model], [("id", "in", ids)])

    def _wait(self, *domain):
        """Wait for the one job that matches to be done; return its messages."""
        domain = [("project_id", "=", self.user.project), *domain]
        over = [*domain, OVER]
        jobs = wait_for(
            f"a job of {domain}", lambda: self.user.rows("sync.job", JOB, over)
        )
        self.assertEqual([job["state"] for job in jobs], ["done"], jobs)
        return self.log(jobs[0]["id"])

    def _new(self, trigger, act):
        """Wait for the job that an act makes; return its messages."""
        domain = [("trigger_id", "=", self.user.triggers[trigger])]
        last = max(
            (job["id"] for job in self.user.rows("sync.job", JOB, domain)), default=0
        )
        act()
        return self._wait(*domain, ("id", ">", last), ("parent_id", "=", False))

    def test_nothing_went_wrong_in_the_upgrade(self):
        with (self.env.cache.logs / f"{self.name}-install.log").open() as stream:
            told = [it for it in records(stream) if it.level in ("ERROR", "CRITICAL")]
        # Odoo complains of being run by root.
        told = [it for it in told if "security risk" not in it.text]
        self.assertFalse(told)
        domain = [("name", "=", "sync")]
        fields = ("installed_version", "latest_version", "state")
        (module,) = self.user.rows("ir.module.module", fields, domain)
        self.assertEqual(module["state"], "installed")
        self.assertNotEqual(module["latest_version"], "19.0.1.0.0")
        self.assertEqual(module["latest_version"], module["installed_version"])

    def test_jobs_logs_and_links_are_as_they_were(self):
        states = sorted(job["state"] for job in self.before["sync.job"])
        self.assertEqual(states, ["cancelled"] + ["done"] * 4 + ["failed"])
        for model in KEPT:
            with self.subTest(model=model):
                self.assertTrue(self.before[model])
                self.assertEqual(self.after[model], self.before[model])

    def test_project_is_signed_and_its_secret_is_set(self):
        names = ("needs_signature", "vault_warning", "active", "protected_code")
        (row,) = self.user.rows("sync.project", names, [("id", "=", self.user.project)])
        self.assertEqual(row["protected_code"], textwrap.dedent(PROTECTED))
        self.assertTrue(row["active"])
        self.assertFalse(row["needs_signature"] or row["vault_warning"], row)
        domain = [("project_id", "=", self.user.project)]
        (secret,) = self.user.rows("sync.project.secret", ["key", "is_set"], domain)
        self.assertEqual((secret["key"], secret["is_set"]), ("TOKEN", True))
        params = self.user.rows(
            "sync.project.param", ["key", "value", "locked"], domain
        )
        params = {row["key"]: (row["value"], row["locked"]) for row in params}
        self.assertEqual(params["URL"], (URL, True))

    def test_demo_projects_have_the_code_of_today(self):
        for name in DEMO:
            domain = [("id", "=", self.xmlid(f"sync.project_demo_{name}"))]
            domain.append(("active", "in", [True, False]))
            names = ("protected_code", "needs_signature")
            (row,) = self.user.rows("sync.project", names, domain)
            shipped = (ROOT / f"demo/{name}/protected_code.py").read_text()
            self.assertEqual(row["protected_code"], shipped)
            self.assertFalse(row["needs_signature"])

    def test_waiting_jobs_run_with_the_arguments_they_had(self):
        arrived = self._wait(("handler", "=", "arrive"))
        self.assertEqual(arrived[0], "Good day, ada!")
        self.assertEqual(arrived[1], "res.partner before")
        self.assertEqual(arrived[2], "2026-01-02T03:04:05 2026-01-02")
        self.assertEqual(arrived[3:], ["order", signature(SECRET)])
        waited = [("id", "not in", [job["id"] for job in self.before["sync.job"]])]
        for name, messages in (("DB", ["Dan"]), ("Cron", ["tick"])):
            first = self.user.rows(
                "sync.job",
                ["id"],
                [("trigger_id", "=", self.user.triggers[name]), *waited],
            )[0]
            self.assertEqual(self._wait(("id", "=", first["id"])), messages)

    def test_button_finds_links_and_opens_the_secret(self):
        self.assertEqual(
            self._new("Work", lambda: self.user.press("Work")),
            ["Good day, Ann!", signature("order 1")],
        )
        self.assertEqual(
            self._new("Look", lambda: self.user.press("Look")), ["7", "press,vip", "a"]
        )

    def test_job_that_waits_is_found_by_its_identity_key(self):
        waiting = [("project_id", "=", self.user.project), ("handler", "=", "once")]
        before = self.user.rows("sync.job", ["state"], waiting)
        self.assertEqual([job["state"] for job in before], ["pending"])
        self._new("Look", lambda: self.user.press("Look"))
        self.assertEqual(self.user.rows("sync.job", ["state"], waiting), before)

    def test_failed_job_is_retried(self):
        (failed,) = [job for job in self.before["sync.job"] if job["state"] == "failed"]
        logs = len(self.log(failed["id"]))
        self.admin.call("sync.job", "action_retry", [failed["id"]])
        wait_for("the retry", lambda: len(self.log(failed["id"])) > logs)
        self.assertEqual(self.finished(failed["id"])["error"], "ValueError: no stock")

    def test_records_make_a_job(self):
        def create():
            self.user.make("res.partner", name="Eve", ref="up 3")
            self.user.make("res.partner", name="Nobody", ref="down")

        self.assertEqual(self._new("DB", create), ["Eve"])

    def test_schedule_goes_on(self):
        due = ("trigger_id", "=", self.user.triggers["Due"])
        self.assertEqual(self._wait(due), ["tick"])

    def test_webhook_answers_at_its_old_address(self):
        answers = []
        said = self._new(
            "Webhook", lambda: answers.append(self.user.call_webhook("Flo"))
        )
        wanted = {"greeting": "Good day, Flo!", "signature": signature("Flo")}
        self.assertEqual(answers, [wanted])
        self.assertIn("called by Flo", said)
