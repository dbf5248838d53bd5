from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...engine.errors import AmbiguousLink, LinkConflict, LinkError
from ...engine.links.table import LinkTable
from ..common import SyncCase

X2ODOO = """
def handle_button(items):
    def create(items):
        return env["res.partner"].create([{"name": item["name"]} for item in items])

    def update(pairs):
        for partner, item in pairs:
            partner.write({"name": item["name"]})

    done = sync_x2odoo(items, {
        "relation": "shop",
        "x": {"get_ref": lambda item: item["id"]},
        "odoo": {"create": create, "update": update},
        **OPTIONS,
    })
    log([done.created.external, done.updated.external,
         [item["name"] for item in done.skipped]])
"""


class GoneCase(SyncCase):
    """Two linked partners."""

    def setUp(self):
        super().setUp()
        self.ann, self.bob = self.env["res.partner"].create(
            [{"name": "Ann"}, {"name": "Bob"}]
        )
        (self.ann | self.bob).set_links("shop", [1, 2])

    def link(self, ref):
        """Return the link with a reference, as `get_link(relation, external)` does."""
        return LinkTable(self.env).record_links("shop", refs=[ref])[:1]

    def delete_by_sql(self, record):
        self.env.flush_all()
        self.env.cr.execute(f"DELETE FROM {record._table} WHERE id = %s", [record.id])
        self.env.invalidate_all()

    def said(self, job):
        self.assert_done(job)
        return [" ".join(text.split()) for text in self.messages(job)]


@tagged("post_install", "-at_install")
class TestGoneRecords(GoneCase):
    """A link outlives its record, and nothing breaks."""

    def test_record_of_a_link_is_falsy_when_it_is_gone(self):
        for delete in (self.env["res.partner"].unlink, None):
            with self.subTest(by="ORM" if delete else "SQL"):
                gone = self.env["res.partner"].create({"name": "Gone"})
                link = gone.set_link("other", f"{bool(delete)}")
                self.assertEqual(link.odoo, gone)
                gone.unlink() if delete else self.delete_by_sql(gone)
                self.assertFalse(link.odoo)
                self.assertEqual(link.odoo._name, "res.partner")
                self.assertTrue(link)

    def test_archived_records_are_there(self):
        self.ann.active = False
        self.assertEqual(self.ann.get_link("shop").odoo, self.ann)

    def test_collection_leaves_out_what_is_gone(self):
        links = (self.ann | self.bob).search_links("shop")
        self.ann.unlink()
        self.assertEqual(links.odoo, self.bob)
        self.assertEqual(links.external, ["1", "2"])
        self.assertEqual([bool(link.odoo) for link in links], [False, True])
        self.assertEqual(links.filtered(lambda link: link.odoo).external, ["2"])

    def test_model_that_was_uninstalled(self):
        self.env.cr.execute(
            "UPDATE sync_link SET model = 'x.gone' "
            "WHERE ref2 = '1' AND relation = 'shop'"
        )
        self.assertFalse(self.link("1").odoo)
        links = LinkTable(self.env).record_links("shop")
        self.assertEqual(links.odoo, self.bob)
        new = self.env["res.partner"].create({"name": "New"})
        self.assertEqual(new.set_link("shop", 1).odoo, new)

    def test_loop_over_links_reads_names_together(self):
        links = (self.ann | self.bob).search_links("shop")
        self.env.invalidate_all()
        with self.assertQueryCount(3):
            self.assertEqual([link.odoo.name for link in links], ["Ann", "Bob"])

    def test_link_of_a_gone_record_makes_room(self):
        self.ann.unlink()
        new = self.env["res.partner"].create({"name": "New"})
        with self.assertRaises(LinkConflict):
            new.set_link("shop", 2)
        self.assertEqual(new.set_link("shop", 1).odoo, new)
        self.assertEqual(self.link("1").odoo, new)
        domain = [("relation", "=", "shop")]
        self.assertEqual(self.env["sync.link"].search_count(domain), 2)

    def test_deletion_handler_still_finds_its_links(self):
        self.ann.unlink()
        self.assertEqual(self.ann.get_link("shop").external, "1")


@tagged("post_install", "-at_install")
class TestBulkGone(GoneCase):
    """Batches in which a record is gone."""

    def run_x2odoo(self, options):
        items = [{"id": n, "name": f"New {n}"} for n in (1, 2, 3)]
        code = X2ODOO.replace("OPTIONS", options)
        return self.said(self.run_button(code, data=str(items)))[-1]

    def test_gone_record_is_made_anew(self):
        for delete in (lambda: self.ann.unlink(), None):
            with self.subTest(by="ORM" if delete else "SQL"):
                self.link(3).delete()
                delete() if delete else self.delete_by_sql(self.link(1).odoo)
                said = self.run_x2odoo("{}")
                self.assertEqual(said, '[ [ "1", "3" ], [ "2" ], [] ]')
                self.assertEqual(self.link(1).odoo.name, "New 1")
                self.assertEqual(self.bob.name, "New 2")
        self.assertEqual(self.run_x2odoo("{}"), '[ [], [ "1", "2", "3" ], [] ]')

    def test_gone_record_is_skipped_if_asked_for(self):
        self.ann.unlink()
        said = self.run_x2odoo('{"missing": "skip"}')
        self.assertEqual(said, '[ [ "3" ], [ "2" ], [ "New 1" ] ]')
        self.assertFalse(self.link(1).odoo)

    def test_other_options_are_refused(self):
        job = self.run_button(X2ODOO.replace("OPTIONS", '{"missing": "x"}'), data="[]")
        self.assertIn('"missing" is "create" or "skip", not \'x\'', job.error)

    def test_odoo2x_skips_records_that_are_gone(self):
        cid = self.env["res.partner"].create({"name": "Cid"})
        ids = (self.ann | self.bob | cid).ids
        self.ann.unlink()
        job = self.run_lines(
            f"""
            info = {{
                "relation": "shop",
                "x": {{
                    "create": lambda partners: [f"x{{p.name}}" for p in partners],
                    "update": lambda pairs: log([[p.name, ref] for p, ref in pairs]),
                }},
            }}
            done = sync_odoo2x(env["res.partner"].browse({ids}), info)
            log([done.created.external, done.updated.external,
                 [partner.id for partner in done.skipped]])
            """
        )
        self.assertEqual(
            self.said(job),
            ['[ [ "Bob", "2" ] ]', f'[ [ "xCid" ], [ "2" ], [ {ids[0]} ] ]'],
        )


@tagged("post_install", "-at_install")
class TestReferences(GoneCase):
    """What is no reference is refused instead of standing for many things."""

    WRONG = ("None", "''", "'  '", "False", "True", "float('nan')", "[]", "{}", "b'1'")

    def test_items_without_a_reference_are_named(self):
        call = """
            items = [{{"id": 1, "n": "good"}}, {{"id": {wrong}, "n": "bad one"}}]
            sync_{kind}(items, {{
                "relation": "r", "source": "x", "target": "odoo",
                "x": {{"get_ref": lambda item: item["id"]}},
                "odoo": {{"create": lambda items: 1 / 0}},
            }})
        """
        for kind in ("x2odoo", "external"):
            for wrong in (*self.WRONG, "'a\\0'", "'\\ud83d'"):
                with self.subTest(kind=kind, wrong=wrong):
                    job = self.run_lines(call.format(kind=kind, wrong=wrong))
                    self.assertEqual(job.state, "failed")
                    self.assertIn("LinkError", job.error)
                    self.assertIn("bad one", job.error)
                    self.assertIn("is no external reference", job.error)

    def test_set_link_refuses_the_same(self):
        for wrong in self.WRONG:
            value = eval(wrong)  # pylint: disable=eval-used
            with self.assertRaises(LinkError), self.env.cr.savepoint():
                self.ann.set_link("other", value)
        for wrong in ("a\0", "\ud83d", self.ann, Decimal("NaN"), Decimal("sNaN")):
            with self.assertRaises(LinkError), self.env.cr.savepoint():
                self.ann.set_link("other", wrong)

    def test_objects_without_a_text_of_their_own_are_no_references(self):
        project = self.make_project(
            protected_code="""
            class Order:
                pass


            class Id:
                def __init__(self, number):
                    self.number = number

                def __str__(self):
                    return f"id-{self.number}"


            def order():
                return Order()


            def number(value):
                return Id(value)
            """
        )
        for wrong in ("order()", "order", "(n for n in [1])", "env", "type2str"):
            with self.subTest(wrong=wrong):
                job = self.run_lines(f"user.set_link('other', {wrong})", project)
                self.assertIn("is no external reference", job.error or "")
        job = self.run_lines("log(user.set_link('other', number(7)).external)", project)
        self.assertEqual(self.messages(job), ["id-7"])
        self.assertEqual(self.ann.set_link("other", "<a@b>").external, "<a@b>")

    def test_numbers_and_texts_are_kept_as_text(self):
        for ref, text in ((0, "0"), (7, "7"), (1.5, "1.5"), (" a ", " a "), ("é", "é")):
            link = self.ann.set_link("other", ref)
            self.assertEqual(link.external, text)
            link.delete()

    def test_reference_that_is_too_long(self):
        ref = "".join(f"{n:x}" for n in range(3_000))
        for many in (False, True):
            with self.assertRaises(LinkError) as caught:
                self.ann.set_link("other", ref, allow_many2many=many)
            self.assertIn("too long", str(caught.exception))
        self.assertFalse(self.ann.search_links("other"))

    def test_last_one_of_several_items_counts(self):
        code = X2ODOO.replace("OPTIONS", "{}")
        items = [{"id": 9, "name": "first"}, {"id": "9", "name": "last"}]
        self.assert_done(self.run_button(code, data=str(items)))
        self.assertEqual(self.link(9).odoo.name, "last")


@tagged("post_install", "-at_install")
class TestNames(GoneCase):
    """Links show what their records are called, to those who may know it."""

    def label(self, link, user=None):
        found = self.env["sync.link"].with_user(user or self.developer)
        self.env.invalidate_all()
        return found.search([("ref2", "=", link.external), ("relation", "=", "shop")])

    def test_name_of_the_record(self):
        link = self.ann.get_link("shop")
        self.assertEqual(self.label(link).label1, f"Ann (res.partner {self.ann.id})")
        self.assertIn("Ann", self.label(link).display_name)
        self.ann.active = False
        self.assertIn("Ann", self.label(link).label1)

    def test_deleted_record(self):
        link, number = self.ann.get_link("shop"), self.ann.id
        self.ann.unlink()
        found = self.label(link)
        self.assertEqual(found.label1, f"res.partner {number} (deleted)")
        with self.assertRaises(UserError) as caught:
            found.action_open_record()
        self.assertIn("was deleted", str(caught.exception))
        self.env.cr.execute("UPDATE sync_link SET model = 'x.gone'")
        self.assertEqual(self.label(link).label1, f"x.gone {number} (deleted)")

    def test_name_is_hidden_from_who_may_not_read_the_record(self):
        parameter = self.env["ir.config_parameter"].create(
            {"key": "hush", "value": "hush"}
        )
        link = parameter.set_link("shop", "p")
        self.assertEqual(self.label(link).label1, f"ir.config_parameter {parameter.id}")
        self.assertIn("hush", self.label(link, self.env.user).label1)

    def test_name_is_hidden_by_a_rule_on_records(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.ann.company_id = other
        link = self.ann.get_link("shop")
        self.assertEqual(self.label(link).label1, f"res.partner {self.ann.id}")

    def test_links_between_other_systems(self):
        ends = {"github": 1, "trello": "a"}
        LinkTable(self.env).set_external_links("issue", [ends])
        link = self.env["sync.link"].search([("relation", "=", "issue")])
        self.assertEqual((link.label1, link.label2), ("github 1", "trello a"))


@tagged("post_install", "-at_install")
class TestMerge(GoneCase):
    """Odoo's own wizard merges contacts, and the links go along."""

    def merge(self, sources, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((sources | target).ids, target)
        self.assertFalse(sources.exists())

    def test_link_follows_its_record(self):
        cid = self.env["res.partner"].create({"name": "Cid"})
        self.merge(self.ann, cid)
        self.assertEqual(self.link(1).odoo, cid)
        self.assertEqual(cid.get_link("shop").external, "1")
        with self.assertRaises(LinkConflict):
            self.bob.set_link("shop", 1)

    def test_both_references_lead_to_the_one_that_stays(self):
        self.merge(self.ann, self.bob)
        self.assertEqual(self.link(1).odoo, self.bob)
        self.assertEqual(self.link(2).odoo, self.bob)
        self.assertEqual(self.bob.get_link("shop").external, "2")
        self.assertEqual(self.bob.search_links("shop").external, ["1", "2"])
        self.assertEqual(self.bob.set_link("shop", 2).external, "2")
        with self.assertRaises(LinkConflict):
            self.bob.set_link("shop", 3)

    def test_three_in_one(self):
        cid = self.env["res.partner"].create({"name": "Cid"})
        self.merge(self.ann | self.bob, cid)
        self.assertEqual(cid.get_link("shop").external, "1")
        self.assertEqual(self.link(2).odoo, cid)
        dan = self.env["res.partner"].create({"name": "Dan"})
        dan.set_link("shop", 4)
        self.merge(cid, dan)
        self.assertEqual(dan.get_link("shop").external, "4")
        self.assertEqual(set(dan.search_links("shop").external), {"1", "2", "4"})

    def test_links_many_to_many(self):
        for partner, tag in ((self.ann, "a"), (self.ann, "b"), (self.bob, "b")):
            partner.set_link("tag", tag, allow_many2many=True)
        self.merge(self.ann, self.bob)
        self.assertEqual(set(self.bob.search_links("tag").external), {"a", "b"})
        with self.assertRaises(AmbiguousLink):
            self.bob.get_link("tag")

    def test_synchronization_goes_on_both_ways(self):
        self.merge(self.ann, self.bob)
        items = [{"id": 1, "name": "By 1"}, {"id": 2, "name": "By 2"}]
        code = X2ODOO.replace("OPTIONS", "{}")
        said = self.said(self.run_button(code, data=str(items)))
        self.assertEqual(said, ['[ [], [ "1", "2" ], [] ]'])
        job = self.run_lines(
            f"""
            partner = env["res.partner"].browse({self.bob.id})
            sync_odoo2x(partner, {{
                "relation": "shop",
                "x": {{"update": lambda pairs: log([ref for _, ref in pairs])}},
            }})
            """
        )
        self.assertEqual(self.said(job), ['[ "2" ]'])

    def test_other_records_that_odoo_merges(self):
        values = [
            {"acc_number": "BE 1", "partner_id": p.id} for p in (self.ann, self.bob)
        ]
        old, kept = self.env["res.partner.bank"].create(values)
        old.set_link("bank", "acc")
        self.merge(self.ann, self.bob)
        self.assertFalse(old.exists())
        self.assertEqual(kept.get_link("bank").external, "acc")
