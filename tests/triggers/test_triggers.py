from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ...engine.sandbox.trigger_types import TYPES
from ..common import SyncCase

CRON = "def handle_cron():\n    log(user.login)\n"
DB = """
    def handle_db(records):
        log([record.name for record in records])
        log(records._name)
"""


@tagged("post_install", "-at_install")
class TestCronTrigger(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task(CRON)

    def _trigger(self, **values):
        return self.make_trigger(self.task, "cron", **values)

    def test_scheduled_action_follows_the_trigger(self):
        later = fields.Datetime.now().replace(microsecond=0) + timedelta(days=3)
        trigger = self._trigger(interval_number=2, interval_type="weeks")
        trigger.nextcall = later
        cron = trigger.cron_id
        self.assertEqual(cron.interval_number, 2)
        self.assertEqual(cron.interval_type, "weeks")
        self.assertEqual(cron.nextcall, later)
        self.assertEqual(trigger.nextcall, later)
        trigger.write({"interval_number": 3, "user_id": self.developer.id})
        self.assertEqual(cron.interval_number, 3)
        self.assertEqual(cron.user_id, self.developer)
        cron.nextcall = later + timedelta(days=1)
        self.assertEqual(trigger.nextcall, later + timedelta(days=1))

    def test_schedule_queues_a_job_of_the_scheduler_user(self):
        trigger = self._trigger(user_id=self.user_user.id)
        trigger.cron_id.method_direct_trigger()
        job = self.run_jobs()
        self.assert_done(job)
        self.assertEqual(job.trigger_id, trigger)
        self.assertEqual(job.user_id, self.user_user)
        self.assertEqual(self.messages(job), ["sync_user"])

    def test_schedule_of_an_archived_user_fails_visibly(self):
        user = self._user("leaver", "sync.group_user")
        trigger = self._trigger(user_id=user.id)
        user.active = False
        trigger.cron_id.method_direct_trigger()
        job = trigger.job_ids
        self.assertEqual((job.state, job.user_id), ("failed", user))
        self.assertIn('The Scheduler User "sync_leaver', job.error)
        self.assertIn("is archived: choose another", self.log_text(job))
        self.assertEqual(trigger.failed_count, 1)
        # Odoo itself runs no scheduled action of an archived user.
        self.assertTrue(trigger.cron_id.user_id._is_superuser())
        user.active = True
        self.assertEqual(trigger.cron_id.user_id, user)
        trigger.cron_id.method_direct_trigger()
        self.assert_done(self.run_jobs())

    def test_archived_user_is_chosen_on_the_trigger(self):
        user = self._user("leaver", "sync.group_user")
        user.active = False
        trigger = self._trigger()
        trigger.user_id = user
        trigger.cron_id.method_direct_trigger()
        self.assertEqual(trigger.job_ids.state, "failed")
        trigger.user_id = self.user_user
        trigger.cron_id.method_direct_trigger()
        self.assert_done(self.run_jobs())

    def test_new_job_only_after_the_previous_one(self):
        trigger = self._trigger()
        trigger.action_run_manually()
        warning = trigger.action_run_manually()
        self.assertEqual(warning["params"]["type"], "warning")
        self.assertEqual(len(trigger.job_ids), 1)
        self.run_jobs()
        trigger.action_run_manually()
        self.assertEqual(len(trigger.job_ids), 2)

    def test_failed_job_lets_the_next_one_run_and_can_be_retried(self):
        self.task.code = "def handle_cron():\n    raise UserError(params.MESSAGE)"
        trigger = self._trigger()
        trigger.action_run_manually()
        job = self.run_jobs()
        self.assertEqual(job.state, "failed")
        self.task.code = CRON
        job.action_retry()
        self.assertEqual(job.state, "pending")
        self.run_jobs()
        self.assert_done(job)
        trigger.action_run_manually()
        self.assertEqual(len(trigger.job_ids), 2)

    def test_archiving_switches_the_schedule_off(self):
        trigger = self._trigger()
        cron = trigger.cron_id
        for record in (trigger, self.task, self.task.project_id):
            record.active = False
            self.assertFalse(cron.active, record)
            record.active = True
            self.assertTrue(cron.active, record)

    def test_deleting_leaves_no_cron_and_no_server_action(self):
        for level in ("trigger", "task", "project"):
            task = self.make_task(CRON)
            trigger = self.make_trigger(task, "cron")
            cron, action = trigger.cron_id, trigger.cron_id.ir_actions_server_id
            record = {"trigger": trigger, "task": task, "project": task.project_id}
            record[level].unlink()
            self.assertFalse(cron.exists() or action.exists(), level)

    @mute_logger("odoo.sql_db")
    def test_interval_must_be_positive(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._trigger(interval_number=0)


@tagged("post_install", "-at_install")
class TestDbTrigger(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task(DB)
        cls.partner_model = cls.env["ir.model"]._get("res.partner")

    def _trigger(self, condition, **values):
        values.setdefault("model_id", self.partner_model.id)
        trigger = self.make_trigger(
            self.task, "db", name=f"Partner {condition}", condition=condition, **values
        )
        self.env.flush_all()
        return trigger

    def _partner(self, name="Ann", **values):
        return self.env["res.partner"].create({"name": name, **values})

    def _names(self, jobs):
        found = [text for text in self.messages(jobs) if text != "res.partner"]
        return [" ".join(text.split()) for text in found]

    def test_creation(self):
        self._trigger("on_create")
        ann = self._partner()
        jobs = self.run_jobs()
        self.assert_done(jobs)
        self.assertEqual(self._names(jobs), ['[ "Ann" ]'])
        ann.name = "Ann B"
        self.assertFalse(self.run_jobs())

    def test_one_job_for_all_records_of_a_transaction(self):
        self._trigger("on_create")
        self.env["res.partner"].create([{"name": f"P{n}"} for n in range(3)])
        self._partner("Last")
        jobs = self.run_jobs()
        self.assertEqual(len(jobs), 1)
        self.assertEqual(jobs.record_count, 4)
        self.assertEqual(self._names(jobs), ['[ "P0", "P1", "P2", "Last" ]'])

    def test_rule_of_odoo_on_the_same_event_runs_as_well(self):
        self._trigger("on_create")
        action = {
            "name": "Greet",
            "model_id": self.partner_model.id,
            "state": "code",
            "code": "record.write({'ref': (record.ref or '') + 'greeted'})",
        }
        self.env["base.automation"].create(
            {
                "name": "Greet",
                "model_id": self.partner_model.id,
                "trigger": "on_create_or_write",
                "action_server_ids": [Command.create(action)],
            }
        )
        ann = self._partner()
        self.assertEqual(ann.ref, "greeted")
        self.assertEqual(len(self.run_jobs()), 1)

    def test_records_keep_the_context_of_their_creation(self):
        self._trigger("on_create")
        create = self.registry["res.partner"].create
        origin, contexts = create.origin, []

        def spy(records, vals_list):
            contexts.append(records.env.context)
            return origin(records, vals_list)

        self.patch(create, "origin", spy)
        partners = self.env["res.partner"].with_context(season="autumn")
        partners.create({"name": "Ann"})
        self.assertEqual(contexts, [partners.env.context])

    def test_one_job_in_spite_of_savepoints(self):
        self._trigger("on_create")
        for n in range(3):
            with self.env.cr.savepoint():
                self._partner(f"P{n}")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._partner("Lost")
            self.env.cr.flush()
            raise UserError(self.env._("stop"))
        self._partner("P3")
        jobs = self.run_jobs()
        self.assertEqual(len(jobs), 1)
        self.assertEqual(self._names(jobs), ['[ "P0", "P1", "P2", "P3" ]'])

    def test_job_for_each_user(self):
        self._trigger("on_create")
        self._partner("By root")
        manager = self.env["res.users"].browse(self.manager.id)
        manager.group_ids += self.env.ref("base.group_partner_manager")
        self.env["res.partner"].with_user(manager).create({"name": "By manager"})
        jobs = self.run_jobs()
        self.assertEqual(len(jobs), 2)
        self.assertEqual(set(jobs.user_id), {self.env.user, manager})

    def test_update_with_watched_fields(self):
        ann = self._partner()
        field = self.env["ir.model.fields"]._get("res.partner", "name")
        self._trigger("on_write", watched_field_ids=[(6, 0, field.ids)])
        ann.comment = "x"
        self.assertFalse(self.run_jobs())
        ann.name = ann.name
        self.assertFalse(self.run_jobs())
        ann.name = "Bob"
        self.assertEqual(self._names(self.run_jobs()), ['[ "Bob" ]'])

    def test_update_domains_before_and_after(self):
        ann, bob = self._partner("Ann"), self._partner("Bob")
        self._trigger(
            "on_write",
            filter_pre_domain="[('name', '=', 'Ann')]",
            filter_domain="[('name', '=', 'Done')]",
        )
        (ann | bob).write({"name": "Done"})
        jobs = self.run_jobs()
        self.assertEqual(jobs.record_count, 1)
        self.assertEqual(self._names(jobs), ['[ "Done" ]'])

    def test_creation_and_update(self):
        self._trigger("on_create_or_write", filter_domain="[('name', '!=', 'X')]")
        ann = self._partner()
        self.assertEqual(len(self.run_jobs()), 1)
        ann.name = "Bob"
        self.assertEqual(len(self.run_jobs()), 1)
        ann.name = "X"
        self.assertFalse(self.run_jobs())

    def test_deletion_keeps_names_and_links_readable(self):
        self.task.code = (
            "def handle_db(records):\n"
            "    log([[r.name, r.get_link('shop').external, r.country_id.code]\n"
            "         for r in records])\n"
        )
        self._trigger("on_unlink")
        country = self.env.ref("base.be").id
        gone = self._partner("Gone", country_id=country)
        gone.set_link("shop", 7)
        gone.unlink()
        jobs = self.run_jobs()
        self.assert_done(jobs)
        text = " ".join(self.messages(jobs)[0].split())
        self.assertEqual(text, '[ [ "Gone", "7", "BE" ] ]')

    def _timed(self, **values):
        field = self.env["ir.model.fields"]._get("res.partner", "create_date")
        return self._trigger(
            "on_time",
            date_field_id=field.id,
            delay=1,
            delay_type="hour",
            filter_domain="[('ref', '=', 'timed')]",
            **values,
        )

    def _age(self, records, minutes):
        """Let some time pass since the records were created."""
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = create_date - %s * interval '1 min' "
            "WHERE id IN %s",
            (minutes, records._ids),
        )
        records.invalidate_recordset()

    def _pass_time(self, rule, minutes):
        """Let the rule's last check be some time ago."""
        rule.last_run -= timedelta(minutes=minutes)

    def _check_time(self):
        cron = self.env.ref("base_automation.ir_cron_data_base_automation_check")
        cron.method_direct_trigger()
        return self._names(self.run_jobs())

    def test_timed_condition(self):
        trigger = self._timed()
        ann = self._partner(ref="timed")
        self.assertEqual(self._check_time(), [])
        self._pass_time(trigger.automation_id, 180)
        self._age(ann, 120)
        self.assertEqual(self._check_time(), ['[ "Ann" ]'])
        self.assertEqual(self._check_time(), [])

    def test_timed_condition_leaves_out_what_was_due_before(self):
        self._age(self._partner("Old", ref="timed"), 120)
        trigger = self._timed()
        self.assertEqual(self._check_time(), [])
        trigger.include_due = True
        self.assertEqual(self._check_time(), ['[ "Old" ]'])
        self.assertEqual(self._check_time(), [])

    def test_timed_condition_with_what_was_due_before(self):
        self._age(self._partner("Old", ref="timed"), 120)
        self._timed(include_due=True)
        self.assertEqual(self._check_time(), ['[ "Old" ]'])
        self.assertEqual(self._check_time(), [])

    def test_timed_condition_that_is_switched_on_again(self):
        trigger = self._timed()
        for record in (trigger, self.task, self.task.project_id):
            self._pass_time(trigger.automation_id, 300)
            record.active = False
            ann = self._partner("Meanwhile", ref="timed")
            self._age(ann, 120)
            record.active = True
            self.assertEqual(self._check_time(), [], record)
        trigger.name = "Another name"
        self._pass_time(trigger.automation_id, 300)
        self.assertEqual(
            self._check_time(), ['[ "Meanwhile", "Meanwhile", "Meanwhile" ]']
        )

    def test_trigger_that_becomes_a_timed_one(self):
        self._age(self._partner("Old", ref="timed"), 120)
        trigger = self._timed()
        trigger.condition = "on_create"
        trigger.condition = "on_time"
        self.assertEqual(self._check_time(), [])

    def test_watched_field_that_is_not_stored_is_refused(self):
        fields_ = self.env["ir.model.fields"]
        refused = ("display_name", "contact_address", "tz_offset", "company_registry")
        for name in refused:
            field = fields_._get("res.partner", name)
            if self.env["res.partner"]._fields[name].store:
                continue
            for condition in ("on_write", "on_create_or_write"):
                with self.assertRaises(ValidationError) as caught:
                    self._trigger(condition, watched_field_ids=[(6, 0, field.ids)])
                self.assertIn("computed when it is read", str(caught.exception))
        ignored = fields_._get("res.partner", "display_name")
        trigger = self._trigger("on_create", watched_field_ids=[(6, 0, ignored.ids)])
        with self.assertRaises(ValidationError):
            trigger.condition = "on_write"

    def test_fields_of_another_model_are_refused(self):
        field = self.env["ir.model.fields"]._get("res.users", "login")
        with self.assertRaises(ValidationError) as caught:
            self._trigger("on_write", watched_field_ids=[(6, 0, field.ids)])
        self.assertIn("res.users", str(caught.exception))
        date = self.env["ir.model.fields"]._get("res.users", "create_date")
        with self.assertRaises(ValidationError) as caught:
            self._trigger("on_time", date_field_id=date.id)
        self.assertIn("res.users", str(caught.exception))

    def test_records_deleted_before_the_job_runs_are_left_out(self):
        self._trigger("on_create")
        ann, _bob = self._partner("Ann"), self._partner("Bob")
        self.env.cr.flush()
        ann.unlink()
        self.assertEqual(self._names(self.run_jobs()), ['[ "Bob" ]'])

    def test_changes_of_the_trigger_reach_the_rule(self):
        trigger = self._trigger("on_create")
        trigger.filter_domain = "[('name', '=', 'Ann')]"
        self._partner("Bob")
        self.assertFalse(self.run_jobs())
        trigger.condition = "on_write"
        self._partner("Ann")
        self.assertFalse(self.run_jobs())

    def test_wrong_filter_is_explained(self):
        for domain in ("[('nope', '=', 1)]", "nonsense(", "[('name', '=']"):
            with self.assertRaises(ValidationError) as caught:
                self._trigger("on_create", filter_domain=domain)
            self.assertIn("invalid filter", str(caught.exception))

    def test_model_and_date_field_are_required(self):
        with self.assertRaises(ValidationError):
            self._trigger("on_create", model_id=False)
        with self.assertRaises(ValidationError):
            self._trigger("on_time")

    def test_archiving_and_deleting_take_the_rule_along(self):
        trigger = self._trigger("on_create")
        rule = trigger.automation_id
        self.task.project_id.active = False
        self.assertFalse(rule.active)
        self._partner()
        self.assertFalse(self.run_jobs())
        self.task.project_id.active = True
        self.assertTrue(rule.active)
        self.task.project_id.unlink()
        self.assertFalse(rule.exists())

    def test_ten_thousand_records_make_one_job(self):
        self.task.code = (
            "def handle_db(records):\n"
            "    log(len(records))\n"
            "    log(records[:1].name + records[-1:].name)\n"
            "    log(len(records.search_links('shop').external))\n"
        )
        self._trigger("on_create")
        self._trigger("on_unlink")
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}"} for n in range(10_000)]
        )
        partners.set_links("shop", range(10_000))
        created = self.run_jobs()
        self.assertEqual(len(created), 1)
        self.assertEqual(self.messages(created), ["10000", "P0P9999", "10000"])
        partners.unlink()
        deleted = self.run_jobs()
        self.assertEqual(len(deleted), 1)
        self.assertEqual(self.messages(deleted), ["10000", "P0P9999", "10000"])


@tagged("post_install", "-at_install")
class TestButtonTrigger(SyncCase):
    def test_data_as_json_and_yaml(self):
        code = "def handle_button(data):\n    log(data['a'][1])"
        for data in ('{"a": [1, "two"]}', "a:\n  - 1\n  - two\n"):
            job = self.run_button(code, data=data)
            self.assert_done(job)
            self.assertEqual(self.messages(job), ["two"])

    def test_handler_without_parameter(self):
        job = self.run_button("def handle_button():\n    log('hi')", data="a: 1")
        self.assertEqual(self.messages(job), ["hi"])

    def test_no_data_is_none(self):
        job = self.run_button("def handle_button(data):\n    log(repr(data))")
        self.assertEqual(self.messages(job), ["None"])

    def test_wrong_data_is_refused_with_its_place(self):
        task = self.make_task("def handle_button():\n    pass")
        with self.assertRaises(ValidationError) as caught:
            self.make_trigger(task, data="a: [1, 2\nb: }")
        self.assertIn("neither JSON nor YAML", str(caught.exception))
        self.assertIn("line 2", str(caught.exception))

    def test_yaml_is_read_by_the_rules_of_its_version_1_2(self):
        code = "def handle_button(data):\n    log(repr(data))"
        for data, told in (
            ("[NO, yes, on, Off, n]", ["NO", "yes", "on", "Off", "n"]),
            (
                "[12:30, 190:20:30, 1_000, 0b11]",
                ["12:30", "190:20:30", "1_000", "0b11"],
            ),
            ("[012345, 08, +12, -7, 0o14, 0x1F]", [12345, 8, 12, -7, 12, 31]),
            ("['012345', \"NO\"]", ["012345", "NO"]),
            ("[1e3, .5, 1., -1.5E-3]", [1000.0, 0.5, 1.0, -0.0015]),
            ("[.inf, -.Inf]", [float("inf"), -float("inf")]),
            ("a:\nb: ~\nc: NULL", {"a": None, "b": None, "c": None}),
            ("[true, True, FALSE, tRUE]", [True, True, False, "tRUE"]),
            (
                "[2026-01-31, 2026-01-31 10:00:00]",
                ["2026-01-31", "2026-01-31 10:00:00"],
            ),
            ("NaN", "NaN"),
            ("[=, '<<']", ["=", "<<"]),
            ("10: ten\nNO: Norway", {10: "ten", "NO": "Norway"}),
            ("a: &a {x: 1}\nb: {<<: *a}", {"a": {"x": 1}, "b": {"x": 1}}),
        ):
            with self.subTest(data=data):
                job = self.run_button(code, data=data)
                self.assertEqual(self.messages(job), [repr(told)])

    def test_data_that_hides_a_mistake_is_refused(self):
        task = self.make_task("def handle_button(data):\n    pass")
        bomb = "".join(
            f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 10)}]\n"
            for n in range(9)
        )
        for data, part in (
            ("a: 1\nb: 2\na: 3", "line 3"),
            ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
            ("1: a\n0x1: b", "the key 1 stands twice"),
            ("? [1, 2]\n: 3", "can't be a key"),
            ("&a [*a]", "contains itself"),
            (bomb, "more than 100,000 values"),
            ("[" * 5000, "nested too deeply"),
            ("{" * 5000, "nested too deeply"),
            ("- " * 150_000, "characters is not read"),
            ("!!python/object/apply:os.system [ls]", "python/object"),
            ("!!int x", "line 1"),
            ("!!bool x", "'x'"),
            ("!!timestamp x", "doesn't fit its tag"),
            ("--- 1\n--- 2", "a single document"),
        ):
            with self.subTest(data=data[:50]):
                with self.assertRaises(ValidationError) as caught:
                    self.make_trigger(task, data=data)
                self.assertIn("neither JSON nor YAML", str(caught.exception))
                self.assertIn(part, str(caught.exception))

    def test_user_is_who_clicked(self):
        task = self.make_task("def handle_button():\n    log([user.login, env.su])")
        button = self.make_trigger(task)
        button.with_user(self.developer).action_run_now()
        job = self.run_jobs()
        self.assertEqual(
            " ".join(self.messages(job)[0].split()), '[ "sync_developer", true ]'
        )

    def test_archived_project_runs_nothing(self):
        task = self.make_task("def handle_button():\n    log(1)")
        button = self.make_trigger(task)
        button.action_run_now()
        task.project_id.active = False
        with self.assertRaises(UserError):
            button.action_run_now()
        job = self.run_jobs()
        self.assertEqual(job.state, "failed")
        self.assertIn("is archived", job.error)
        task.project_id.active = True
        job.action_retry()
        self.run_jobs()
        self.assert_done(job)

    def test_technical_names(self):
        task = self.make_task("def handle_button():\n    pass")
        self.assertEqual(
            self.make_trigger(task, name="Upload all: products!").trigger_name,
            "UPLOAD_ALL_PRODUCTS",
        )
        self.assertEqual(
            self.make_trigger(task, name="2nd try").trigger_name, "T_2ND_TRY"
        )
        for wrong in ("my trigger", "1st", "_x", "class", "a-b"):
            with self.assertRaises(ValidationError, msg=wrong):
                self.make_trigger(task, trigger_name=wrong)


@tagged("post_install", "-at_install")
class TestTriggerTypes(SyncCase):
    """What a type of trigger needs to be one, for each that there is."""

    def needed(self, key):
        model = self.env["ir.model"]._get("res.partner")
        event = {"model_id": model.id, "condition": "on_create"}
        return event if key == "db" else {}

    def test_each_type_is_whole(self):
        shown = self.env["sync.task"].get_view(view_type="form")["arch"]
        self.assertEqual(set(TYPES), {"cron", "db", "webhook", "button"})
        for key, found in TYPES.items():
            with self.subTest(type=key):
                names = ("first", "second")[: found.least]
                code = f"def {found.handler}({', '.join(names)}):\n    log('here')\n"
                task = self.make_task(code)
                trigger = self.make_trigger(task, key, **self.needed(key))
                self.assertEqual(task[f"{key}_trigger_ids"], trigger)
                self.assertIn(f'name="{key}_trigger_ids"', shown)
                self.assertTrue(trigger.summary)
                self.assertEqual(trigger._snapshot().handler, found.handler)

    def test_handler_is_held_against_its_type(self):
        for key, found in TYPES.items():
            with self.subTest(type=key):
                task = self.make_task("x = 1\n")
                with self.assertRaisesRegex(ValidationError, found.handler):
                    self.make_trigger(task, key, **self.needed(key))

    def test_only_awaited_jobs_cant_be_retried(self):
        task = self.make_task("def handle_button():\n    pass\n")
        for found in TYPES.values():
            job = self.env["sync.job"].create(
                {
                    **{"task_id": task.id, "project_id": task.project_id.id},
                    **{"handler": found.handler, "state": "failed"},
                    "user_id": self.env.uid,
                }
            )
            self.assertEqual(job.can_retry, not found.waits, found.key)
            retried = self.env["sync.job"].search(
                [("can_retry", "=", True), ("id", "=", job.id)]
            )
            self.assertEqual(bool(retried), not found.waits, found.key)
