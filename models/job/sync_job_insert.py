from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ...engine.logs.buffer import LogBuffer
from ...engine.logs.table import COLUMNS, lines


class SyncJobInsert(models.Model):
    """How jobs get into their table: by SQL, at half of what the ORM costs."""

    _inherit = "sync.job"

    @api.model
    def _insert_pending(self, values):
        """Insert a job that waits for its turn; return its record."""
        now = fields.Datetime.now()
        values = {**values, "state": "pending", "date_created": now, "record_count": 0}
        self.env.cr.execute(
            SQL("INSERT INTO sync_job %s RETURNING id", _columns(values))
        )
        job = self.browse(self.env.cr.fetchone()[0])
        self._forget_counts()
        job._update_cache(values, validate=False)
        return job

    def _forget_counts(self):
        """Forget what changes in other records when they get a job."""
        for model, names in self._made_of_jobs():
            self.env[model].invalidate_model(names, flush=False)

    @api.model
    @ormcache()
    def _made_of_jobs(self):
        """Return by model the lists of jobs, and the fields that depend on them."""
        found = defaultdict(set)
        for name in ("project_id", "task_id", "trigger_id", "parent_id"):
            for jobs in self.pool.field_inverses[self._fields[name]]:
                depending = self.pool.get_dependent_fields(jobs)
                for field in (jobs, *(f for f in depending if not f.store)):
                    found[field.model_name].add(field.name)
        return tuple((model, tuple(names)) for model, names in found.items())

    @api.model
    def _insert_failed(self, trigger, user, error):
        """Insert the job that a trigger could not queue, with the reason."""
        snapshot, now = trigger._snapshot(), fields.Datetime.now()
        task = self.env["sync.task"].browse(snapshot.task_id)._snapshot()
        values = {
            "project_id": task.project_id,
            "task_id": task.id,
            "trigger_id": trigger.id,
            "handler": snapshot.handler,
            "user_id": user.id,
            "state": "failed",
            "error": error,
            "date_created": now,
            "date_end": now,
        }
        logs = LogBuffer(str)
        logs.add("error", "message", error)
        job = self.browse(self._insert_job(values, logs.take()))
        self._forget_counts()
        return job

    @api.model
    def _insert_job(self, values, entries):
        """Insert a job that is over, with its logs, in one statement."""
        self.env.cr.execute(
            SQL(
                """
                WITH job AS (
                    INSERT INTO sync_job %s
                    RETURNING id, project_id, task_id, trigger_id
                ), logs AS (
                    INSERT INTO sync_log (%s) SELECT job.*, t.* FROM job, %s AS t
                )
                SELECT id FROM job
                """,
                _columns(values),
                COLUMNS,
                lines(entries),
            )
        )
        return self.env.cr.fetchone()[0]


def _columns(values):
    names = SQL(", ").join(map(SQL.identifier, values))
    return SQL("(%s) VALUES %s", names, tuple(values.values()))
