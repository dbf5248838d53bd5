import gc

from lxml import etree
from odoo import api, models

PAGE = 80
COUNT_LIMIT = 10_000


class SyncBenchViews(models.AbstractModel):
    """What the server does when somebody opens a view, as the web client asks it."""

    _inherit = "sync.bench"

    @api.model
    def open_views(self, repeat):
        """Return the seconds of opening each view, by the view's name."""
        project = self.env["sync.project"].search([("name", "=", "Bench 0")])
        openings = self._openings(project)
        gc.collect()
        # All of them, again and again: so no burst of noise hits all tries of one.
        tries = [
            {name: self._fresh(work) for name, work in openings.items()}
            for _ in range(repeat)
        ]
        return {name: min(found[name] for found in tries) for name in openings}

    def _fresh(self, work):
        """Return the seconds of ``work``, of which nothing is in the cache yet."""
        self.env.invalidate_all()
        return self._seconds(work)

    def _openings(self, project):
        job = self.env["sync.job"]
        log = self.env["sync.log"]
        own = [("project_id", "=", project.id)]
        filled = [("queue_job_uuid", "=like", "bench-%")]
        return {
            "project kanban": self._list("sync.project", "kanban"),
            "project list": self._list("sync.project", "list"),
            "project form": self._form(project),
            "task form": self._form(project.task_ids[0]),
            "job list": self._list("sync.job", "list"),
            "job list of a project": self._list("sync.job", "list", own),
            "failed jobs": self._list("sync.job", "list", [("state", "=", "failed")]),
            "job form": self._form(job.search(filled, limit=1)),
            "log list": self._list("sync.log", "list"),
            "log list of a project": self._list("sync.log", "list", own),
            "errors": self._list(
                "sync.log", "list", [("level", "in", ("error", "critical"))]
            ),
            "jobs by project and state": self._graph(job, "project_id", "state"),
            "jobs by day": self._graph(job, "date_created:day"),
            "logs by project": self._groups(log, "project_id"),
            "logs by level": self._groups(log, "level"),
            "logs by status": self._groups(log, "job_state"),
            "logs by job start": self._groups(log, "job_start:day"),
            "link list": self._list("sync.link", "list"),
        }

    def _list(self, model, view, domain=()):
        node = self._node(model, view)
        spec = self._below(model, node)
        limit = int(node.get("count_limit", COUNT_LIMIT))
        options = {"limit": PAGE, "count_limit": limit + 1}
        records = self.env[model]
        return lambda: records.web_search_read(list(domain), spec, **options)

    def _form(self, record):
        spec = self._below(record._name, self._node(record._name, "form"))
        return lambda: record.web_read(spec)

    def _groups(self, model, group):
        return lambda: model.web_read_group([], [group], ["__count"], limit=PAGE)

    def _graph(self, model, *groups):
        aggregates = ["__count", "duration:avg"]
        return lambda: model.formatted_read_group([], groups, aggregates)

    def _node(self, model, view):
        return etree.fromstring(self.env[model].get_view(view_type=view)["arch"])

    def _below(self, model, node):
        """Return what the web client asks for to show the fields of a view."""
        spec = {}
        for child in node:
            if child.tag == "field":
                spec[child.get("name")] = self._ask(model, child)
            else:
                spec.update(self._below(model, child))
        return spec

    def _ask(self, model, node):
        field = self.env[model]._fields[node.get("name")]
        if field.type == "many2one":
            return {"fields": {"display_name": {}}}
        if not field.relational:
            return {}
        lists = [child for child in node if child.tag in ("list", "kanban")]
        if not lists:
            return {"fields": {"display_name": {}}}
        return {"fields": self._below(field.comodel_name, lists[0]), "limit": 40}
