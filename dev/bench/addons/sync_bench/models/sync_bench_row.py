from odoo import fields, models


class SyncBenchRow(models.Model):
    """What peers write: one row, where the studio writes a job and its logs."""

    _name = "sync.bench.row"
    _description = "Row of a Benchmark's Peer"

    name = fields.Char()
    body = fields.Text()

    def _bench_nothing(self):
        """Do nothing, as a job of the bare queue."""

    def _bench_delay(self):
        self.with_delay()._bench_nothing()
