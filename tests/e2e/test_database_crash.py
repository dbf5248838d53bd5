"""dev's own database server after a crash, with databases that are copies."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest.mock import patch

from dev import databases, postgres, processes
from dev.cache import Cache
from dev.environment import Environment
from dev.odoo_cli import data_dir
from dev.process_tree import title

_TABLES = """
    CREATE TABLE ir_config_parameter (key text, value text);
    CREATE TABLE thing (id serial PRIMARY KEY, name text);
    CREATE SEQUENCE number;
"""
_ADD = "SET synchronous_commit = on; INSERT INTO thing (name) VALUES ('x'), ('y')"
_NUMBER = "SET synchronous_commit = on; SELECT nextval('number')"


class TestDatabaseCrash(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        settings = {k: v for k, v in os.environ.items() if k != "PGHOST"}
        stack.enter_context(patch.dict(os.environ, settings, clear=True))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        self.cache = Cache(Path(folder))
        self.stack = stack
        self.start()

    def start(self):
        """Be another dev command that needs the server."""
        venv = Path(sys.prefix)
        server = self.stack.enter_context(postgres.running(self.cache, venv))
        self.env = Environment(self.cache, None, venv, None, server)

    def pid_file(self):
        (path,) = self.cache.folder.glob("postgres-*/postmaster.pid")
        return path

    def crash(self):
        """Kill the server's first process, and wait until that is gone."""
        pid = int(self.pid_file().read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        while title(pid):
            time.sleep(0.05)

    def make(self, name, source=None):
        databases.create(self.env, name, source)
        if not source:
            data_dir(self.env, name).mkdir(parents=True)
            self.sql(_TABLES + _ADD, name)
            self.sql(_NUMBER, name)

    def sql(self, statement, database):
        return self.env.postgres.sql(statement, database)

    def test_copies_go_on_counting_after_a_crash(self):
        self.make("source")
        self.make("copy", "source")
        self.make("copy_of_copy", "copy")
        for _ in range(3):
            self.sql(_ADD, "copy_of_copy")
        self.assertEqual(self.sql(_NUMBER, "copy_of_copy"), "2")
        self.crash()
        self.start()
        for name, count in (("copy_of_copy", "10"), ("copy", "4"), ("source", "4")):
            with self.subTest(name):
                self.sql(_ADD, name)
                self.assertEqual(self.sql("SELECT count(*) FROM thing", name), count)
                self.assertGreater(int(self.sql(_NUMBER, name)), 1)
        self.assertGreater(int(self.sql(_NUMBER, "copy_of_copy")), 2)

    def test_copy_of_a_broken_database_is_whole(self):
        self.make("source")
        self.sql("SELECT setval('thing_id_seq', 1, false)", "source")
        self.make("copy", "source")
        self.sql(_ADD, "copy")
        self.assertEqual(self.sql("SELECT max(id) FROM thing", "copy"), "4")
        self.assertEqual(self.sql(_NUMBER, "copy"), "2")

    def test_server_starts_again_whatever_a_crash_left_behind(self):
        self.make("source")
        client = self.busy_client()
        self.addCleanup(processes.stop, client)
        self.crash()
        # Another program has got the process id of the dead server.
        other = subprocess.Popen(["sleep", "60"], **self.rights())
        self.addCleanup(processes.stop, other)
        lines = self.pid_file().read_text().splitlines()
        text = "\n".join([str(other.pid), *lines[1:]]) + "\n"
        self.pid_file().write_text(text)
        self.start()
        self.sql(_ADD, "source")
        self.assertEqual(self.sql("SELECT count(*) FROM thing", "source"), "4")
        self.assertIsNone(other.poll())

    def busy_client(self):
        """Start a query that doesn't notice the server's end."""
        psql = postgres._programs(Path(sys.prefix)) / "psql"
        query = "SELECT count(*) FROM generate_series(1, 1000000000)"
        client = subprocess.Popen(
            [psql, "-d", "source", "-c", query],
            env=self.env.postgres.env,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        running = f"SELECT count(*) FROM pg_stat_activity WHERE query = '{query}'"
        while self.sql(running, "postgres") == "0":
            time.sleep(0.1)
        return client

    def rights(self):
        """Return how a process starts as the account that the server runs under."""
        owner = self.pid_file().stat().st_uid
        rights = {"user": owner} if owner != os.geteuid() else {}
        return {"start_new_session": True, **rights}
