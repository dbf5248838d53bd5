"""Databases of dev's own: made, copied and dropped, with their files.

Each carries a comment that says whose it is: a database of the same name that belongs
to somebody else, on a server that PGHOST names, is never touched.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator

from .environment import Environment
from .errors import DevError
from .odoo_cli import data_dir

_UNFINISHED = "_sync_unfinished"
_MARK = "Sync Studio, made by dev"
# Not WITH (FORCE): it may not end an autovacuum worker, which DROP ends by itself.
_DROP = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = :'name' AND usename = current_user;
    DROP DATABASE :"name";
"""
_COMMENT = """
    SELECT COALESCE(shobj_description(oid, 'pg_database'), '')
      FROM pg_database WHERE datname = :'name'
"""
_NAMES = "SELECT datname FROM pg_database WHERE starts_with(datname, :'prefix')"
_EMPTY = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'"
_IDENTITY = "UPDATE ir_config_parameter SET value = :'id' WHERE key = :'key'"
# A sequence is written ahead of its use, a few dozen numbers at a time. A copy of it
# takes this for done, and would count on unwritten, until the next checkpoint; setting
# it starts anew. That also mends what an older copy lost in a crash.
_SEQUENCES = """
    DO $$
    DECLARE it record; top bigint;
    BEGIN
        FOR it IN
            SELECT s.oid::regclass AS name, d.refobjid::regclass AS owner, a.attname
              FROM pg_class s
              LEFT JOIN pg_depend d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
                    AND d.classid = s.tableoid AND d.refclassid = s.tableoid
              LEFT JOIN pg_attribute a
                    ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
             WHERE s.relkind = 'S'
        LOOP
            top := NULL;
            IF it.attname IS NOT NULL THEN
                EXECUTE format('SELECT max(%I) FROM %s', it.attname, it.owner)
                   INTO top;
            END IF;
            EXECUTE format(
                'SELECT setval(%L, GREATEST(last_value, $1),'
                ' is_called OR COALESCE($1 >= last_value, false)) FROM %s',
                it.name, it.name) USING top;
        END LOOP;
    END $$
"""
# Of the server that uses a database, not of its content.
_SKIPPED = ("sessions", "*.conf", "filestore")


def exists(env: Environment, database: str) -> bool:
    """Tell whether a database of ours has this name; refuse somebody else's."""
    if database not in names(env, database):
        return False
    if database.endswith(_UNFINISHED):
        return True
    if env.postgres.sql(_COMMENT, name=database) != _MARK:
        raise DevError(
            f"The database server has a database {database} that is not dev's: rename"
            " it, or unset PGHOST to use a server of dev's own."
        )
    return True


def names(env: Environment, prefix: str) -> list[str]:
    """Return the names of databases that start so."""
    return env.postgres.sql(_NAMES, prefix=prefix).splitlines()


@contextlib.contextmanager
def unfinished(env: Environment, database: str) -> Iterator[str]:
    """Lend the name of a database in the making, which gets its own name at the end."""
    name = f"{database}{_UNFINISHED}"
    drop(env, name)
    yield name
    _copy_files(env, name, database)
    statement = 'ALTER DATABASE :"source" RENAME TO :"name"'
    env.postgres.sql(statement, source=name, name=database)
    shutil.rmtree(data_dir(env, name))


def create(env: Environment, database: str, source: str | None = None) -> None:
    """Create a database: empty, or a copy with an identity of its own."""
    template = 'TEMPLATE :"source"' if source else _EMPTY
    statement = f"""
        CREATE DATABASE :"name" {template};
        COMMENT ON DATABASE :"name" IS :'mark';
    """
    values = {"source": source} if source else {}
    env.postgres.sql(statement, name=database, mark=_MARK, **values)
    if source:
        renew_sequences(env, database)
        _copy_files(env, source, database)
        for key in ("database.uuid", "database.secret"):
            env.postgres.sql(_IDENTITY, database, id=str(uuid.uuid4()), key=key)


def renew_sequences(env: Environment, database: str) -> None:
    """Let all sequences go on after what is used, also if the server crashes."""
    env.postgres.sql(_SEQUENCES, database)


def drop(env: Environment, database: str) -> None:
    """Drop a database of ours, if it is there, with its files."""
    if exists(env, database):
        env.postgres.sql(_DROP, name=database)
    shutil.rmtree(data_dir(env, database), ignore_errors=True)


def _copy_files(env: Environment, source: str, database: str) -> None:
    """Copy a data folder; the filestore, whose files never change, by links."""
    target = data_dir(env, database)
    shutil.rmtree(target, ignore_errors=True)
    skip = shutil.ignore_patterns(*_SKIPPED)
    shutil.copytree(data_dir(env, source), target, ignore=skip)
    files = data_dir(env, source) / "filestore" / source
    if files.exists():
        destination = target / "filestore" / database
        shutil.copytree(files, destination, copy_function=_hard_link)


def _hard_link(source: str, target: str) -> str:
    os.link(source, target)
    return target
