import textwrap

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine.runs.transaction import ends_transaction
from ..common import SyncCase

REFUSED = """\
COMMIT
commit;
  Commit Work
COMMIT AND CHAIN
END
end transaction
ABORT
ROLLBACK
rollback work
ROLLBACK AND CHAIN
BEGIN
BEGIN ISOLATION LEVEL SERIALIZABLE
start transaction
START /* a */ TRANSACTION READ ONLY
PREPARE TRANSACTION 'x'
COMMIT PREPARED 'x'
SET TRANSACTION READ ONLY
SET LOCAL TRANSACTION READ ONLY
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
SET transaction_read_only = on
/* commit */ COMMIT
/* a /* nested */ one */ COMMIT
-- it's\x20fine\\nCOMMIT
;COMMIT
SELECT 1; COMMIT
SELECT ';'; COMMIT; SELECT 2
SELECT 'it''s'; ROLLBACK
SELECT E'it\\\\'s'; ROLLBACK
SELECT $$;$$; COMMIT
SELECT $a$ $$ ; $a$; COMMIT
SELECT "a;b" FROM x; END
SELECT CASE WHEN true THEN 1 END; END
"""
ALLOWED = """\
SAVEPOINT x
ROLLBACK TO SAVEPOINT x
ROLLBACK TO x
rollback work to savepoint x
RELEASE SAVEPOINT x
SELECT 1 AS commit
SELECT CASE WHEN true THEN 1 END
SELECT 'x; COMMIT'
SELECT 'it''s; COMMIT; '
SELECT E'it\\\\'s; COMMIT'
SELECT $$x; COMMIT$$
SELECT $a$ $$; COMMIT; $$ $a$
SELECT 1; -- COMMIT
SELECT 1 /* ; COMMIT */
SELECT 1 /* ; /* */ COMMIT */
UPDATE t SET name = 'a;' WHERE "commit" = 1; SELECT 2
SET LOCAL statement_timeout = 20
SET search_path = public
PREPARE p AS SELECT 1
INSERT INTO committed VALUES (1); SELECT 1
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC; SELECT CASE 1 WHEN 1 THEN 2 END; END
DO $$ BEGIN NULL; END $$
"""


def _lines(text):
    return [
        line.replace("\\n", "\n").replace("\\\\", "\\") for line in text.splitlines()
    ]


@tagged("post_install", "-at_install")
class TestTransaction(SyncCase):
    """Project code can't end the transaction of its job by SQL either."""

    def test_statements(self):
        for text in _lines(REFUSED):
            self.assertTrue(ends_transaction(text), text)
        for text in _lines(ALLOWED):
            self.assertFalse(ends_transaction(text), text)

    def test_job_that_ends_its_transaction_fails_and_leaves_nothing(self):
        create = 'env["res.partner"].create({"name": "Half done"})\nenv.flush_all()\n'
        for end in (
            'env.cr.execute("COMMIT")',
            'env.cr.execute(b"commit")',
            'env.cr.execute(query="SELECT 1; ROLLBACK")',
            'env.cr.executemany("COMMIT", [()])',
            'env.cr.execute_values("COMMIT; SELECT %s", [(1,)])',
            'env.cr.copy_expert("COMMIT", None)',
            "env.cr.commit()",
            "env.cr.rollback()",
            "env.cr.close()",
            "env.cr.connection.commit()",
            "env.cr.connection.rollback()",
            'env.cr.connection.cursor().execute("COMMIT")',
            "env.cr.connection.set_session(autocommit=True)",
            "env.cr.connection.close()",
        ):
            with self.subTest(end):
                lines = textwrap.indent(create + end, "    ")
                task = self.make_task(f"def handle_button():\n{lines}")
                job = self.make_trigger(task)._enqueue()
                self.env.flush_all()
                with mute_logger("odoo.addons.queue_job.controllers.main"):
                    # As the scheduled action does, which undoes what has failed.
                    job._run_pending(job.queue_job_uuid)
                self.env.invalidate_all()
                self.assertIn("can't commit or roll back", job.error or "")
                partners = self.env["res.partner"].search([("name", "=", "Half done")])
                self.assertFalse(partners)

    def test_code_outside_of_functions(self):
        job = self.run_button("env.cr.commit()\ndef handle_button():\n    pass")
        self.assertIn("can't commit or roll back", job.error)
        common = self.make_project(common_code='env.cr.execute("ROLLBACK")')
        job = self.run_button("def handle_button():\n    pass", common)
        self.assertIn("can't commit or roll back", job.error)

    def test_protected_code(self):
        project = self.make_project(
            protected_code="""
            from odoo.tools import SQL as _SQL
            from psycopg2 import sql as _sql

            def end(kind):
                env.cr.execute({
                    "SQL": _SQL("%s", _SQL("COMMIT")),
                    "Composed": _sql.SQL("{}").format(_sql.SQL("COMMIT")),
                }[kind])
            """
        )
        for kind in ("SQL", "Composed"):
            job = self.run_lines(f"end({kind!r})", project)
            self.assertIn("can't commit or roll back", job.error)

    @mute_logger("odoo.sql_db")
    def test_savepoints_and_blocks_work(self):
        job = self.run_lines(
            """
            env.cr.execute("SAVEPOINT x; SELECT 1")
            env.cr.execute("ROLLBACK TO SAVEPOINT x")
            env.cr.execute("RELEASE SAVEPOINT x")
            env.cr.execute_values("SELECT * FROM (VALUES %s) AS t", [(1, ";"), (2, "")])
            log(env.cr.fetchall())
            with env.cr.savepoint():
                env["res.partner"].create({"name": "Kept"})
            log(env.cr.connection.encoding)
            """
        )
        self.assert_done(job)
        self.assertIn("UTF8", self.messages(job))
        self.assertTrue(self.env["res.partner"].search([("name", "=", "Kept")]))
        job = self.run_lines(
            """
            with env.cr.savepoint():
                env.cr.execute("DO $$ BEGIN COMMIT; END $$")
            """
        )
        self.assertIn("invalid transaction termination", job.error)

    def test_cursor_is_as_before_after_a_run(self):
        before = dict(vars(self.env.cr))
        self.run_lines("log(1)")
        self.assertEqual(vars(self.env.cr).keys(), before.keys())
