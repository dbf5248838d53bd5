from odoo.tests import tagged

from ...engine.events import memory
from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestMemory(SyncCase):
    """What runs remember of projects, and how other processes hear of a change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.make_project(params={"A": "1"}, texts={"T": "Hello"})
        cls.other = cls.make_project(secrets={"TOKEN": "old-token"})

    def signal(self, project, structure=False):
        """Let another process tell of a change."""
        self.env.cr.execute(
            "INSERT INTO orm_signaling_sync (project_id, structure) VALUES (%s, %s)",
            (project.id, structure),
        )

    def look(self):
        """Look for signals, as at the beginning of a request; count statements."""
        before = self.env.cr.sql_log_count
        self.registry.get_sequences(self.env.cr)
        return self.env.cr.sql_log_count - before

    def test_change_clears_its_own_project_only(self):
        other, epoch = self.other._snapshot(), self.env["sync.cached"]._epoch()
        changes = (
            lambda: self.mine.param_ids.write({"value": "2"}),
            lambda: self.mine.write({"common_code": "x = 1"}),
            lambda: self.mine.write({"param_ids": [(0, 0, {"key": "B"})]}),
            lambda: self.mine.param_ids[-1].unlink(),
            lambda: self.make_task("def handle_button():\n    pass", self.mine),
            lambda: self.mine.text_ids.update_field_translations(
                "value", {"en_US": "Bye"}
            ),
        )
        for change in changes:
            before = self.mine._snapshot()
            self.assertIs(self.mine._snapshot(), before)
            change()
            self.assertIsNot(self.mine._snapshot(), before)
            self.assertIs(self.other._snapshot(), other)
        # Nothing of Odoo's was cleared.
        self.assertIs(self.env["sync.cached"]._epoch(), epoch)
        self.assertEqual(self.mine._snapshot().texts["T"]["en_US"], "Bye")

    def test_token_that_protected_code_refreshes(self):
        self.other.protected_code = "def refresh():\n    secrets.TOKEN = 'new-token'\n"
        self.sign(self.other)
        mine, before = self.mine._snapshot(), self.other._snapshot()
        epoch = self.env["sync.cached"]._epoch()
        job = self.run_lines("refresh()", self.other)
        self.assert_done(job)
        self.assertNotEqual(self.other._snapshot().secrets, before.secrets)
        self.assertIs(self.mine._snapshot(), mine)
        self.assertIs(self.env["sync.cached"]._epoch(), epoch)

    def test_signal_of_another_process(self):
        self.look()
        mine, other = self.mine._snapshot(), self.other._snapshot()
        # The statement is Odoo's own: ours is in it.
        self.assertEqual(self.look(), 1)
        self.assertIs(self.mine._snapshot(), mine)
        self.signal(self.mine)
        self.assertEqual(self.look(), 2)
        self.assertIsNot(self.mine._snapshot(), mine)
        self.assertIs(self.other._snapshot(), other)
        self.assertEqual(self.look(), 1)

    def test_signals_that_were_deleted_meanwhile(self):
        self.look()
        mine = self.mine._snapshot()
        self.signal(self.other)
        self.env.cr.execute("DELETE FROM orm_signaling_sync")
        self.signal(self.other)
        self.look()
        self.assertIsNot(self.mine._snapshot(), mine)

    def test_trigger_that_another_process_has_made(self):
        model = self.env["ir.model"]._get_id("res.partner.industry")
        task = self.make_task("def handle_db(records):\n    pass")
        self.make_trigger(task, "db", model_id=model)
        known = memory.of(self.registry)
        known.plans = {}
        self.look()
        self.signal(task.project_id, structure=True)
        self.look()
        self.env["res.partner.industry"].create({"name": "New"})
        self.assert_done(self.run_jobs())

    def test_commit_tells_others(self):
        self.mine.param_ids.value = "3"
        self.env.cr.execute("SELECT max(id) FROM orm_signaling_sync")
        last = self.env.cr.fetchone()[0]
        self.env.cr.postcommit.run()
        self.env.cr.execute(
            "SELECT project_id FROM orm_signaling_sync WHERE id > %s", (last,)
        )
        self.assertIn((self.mine.id,), self.env.cr.fetchall())
        self.assertEqual(self.look(), 1)

    def test_what_a_run_changes_and_a_rollback_brings_back(self):
        before = self.mine._snapshot()
        job = self.run_lines(
            f"""
            env.cr.execute("SAVEPOINT attack")
            env.cr.execute(
                "UPDATE sync_project SET common_code = 'x = 666' WHERE id = %s",
                [{self.mine.id}])
            env.invalidate_all()
            env.registry.clear_cache()
            log(env["sync.project"].browse({self.mine.id})._snapshot().common_code)
            env.cr.execute("ROLLBACK TO SAVEPOINT attack")
            env.invalidate_all()
            """,
            self.other,
        )
        self.assertEqual(self.messages(job), ["x = 666"])
        self.assertEqual(self.mine._snapshot().common_code, before.common_code)
