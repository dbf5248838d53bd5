import gc

from odoo import api, models
from odoo.addons.sync.engine.links.table import LinkTable

from .sync_bench import TRIES

RELATION = "bench"
PAGE = "bench_page"
BATCH = 2000
LOOKUP = """
    SELECT ref2, date FROM sync_link
     WHERE relation = %s AND system1 = 'odoo:record' AND ref1 = %s
       AND model = 'res.partner' AND system2 = 'odoo:external'
"""
PAGE_LOOKUP = """
    SELECT id, ref1, ref2, model, date FROM sync_link
     WHERE relation = %s AND system1 = 'odoo:record' AND system2 = 'odoo:external'
     ORDER BY id
"""


class SyncBenchLinks(models.AbstractModel):
    """Links, against the tables and the statements that do the least."""

    _inherit = "sync.bench"

    @api.model
    def links_set(self):
        """Link a batch of records, and give the same batch XML ids."""
        records = self.env["res.partner"].browse(range(5_000_000, 5_000_000 + BATCH))
        refs = [f"new-{n}" for n in records.ids]
        data = [
            {"xml_id": f"bench_new.{ref}", "record": record}
            for record, ref in zip(records, refs, strict=True)
        ]
        xmlids = self.env["ir.model.data"]

        def undone(work):
            with self._undone():
                return self._seconds(work)

        works = (
            lambda: records.set_links(RELATION, refs),
            lambda: xmlids._update_xmlids(data),
        )
        gc.collect()
        tries = [[undone(work) for work in works] for _ in range(TRIES)]
        return [min(found) for found in zip(*tries, strict=True)]

    @api.model
    def link_get(self, repeat, count):
        """Look links up one by one, among ``count``."""
        cr = self.env.cr
        step = max(count // repeat, 1)
        records = self.env["res.partner"].browse(range(1, count, step))

        def ours():
            return [record.get_link(RELATION).external for record in records]

        def peer():
            found = []
            for record in records:
                cr.execute(LOOKUP, (RELATION, str(record.id)))
                found.append(cr.fetchone()[0])
            return found

        assert ours() == peer()
        return [best / len(records) for best in self._best(TRIES, ours, peer)]

    @api.model
    def links_search(self, repeat):
        """Read a relation of 10,000 links."""
        table = LinkTable(self.env)
        cr = self.env.cr

        def ours():
            return table.record_links(PAGE).external

        def peer():
            cr.execute(PAGE_LOOKUP, (PAGE,))
            return [row[2] for row in cr.fetchall()]

        assert sorted(ours()) == sorted(peer())
        return self._best(repeat, ours, peer)
