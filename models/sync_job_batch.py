import json

from odoo import api, fields, models

from ..engine import dbevents


class SyncJobBatch(models.Model):
    """Records of a database event that a job gets; usually there is one batch."""

    _name = "sync.job.batch"
    _description = "Records of a Sync Job"
    _log_access = False

    job_id = fields.Many2one("sync.job", required=True, index=True, ondelete="cascade")
    model = fields.Char(required=True)
    res_ids = fields.Text(required=True, help="JSON list of record ids.")
    snapshot = fields.Text(help="JSON: the stored values of deleted records, by id.")

    @api.model
    def _prepare(self, job, model, ids, snapshot):
        mask = job.project_id._snapshot().masker()
        rows = json.dumps(snapshot, default=str) if snapshot else False
        return {
            "job_id": job.id,
            "model": model,
            "res_ids": json.dumps(ids),
            "snapshot": rows and mask(rows),
        }

    def _records(self):
        """Return the records of all batches; deleted ones with their last values."""
        ids, snapshots = {}, {}
        for batch in self:
            ids.update(dict.fromkeys(json.loads(batch.res_ids)))
            rows = json.loads(batch.snapshot or "{}")
            snapshots.update({int(key): row for key, row in rows.items()})
        records = self.env[self[:1].model].browse(ids)
        if not snapshots:
            return records.exists()
        dbevents.restore(records, snapshots)
        return records
