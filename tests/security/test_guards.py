"""Each guard is taken away by hand: its test notices, and the vault is shut."""

import inspect
from contextlib import contextmanager
from unittest.mock import patch

from odoo import sql_db
from odoo.addons.base.models import ir_http as base_http
from odoo.addons.base.models import ir_qweb as base_qweb
from odoo.addons.base.wizard import base_partner_merge as odoo_merge
from odoo.addons.base_automation.models import base_automation as odoo_automation
from odoo.service import model as service_model
from odoo.service import server
from odoo.tests import TransactionCase, tagged
from odoo.tools import safe_eval

from ...engine import guards
from ...engine.boundary.hidden import hide
from ...engine.errors import GuardFailed
from ...engine.events import collected, memory
from ...engine.guards import files
from ...engine.runs import transaction
from ...engine.vault import keys, lockdown
from ...models.log import sync_log
from ...models.mixins import sync_cached
from ...models.overrides import base_automation, ir_http, ir_qweb
from ...wizard import base_partner_merge
from .security_common import TOKEN, ManagerCase, SecurityCase

MERGE = "_update_reference_fields_generic"
GUARDS = "odoo.addons.sync.engine.guards"


def fresh():
    """Return a patch by which no guard has failed yet: only Python can do that."""
    return patch.object(lockdown, "_failures", hide({}))


def original(owner, name):
    """Return a patch that puts back what one of our wrappers stands before."""
    (wrapped,) = inspect.getclosurevars(getattr(owner, name)).nonlocals.values()
    return patch.object(owner, name, wrapped)


@contextmanager
def without(owner, name):
    """Take an attribute of a class or an object away for a while."""
    value = vars(owner)[name]
    delattr(owner, name)
    try:
        yield
    finally:
        setattr(owner, name, value)


@contextmanager
def blind(hook):
    """Let Python's audit hook see nothing: it can't be taken away."""
    code = hook.__code__
    hook.__code__ = (lambda event, args: None).__code__
    try:
        yield
    finally:
        hook.__code__ = code


def open_doors(registry):
    """Return how each guard is taken away, by the guard's name."""
    last = property(lambda cursor: cursor._obj.query)
    return [
        ("format_strings", original(safe_eval, "compile_codeobj")),
        ("forbidden_names", original(safe_eval, "assert_no_dunder_name")),
        ("forbidden_names", patch.object(safe_eval, "_UNSAFE_ATTRIBUTES", ["mro"])),
        ("templates", without(ir_qweb.IrQweb, "_compile_expr")),
        ("templates", without(ir_qweb.IrQweb, "_generate_code")),
        ("templates", without(ir_qweb.IrQweb, "_prepare_environment")),
        ("last_query", patch.object(sql_db.Cursor, "query", last)),
        ("files", blind(files._watch)),
        ("registry_models", patch.object(registry, "models", dict(registry.models))),
        ("run_cursor", patch.object(transaction, "_checked", lambda run: run)),
        ("run_cursor", patch.object(transaction, "_PREFIXES", ("tpc_",))),
        ("remote_calls", original(service_model, "execute_cr")),
        ("dispatch", without(ir_http.IrHttp, "_dispatch")),
        ("dispatch", without(ir_http.IrHttp, "_match")),
        # What Odoo calls differently by now.
        ("templates", without(base_qweb.IrQweb, "_compile_expr")),
        ("templates", without(base_qweb.IrQweb, "_generate_code")),
        ("dispatch", without(base_http.IrHttp, "_match")),
        ("automation", without(odoo_automation.BaseAutomation, "_process")),
        ("merges", without(odoo_merge.BasePartnerMergeAutomaticWizard, MERGE)),
        ("remote_calls", without(service_model, "execute_cr")),
        ("restarts", without(server, "_reexec")),
        ("restarts", original(server, "_reexec")),
        ("restarts", original(server.PreforkServer, "long_polling_spawn")),
        (
            "event_hooks",
            without(sync_cached.SyncCached, "_update_field_translations"),
        ),
        ("savepoints", patch.object(collected, "_SAVEPOINTS", set())),
        ("signals", without(registry, "get_sequences")),
        ("automation", without(base_automation.BaseAutomation, "_process")),
        ("automation", without(base_automation.BaseAutomation, "_update_registry")),
        ("log_groups", without(sync_log.SyncLog, "_read_group")),
        (
            "merges",
            without(
                base_partner_merge.BasePartnerMergeAutomaticWizard,
                MERGE,
            ),
        ),
    ]


class GuardsMixin:
    def setUp(self):
        super().setUp()
        self.enterContext(fresh())

    def break_guard(self):
        """Take one guard away, load the registry's hooks, and put it back."""
        with original(safe_eval, "compile_codeobj"):
            with self.assertLogs(GUARDS, "CRITICAL") as logs:
                self.env["sync.project"]._register_hook()
        return logs.output


@tagged("post_install", "-at_install")
class TestEachGuard(GuardsMixin, TransactionCase):
    def test_all_hold(self):
        with self.assertNoLogs(level="WARNING"):
            guards.test(self.env)
        self.assertFalse(lockdown.failures())
        self.assertIn("<hidden>", repr(lockdown._failures))
        self.assertFalse(guards.failures(self.env.registry))

    def test_each_that_is_taken_away_is_noticed(self):
        titles = {guard.name: guard.title for guard in guards.GUARDS}
        for name, taken in open_doors(self.env.registry):
            with self.subTest(name), fresh():
                with taken, self.assertLogs(GUARDS, "CRITICAL") as logs:
                    guards.test(self.env)
                found = [failure.guard for failure in lockdown.failures()]
                self.assertEqual(found, [titles[name]])
                self.assertIn(titles[name], logs.output[0])
                self.assertIn("Update Sync Studio", logs.output[0])
                with self.assertRaisesRegex(GuardFailed, titles[name]):
                    keys.load()
        self.assertEqual({n for n, _ in open_doors(self.env.registry)}, set(titles))

    def test_name_that_odoo_gives_up(self):
        """It can't be put up then, and the rest goes on."""

        def gone():
            return safe_eval.no_such_name

        guard = guards.Guard("x", "Something else", lambda env: None, gone)
        with (
            patch.object(guards, "GUARDS", (guard,)),
            self.assertLogs(GUARDS, "CRITICAL") as logs,
        ):
            guards.install()
        self.assertIn("no_such_name", logs.output[0])
        self.assertEqual([f.guard for f in lockdown.failures()], ["Something else"])

    def test_what_fails_in_sql_leaves_the_transaction(self):
        def test(env):
            env.cr.execute("SELECT nonsense", log_exceptions=False)

        guard = guards.Guard("x", "Something else", test)
        with (
            patch.object(guards, "GUARDS", (guard,)),
            self.assertLogs(GUARDS, "CRITICAL"),
        ):
            guards.test(self.env)
        self.env.cr.execute("SELECT 1")

    def test_they_ask_the_database_for_next_to_nothing(self):
        guards.test(self.env)
        before = self.env.cr.sql_log_count
        guards.test(self.env)
        # A savepoint around each, and its end.
        asked = self.env.cr.sql_log_count - before
        self.assertLessEqual(asked, 3 * len(guards.GUARDS), asked)


@tagged("post_install", "-at_install")
class TestFailedGuard(GuardsMixin, SecurityCase):
    def run_task(self, project, lines):
        self.project = project
        return self.run_lines(lines)

    def test_protected_code_is_shut_and_other_tasks_go_on(self):
        protected, plain = self.project, self.env["sync.project"].create({"name": "P"})
        output = self.break_guard()
        self.assertIn("engine/guards/format_strings.py", output[0])
        self.assertIn("the attack was not refused", output[0])
        job = self.run_task(protected, "log(size())")
        self.assertEqual(job.state, "failed")
        self.assertIn('The guard "Format strings in safe_eval" failed', job.error)
        job = self.run_task(plain, "log('all is well')")
        self.assertEqual(job.state, "done", job.error)

    def test_banner_is_on_every_project(self):
        plain = self.env["sync.project"].create({"name": "Plain"})
        projects = self.project + plain
        self.assertFalse(any(projects.mapped("guard_warning")))
        self.break_guard()
        self.env.invalidate_all()
        for user in (self.manager, self.developer):
            for project in projects.with_user(user):
                self.assertIn("Format strings in safe_eval", project.guard_warning)
                self.assertFalse(project.vault_warning)
        arch = projects.with_user(self.developer).get_view(view_type="kanban")["arch"]
        self.assertIn("guard_warning", arch)

    def test_code_that_wants_the_vault_open_again(self):
        self.break_guard()
        plain = self.env["sync.project"].create({"name": "Plain"})
        for lines in (
            # A new model sets all models up, and tests the guards: all hold now.
            """
            env["ir.model"].create({"name": "Toy", "model": "x_toy"})
            log(env["x_toy"].search_count([]))
            """,
            """
            env["ir.actions.server"].create({"name": "Reset", "state": "code",
                "model_id": env["ir.model"]._get("sync.project").id,
                "code": "model._register_hook()"}).run()
            """,
            "env.registry.clear_cache()",
        ):
            job = self.run_task(plain, lines)
            self.assertEqual(job.state, "done", job.error)
            with self.assertRaises(GuardFailed):
                keys.load()

    def test_registry_that_a_run_loads_anew(self):
        """The attacks are no attempts of the run, and find the guards in place."""
        job = self.run_lines(
            'env["ir.model"].create({"name": "Toy", "model": "x_toy"})'
        )
        self.assertEqual(job.state, "done", job.error)
        self.assertFalse(lockdown.failures())
        self.assertFalse(self.log_lines("error"))

    def test_registry_that_was_not_tested(self):
        self.patch(memory.of(self.env.registry), "tested", False)
        job = self.run_lines("log(size())")
        self.assertEqual(job.state, "failed")
        self.assertIn("none has run since the database was loaded", job.error)
        self.assertIn("Tests of the guards", self.project.guard_warning)


@tagged("post_install", "-at_install")
class TestFailedGuardAsManager(GuardsMixin, ManagerCase):
    def test_secret_is_neither_shown_nor_set(self):
        show = "/sync/secret/show"
        self.assertEqual(self.rpc(show, secret_id=self.secret.id), TOKEN)
        self.break_guard()
        answer = self.rpc(show, secret_id=self.secret.id)
        self.assertIn("Format strings in safe_eval", answer)
        token = self.secret.token
        answer = self.save({"secret_ids": [[1, self.secret.id, {"value": "another"}]]})
        self.assertIn("Format strings in safe_eval", answer)
        answer = self.save({"protected_code": "x = 1"})
        self.assertIn("Format strings in safe_eval", answer)
        self.assertEqual(self.secret.token, token)
        line = [1, self.param.id, {"value": "http://b"}]
        answer = self.save({"param_ids": [line]})
        self.assertIn("Format strings in safe_eval", answer)
        # What needs no key is saved.
        self.assertTrue(self.save({"common_code": "x = 1"}))
