from datetime import datetime

from odoo.tests import tagged

from ...engine.errors import AmbiguousLink, LinkConflict, LinkError
from ..common import SyncCase

OLD = datetime(2020, 1, 1)
NEW = datetime(2021, 1, 1)


@tagged("post_install", "-at_install")
class TestLinks(SyncCase):
    """The links of records and of external systems, as tasks use them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.ann, cls.bob, cls.cid = partners.create(
            [{"name": name} for name in ("Ann", "Bob", "Cid")]
        )

    def test_link_of_a_record(self):
        job = self.run_lines(
            f"""
            ann = env["res.partner"].browse({self.ann.id})
            link = ann.set_link("shop", 5, sync_date=datetime.datetime(2020, 1, 1))
            log([link.odoo.id, link.odoo._name, link.external, str(link.sync_date)])
            same = get_link("shop", "5")
            log([same.odoo.name, same == link, ann.get_link("shop") == link, len(same)])
            if not get_link("shop", 6) and not ann.get_link("other"):
                log("none")
            """
        )
        self.assert_done(job)
        first, second, third = self.messages(job)
        self.assertIn(f'{self.ann.id},\n  "res.partner",\n  "5",\n  "2020-01-01', first)
        self.assertIn('"Ann",\n  true,\n  true,\n  1', second)
        self.assertEqual(third, "none")

    def test_collection_is_always_lists(self):
        self.ann.set_link("shop", "a", sync_date=NEW)
        self.bob.set_link("shop", "b", sync_date=OLD)
        links = (self.ann | self.bob | self.cid).search_links("shop")
        self.assertEqual(links.external, ["a", "b"])
        self.assertEqual(links.odoo, self.ann | self.bob)
        self.assertEqual(links.sync_date, OLD)
        self.assertEqual(self.ann.search_links("shop").external, ["a"])
        self.assertEqual(self.cid.search_links("shop").external, [])
        self.assertFalse(self.cid.search_links("shop").sync_date)

    def test_set_operators_and_iteration(self):
        ann, bob = self.ann.set_link("shop", "a"), self.bob.set_link("shop", "b")
        both = ann | bob
        self.assertEqual(len(both), 2)
        self.assertEqual([link.external for link in both], ["a", "b"])
        self.assertEqual((both - ann).external, ["b"])
        self.assertEqual((both & ann).external, ["a"])
        self.assertIn(ann, both)
        self.assertEqual(both.filtered(lambda link: link.external == "b"), bob)
        self.assertEqual(
            both.sorted(key=lambda link: link.external, reverse=True).external,
            ["b", "a"],
        )
        self.assertEqual(both[:1].external, ["a"])
        self.assertEqual(both[1].external, "b")

    def test_same_pair_again_only_moves_the_date(self):
        self.ann.set_link("shop", 1, sync_date=OLD)
        self.ann.set_link("shop", 1, sync_date=NEW)
        self.assertEqual(self.ann.get_link("shop").sync_date, NEW)
        self.assertEqual(
            self.env["sync.link"].search_count([("relation", "=", "shop")]), 1
        )

    def test_second_link_of_an_end_is_refused(self):
        self.ann.set_link("shop", 1)
        with self.assertRaises(LinkConflict):
            self.ann.set_link("shop", 2)
        with self.assertRaises(LinkConflict):
            self.bob.set_link("shop", 1)
        company = self.env.company
        with self.assertRaises(LinkConflict):
            company.set_link("shop", 1)
        self.ann.set_link("other", 1)

    def test_many_to_many_when_asked_for(self):
        self.ann.set_link("tag", 1)
        self.ann.set_link("tag", 2, allow_many2many=True)
        self.bob.set_link("tag", 1, allow_many2many=True)
        with self.assertRaises(AmbiguousLink):
            self.ann.get_link("tag")
        self.assertEqual(self.ann.search_links("tag").external, ["1", "2"])
        with self.assertRaises(LinkConflict):
            self.cid.set_link("tag", 2)

    def test_a_pair_has_one_link_however_it_was_made(self):
        self.ann.set_link("tag", 1, sync_date=OLD)
        self.ann.set_link("tag", 1, sync_date=NEW, allow_many2many=True)
        self.assertEqual(self.ann.get_link("tag").sync_date, NEW)
        both = (self.ann | self.bob).set_links("tag", [1, 2], sync_date=OLD)
        self.assertEqual(both.external, ["1", "2"])
        self.assertEqual(both.sync_date, OLD)

    def test_update_and_delete(self):
        self.ann.set_link("shop", "a", sync_date=OLD)
        self.bob.set_link("shop", "b", sync_date=OLD)
        links = (self.ann | self.bob).search_links("shop")
        links.update(NEW)
        self.assertEqual(self.bob.get_link("shop").sync_date, NEW)
        links.update()
        self.assertGreater(self.bob.get_link("shop").sync_date, NEW)
        links.delete()
        self.assertFalse(self.ann.get_link("shop"))
        self.assertTrue(self.ann.exists())

    def test_bulk_forms(self):
        partners = self.ann | self.bob | self.cid
        links = partners.set_links("shop", [1, 2, 3], sync_date=OLD)
        self.assertEqual(links.external, ["1", "2", "3"])
        with self.assertRaises(LinkConflict):
            partners.set_links("other", [1, 1, 2])
        with self.assertRaises(ValueError):
            partners.set_links("other", [1, 2])

    def test_a_link_outlives_its_record(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        gone.set_link("shop", 9)
        gone.unlink()
        link = gone.get_link("shop")
        self.assertEqual(link.external, "9")
        self.assertFalse(link.odoo.exists())

    def test_wrong_ends_are_explained(self):
        for wrong in (None, "", False, True):
            with self.assertRaises(LinkError):
                self.ann.set_link("shop", wrong)
        with self.assertRaises(LinkError):
            self.env["res.partner"].new({}).set_link("shop", 1)
        with self.assertRaises(LinkError):
            self.ann.set_link("", 1)

    def test_external_links(self):
        job = self.run_lines(
            """
            first = set_link("issue", github=1, trello="a",
                             sync_date=datetime.datetime(2020, 1, 1))
            set_links("issue", [{"trello": "b", "github": 2},
                                {"trello": "c", "github": 3}])
            log([first.github, first.trello, str(first.sync_date)])
            log([get_link("issue", github=2, trello=None).trello,
                 bool(get_link("issue", github=2, trello="a"))])
            links = search_links("issue", github=None, trello=None)
            log([links.github, links.trello, str(links.sync_date)])
            log(search_links("issue", github=[1, 3], trello=None).trello)
            log(len(search_links("issue", github=None, jira=None)))
            links.update(datetime.datetime(2022, 1, 1))
            log(str(get_link("issue", trello="c", github=None).sync_date))
            links.delete()
            log(len(search_links("issue", github=None, trello=None)))
            """
        )
        self.assert_done(job)
        found = [" ".join(text.split()) for text in self.messages(job)]
        self.assertEqual(found[0], '[ "1", "a", "2020-01-01 00:00:00" ]')
        self.assertEqual(found[1], '[ "b", false ]')
        self.assertIn('[ "1", "2", "3" ], [ "a", "b", "c" ], "2020-01-01', found[2])
        self.assertEqual(found[3:], ['[ "a", "c" ]', "0", "2022-01-01 00:00:00", "0"])

    def test_external_link_errors(self):
        for lines, part in (
            ("set_link('issue', github=1)", "two ends"),
            ("search_links('issue', a=1, b=2, c=3)", "two ends"),
            (
                "set_link('i', a=1, b=2)\nset_link('i', a=1, b=3)",
                "are linked already",
            ),
            ("set_link('i', a=1, b=2).jira", "links a and b, not jira"),
        ):
            job = self.run_lines(lines)
            self.assertEqual(job.state, "failed", lines)
            self.assertIn(part, job.error)

    def test_all_links_of_a_relation(self):
        (self.ann | self.bob).set_links("shop", ["a", "b"])
        job = self.run_lines(
            """
            log(search_links("shop").external)
            log(search_links("shop", ["b", "c"]).external)
            log(search_links("shop").odoo.mapped("name"))
            """
        )
        self.assert_done(job)
        found = [" ".join(text.split()) for text in self.messages(job)]
        self.assertEqual(found, ['[ "a", "b" ]', '[ "b" ]', '[ "Ann", "Bob" ]'])

    def test_thousand_links_take_one_statement_each_way(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}"} for n in range(1000)]
        )
        self.env.flush_all()
        with self.assertQueryCount(3):
            partners.set_links("bulk", range(1000))
        with self.assertQueryCount(1):
            self.assertEqual(len(partners.search_links("bulk").external), 1000)
