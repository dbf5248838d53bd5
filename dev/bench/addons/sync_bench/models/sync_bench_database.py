import gc
from functools import partial

from odoo import api, models

RECORDS = 2_000


class SyncBenchDatabase(models.AbstractModel):
    """Work in a transaction: events of the database, and what they queue."""

    _inherit = "sync.bench"

    @api.model
    def bulk_create(self, kind):
        """Create partners ``bare``, or under a ``trigger`` or a ``rule``, and undo it.

        Return the seconds.
        """
        makers = {"trigger": self._db_trigger, "rule": self._db_rule}
        reaction = makers[kind]() if kind in makers else self.browse()
        try:
            # The reaction is there already, as ever: not made by the same transaction.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            self._install_hooks()
            with self.env.registry.cursor() as cr:
                bench = self.with_env(api.Environment(cr, self.env.uid, {}))
                return bench._create_and_undo()
        finally:
            reaction.unlink()
            self._install_hooks()

    def _create_and_undo(self):
        self._create_partners(10)
        gc.collect()
        seconds = self._seconds(lambda: self._create_partners(RECORDS))
        self.env.cr.rollback()
        return seconds

    def _create_partners(self, count):
        vals_list = [
            {"name": f"Bench {n}", "email": f"bench-{n}@example.com"}
            for n in range(count)
        ]
        self.env["res.partner"].create(vals_list)
        self.env.cr.flush()

    def _db_trigger(self):
        task = self._task()
        # Odoo may have run the request again: what it had committed is there still.
        task.db_trigger_ids.filtered(lambda t: t.name == "Bench db").unlink()
        return self._make_trigger(
            task,
            "db",
            model_id=self.env["ir.model"]._get_id("res.partner"),
            condition="on_create",
        )

    def _db_rule(self):
        model = self.env["ir.model"]._get_id("res.partner")
        action = {
            "name": "Bench",
            "model_id": model,
            "state": "code",
            "code": "name = record.name",
        }
        return self.env["base.automation"].create(
            {
                "name": "Bench",
                "model_id": model,
                "trigger": "on_create",
                "action_server_ids": [(0, 0, action)],
            }
        )

    def _install_hooks(self):
        # No other worker needs to know.
        rules = self.env["base.automation"]
        rules._unregister_hook()
        rules._register_hook()
        self.env.registry.registry_invalidated = False

    # -- the queue --------------------------------------------------------------

    @api.model
    def enqueue(self, repeat):
        """Queue jobs in a transaction that is undone: ours, and bare ones."""
        trigger = self._button()
        row = self.env["sync.bench.row"].search([], limit=1)

        def flushed(enqueue):
            enqueue()
            self.env.cr.flush()

        with self._undone():
            works = [
                partial(flushed, enqueue)
                for enqueue in (trigger._enqueue, row._bench_delay)
            ]
            return self._best(repeat, *works)

    @api.model
    def queue(self, kind, count):
        """Queue jobs that do nothing, for the job runner."""
        trigger = self._button()
        row = self.env["sync.bench.row"].search([], limit=1)
        enqueue = trigger._enqueue if kind == "ours" else row._bench_delay
        for _ in range(count):
            enqueue()

    @api.model
    def run_queued(self, repeat):
        """Return the seconds of one run of a queued job, without the queue."""
        with self._undone():
            job = self._button()._enqueue()
            self.env.cr.flush()

            def work():
                job._run_queued()
                self.env.flush_all()
                self.env.invalidate_all()

            return self._best(repeat, work)[0]

    def _button(self):
        domain = [("type", "=", "button"), ("task_id", "=", self._task().id)]
        return self.env["sync.trigger"].search(domain, limit=1)

    # -- retention --------------------------------------------------------------

    @api.model
    def expire(self):
        """Let all jobs that the benchmark has filled in be older than kept."""
        self.env["sync.project"].search([]).log_days = 1

    @api.model
    def delete_batch(self):
        """Delete one batch of old jobs; return the seconds, and if there are more."""
        more = []
        seconds = self._seconds(lambda: more.append(self.env["sync.job"]._gc_jobs()))
        return seconds, more[0][1]
