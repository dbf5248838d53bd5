from odoo.tests import tagged

from ..common import SyncCase


@tagged("post_install", "-at_install")
class TestBulk(SyncCase):
    """sync_odoo2x, sync_x2odoo, sync_external."""

    def test_x2odoo_creates_updates_and_links(self):
        code = """
            def handle_button(items):
                def create(items):
                    return env["res.partner"].create(
                        [{"name": item["name"]} for item in items])

                def update(pairs):
                    for partner, item in pairs:
                        partner.write({"name": item["name"]})

                done = sync_x2odoo(items, {
                    "relation": "shop",
                    "x": {"get_ref": lambda item: item["id"]},
                    "odoo": {"create": create, "update": update},
                    "batch_size": 2,
                })
                log([len(done.created), len(done.updated)])
        """
        first = [{"id": n, "name": f"N{n}"} for n in (1, 2, 3)]
        task = self.make_task(code)
        button = self.make_trigger(task, data=str(first))
        button.action_run_now()
        job = self.run_jobs()
        self.assert_done(job)
        self.assertEqual(self.messages(job), ["[\n  3,\n  0\n]"])
        button.data = str([{"id": 3, "name": "New"}, {"id": 4, "name": "N4"}])
        button.action_run_now()
        job = self.run_jobs()
        self.assertEqual(self.messages(job), ["[\n  1,\n  1\n]"])
        links = self.env["res.partner"].search([("name", "in", ["New", "N4"])])
        self.assertEqual(sorted(links.search_links("shop").external), ["3", "4"])

    def test_odoo2x_and_the_flags(self):
        self.env["res.partner"].create([{"name": f"Upward {n}"} for n in range(3)])
        job = self.run_lines(
            """
            def create(partners):
                return ["x%s" % partner.id for partner in partners]

            def update(pairs):
                log([external for partner, external in pairs])

            partners = env["res.partner"].search([("name", "like", "Upward")])
            info = {"relation": "up", "x": {"create": create, "update": update}}
            log(len(sync_odoo2x(partners, info, create=False).skipped))
            log(len(sync_odoo2x(partners, info).created))
            log(len(sync_odoo2x(partners, info, update=False).updated))
            sync_odoo2x(partners[:1], info)
            """
        )
        self.assert_done(job)
        found = self.messages(job)
        self.assertEqual(found[:3], ["3", "3", "0"])
        self.assertIn('"x', found[3])

    def test_external_to_external(self):
        job = self.run_lines(
            """
            info = {
                "relation": "issue", "source": "github", "target": "trello",
                "github": {"get_ref": lambda issue: issue["n"]},
                "trello": {
                    "create": lambda issues: ["card%s" % i["n"] for i in issues],
                    "update": lambda pairs: log([card for issue, card in pairs]),
                },
            }
            log(sync_external([{"n": 1}, {"n": 2}, {"n": 1}], info).created.trello)
            log(sync_external([{"n": 2}], info).updated.github)
            """
        )
        self.assert_done(job)
        found = [" ".join(text.split()) for text in self.messages(job)]
        self.assertEqual(found, ['[ "card1", "card2" ]', '[ "card2" ]', '[ "2" ]'])

    def test_wrong_description_is_explained(self):
        for info, part in (
            ("{}", 'sync_info has no "relation"'),
            ("{'relation': 'r', 'x': {}}", 'x has no "get_ref"'),
        ):
            job = self.run_lines(f"sync_x2odoo([{{'id': 1}}], {info})")
            self.assertIn(part, job.error)
        job = self.run_lines(
            """
            sync_x2odoo([1, 2], {
                "relation": "r",
                "x": {"get_ref": str},
                "odoo": {"create": lambda items: []},
            })
            """
        )
        self.assertIn("got 2 items and returned 0", job.error)

    def _sync(self, lines="return ids", size="1"):
        return self.run_lines(
            f"""
            def create(partners):
                ids = [partner.id for partner in partners]
                {lines}
            done = sync_odoo2x(user.partner_id, {{
                "relation": "r", "batch_size": {size},
                "x": {{"create": create, "update": create}},
            }})
            log(len(done.created))
            """
        )

    def test_create_that_returns_nothing_is_explained(self):
        self.assertIn("got 1 items and returned None", self._sync("log(ids)").error)

    def test_batch_size_that_would_lose_items_is_refused(self):
        for size in ("0", "-1", "None", "'many'", "float('inf')"):
            with self.subTest(size):
                self.assertIn("number of items, not", self._sync(size=size).error or "")
        # A parameter of the project is a text.
        self.assertEqual(self.messages(self._sync(size="'2'")), ["1"])
