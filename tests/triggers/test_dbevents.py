import json
from collections import Counter

from odoo import Command, fields
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...engine.events import collected, event_counts
from ..common import SyncCase

DB = """
    def handle_db(records):
        for record in records:
            log(record.display_name)
"""


@tagged("post_install", "-at_install")
class TestDbEvents(SyncCase):
    """What is an event, and what becomes of all those of one transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.make_task(DB)
        cls.env["res.lang"]._activate_lang("fr_FR")

    def trigger(self, condition, model="res.partner", watched=(), **values):
        """Create a trigger; ``watched`` are names of fields."""
        definitions = self.env["ir.model.fields"]
        ids = [definitions._get(model, name).id for name in watched]
        number = len(self.task.trigger_ids)
        return self.make_trigger(
            self.task,
            "db",
            name=f"{condition} {number}",
            condition=condition,
            model_id=self.env["ir.model"]._get_id(model),
            watched_field_ids=[Command.set(ids)],
            **values,
        )

    def partner(self, name="Ann", **values):
        return self.env["res.partner"].create({"name": name, **values})

    def before(self):
        """End the transaction, and let nothing wait of what came before."""
        self.run_jobs()

    def heard(self):
        """End the transaction; return what each of its jobs has logged."""
        return [self.messages(job) for job in self.run_jobs()]

    # -- a moment --------------------------------------------------------------

    def test_record_that_matched_for_a_moment_only(self):
        for condition in ("on_create", "on_create_or_write", "on_write"):
            self.trigger(condition, filter_domain="[('ref', '=', 'draft')]")
        ann = self.partner(ref="draft")
        ann.ref = "done"
        self.assertEqual(self.heard(), [])
        ann.ref = "draft"
        ann.ref = "done"
        self.assertEqual(self.heard(), [])

    def test_record_that_matches_in_the_end(self):
        self.trigger("on_create", filter_domain="[('ref', '=', 'done')]")
        ann = self.partner(ref="draft")
        ann.ref = "done"
        self.assertEqual(self.heard(), [["Ann"]])

    def test_before_and_after_in_one_transaction(self):
        ann, bob = self.partner("Ann", ref="draft"), self.partner("Bob", ref="open")
        self.before()
        self.trigger(
            "on_write",
            filter_pre_domain="[('ref', '=', 'draft')]",
            filter_domain="[('ref', '=', 'done')]",
        )
        for partner in (ann, bob):
            partner.ref = "open"
            partner.ref = "done"
        self.assertEqual(self.heard(), [["Ann"]])

    def test_before_update_domain_of_many_records(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "ref": str(n % 2)} for n in range(300)]
        )
        self.before()
        self.trigger("on_write", filter_pre_domain="[('ref', '=', '1')]")
        partners.write({"ref": "2"})
        self.assertEqual(len(self.heard()[0]), 150)

    def test_before_update_domain_that_asks_other_records(self):
        parent = self.partner("Shop", ref="vip")
        ann = self.partner("Ann", parent_id=parent.id)
        bob = self.partner("Bob")
        self.before()
        self.trigger(
            "on_write",
            filter_pre_domain="[('parent_id.ref', '=', 'vip'), ('id', '!=', uid)]",
        )
        for _ in range(2):
            for partner in (ann, bob):
                partner.comment = "x"
        self.assertEqual(self.heard(), [["Shop, Ann"]])
        parent.ref = "poor"
        self.before()
        ann.comment = "y"
        self.assertEqual(self.heard(), [])

    # -- what is a change --------------------------------------------------------

    def test_own_value_is_no_change_of_a_watched_field(self):
        ann = self.partner(ref="1")
        self.before()
        self.trigger("on_write", watched=["ref", "category_id"])
        ann.write({"ref": "1", "name": "Ann B"})
        ann.write({"category_id": [Command.set([])]})
        self.assertEqual(self.heard(), [])
        ann.write({"ref": "2"})
        self.assertEqual(self.heard(), [["Ann B"]])

    def test_unflushed_values_are_compared_and_found(self):
        self.trigger("on_write", watched=["ref"], filter_domain="[('ref', '=', '3')]")
        ann = self.partner(ref="1")
        self.before()
        ann.ref = "2"
        ann.ref = "2"
        ann.ref = "3"
        self.assertEqual(self.heard(), [["Ann"]])

    def test_watched_list_of_other_records(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        ann = self.partner()
        self.before()
        self.trigger("on_write", watched=["category_id"])
        self.trigger("on_write", watched=["child_ids"])
        ann.category_id = tag
        self.assertEqual(self.heard(), [["Ann"]])
        ann.write({"child_ids": [Command.create({"name": "Kim"})]})
        self.assertEqual(self.heard(), [["Ann"]])

    def test_creation_counts_as_a_change_of_each_watched_field(self):
        self.trigger("on_create_or_write", watched=["ref"])
        self.partner()
        self.assertEqual(self.heard(), [["Ann"]])

    def test_stored_computed_field(self):
        shop = self.partner("Shop", is_company=True)
        self.partner("Ann", parent_id=shop.id)
        self.before()
        self.trigger("on_write", watched=["complete_name"])
        shop.name = "Store"
        self.assertEqual(sorted(self.heard()[0]), ["Store", "Store, Ann"])

    def test_computation_that_follows_a_creation_is_no_update(self):
        self.trigger("on_write")
        self.partner()
        self.assertEqual(self.heard(), [])

    def test_inverse_field(self):
        ann = self.partner()
        self.before()
        self.trigger("on_write", watched=["is_company"])
        ann.write({"company_type": "company"})
        self.assertEqual(self.heard(), [["Ann"]])

    def test_write_in_create(self):
        self.trigger("on_create")
        self.trigger("on_create_or_write")
        new_test_user(self.env, "written_in_create", "base.group_user")
        self.assertEqual([len(names) for names in self.heard()], [1, 1])

    def test_onchange_is_no_event(self):
        ann = self.partner()
        self.before()
        self.trigger("on_create_or_write")
        form = Form(ann)
        form.name = "Bob"
        self.assertEqual(self.heard(), [])
        form.save()
        self.assertEqual(self.heard(), [["Bob"]])

    def test_commands_of_lists(self):
        shop = self.partner("Shop", is_company=True)
        shop.child_ids = [Command.create({"name": "Old"})]
        old = shop.child_ids
        self.before()
        created, deleted = self.trigger("on_create"), self.trigger("on_unlink")
        shop.write({"child_ids": [Command.create({"name": "New"})]})
        shop.write({"child_ids": [Command.delete(old.id)]})
        jobs = self.run_jobs()
        self.assertEqual(jobs.trigger_id, created | deleted)
        self.assertEqual(
            {job.trigger_id: self.messages(job) for job in jobs},
            {created: ["Shop, New"], deleted: ["Shop, Old"]},
        )

    def test_import(self):
        self.trigger("on_create", filter_domain="[('ref', '!=', 'no')]")
        rows = [[f"P{n}", "no" if n % 2 else "yes"] for n in range(10)]
        result = self.env["res.partner"].load(["name", "ref"], rows)
        self.assertEqual(len(result["ids"]), 10)
        self.assertEqual(self.heard(), [["P0", "P2", "P4", "P6", "P8"]])

    def test_sql_is_no_event(self):
        ann = self.partner()
        self.before()
        self.trigger("on_write")
        self.env.cr.execute(
            "UPDATE res_partner SET ref = 'sql' WHERE id = %s", (ann.id,)
        )
        self.assertEqual(self.heard(), [])

    def test_archived_records(self):
        self.trigger("on_create", filter_domain="[('ref', '=', 'x')]")
        self.trigger("on_write", filter_domain="[('active', '=', False)]")
        self.trigger("on_write", filter_domain="[('ref', '=', 'x')]")
        ann = self.partner(active=False, ref="x")
        self.assertEqual(self.heard(), [["Ann"]])
        ann.active = True
        self.assertEqual(self.heard(), [["Ann"]])
        ann.active = False
        self.assertEqual(self.heard(), [["Ann"], ["Ann"]])

    def test_translations(self):
        tag = self.env["res.partner.category"].create({"name": "Friend"})
        self.before()
        self.trigger("on_write", "res.partner.category", watched=["name"])
        changes = (
            lambda: tag.update_field_translations("name", {"fr_FR": "Ami"}),
            lambda: tag.web_override_translations({"name": "Pal"}),
            lambda: tag.with_context(lang="fr_FR").write({"name": "Copain"}),
        )
        for change in changes:
            change()
            self.assertEqual(len(self.heard()), 1)
            change()
            self.assertEqual(self.heard(), [])

    # -- deletion ----------------------------------------------------------------

    def test_record_that_is_created_and_deleted(self):
        self.trigger("on_create")
        self.trigger("on_create_or_write", filter_domain="[('name', '=', 'Ann')]")
        self.trigger("on_unlink")
        ann = self.partner()
        ann.ref = "1"
        ann.unlink()
        jobs = self.run_jobs()
        self.assertEqual(jobs.trigger_id.condition, "on_unlink")
        self.assertEqual(self.messages(jobs), ["Ann"])

    def test_record_that_is_updated_and_deleted(self):
        ann = self.partner()
        self.before()
        self.trigger("on_write")
        ann.ref = "1"
        ann.unlink()
        self.assertEqual(self.heard(), [])

    def test_deletion_of_what_matches(self):
        ann, bob = self.partner("Ann", ref="x"), self.partner("Bob")
        self.before()
        self.trigger("on_unlink", filter_domain="[('ref', '=', 'x')]")
        (ann | bob).unlink()
        self.assertEqual(self.heard(), [["Ann"]])

    def test_values_of_deleted_records(self):
        self.task.code = (
            "def handle_db(records):\n"
            "    for r in records:\n"
            "        log([r.name, r.barcode, r.create_date == r.write_date,\n"
            "             r.is_company, r.color, r.parent_id.name, r.comment, r.lang,\n"
            "             r.active])\n"
        )
        shop = self.partner("Shop")
        self.before()
        self.trigger("on_unlink")
        ann = self.partner(
            barcode="42", color=3, parent_id=shop.id, comment="<p>Hi</p>", active=False
        )
        read = ann.read(["name", "barcode", "color", "comment", "lang", "active"])[0]
        ann.unlink()
        job = self.run_jobs()
        self.assert_done(job)
        self.assertEqual(
            json.loads(self.messages(job)[0]),
            [
                *(read["name"], read["barcode"], True, False, read["color"], "Shop"),
                *(str(read["comment"]), read["lang"], read["active"]),
            ],
        )
        tag = self.env["res.partner.category"].create({"name": "Friend"})
        tag.with_context(lang="fr_FR").name = "Ami"
        self.task.code = "def handle_db(records):\n    log(records.name)\n"
        self.trigger("on_unlink", "res.partner.category")
        tag.with_context(lang="fr_FR").unlink()
        self.assertEqual(self.heard(), [["Ami"]])

    def test_deletion_that_fails(self):
        self.trigger("on_unlink")
        user = self.user_user.partner_id
        with self.assertRaises(RedirectWarning):
            user.unlink()
        self.assertEqual(self.heard(), [])

    # -- transactions --------------------------------------------------------------

    def test_order_and_number_of_jobs(self):
        second = self.trigger("on_write")
        first = self.trigger("on_create")
        ann = self.partner("Ann")
        ann.ref = "1"
        self.partner("Bob").ref = "2"
        jobs = self.run_jobs()
        self.assertEqual(list(jobs.sorted("id").trigger_id), [first, second])
        self.assertEqual([self.messages(job) for job in jobs], [["Ann", "Bob"]] * 2)

    def test_savepoints(self):
        self.trigger("on_write")
        ann, bob, kim = (self.partner(name) for name in ("Ann", "Bob", "Kim"))
        self.before()
        ann.ref = "1"
        with self.assertRaises(UserError), self.env.cr.savepoint():
            bob.ref = "lost"
            with self.env.cr.savepoint():
                bob.ref = "lost as well"
            raise UserError(self.env._("stop"))
        with self.env.cr.savepoint():
            kim.ref = "2"
        self.assertEqual(self.heard(), [["Ann", "Kim"]])

    def test_savepoint_that_is_rolled_back_after_all(self):
        self.trigger("on_write")
        ann, bob = self.partner("Ann"), self.partner("Bob")
        self.before()
        savepoint = self.env.cr.savepoint()
        ann.ref = "1"
        self.env.cr.flush()
        savepoint.close(rollback=True)
        bob.ref = "1"
        self.assertEqual(self.heard(), [["Bob"]])

    def test_flush_inside_a_savepoint_that_is_rolled_back(self):
        self.trigger("on_write")
        ann, bob = self.partner("Ann"), self.partner("Bob")
        self.before()
        ann.ref = "1"
        savepoint = self.env.cr.savepoint()
        bob.ref = "1"
        self.env.cr.flush()
        savepoint.close(rollback=True)
        self.assertEqual(self.heard(), [["Ann"]])

    def test_many_savepoints_ask_the_database_once_for_a_filter(self):
        self.trigger("on_create", filter_domain="[('ref', '=', 'x')]")

        def create(count):
            for _ in range(count):
                with self.env.cr.savepoint():
                    self.partner(ref="x")

        create(1)
        self.before()
        asked = []
        self.patch(
            type(self.env.cr),
            "execute",
            _spied(type(self.env.cr).execute, asked, "= ANY("),
        )
        create(20)
        self.env.cr.flush()
        self.assertEqual(len(asked), 1)
        self.assertEqual(len(self.heard()[0]), 20)

    def test_trigger_of_jobs_comes_to_an_end(self):
        self.trigger("on_create_or_write", "sync.job")
        self.trigger("on_create", "queue.job")
        self.make_trigger(self.task_of_button(), "button").action_run_now()
        with mute_logger("odoo.addons.sync.engine.events.collected"):
            self.env.cr.flush()
        jobs = self.env["sync.job"].search([("task_id", "=", self.task.id)])
        self.assertEqual(len(jobs), 2)

    def task_of_button(self):
        return self.make_task("def handle_button():\n    pass")

    # -- who and where -------------------------------------------------------------

    def test_users_and_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "sync_two_companies",
            "base.group_user,base.group_partner_manager",
            company_ids=[Command.set((self.env.company | other).ids)],
        )
        self.before()
        self.trigger("on_create", filter_domain="[('create_uid', '=', uid)]")
        partners = self.env["res.partner"].with_user(user)
        self.partner("By root")
        for company in (self.env.company, other, self.env.company):
            chosen = partners.with_context(allowed_company_ids=company.ids)
            chosen.create({"name": company.name})
        jobs = self.run_jobs()
        self.assertEqual(jobs.mapped("record_count"), [1, 2, 1])
        self.assertEqual(jobs.user_id, self.env.user | user)

    def test_value_of_a_company(self):
        field = self.env["res.partner"]._fields["barcode"]
        self.assertTrue(field.company_dependent)
        ann = self.partner(barcode="1")
        self.before()
        self.trigger("on_write", watched=["barcode"])
        ann.barcode = "1"
        self.assertEqual(self.heard(), [])
        other = self.env["res.company"].create({"name": "Other"})
        ann.with_company(other).barcode = "1"
        self.assertEqual(self.heard(), [["Ann"]])

    # -- filters that fail -----------------------------------------------------------

    def test_filter_that_fails_costs_nobody_the_work(self):
        good = self.trigger("on_create_or_write", filter_domain="[('ref', '!=', 'x')]")
        bad = self.trigger("on_create")
        worse = self.trigger("on_create")
        before = self.trigger("on_write")
        self.env.cr.execute(
            """
            UPDATE sync_trigger SET filter_domain = CASE id
                WHEN %s THEN '[("gone", "=", 1)]'
                WHEN %s THEN '[("name", "=like", "\\\\")]' END,
                filter_pre_domain = CASE id WHEN %s THEN 'nothing' END
             WHERE id IN %s
            """,
            (bad.id, worse.id, before.id, (bad.id, worse.id, before.id)),
        )
        self.env.invalidate_all()
        self.env["sync.trigger"]._hear_of_events()
        for _ in range(2):
            with mute_logger("odoo.sql_db"):
                ann = self.partner()
                ann.comment = "x"
                self.run_jobs()
        self.assertTrue(ann.exists())
        self.assertEqual(good.job_ids.mapped("state"), ["done"] * 2)
        for trigger in (bad, worse, before):
            self.assertEqual(trigger.job_ids.mapped("state"), ["failed"], trigger.name)
            self.assertIn("filter can't be applied", trigger.job_ids.error)

    def test_deletion_with_a_filter_that_fails(self):
        trigger = self.trigger("on_unlink")
        self.env.cr.execute(
            "UPDATE sync_trigger SET filter_domain = 'nothing' WHERE id = %s",
            (trigger.id,),
        )
        self.env["sync.trigger"]._hear_of_events()
        ann = self.partner()
        ann.unlink()
        self.run_jobs()
        self.assertFalse(ann.exists())
        self.assertEqual(trigger.job_ids.state, "failed")

    # -- what it costs ---------------------------------------------------------------

    def test_events_that_were_looked_at(self):
        watching = self.trigger("on_create_or_write", watched=["ref"])
        filtering = self.trigger("on_create", filter_domain="[('ref', '=', 'x')]")
        partners = self.partner("Ann") | self.partner("Bob", ref="x")
        partners.write({"comment": "x"})
        self.run_jobs()
        seen = [(t.event_count, t.event_job_count) for t in (watching, filtering)]
        self.assertEqual(seen, [(4, 1), (2, 1)])
        day = fields.Date.today()
        for _ in range(2):
            counts = Counter({(watching.id, day): 10, (2**31 - 1, day): 5})
            event_counts.write(self.env.cr, counts)
        watching.invalidate_recordset()
        self.assertEqual(watching.event_count, 24)

    # -- Odoo beside it --------------------------------------------------------------

    def test_class_of_a_model_without_triggers_is_untouched(self):
        self.trigger("on_create_or_write")
        for name in ("create", "write", "_compute_field_value", "unlink"):
            self.assertIn(name, vars(self.registry["res.partner"]))
            self.assertNotIn(name, vars(self.registry["res.partner.industry"]), name)

    def test_odoo_looks_for_no_rule_of_ours(self):
        self.trigger("on_create_or_write")
        rules = self.env["base.automation"]
        found = rules._get_actions(self.env["res.partner"], ["on_create_or_write"])
        self.assertFalse(found)

    def test_new_trigger_loads_no_registry_anew(self):
        self.registry.registry_invalidated = False
        self.trigger("on_create").active = False
        self.assertFalse(self.registry.registry_invalidated)

    def test_rule_of_odoo_comes_and_goes_beside_a_trigger(self):
        self.trigger("on_create_or_write")
        rules = self.env["base.automation"]
        action = {
            "name": "Mark",
            "model_id": self.env["ir.model"]._get_id("res.partner"),
            "state": "code",
            "code": "record['comment'] = 'marked'",
        }
        rule = rules.create(
            {
                "name": "Mark",
                "model_id": action["model_id"],
                "trigger": "on_create",
                "action_server_ids": [Command.create(action)],
            }
        )
        self.assertIn("marked", self.partner().comment)
        self.assertEqual(self.heard(), [["Ann"]])
        rule.unlink()
        self.assertFalse(self.partner("Bob").comment)
        self.assertEqual(self.heard(), [["Bob"]])

    def test_inherited_model_does_not_tell_for_its_parent(self):
        self.trigger("on_create_or_write")
        user = new_test_user(self.env, "sync_heir", "base.group_user")
        self.before()
        user.write({"signature": "x"})
        self.assertEqual(self.heard(), [])
        user.write({"name": "Heir"})
        self.assertEqual(self.heard(), [["Heir"]])

    def test_transaction_leaves_the_cursor_as_it_was(self):
        self.trigger("on_create")
        self.partner()
        self.assertIn("flush", vars(self.env.cr))
        self.env.cr.flush()
        collected.forget(self.env.cr)
        self.assertNotIn("flush", vars(self.env.cr))


def _spied(execute, asked, text):
    def spy(cr, query, *args, **kwargs):
        if text in str(query):
            asked.append(query)
        return execute(cr, query, *args, **kwargs)

    return spy
