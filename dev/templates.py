"""Prepared databases that fresh ones are copied from, made when first needed.

base      all that the addon depends on, with demo data
studio    the same with the addon, with its demo data
external  a plain Odoo with contacts: the other side of an integration
"""

from __future__ import annotations

from dataclasses import dataclass

from . import databases
from .cache import digest
from .checkout import addon_digest
from .environment import Environment
from .odoo_cli import install
from .ui import Step

_PREFIX = "sync_template"


@dataclass(frozen=True)
class Template:
    """Say what is in a prepared database, and which other one it starts from."""

    name: str
    modules: str
    demo: bool = False
    parent: Template | None = None


BASE = Template("base", "base,web,contacts,base_automation,queue_job", demo=True)
STUDIO = Template("studio", "sync", demo=True, parent=BASE)
EXTERNAL = Template("external", "contacts")


def make(env: Environment, template: Template, database: str) -> None:
    """Create a database as a copy of a template."""
    waiting = "another dev command prepares databases; this one goes on after it"
    with env.cache.lock("templates", waiting):
        source = _ensure(env, template)
        with databases.unfinished(env, database) as name:
            databases.create(env, name, source)


def _ensure(env: Environment, template: Template) -> str:
    """Return the name of a template's database, made if it is missing."""
    database = f"{_PREFIX}_{template.name}_{_key(env, template)}"
    if not databases.exists(env, database):
        parent = _ensure(env, template.parent) if template.parent else None
        _drop_outdated(env, template)
        _prepare(env, template, parent, database)
    return database


def _prepare(
    env: Environment, template: Template, parent: str | None, database: str
) -> None:
    title = f"Database with {template.modules}"
    with Step(title) as step, databases.unfinished(env, database) as name:
        databases.create(env, name, parent)
        options = ["--with-demo"] if template.demo else []
        install(env, name, template.modules, step, *options)


def _key(env: Environment, template: Template) -> str:
    """Return a digest of all that the content of a template depends on."""
    parts = [env.version, template.modules, str(template.demo)]
    if template.parent:
        parts += [_key(env, template.parent), addon_digest()]
    return digest(" ".join(parts))


def _drop_outdated(env: Environment, template: Template) -> None:
    for database in databases.names(env, f"{_PREFIX}_{template.name}_"):
        databases.drop(env, database)
