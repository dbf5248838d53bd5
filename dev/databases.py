"""Databases: prepared once as templates, copied whenever a fresh one is needed.

Each database of dev's carries a comment that says so: a database of the same name that
belongs to somebody else, on a server that PGHOST names, is never touched.
"""

from __future__ import annotations

import os
import shutil
import uuid

from .cache import digest
from .environment import Environment
from .errors import DevError
from .odoo_cli import data_dir, install
from .ui import Step

_MARK = "Sync Studio, made by dev"
_COMMENT = "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
_BASE = "base,web,contacts,base_automation,queue_job"
_SKIPPED = ("sessions", "odoo.conf")


def template(env: Environment, name: str, modules: str, *, demo: bool) -> str:
    """Return the name of a database with these modules, made if it is missing."""
    kind = f"{name} {modules} {demo} {env.version}"
    database = f"sync_template_{name}_{digest(kind)}"
    waiting = f"another dev command prepares the database {database}"
    with env.cache.lock(f"template-{name}", waiting):
        if not exists(env, database):
            _prepare(env, database, modules, demo)
    return database


def base_template(env: Environment) -> str:
    """Return a database with all that the addon depends on, and demo data."""
    return template(env, "base", _BASE, demo=True)


def external_template(env: Environment) -> str:
    """Return a plain Odoo with contacts: the other side of an integration."""
    return template(env, "external", "contacts", demo=False)


def _prepare(env: Environment, database: str, modules: str, demo: bool) -> None:
    unfinished = f"{database}_unfinished"
    _drop_outdated(env, database.rpartition("_")[0])
    with Step(f"Database template with {modules}") as step:
        create(env, unfinished)
        options = ["--with-demo"] if demo else []
        install(env, unfinished, modules, step, *options)
        rename(env, unfinished, database)


def _drop_outdated(env: Environment, prefix: str) -> None:
    """Drop the templates of this kind that older versions of things made."""
    statement = "SELECT datname FROM pg_database WHERE starts_with(datname, :'prefix')"
    for database in env.postgres.sql(statement, prefix=f"{prefix}_").splitlines():
        drop(env, database)


def exists(env: Environment, database: str) -> bool:
    """Tell whether a database of ours has this name; refuse somebody else's."""
    statement = f"{_COMMENT} WHERE datname = :'name'"
    found = env.postgres.sql(f"SELECT COALESCE(({statement}), '')", name=database)
    count = "SELECT count(*) FROM pg_database WHERE datname = :'name'"
    if env.postgres.sql(count, name=database) == "0":
        return False
    if found != _MARK:
        raise DevError(
            f"The database server has a database {database} that is not dev's: rename"
            " it, or unset PGHOST to use a server of dev's own."
        )
    return True


def create(env: Environment, database: str) -> None:
    """Create an empty database."""
    statement = """
        CREATE DATABASE :"name" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C';
        COMMENT ON DATABASE :"name" IS :'mark';
    """
    env.postgres.sql(statement, name=database, mark=_MARK)


def copy(env: Environment, source: str, database: str) -> None:
    """Copy a database with its files, under an identity of its own."""
    statement = """
        CREATE DATABASE :"name" TEMPLATE :"source";
        COMMENT ON DATABASE :"name" IS :'mark';
    """
    env.postgres.sql(statement, name=database, source=source, mark=_MARK)
    identity = "UPDATE ir_config_parameter SET value = :'id' WHERE key = :'key'"
    for key in ("database.uuid", "database.secret"):
        env.postgres.sql(identity, database, id=str(uuid.uuid4()), key=key)
    _copy_files(env, source, database)


def rename(env: Environment, source: str, database: str) -> None:
    """Rename a database and its files."""
    shutil.rmtree(data_dir(env, database), ignore_errors=True)
    _copy_files(env, source, database)
    statement = 'ALTER DATABASE :"source" RENAME TO :"name"'
    env.postgres.sql(statement, source=source, name=database)
    shutil.rmtree(data_dir(env, source))


def drop(env: Environment, database: str) -> None:
    """Drop a database of ours, if it is there, with its files."""
    if exists(env, database):
        statement = 'DROP DATABASE :"name" WITH (FORCE)'
        env.postgres.sql(statement, name=database)
    shutil.rmtree(data_dir(env, database), ignore_errors=True)


def _copy_files(env: Environment, source: str, database: str) -> None:
    """Copy a data folder; the filestore, whose files never change, by links."""
    target = data_dir(env, database)
    shutil.rmtree(target, ignore_errors=True)
    skip = shutil.ignore_patterns(*_SKIPPED, "filestore")
    shutil.copytree(data_dir(env, source), target, ignore=skip)
    files = data_dir(env, source) / "filestore" / source
    if files.exists():
        destination = target / "filestore" / database
        shutil.copytree(files, destination, copy_function=_hard_link)


def _hard_link(source: str, target: str) -> str:
    os.link(source, target)
    return target
