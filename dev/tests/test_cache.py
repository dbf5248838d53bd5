"""Steps that are done once, and leave no half state."""

import os
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from dev.cache import ROOT, Cache
from dev.errors import DevError


class TestOnce(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Cache(Path(folder.name))

    def build(self, folder: Path) -> None:
        (folder / "file").write_text("done")

    def interrupted(self, folder: Path) -> None:
        self.build(folder)
        raise KeyboardInterrupt

    def test_finished_step_is_not_done_again(self):
        first = self.cache.once("tool", "1", self.build)
        second = self.cache.once("tool", "1", self.interrupted)
        self.assertEqual(first, second)
        self.assertEqual((second / "file").read_text(), "done")

    def test_folder_of_a_killed_command_is_removed(self):
        ended = subprocess.Popen([sys.executable, "-c", "pass"])
        ended.wait()
        abandoned = self.cache.tmp / f"tool-{ended.pid}"
        kept = self.cache.tmp / f"tool-{os.getpid()}"
        for folder in (abandoned, kept):
            folder.mkdir()
        self.cache.prune()
        self.assertFalse(abandoned.exists())
        self.assertTrue(kept.exists())

    def test_another_key_is_another_step(self):
        first = self.cache.once("tool", "1", self.build)
        self.assertNotEqual(first, self.cache.once("tool", "2", self.build))

    def test_interrupted_step_leaves_nothing(self):
        with self.assertRaises(KeyboardInterrupt):
            self.cache.once("tool", "1", self.interrupted)
        self.assertFalse(self.cache.path("tool", "1").exists())
        self.assertEqual(list(self.cache.tmp.iterdir()), [])

    def test_full_disk_is_said_before_the_step(self):
        usage = mock.Mock(free=10**9)
        with mock.patch("shutil.disk_usage", return_value=usage):
            with self.assertRaisesRegex(DevError, "0.9 GB are free"):
                self.cache.once("tool", "1", self.build)

    def test_outdated_folders_go_unless_somebody_uses_the_cache(self):
        old = self.cache.once("tool", "1", self.build)
        new = self.cache.once("tool", "2", self.build)
        with self.cache.in_use():
            self.cache.prune(new)
            self.assertTrue(old.exists())
        self.cache.prune(new)
        self.assertFalse(old.exists())
        self.assertTrue(new.exists())


class TestCommandLine(unittest.TestCase):
    def call(
        self, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "dev", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=variables,
        )

    def test_help_names_every_command(self):
        answer = self.call("-h")
        for command in ("run", "test", "shell", "lint", "wheel"):
            self.assertRegex(answer.stdout, rf"(?m)^    {command} ")

    def test_unusable_cache_folder_is_a_sentence(self):
        answer = self.call("shell", SYNC_CACHE="/dev/null/cache")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("SYNC_CACHE", answer.stderr)
        self.assertNotIn("Traceback", answer.stderr)

    def test_taken_port_is_a_sentence(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            answer = self.call("run", f"--port={port}")
        self.assertEqual(answer.returncode, 1)
        self.assertIn(f"Port {port} is taken", answer.stderr)
        self.assertNotIn("Traceback", answer.stderr)

    def test_wrong_tag_is_a_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            answer = self.call("test", "--tags=a b", SYNC_CACHE=folder)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("no test tag", answer.stderr)
        self.assertNotIn("Traceback", answer.stderr)

    def test_wrong_port_is_a_sentence(self):
        for port in ("0", "70000", "-1", "http"):
            with self.subTest(port=port):
                answer = self.call("run", f"--port={port}")
                self.assertEqual(answer.returncode, 2)
                self.assertNotIn("Traceback", answer.stderr)
