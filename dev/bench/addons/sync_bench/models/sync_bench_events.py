import gc

from odoo import api, models

RECORDS = 2_000
SINGLES = 1_000
IMPORTED = 10_000
NEVER = "[('ref', '=', 'never {}')]"

# What the triggers are like, by the kind of work; a filter is each trigger's own.
TRIGGERS = {
    "create": {"condition": "on_create_or_write", "filter_domain": NEVER},
    "create-hit": {
        "condition": "on_create",
        "filter_domain": "[('email', '!=', 'none {}')]",
    },
    "singles": {"condition": "on_create_or_write", "filter_domain": NEVER},
    "writes": {"condition": "on_write", "filter_domain": NEVER},
    "watched": {"condition": "on_write", "filter_domain": NEVER, "watched": "ref"},
    "before": {
        "condition": "on_write",
        "filter_domain": NEVER,
        "filter_pre_domain": "[('ref', '!=', 'before {}')]",
    },
    "write": {"condition": "on_write", "filter_domain": NEVER},
    "delete": {"condition": "on_unlink"},
    "delete-filter": {"condition": "on_unlink", "filter_domain": NEVER},
    "import": {"condition": "on_create_or_write", "filter_domain": NEVER},
    "other": {"condition": "on_create_or_write", "filter_domain": NEVER},
}
REF = "bench-event"


class SyncBenchEvents(models.AbstractModel):
    """What people's work costs while triggers listen, which is undone each time."""

    _inherit = "sync.bench"

    @api.model
    def events(self, kind, count, tries):
        """Return the seconds of some work under ``count`` triggers, the best ones."""
        self._event_partners()
        triggers = self._event_triggers(kind, count)
        try:
            # The triggers are there already, as ever.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            self._install_hooks()
            return min(self._event_try(kind) for _ in range(tries))
        finally:
            # What workers have counted meanwhile must be seen by who deletes it.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            triggers.unlink()
            self._install_hooks()

    def _event_triggers(self, kind, count):
        values = dict(TRIGGERS[kind])
        watched = values.pop("watched", None)
        if watched:
            field = self.env["ir.model.fields"]._get("res.partner", watched)
            values["watched_field_ids"] = [(6, 0, field.ids)]
        model = self.env["ir.model"]._get_id("res.partner")
        task = self._task()
        return self.env["sync.trigger"].create(
            [
                {
                    "name": f"Event {number}",
                    "task_id": task.id,
                    "type": "db",
                    "model_id": model,
                    **{
                        name: value.format(number) if isinstance(value, str) else value
                        for name, value in values.items()
                    },
                }
                for number in range(count)
            ]
        )

    def _event_partners(self):
        partners = self.env["res.partner"].search([("ref", "=", REF)])
        if not partners:
            vals_list = [{"name": f"Event {n}", "ref": REF} for n in range(RECORDS)]
            self.env["res.partner"].create(vals_list)

    def _event_try(self, kind):
        with self.env.registry.cursor() as cr:
            bench = self.with_env(api.Environment(cr, self.env.uid, {}))
            work = getattr(bench, f"_event_{kind.split('-')[0]}")
            partners = bench.env["res.partner"].search([("ref", "=", REF)])
            # As in a request that has begun: rights are known, nothing else.
            bench._create_partners(10)
            cr.rollback()
            gc.collect()

            def done():
                work(partners)
                cr.flush()

            seconds = bench._seconds(done)
            cr.rollback()
            return seconds

    def _event_create(self, partners):
        self._create_partners(RECORDS)

    def _event_singles(self, partners):
        for number in range(SINGLES):
            partners.create({"name": f"Single {number}"})

    def _event_writes(self, partners):
        for partner in partners[:SINGLES]:
            partner.write({"ref": "written"})

    _event_watched = _event_before = _event_writes

    def _event_write(self, partners):
        partners.write({"ref": "written"})

    def _event_delete(self, partners):
        partners.unlink()

    def _event_import(self, partners):
        rows = [[f"Import {n}", f"{n}@example.com"] for n in range(IMPORTED)]
        found = partners.load(["name", "email"], rows)
        assert len(found["ids"]) == IMPORTED

    def _event_other(self, partners):
        rows = self.env["sync.bench.row"]
        for number in range(2 * SINGLES):
            rows.create({"name": str(number)}).write({"body": "x"})

    # -- saves --------------------------------------------------------------------

    @api.model
    def save(self, kind):
        """Save a project's parameter, or the row of a peer."""
        if kind == "ours":
            project = self.env["sync.project"].search([("name", "=", "Bench 9")])
            param = project.param_ids[:1]
            if not param:
                project.param_ids = [(0, 0, {"key": "TOKEN"})]
            param.value = f"{(int(param.value or 0) + 1)}"
        else:
            row = self.env["sync.bench.row"].search([], limit=1)
            row.name = f"{len(row.name or '')}{(row.name or '')[:8]}"
        return True
