from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ...engine.logs.buffer import LogBuffer
from ...engine.runs import namespaces
from ...engine.sandbox import catalogue
from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestCode(SyncCase):
    """The three kinds of code and what passes from one to the next."""

    def test_values_and_functions_pass_on_unless_private(self):
        project = self.make_project(
            protected_code="""
                import base64 as _base64
                RATE = 2
                def double(n):
                    return _twice(n)
                def _twice(n):
                    return _base64.b64decode(_base64.b64encode(b"x" * n)) * RATE
            """,
            common_code="""
                def length(n):
                    return len(double(n))
                def _hidden():
                    return 1
            """,
        )
        job = self.run_button(
            "def handle_button():\n    log([RATE, length(3)])", project
        )
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["[\n  2,\n  6\n]"])
        for name in ("_hidden", "_twice", "_base64", "secrets"):
            with self.assertRaises(ValidationError, msg=name):
                self.make_task(f"def handle_button():\n    {name}", project)

    def test_modules_and_secrets_are_not_handed_on(self):
        project = self.make_project(
            protected_code="import base64\nstore = secrets\n",
            common_code="def known(name):\n    return name\n",
            secrets={"TOKEN": "hunter22"},
        )
        with self.assertRaises(ValidationError):
            self.make_task("def handle_button():\n    base64.b64encode(b'')", project)

    def test_params_texts_and_webhooks(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        project = self.make_project(params={"URL": "http://x"}, texts={"HI": "Hello"})
        project.text_ids.with_context(lang="fr_FR").value = "Bonjour"
        task = self.make_task(
            """
            def handle_button():
                log(params.URL)
                log(texts.HI)
                log(webhooks.INBOX)
                log(TRIGGER_NAME)

            def handle_webhook(request):
                return ""
            """,
            project,
        )
        hook = self.make_trigger(task, "webhook", name="Inbox")
        button = self.make_trigger(task, name="Say hello")
        button.with_context(lang="fr_FR").action_run_now()
        job = self.run_jobs()
        self.assert_done(job)
        self.assertEqual(
            self.messages(job),
            ["http://x", "Bonjour", hook.webhook_url, "SAY_HELLO"],
        )

    def test_unknown_param_names_project_and_key(self):
        job = self.run_lines("log(params.NOPE)")
        self.assertEqual(job.state, "failed")
        self.assertIn('Project "Shop" has no parameter NOPE', job.error)

    def test_secrets_are_for_protected_code(self):
        project = self.make_project(
            protected_code="def size():\n    return len(secrets.TOKEN)",
            secrets={"TOKEN": "hunter22"},
        )
        job = self.run_lines("log(size())", project)
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["8"])

    def test_missing_secret_says_what_to_do(self):
        project = self.make_project(protected_code="def f():\n    return secrets.NOPE")
        job = self.run_lines("f()", project)
        self.assertIn("has no secret NOPE", job.error)

    def test_traceback_shows_the_authors_lines(self):
        project = self.make_project(
            common_code="def check(n):\n    return 10 / n\n",
        )
        job = self.run_button(
            """
            def handle_button():
                numbers = [1, 0]
                return [check(n) for n in numbers]
            """,
            project,
        )
        text = self.messages(job, "error")[0]
        self.assertIn('File "Sync products", line 4, in handle_button', text)
        self.assertIn("return [check(n) for n in numbers]", text)
        self.assertIn('File "Shop / Common Code", line 2, in check', text)
        self.assertIn("return 10 / n", text)
        self.assertTrue(text.endswith("ZeroDivisionError: division by zero"))
        self.assertNotIn("engine/", text)

    def test_traceback_names_protected_lines_without_their_source(self):
        project = self.make_project(
            protected_code="def buy(n):\n    return 1 / n  # our margin is huge\n"
        )
        job = self.run_lines("buy(0)", project)
        text = self.messages(job, "error")[0]
        self.assertIn('File "Shop / Protected Code", line 2, in buy', text)
        self.assertNotIn("margin", text)

    def test_exceptions_keep_their_type_across_the_boundary(self):
        project = self.make_project(
            protected_code="""
                class ShopClosed(Exception):
                    pass
                def buy():
                    raise ShopClosed("sunday")
            """
        )
        job = self.run_lines(
            """
            try:
                buy()
            except ShopClosed as error:
                log(str(error))
            """,
            project,
        )
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["sunday"])

    def test_unsigned_protected_code_is_refused(self):
        project = self.make_project(protected_code="def f():\n    return 1\n")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sync_project SET protected_code = %s WHERE id = %s",
            ("def f():\n    return 2\n", project.id),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        job = self.run_lines("log(f())", project)
        self.assertEqual(job.state, "failed")
        self.assertIn("A Manager must look at it", job.error)
        self.assertIn("A Manager must look at it", project.vault_warning)
        self.sign(project.with_user(self.manager))
        self.assert_done(self.run_lines("log(f())", project))

    def test_common_code_is_checked_with_its_line(self):
        with self.assertRaises(ValidationError) as caught:
            self.make_project(common_code="x = 1\ny = nope\n")
        self.assertIn("Common Code\nLine 2: nope is not defined", str(caught.exception))
        with self.assertRaises(ValidationError) as caught:
            self.make_project(protected_code="x = 1\ny = nope\n")
        self.assertIn("Protected Code\nLine 2: nope", str(caught.exception))

    def test_trigger_without_its_handler_is_refused(self):
        task = self.make_task("def handle_button(data, more):\n    pass\n")
        with self.assertRaises(ValidationError) as caught:
            self.make_trigger(task, "cron")
        self.assertIn("needs a function handle_cron", str(caught.exception))
        with self.assertRaises(ValidationError) as caught:
            self.make_trigger(task, "button")
        self.assertIn("Line 1: handle_button must accept one", str(caught.exception))

    def test_removing_an_attached_handler_is_refused(self):
        task = self.make_task("def handle_button():\n    pass\n")
        self.make_trigger(task, "button")
        with self.assertRaises(ValidationError):
            task.code = "def handle_cron():\n    pass\n"

    def test_catalogue_and_namespaces_name_the_same_things(self):
        project = self.make_project()._snapshot()
        logs = LogBuffer(str)
        base = namespaces.helpers(self.env, project, logs, None)
        self.assertEqual(set(base), catalogue.names())
        protected = namespaces.protected(base, project, logs)
        self.assertEqual(set(protected), catalogue.names(catalogue.PROTECTED))
        task = namespaces.task(base, project, {}, "GO")
        self.assertEqual(set(task), catalogue.names(catalogue.TASK))

    def test_task_form_lists_what_is_available(self):
        project = self.make_project(common_code="def discount():\n    return 1\n")
        html = self.make_task("", project).available_html
        for entry in catalogue.CATALOGUE:
            self.assertIn(entry.usage.split("(")[0].split("'")[0].split(",")[0], html)
        self.assertIn("discount", html)

    def test_namespace_of_one_run_is_not_the_next_ones(self):
        project = self.make_project(common_code="seen = []\n")
        task = self.make_task(
            "def handle_button():\n    seen.append(1)\n    log(len(seen))", project
        )
        button = self.make_trigger(task)
        button.action_run_now()
        button.action_run_now()
        self.assertEqual(self.messages(self.run_jobs()), ["1", "1"])
