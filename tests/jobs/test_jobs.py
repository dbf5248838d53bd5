from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestJobs(SyncCase):
    """States, retries, sub-jobs and the queue."""

    def test_states_and_times_are_stored(self):
        task = self.make_task("def handle_button():\n    time.sleep(0.05)")
        self.make_trigger(task).action_run_now()
        job = task.job_ids
        self.assertEqual((job.state, job.date_start), ("pending", False))
        self.assertEqual(job.handler, "handle_button")
        self.run_jobs()
        self.assertEqual(job.state, "done")
        self.assertTrue(job.date_start and job.date_end)
        self.assertGreaterEqual(job.duration, 0.05)

    def test_failure_is_told_on_the_job(self):
        job = self.run_lines("raise ValueError('no stock')")
        self.assertEqual(job.state, "failed")
        self.assertEqual(job.error, "ValueError: no stock")
        self.assertTrue(job.date_end)

    def test_an_error_of_several_lines_is_told_in_one(self):
        job = self.run_lines(
            """
            try:
                raise ValueError('first')
            except ValueError:
                raise UserError('Stock is empty:\\n  order\\n\\nsoon')
            """
        )
        self.assertEqual(job.error, "UserError: Stock is empty: order soon")
        self.assertEqual(job.log_ids.mapped("summary"), [job.error])
        self.assertIn("empty:\n  order\n\nsoon", job.traceback)

    def test_queue_mails_nobody_about_our_failures(self):
        watcher = self._user("watcher", "queue_job.group_queue_job_manager")
        watcher.company_id = self.env.company
        queued = self.run_lines("raise ValueError('no stock')")._queue_jobs()
        self.assertEqual(queued.state, "failed")
        self.assertFalse(queued.message_follower_ids)
        told = queued.message_ids.filtered(lambda m: m.subtype_id or m.partner_ids)
        self.assertFalse(told.notified_partner_ids)
        failed = self.env.ref("queue_job.mt_job_failed")
        self.assertNotIn(failed, queued.message_ids.subtype_id)
        foreign = self.env["res.partner"].with_delay().search([]).db_record()
        foreign.state = "failed"
        self.assertIn(watcher.partner_id, foreign.message_partner_ids)
        self.assertIn(failed, foreign.message_ids.subtype_id)

    def test_parent_says_that_sub_jobs_failed(self):
        job = self.run_button(
            """
            def handle_button():
                for number in range(3):
                    add_job(push)(number)

            def push(number):
                if number:
                    raise ValueError("no stock")
            """
        )
        self.assertEqual((job.state, job.failed_child_count), ("done", 2))
        jobs = self.env["sync.job"].search([("failed_child_count", ">", 0)])
        self.assertIn(job, jobs)
        self.assertFalse(jobs & job.child_ids)
        opened = job.action_open_failed_children()
        self.assertEqual(len(self.env["sync.job"].search(opened["domain"])), 2)
        job.child_ids.unlink()
        self.assertFalse(job.failed_child_count)

    def test_queue_channel_and_description(self):
        task = self.make_task("def handle_button():\n    pass")
        self.make_trigger(task).action_run_now()
        queued = task.job_ids._queue_jobs()
        self.assertEqual(queued.channel, "root.sync")
        self.assertEqual(queued.name, "Shop / Sync products: handle_button")

    def test_retryable_error_postpones(self):
        task = self.make_task(
            """
            def handle_button():
                log("trying")
                raise RetryableJobError("shop is down", seconds=77)
            """
        )
        self.make_trigger(task).action_run_now()
        job = self.run_jobs()
        self.assertEqual(job.state, "pending")
        queued = job._queue_jobs()
        self.assertEqual(queued.retry, 1)
        wait = (queued.eta - queued.date_created).total_seconds()
        self.assertTrue(70 < wait < 90, wait)
        self.assertEqual(self.messages(job), ["trying", "To be retried: shop is down"])

    def test_retries_come_to_an_end(self):
        task = self.make_task(
            "def handle_button():\n    raise RetryableJobError('down')"
        )
        self.make_trigger(task).action_run_now()
        queued = task.job_ids._queue_jobs()
        queued.max_retries = 2
        self.run_jobs()
        queued.write({"state": "pending", "eta": False})
        job = self.run_jobs()
        self.assertEqual(job.state, "failed")
        self.assertIn("Max. retries (2) reached", job.error)

    def test_retry_from_the_form(self):
        job = self.run_lines("raise UserError('no')")
        job.task_id.code = "def handle_button():\n    log('fixed')"
        job.with_user(self.developer).action_retry()
        self.assertEqual(job.state, "pending")
        self.run_jobs()
        self.assert_done(job)
        self.assertIn("fixed", self.log_text(job))
        with self.assertRaises(UserError):
            job.action_retry()

    def test_retry_when_the_queue_has_forgotten(self):
        job = self.run_lines("raise UserError('no')")
        job._queue_jobs().unlink()
        job.task_id.code = "def handle_button():\n    log('again')"
        job.action_retry()
        self.run_jobs()
        self.assert_done(job)

    def test_cancel(self):
        task = self.make_task("def handle_button():\n    log(1)")
        self.make_trigger(task).action_run_now()
        job = task.job_ids
        job.with_user(self.developer).action_cancel()
        self.assertEqual(job.state, "cancelled")
        self.assertFalse(self.run_jobs())
        with self.assertRaises(UserError):
            job.action_cancel()
        job.action_retry()
        self.run_jobs()
        self.assert_done(job)

    def test_users_neither_retry_nor_cancel(self):
        job = self.run_lines("raise UserError('no')")
        with self.assertRaises(AccessError):
            job.with_user(self.user_user).action_retry()
        with self.assertRaises(AccessError):
            job.with_user(self.user_user).action_cancel()

    def test_sub_jobs(self):
        job = self.run_button(
            """
            def handle_button():
                partners = env["res.partner"].create([{"name": "A"}, {"name": "B"}])
                for partner in partners:
                    add_job(push, priority=5)(partner, at=datetime.date(2026, 1, 2))

            def push(partner, at=None):
                log("%s %s" % (partner.name, at))
            """
        )
        self.assert_done(job)
        children = job.child_ids.sorted("id")
        self.assertEqual(job.child_count, 2)
        self.assertEqual(children.mapped("state"), ["done", "done"])
        self.assertEqual(children.mapped("handler"), ["push", "push"])
        self.assertEqual(self.messages(children), ["A 2026-01-02", "B 2026-01-02"])
        self.assertEqual(children.user_id, job.user_id)

    def test_sub_job_options_reach_the_queue(self):
        task = self.make_task(
            """
            def handle_button():
                add_job(work, priority=3, eta=3600, max_retries=9,
                        description="later", identity_key="one")()
                add_job(work, identity_key="one")()

            def work():
                pass
            """
        )
        self.make_trigger(task).action_run_now()
        self.run_jobs()
        child = task.job_ids.filtered(lambda job: job.handler == "work")
        queued = child._queue_jobs()
        self.assertEqual(len(child), 1)
        self.assertEqual(
            (queued.priority, queued.max_retries, queued.name), (3, 9, "later")
        )
        self.assertTrue(queued.eta)

    def test_database_error_that_wont_go_away_has_a_traceback(self):
        with mute_logger("odoo.sql_db"):
            job = self.run_lines(
                """
                with env.cr.savepoint():
                    env.cr.execute("SET LOCAL statement_timeout = 20")
                    env.cr.execute("SELECT pg_sleep(5)")
                """
            )
        self.assertEqual(job.state, "failed")
        self.assertIn("line 5, in handle_button", self.log_text(job))

    def test_project_code_cant_end_the_transaction(self):
        for end in ("commit", "rollback"):
            job = self.run_lines(f"env.cr.{end}()")
            self.assertIn("can't commit or roll back", job.error)

    def test_running_jobs_keep_their_project(self):
        task = self.make_task("def handle_button():\n    pass")
        self.make_trigger(task).action_run_now()
        task.job_ids.state = "started"
        for record in (task.job_ids, task, task.project_id):
            with self.assertRaises(UserError):
                record.unlink()

    def test_dates_of_sub_jobs(self):
        wanted = datetime(2030, 1, 1, 12)
        for eta in (
            "datetime.datetime(2030, 1, 1, 12)",
            "'2030-01-01 12:00:00'",
            "'2030-01-01T13:00:00+01:00'",
            "timezone('Europe/Berlin').localize(datetime.datetime(2030, 1, 1, 13))",
        ):
            with self.subTest(eta):
                job = self.run_lines(f"add_job('later', eta={eta})()")
                self.assertFalse(job.error)
                self.assertEqual(job.child_ids._queue_jobs().eta, wanted)
        for eta in ("3600", "3600.5", "datetime.timedelta(hours=1)"):
            job = self.run_lines(f"add_job('later', eta={eta})()")
            self.assertGreater(job.child_ids._queue_jobs().eta, datetime.now())

    def test_wrong_sub_jobs_are_explained(self):
        for line, part in (
            ("add_job(lambda: 1)()", "not a lambda"),
            ("add_job(5)()", "takes a function"),
            ("add_job('nope')(env)", "can't be queued"),
            ("add_job('nope', when=1)()", "Unknown job options: when"),
        ):
            job = self.run_lines(line)
            self.assertIn(part, job.error, line)
        for option in (
            *("eta='tomorrow'", "eta=True", "eta=10**12", "eta=float('nan')"),
            *("eta=datetime.date(2030, 1, 1)", "eta=[1]", "eta='\\0'"),
            *("priority='high'", "priority=10**20", "priority=1.5"),
            *("max_retries=-1", "max_retries=10**12", "max_retries=[1]"),
            *("priority=10**5000", "eta=10**5000"),
            *("channel=7", "channel='root.\\0'"),
        ):
            job = self.run_lines(f"add_job('nope', {option})()")
            self.assertRegex(job.error, f"SyncError: {option.split('=')[0]} must be")
        for option in ("description=None", "description=''", "channel=''"):
            job = self.run_lines(f"add_job('later', {option})()")
            self.assertTrue(job.child_ids._queue_jobs().name.endswith(": later"))
        self.run_lines("add_job('nope')()")
        failed = self.env["sync.job"].search([("handler", "=", "nope")])
        self.assertIn("has no function nope", failed.error)

    def test_secrets_are_masked_in_what_is_queued(self):
        project = self.make_project(
            protected_code="def token():\n    return secrets.TOKEN",
            secrets={"TOKEN": "hunter22"},
        )
        job = self.run_button(
            """
            def handle_button():
                add_job(use)(token())

            def use(text):
                log(text)
            """,
            project,
        )
        self.assertNotIn("hunter22", job.child_ids.payload)
        self.assertEqual(self.messages(job.child_ids), ["***"])

    def test_deleting_a_job_takes_the_queues_along(self):
        task = self.make_task("def handle_button():\n    pass")
        self.make_trigger(task).action_run_now()
        job = task.job_ids
        queued = job._queue_jobs()
        job.with_user(self.manager).unlink()
        self.assertFalse(queued.exists())

    def test_without_a_runner_the_cron_is_woken(self):
        task = self.make_task("def handle_button():\n    pass")
        cron = self.env.ref("sync.cron_run_jobs")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.make_trigger(task).action_run_now()
        self.assertGreater(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]),
            triggers,
        )
        self.assertEqual(task.project_id.runner_state, "cron")

    def test_retention(self):
        keep = self.make_project(log_days=0)
        old = self.run_lines("log('old')")
        kept = self.run_lines("log('kept')", keep)
        fresh = self.run_lines("log('fresh')")
        pending = self.make_task("def handle_button():\n    pass")
        self.make_trigger(pending).action_run_now()
        aged = old | kept | pending.job_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sync_job SET date_created = now() - interval '31 days' "
            "WHERE id = ANY(%s)",
            (aged.ids,),
        )
        logs = old.log_ids
        self.env["sync.job"]._gc_jobs()
        self.env.invalidate_all()
        self.assertFalse(old.exists() or logs.exists())
        self.assertEqual(len((kept | fresh | pending.job_ids).exists()), 3)
