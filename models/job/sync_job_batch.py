import json

from odoo import api, fields, models

from ...engine.events import snapshots
from ...engine.runs import codec, payloads


class SyncJobBatch(models.Model):
    """Records of a database event that a job gets; usually there is one batch."""

    _name = "sync.job.batch"
    _description = "Records of a Sync Job"
    _log_access = False

    job_id = fields.Many2one("sync.job", required=True, index=True, ondelete="cascade")
    model = fields.Char(required=True)
    res_ids = fields.Text(required=True, help="JSON list of record ids.")
    snapshot = fields.Text(help="JSON: the stored values of deleted records, by id.")
    snapshot_token = fields.Text(help="The snapshot encrypted, if a secret is in it.")

    @api.model
    def _prepare(self, job, model, ids, snapshot):
        values = {"job_id": job.id, "model": model, "res_ids": json.dumps(ids)}
        if not snapshot:
            return values
        text = json.dumps(snapshot, default=str)
        stored = payloads.store(job.project_id._snapshot(), text)
        return {
            **values,
            "snapshot": stored.shown,
            "snapshot_token": stored.token,
        }

    def _records(self):
        """Return the records of all batches; deleted ones with their last values."""
        ids, values = {}, {}
        for batch in self:
            ids.update(dict.fromkeys(json.loads(batch.res_ids)))
            values.update(batch._snapshots())
        records = codec.model_of(self.env, self[:1].model).browse(ids)
        if not values:
            return records.exists()
        records = records.with_context(**{codec.DELETED: records._name})
        snapshots.restore(records, values)
        return records

    def _snapshots(self):
        if not self.snapshot:
            return {}
        project_id = self.job_id.project_id.id
        text = payloads.read(project_id, self.snapshot, self.snapshot_token)
        return {int(key): row for key, row in json.loads(text).items()}
