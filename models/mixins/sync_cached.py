import functools

from odoo import api, models, tools

from ...engine.events import memory


def remembered(project_id):
    """Remember what a method without parameters returns, until its project changes.

    ``project_id`` is a function of the record: it returns the project's id, or None
    for what has to do with the structure of all projects.
    """

    def decorate(method):
        name = method.__name__

        @functools.wraps(method)
        def lookup(self):
            found = memory.of(self.env.registry)
            # Who clears Odoo's caches, as after changes in SQL, means ours as well.
            found.keep_pace(self.env["sync.cached"]._epoch())
            key = (self._name, name, self.id)
            return found.get(key, lambda: method(self), lambda: project_id(self))

        return lookup

    return decorate


class SyncCached(models.AbstractModel):
    """What runs remember: a change of it makes them forget its project."""

    _name = "sync.cached"
    _description = "Cached Part of a Project"
    # The fields on which also depends what is remembered of all projects together.
    _structural = frozenset()

    @tools.ormcache()
    def _epoch(self):
        """Return an object that lives until Odoo's cache is cleared."""
        return object()

    @tools.ormcache(cache="stable")
    def _plans_epoch(self):
        """Return an object that lives until all of Odoo's caches are cleared."""
        return object()

    def init(self):
        result = super().init()
        if self._name == "sync.cached":
            memory.create_table(self.env.cr)
        return result

    @api.autovacuum
    def _gc_signals(self):
        memory.clean_table(self.env.cr)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._forget(bool(self._structural))
        return records

    def write(self, vals):
        before = self._cached_projects()
        result = super().write(vals)
        self._forget(not self._structural.isdisjoint(vals), before)
        return result

    def unlink(self):
        projects = self._cached_projects()
        result = super().unlink()
        memory.changed(self.env, projects, bool(self._structural))
        return result

    def _update_field_translations(self, *args, **kwargs):
        result = super()._update_field_translations(*args, **kwargs)
        self._forget(False)
        return result

    def _cached_projects(self):
        """Return the ids of the projects that the records belong to."""
        # sudo: whoever changes a part of a project needn't see all of it
        return set(self.sudo().project_id.ids)

    def _forget(self, structural, before=()):
        memory.changed(self.env, self._cached_projects() | set(before), structural)
